"""Who is asked, when, and who is left in peace."""

import asyncio
from typing import Any


async def test_a_result_handed_over_is_asked_about_once(office: Any) -> None:
    await office.citizen(1)
    await office.files(1)
    await office.returns(1)

    assert await office.asking.invite_due() == 1
    assert await office.asking.invite_due() == 0
    office.clock.advance(hours=20)
    assert await office.asking.invite_due() == 0
    assert await office.messages() == 1


async def test_two_clocks_at_once_ask_once(office: Any) -> None:
    for number in range(5):
        await office.citizen(number)
        await office.files(number)
        await office.returns(number)

    asked = await asyncio.gather(*(office.asking.invite_due() for _ in range(3)))

    assert sum(asked) == 5
    assert await office.messages() == 5


async def test_the_notice_of_the_result_goes_first(office: Any) -> None:
    await office.citizen(1)
    await office.files(1)
    await office.returns(1, hours_ago=1)

    assert await office.asking.invite_due() == 0
    office.clock.advance(hours=2.1)
    assert await office.asking.invite_due() == 1


async def test_what_was_handed_over_long_ago_is_not_asked_about(office: Any) -> None:
    await office.citizen(1)
    await office.files(1)
    await office.returns(1, hours_ago=24 * 4)

    assert await office.asking.invite_due() == 0


async def test_a_dossier_that_was_loaded_finished_is_not_asked_about(office: Any) -> None:
    await office.citizen(1)
    await office.returns(1)

    assert await office.asking.invite_due() == 0


async def test_an_unfinished_dossier_is_not_asked_about(office: Any) -> None:
    await office.citizen(1)
    await office.files(1)
    await office.files(1, status=9, days_ago=0.2)

    assert await office.asking.invite_due() == 0


async def test_whom_nothing_reaches_is_asked_when_they_come_back(office: Any) -> None:
    await office.citizen(1, says=False)
    await office.files(1)
    await office.returns(1)

    assert await office.asking.invite_due() == 0
    assert await office.messages() == 0, "no failed message in anybody's figures"

    await office.citizen(1, says=True)
    assert await office.asking.invite_due() == 1


async def test_who_opted_out_is_left_in_peace(office: Any) -> None:
    person = await office.citizen(1)
    async with office.store.database.transaction() as tx:
        await office.store.people.opt(tx, person, office.clock())
    await office.files(1)
    await office.returns(1)

    assert await office.asking.invite_due() == 0


async def test_who_ignored_two_surveys_is_never_asked_again(office: Any) -> None:
    for serial in (1, 2, 3):
        await office.citizen(1)
        await office.files(1, serial)
        await office.returns(1, serial)
        asked = await office.asking.invite_due()
        assert asked == (1 if serial < 3 else 0)
        office.clock.advance(days=8)


async def test_a_person_may_open_the_survey_before_its_turn_but_only_their_own(office: Any) -> None:
    mine, somebody = await office.citizen(1), await office.citizen(2)
    await office.files(1)
    await office.returns(1, hours_ago=0)
    code, now = "H36.21-260601-0101", office.clock()

    async with office.store.database.transaction() as tx:
        await office.asking.on_request(tx, code, somebody)
        assert await office.answering.open_of(tx, somebody, now, code=code) is None
        await office.asking.on_request(tx, code, mine)
        asked = await office.answering.open_of(tx, mine, now, code=code)

    assert asked is not None
    assert asked.text == f"Ông/Bà hài lòng ở mức nào với việc giải quyết hồ sơ {code}?"


async def test_a_survey_is_answered_to_its_end(office: Any) -> None:
    person = await office.citizen(1)
    await office.files(1)
    await office.returns(1)
    await office.asking.invite_due()

    said = []
    async with office.store.database.transaction() as tx:
        asked = await office.answering.open_of(tx, person, office.clock())
        for text in ("2", "trễ hẹn", "phải hỏi lại", "thời gian", "x" * 900):
            following = await office.answering.take(tx, asked, text, office.clock())
            assert following is not None
            said.append(asked.question.id)
            asked = following
        words = await office.store.surveys.words_of(tx, asked.survey.id, "comment")
        closed = await office.answering.open_of(tx, person, office.clock())

    assert said == ["satisfaction", "on_time", "guidance", "improve", "comment"]
    assert asked.question is None
    assert "xin lỗi" in asked.text
    assert words == "x" * 500
    assert closed is None

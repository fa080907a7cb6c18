"""Organisations that wish it hear once a day of all that moved; what is urgent is told at once all the same."""

from datetime import datetime, time, timedelta

import pytest

from delivery.event import EventName, Recipient
from store.outbox.tables import State
from vietnam.calendar import ZONE, local
from vietnam.segments import measure


@pytest.fixture
def house(open_house):
    return open_house(settling=True, digest="organisations", digest_at=time(16, 0), spread_minutes=0)


@pytest.fixture
def moves(house):
    """So many of an organisation's dossiers move, in the morning."""

    async def move(person: str, count: int, *, email: str | None = "kt@example.vn", **changes) -> list:
        to = Recipient(person_id=person, phone="84912345678", email=email, organisation=True)
        events = [
            house.event(
                person,
                changes.get("name", EventName.RECEIVED),
                about=f"d{n}",
                dossier_id=f"d{n}",
                recipient=changes.get("to", to),
                fields={"code": f"H36.21-260622-{n:04d}"} | changes.get("fields", {}),
            )
            for n in range(count)
        ]
        return await house.plan(*events)

    return move


async def at_four(house) -> None:
    house.clock.now = datetime(2026, 6, 25, 16, 0, tzinfo=ZONE).astimezone(house.clock.now.tzinfo)
    await house.dispatcher.drain()


async def test_one_email_a_day_has_the_whole_list(house, moves) -> None:
    planned = await moves(await house.person(), 40)
    house.clock.advance(hours=2)
    await house.dispatcher.drain()
    before = len(house.email.sent)

    await at_four(house)

    (mail,) = house.email.sent
    assert before == 0
    assert mail.subject == "Bản tin trong ngày: 40 hồ sơ có thay đổi"
    assert all(f"H36.21-260622-{n:04d}" in mail.text for n in range(40))
    assert (await house.message(planned[39].message_id)).state is State.ACCEPTED
    assert not house.sms.sent + house.zalo.sent


async def test_an_sms_has_the_count_and_where_to_look(house, moves) -> None:
    await moves(await house.person(), 40, email=None)

    await at_four(house)

    (sms,) = house.sms.sent
    assert "Trong ngay 40 ho so" in sms.text
    assert "dichvucong.gov.vn" in sms.text
    assert measure(sms.text).parts == 1


async def test_a_single_move_is_told_as_itself(house, moves) -> None:
    await moves(await house.person(), 1)

    await at_four(house)

    (sms,) = house.sms.sent
    assert "da duoc tiep nhan" in sms.text


async def test_a_sum_due_today_and_papers_with_a_last_day_do_not_wait(house, moves) -> None:
    person = await house.person()
    due = house.clock() + timedelta(hours=8)
    await moves(person, 1, name=EventName.FEE_REQUIRED, fields={"fee_due_at": due, "total": 15_000})
    await moves(person, 1, name=EventName.SUPPLEMENT_REQUIRED, fields={"supplement_due": due})

    house.clock.advance(minutes=6)
    await house.dispatcher.drain()

    assert len(house.zalo.sent) == 1
    assert len(house.sms.sent) == 1


async def test_a_citizen_hears_of_each_thing_at_once(house, moves) -> None:
    person = await house.person()
    await moves(person, 1, to=Recipient(person_id=person, phone="84912345678"))

    house.clock.advance(minutes=6)
    await house.dispatcher.drain()

    assert len(house.sms.sent) == 1


@pytest.mark.parametrize(("wish", "before_four"), [(False, 1), (None, 0)])
async def test_a_persons_own_wish_wins_over_the_default(house, moves, wish: bool | None, before_four: int) -> None:
    person = await house.person()
    async with house.store.database.transaction() as tx:
        await house.store.digests.wish(tx, person, True, at=house.clock(), by="test")
        await house.store.digests.wish(tx, person, wish, at=house.clock(), by="test")
    await moves(person, 1)

    house.clock.advance(minutes=6)
    await house.dispatcher.drain()

    assert len(house.sms.sent) == before_four


async def test_whoever_asks_for_it_gets_a_digest_where_the_default_is_none(open_house) -> None:
    house = open_house(settling=True)
    person = await house.person()
    async with house.store.database.transaction() as tx:
        await house.store.digests.wish(tx, person, True, at=house.clock(), by="test")

    (planned,) = await house.plan(house.event(person, EventName.RECEIVED))

    due = local((await house.message(planned.message_id)).due_at)
    assert (due.hour, due.minute < 16) == (16, True)


async def test_a_status_that_is_overtaken_during_the_day_is_not_in_the_list(house, moves) -> None:
    person = await house.person()
    await moves(person, 3)
    house.clock.advance(hours=1)
    await moves(person, 1, name=EventName.WITHDRAWN)

    await at_four(house)

    (mail,) = house.email.sent
    assert mail.text.count("H36.21-260622-0000") == 1
    assert "H36.21-260622-0000: đã rút" in mail.text


async def test_what_moves_after_the_hour_is_in_tomorrows(house, moves) -> None:
    person = await house.person()
    house.clock.now = datetime(2026, 6, 25, 15, 58, tzinfo=ZONE).astimezone(house.clock.now.tzinfo)

    (planned, _) = await moves(person, 2)

    assert local((await house.message(planned.message_id)).due_at).day == 26

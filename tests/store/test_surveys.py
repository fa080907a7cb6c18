"""Surveys in the store: one a dossier, answers overwritten, counts by agency."""

from datetime import timedelta
from typing import Any

from store.nouns import Store
from store.surveys import Invitation, Survey

WEEK = timedelta(days=7)


async def invite(store: Store, clock: Any, *dossiers: str, person: str = "p1", agency: str = "H36.21") -> list[Survey]:
    invitations = [
        Invitation(dossier_id=one, dossier_code=f"H36.21-260622-{one}", person_id=person, agency=agency)
        for one in dossiers
    ]
    async with store.database.transaction() as tx:
        return await store.surveys.invite(tx, invitations, version="v1", at=clock(), expires_at=clock() + WEEK)


async def test_a_dossier_is_asked_about_once(store: Store, clock: Any) -> None:
    first = await invite(store, clock, "0001", "0002")
    again = await invite(store, clock, "0002", "0003")

    assert [survey.dossier_id for survey in first] == ["0001", "0002"]
    assert [survey.dossier_id for survey in again] == ["0003"]
    async with store.database.reading() as tx:
        assert await store.surveys.invited(tx, ["0001", "0004"]) == {"0001"}


async def test_the_newest_open_survey_is_found_with_its_answers(store: Store, clock: Any) -> None:
    await invite(store, clock, "0001")
    clock.advance(hours=1)
    (second,) = await invite(store, clock, "0002")
    async with store.database.transaction() as tx:
        await store.surveys.answer(tx, second.id, "satisfaction", choice="2", at=clock())
        await store.surveys.answer(tx, second.id, "satisfaction", choice="4", at=clock())
        await store.surveys.answer(tx, second.id, "comment", words="Nhanh, cảm ơn", at=clock())

        found = await store.surveys.open_of(tx, "p1", clock())
        by_code = await store.surveys.open_of(tx, "p1", clock(), code="H36.21-260622-0001")
        words = await store.surveys.words_of(tx, second.id, "comment")

    assert found is not None
    assert found.id == second.id
    assert found.answers == {"satisfaction": "4", "comment": ""}
    assert by_code is not None
    assert by_code.dossier_id == "0001"
    assert words == "Nhanh, cảm ơn"


async def test_a_finished_an_expired_and_an_unsent_survey_are_not_open(store: Store, clock: Any) -> None:
    (finished,) = await invite(store, clock, "0001", person="p1")
    await invite(store, clock, "0002", person="p2")
    (unsent,) = await invite(store, clock, "0003", person="p3")
    async with store.database.transaction() as tx:
        await store.surveys.finish(tx, finished.id, clock())
        await store.surveys.not_sent(tx, [unsent.id])

        assert await store.surveys.open_of(tx, "p1", clock()) is None
        assert await store.surveys.open_of(tx, "p2", clock() + WEEK) is None
        assert await store.surveys.open_of(tx, "p3", clock()) is None


async def test_who_lets_surveys_pass_is_counted(store: Store, clock: Any) -> None:
    surveys = await invite(store, clock, "0001", "0002", "0003")
    async with store.database.transaction() as tx:
        await store.surveys.answer(tx, surveys[0].id, "satisfaction", choice="5", at=clock())
        await store.surveys.not_sent(tx, [surveys[1].id])

        assert await store.surveys.ignored(tx, ["p1"], clock()) == {}
        assert await store.surveys.ignored(tx, ["p1"], clock() + WEEK) == {"p1": 1}


async def test_marks_are_counted_by_agency_over_those_really_asked(store: Store, clock: Any) -> None:
    here = await invite(store, clock, "0001", "0002", "0003")
    (elsewhere,) = await invite(store, clock, "0004", agency="H36.22")
    async with store.database.transaction() as tx:
        await store.surveys.not_sent(tx, [here[2].id])
        for survey, mark in ((here[0], "5"), (here[1], "5"), (elsewhere, "1")):
            await store.surveys.answer(tx, survey.id, "satisfaction", choice=mark, at=clock())

        until = clock() + WEEK
        asked = await store.surveys.asked(tx, clock(), until)
        tallies = await store.surveys.tallies(tx, "satisfaction", clock(), until)
        before = await store.surveys.asked(tx, clock() - WEEK, clock())

    assert asked == {"H36.21": 2, "H36.22": 1}
    assert {tally.agency: tally.counts for tally in tallies} == {"H36.21": {"5": 2}, "H36.22": {"1": 1}}
    assert before == {}


async def test_a_citizens_words_are_sealed(store: Store, clock: Any) -> None:
    (survey,) = await invite(store, clock, "0001")
    async with store.database.transaction() as tx:
        await store.surveys.answer(tx, survey.id, "comment", words="tôi tên Lê Thị Hoa", at=clock())
        raw = await tx.exec_driver_sql("SELECT sealed FROM survey_answer")

        assert b"Hoa" not in bytes(raw.scalar_one())

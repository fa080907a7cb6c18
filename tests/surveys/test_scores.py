"""Scores: the mean and the share of 4 and 5, with what stands behind them; small groups stay hidden."""

from datetime import timedelta
from typing import Any

from store.surveys import Invitation
from surveys.scores import score, scores


def test_the_share_of_four_and_five_is_over_those_who_answered() -> None:
    found = score("H36.21", 10, {"5": 3, "4": 1, "3": 1})

    assert found.answered == 5
    assert found.mean == 4.4
    assert found.satisfied == 0.8
    assert found.response_rate == 0.5


def test_fewer_than_five_answers_are_hidden() -> None:
    found = score("H36.21", 10, {"1": 4})

    assert found.answered == 4
    assert found.mean is None
    assert found.satisfied is None


def test_nobody_asked_is_no_rate() -> None:
    assert score("H36.21", 0, {}).response_rate is None


async def test_scores_come_by_agency_with_all_that_were_asked(store: Any, clock: Any) -> None:
    invitations = [
        Invitation(
            dossier_id=str(at), dossier_code=f"c{at}", person_id=f"p{at}", agency="H36.21" if at < 6 else "H36.22"
        )
        for at in range(8)
    ]
    later = clock() + timedelta(days=7)
    async with store.database.transaction() as tx:
        surveys = await store.surveys.invite(tx, invitations, version="v", at=clock(), expires_at=later)
        for survey in surveys[:5]:
            await store.surveys.answer(tx, survey.id, "satisfaction", choice="5", at=clock())

    found = await scores(store, clock(), later)

    assert [(one.agency, one.asked, one.answered, one.mean) for one in found] == [
        ("H36.21", 6, 5, 5.0),
        ("H36.22", 2, 0, None),
    ]

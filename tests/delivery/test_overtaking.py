"""Of one dossier the last word is told, and nothing that has become untrue meanwhile."""

from datetime import timedelta

import pytest

from delivery.event import EventName
from store.outbox.tables import State


@pytest.fixture
def house(open_house):
    return open_house(settling=True)


@pytest.fixture
def happens(house):
    """Something happens to the dossier, some minutes after the start; its message, if one was planned."""
    start = house.clock()

    async def happen(person: str, name: EventName, minute: int, **fields):
        at = start + timedelta(minutes=minute)
        event = house.event(person, name, at=at, occurrence=f"{name}:{minute}", fields={"code": "H36.21-1"} | fields)
        (planned,) = await house.plan(event)
        return planned

    return happen


async def test_a_status_that_went_forth_and_back_before_it_was_told_is_not_told(house, happens) -> None:
    person = await house.person()
    done = await happens(person, EventName.DONE, 0)

    back = await happens(person, EventName.PROCESSING, 10)  # switched off: nothing is planned for it
    house.clock.advance(hours=2)
    await house.dispatcher.drain()

    assert back.outcome == "off"
    assert (await house.message(done.message_id)).state is State.CANCELLED
    assert not house.zalo.sent + house.sms.sent


async def test_forth_and_back_and_forth_is_told_once(house, happens) -> None:
    person = await house.person()
    for minute, name in ((0, EventName.DONE), (10, EventName.PROCESSING), (20, EventName.DONE)):
        await happens(person, name, minute)

    house.clock.advance(hours=2)
    await house.dispatcher.drain()

    assert len(house.zalo.sent) == 1


async def test_received_and_returned_within_the_hour_is_one_message(house, happens) -> None:
    person = await house.person()
    for minute, name in ((0, EventName.RECEIVED), (2, EventName.DONE), (4, EventName.RETURNED)):
        await happens(person, name, minute)

    house.clock.advance(hours=3)
    await house.dispatcher.drain()

    assert len(house.zalo.sent + house.sms.sent) == 1


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (EventName.SUPPLEMENT_REQUIRED, EventName.WITHDRAWN),
        (EventName.SUPPLEMENT_REQUIRED, EventName.SUPPLEMENT_REQUIRED),
        (EventName.FEE_REQUIRED, EventName.STOPPED),
        (EventName.FEE_REQUIRED, EventName.FEE_REQUIRED),
        (EventName.FEE_REQUIRED, EventName.FEE_PAID),
        (EventName.DONE, EventName.SUPPLEMENT_REQUIRED),
        (EventName.WITHDRAWN, EventName.PROCESSING),
    ],
)
async def test_what_became_untrue_is_dropped(house, happens, older: EventName, newer: EventName) -> None:
    person = await house.person()
    first = await happens(person, older, 0)

    await happens(person, newer, 1)

    assert (await house.message(first.message_id)).state is State.CANCELLED


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (EventName.SUPPLEMENT_REQUIRED, EventName.PROCESSING),
        (EventName.FEE_REQUIRED, EventName.DONE),
        (EventName.FEE_REQUIRED, EventName.PROCESSING),
        (EventName.RECEIVED, EventName.SUPPLEMENT_REQUIRED),
        (EventName.DONE, EventName.FEE_REQUIRED),
    ],
)
async def test_what_the_citizen_must_know_is_not_swallowed(house, happens, older: EventName, newer: EventName) -> None:
    person = await house.person()
    first = await happens(person, older, 0)

    await happens(person, newer, 1)

    assert (await house.message(first.message_id)).state is State.WAITING


async def test_a_payment_of_a_part_leaves_the_demand_standing(house, happens) -> None:
    person = await house.person()
    demand = await happens(person, EventName.FEE_REQUIRED, 0, total=150_000)

    await happens(person, EventName.FEE_PAID, 1, amount=100_000, total=50_000)

    assert (await house.message(demand.message_id)).state is State.WAITING


async def test_news_of_one_dossier_leaves_another_alone(house, happens) -> None:
    person = await house.person()
    first = await happens(person, EventName.RECEIVED, 0)

    await house.plan(house.event(person, EventName.WITHDRAWN, about="other", dossier_id="other"))

    assert (await house.message(first.message_id)).state is State.WAITING

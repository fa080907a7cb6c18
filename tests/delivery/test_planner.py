"""Events become messages: once, and never by accident."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from delivery.event import EventName, Recipient
from delivery.history import why
from delivery.policy import OVERTAKEN, STATUSES, RoutingSettings
from store.outbox.tables import State


async def test_the_same_happening_is_told_once_however_often_it_is_reported(house) -> None:
    person = await house.person()

    first = await house.plan(house.event(person))
    again = await house.plan(house.event(person), house.event(person))

    assert [planned.outcome for planned in first + again] == ["planned", "duplicate", "duplicate"]


async def test_the_default_mode_plans_nothing(open_house) -> None:
    house = open_house(mode="off")
    person = await house.person()

    planned = await house.plan(house.event(person))

    assert [p.outcome for p in planned] == ["off"]


async def test_shadow_keeps_the_account_and_sends_nothing(open_house) -> None:
    house = open_house(mode="shadow")
    person = await house.person()

    (planned,) = await house.plan(house.event(person))
    await house.dispatcher.drain()

    assert (await house.message(planned.message_id)).state is State.CANCELLED
    assert not house.zalo.sent
    assert not house.sms.sent


async def test_one_agency_can_be_live_while_the_others_are_in_shadow(open_house) -> None:
    house = open_house(mode="shadow", modes={"H36.21": "live"})
    person = await house.person()

    here, there = await house.plan(
        house.event(person), house.event(person, about="dossier-2", dossier_id="dossier-2", agency="H36.22")
    )

    assert (here.outcome, there.outcome) == ("planned", "shadow")


async def test_the_assistant_may_answer_while_the_notices_are_in_shadow(open_house) -> None:
    house = open_house(mode="shadow", modes={"reply": "live"})
    person = await house.person(zalo="111", spoke=True)

    status, reply = await house.plan(
        house.event(person), house.event(person, EventName.REPLY, about="inbox-1", text="Dạ, Ông/Bà cần gì ạ?")
    )

    assert (status.outcome, reply.outcome) == ("shadow", "planned")


async def test_what_happened_too_long_ago_is_not_told(house) -> None:
    person = await house.person()

    (planned,) = await house.plan(house.event(person, at=house.clock() - timedelta(days=4)))

    assert planned.outcome == "stale"


async def test_an_event_that_is_switched_off_is_not_told(house) -> None:
    person = await house.person()

    (planned,) = await house.plan(house.event(person, EventName.PROCESSING))

    assert planned.outcome == "off"


async def test_who_opted_out_hears_no_status_but_still_gets_an_answer(house) -> None:
    person = await house.person(zalo="111", spoke=True)
    async with house.store.database.transaction() as tx:
        await house.store.people.opt(tx, person, house.clock())

    status, reply = await house.plan(
        house.event(person), house.event(person, EventName.REPLY, about="inbox-1", text="Dạ, đã tắt tin.")
    )

    assert (status.outcome, reply.outcome) == ("opted_out", "planned")


async def test_a_newer_status_overtakes_an_older_one_that_still_waits(open_house) -> None:
    house = open_house(settling=True)
    person = await house.person()
    (received,) = await house.plan(house.event(person, EventName.RECEIVED))

    await house.plan(house.event(person, EventName.DONE, occurrence="later"))

    assert (await house.message(received.message_id)).state is State.CANCELLED


async def test_a_fee_that_is_owed_is_not_overtaken(open_house) -> None:
    house = open_house(settling=True)
    person = await house.person()
    (fee,) = await house.plan(house.event(person, EventName.FEE_REQUIRED))

    await house.plan(house.event(person, EventName.DONE, occurrence="later"))

    assert (await house.message(fee.message_id)).state is State.WAITING


async def test_a_person_without_any_address_is_accounted_for_as_not_reached(house) -> None:
    person = await house.person()

    (planned,) = await house.plan(house.event(person, recipient=Recipient(person_id=person)))

    assert planned.outcome == "nobody"
    assert (await house.message(planned.message_id)).state is State.FAILED


async def test_a_status_reported_twice_does_not_call_itself_off(open_house) -> None:
    house = open_house(settling=True)
    person = await house.person()
    event = house.event(person)
    (planned,) = await house.plan(event)

    await house.plan(event)
    house.clock.advance(minutes=31)
    await house.dispatcher.drain()

    assert len(house.zalo.sent) == 1
    assert (await house.message(planned.message_id)).state is State.ACCEPTED


async def test_of_the_statuses_in_one_batch_only_the_newest_is_told(open_house) -> None:
    house = open_house(settling=True)
    person = await house.person()
    earlier = house.clock() - timedelta(hours=1)

    done, received = await house.plan(house.event(person), house.event(person, EventName.RECEIVED, at=earlier))

    assert (await house.message(done.message_id)).state is State.WAITING
    assert (await house.message(received.message_id)).state is State.CANCELLED


async def test_a_status_that_happened_earlier_does_not_overtake_a_newer_one(open_house) -> None:
    house = open_house(settling=True)
    person = await house.person()
    (done,) = await house.plan(house.event(person))

    await house.plan(house.event(person, EventName.RECEIVED, at=house.clock() - timedelta(days=1)))

    assert (await house.message(done.message_id)).state is State.WAITING


async def test_the_same_status_told_to_two_people_is_told_to_both(open_house) -> None:
    house = open_house(settling=True)
    first, second = await house.person(), await house.person("84912000002")

    planned = await house.plan(house.event(first), house.event(second))

    assert [(await house.message(p.message_id)).state for p in planned] == [State.WAITING] * 2


async def test_a_source_whose_clock_is_ahead_does_not_delay_its_notices(open_house) -> None:
    house = open_house(settling=True)
    person = await house.person()

    await house.plan(house.event(person, at=house.clock() + timedelta(days=400)))
    house.clock.advance(minutes=31)
    await house.dispatcher.drain()

    assert len(house.zalo.sent) == 1


async def test_who_cannot_be_reached_is_told_of_with_the_reason(house) -> None:
    person = await house.person()

    (planned,) = await house.plan(house.event(person, recipient=Recipient(person_id=person)))

    assert why(await house.message(planned.message_id)) == "Không gửi được vì không có kênh nào tới được người nhận."


async def test_thousands_of_events_are_planned_in_one_transaction(house) -> None:
    phones = [f"84{900_000_000 + n}" for n in range(3_000)]
    async with house.store.database.transaction() as tx:
        people = await house.store.people.ensure(tx, [("phone", phone) for phone in phones], house.clock())
    events = [
        house.event(
            people["phone", phone],
            about=phone,
            dossier_id=phone,
            recipient=Recipient(person_id=people["phone", phone], phone=phone),
        )
        for phone in phones
    ]

    planned = await house.plan(*events)

    assert {p.outcome for p in planned} == {"planned"}


async def test_two_that_plan_the_same_events_in_another_order_wait_for_each_other(house) -> None:
    people = [await house.person(f"8491200{n:04d}") for n in range(60)]
    events = [house.event(p, about=f"d{n}", dossier_id=f"d{n}") for n, p in enumerate(people)]

    groups = await asyncio.gather(*[house.plan(*(events if n % 2 else events[::-1])) for n in range(8)])

    outcomes = Counter(planned.outcome for group in groups for planned in group)
    assert outcomes == {"planned": 60, "duplicate": 7 * 60}


def test_a_status_is_made_old_by_statuses_and_payments_alone() -> None:
    assert frozenset().union(*OVERTAKEN.values()) <= STATUSES | {EventName.FEE_PAID}


@pytest.mark.parametrize(
    ("hour", "minute", "due_hour"),
    [(20, 59, 20), (21, 0, 7), (23, 30, 7), (3, 0, 7), (7, 0, 7), (12, 0, 12)],
)
def test_quiet_hours_end_at_their_end(clock, hour: int, minute: int, due_hour: int) -> None:
    from vietnam.calendar import ZONE

    moment = clock().astimezone(ZONE).replace(hour=hour, minute=minute)

    due = RoutingSettings(quiet_hours="21:00-07:00").after_quiet(moment)

    assert due.astimezone(ZONE).hour == due_hour
    assert due >= moment

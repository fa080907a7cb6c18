"""Messages that were put off go when they may, one after the other, and nobody who must act soon is kept waiting."""

from datetime import UTC, date, datetime, timedelta

import pytest

from delivery import switch
from delivery.event import EventName, Recipient
from delivery.hours import Hours, is_urgent
from delivery.policy import RoutingSettings, Settings
from vietnam.calendar import ZONE, local

NIGHT = datetime(2026, 6, 25, 22, 0, tzinfo=ZONE)
PEOPLE = [bytes([n, 0, 0, 0]) for n in range(0, 256, 4)]


def hours(**changes) -> Hours:
    return Hours(Settings(**({"mode": "live"} | changes)), RoutingSettings(quiet_hours="21:00-07:00"))


def test_what_waited_for_the_morning_goes_evenly_over_the_setting() -> None:
    morning = datetime(2026, 6, 26, 7, 0, tzinfo=ZONE)

    leaves = [hours(spread_minutes=16).allowed(EventName.RECEIVED, NIGHT, person) for person in PEOPLE]

    minutes = [int((moment - morning).total_seconds() // 60) for moment in leaves]
    assert [minutes.count(minute) for minute in range(16)] == [4] * 16


def test_one_person_always_has_the_same_place_in_the_spread() -> None:
    made = hours()

    assert made.allowed(EventName.RECEIVED, NIGHT, PEOPLE[9]) - made.allowed(
        EventName.FEE_PAID, NIGHT, PEOPLE[9]
    ) == timedelta(0)


def test_what_is_urgent_goes_first_and_an_answer_at_once() -> None:
    morning = datetime(2026, 6, 26, 7, 0, tzinfo=ZONE)

    assert hours().allowed(EventName.FEE_REQUIRED, NIGHT, PEOPLE[-1], urgent=True) == morning
    assert hours().allowed(EventName.REPLY, NIGHT, PEOPLE[-1]) == NIGHT


def test_in_its_hours_nothing_is_put_off() -> None:
    noon = datetime(2026, 6, 25, 12, 0, tzinfo=ZONE)

    assert hours().allowed(EventName.DONE, noon, PEOPLE[-1]) == noon


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        (datetime(2026, 6, 25, 17, 20, tzinfo=ZONE), date(2026, 6, 26)),  # Thursday evening
        (datetime(2026, 6, 26, 17, 20, tzinfo=ZONE), date(2026, 6, 29)),  # Friday evening
        (datetime(2026, 6, 27, 9, 0, tzinfo=ZONE), date(2026, 6, 29)),  # Saturday
        (datetime(2026, 9, 2, 9, 0, tzinfo=ZONE), date(2026, 9, 3)),  # the National Day
        (datetime(2026, 6, 25, 6, 0, tzinfo=ZONE), date(2026, 6, 25)),  # before the desk opens
    ],
)
def test_a_result_is_told_when_the_desk_is_open(moment: datetime, opens: date) -> None:
    told = local(hours(spread_minutes=0).allowed(EventName.DONE, moment, PEOPLE[0]))

    assert (told.date() >= opens, f"{told:%H:%M}") == (True, "07:30")
    assert told.date() - opens <= timedelta(days=1)  # the National Day has two days, chosen anew each year


def test_the_operators_own_day_off_counts() -> None:
    friday = datetime(2026, 6, 26, 9, 0, tzinfo=ZONE)

    told = hours(days_off=[date(2026, 6, 26)], spread_minutes=0).allowed(EventName.DONE, friday, PEOPLE[0])

    assert local(told).date() == date(2026, 6, 29)


def test_over_a_long_holiday_a_result_outlives_its_wait() -> None:
    day_before = datetime(2026, 2, 13, 17, 0, tzinfo=ZONE)  # the last day before Tết

    told = hours().allowed(EventName.DONE, day_before, PEOPLE[0])

    assert told - day_before > timedelta(hours=72)


@pytest.mark.parametrize(
    ("event", "fields", "urgent"),
    [
        (EventName.FEE_REQUIRED, {"fee_due_at": datetime(2026, 6, 25, 10, tzinfo=UTC)}, True),
        (EventName.FEE_REQUIRED, {"fee_due_at": "2026-06-25T10:00:00+00:00"}, True),
        (EventName.FEE_REQUIRED, {"fee_due_at": datetime(2026, 6, 28, tzinfo=UTC)}, False),
        (EventName.FEE_REQUIRED, {}, False),
        (EventName.SUPPLEMENT_REQUIRED, {"supplement_due": datetime(2026, 7, 9, tzinfo=UTC)}, True),
        (EventName.SUPPLEMENT_REQUIRED, {}, False),
        (EventName.VERIFY_CODE, {}, True),
        (EventName.DONE, {}, False),
    ],
)
def test_urgent_is_what_must_be_done_soon(event: EventName, fields: dict, urgent: bool) -> None:
    assert is_urgent(event, fields, datetime(2026, 6, 25, 2, tzinfo=UTC)) is urgent


async def test_a_result_before_tet_is_still_told_after_it(open_house) -> None:
    house = open_house(settling=True)
    house.clock.now = datetime(2026, 2, 13, 16, 50, tzinfo=ZONE).astimezone(UTC)
    person = await house.person()
    await house.plan(house.event(person))

    house.clock.advance(days=9, hours=16)
    await house.dispatcher.drain()

    assert len(house.zalo.sent) == 1


async def test_after_a_stop_the_backlog_goes_spread_and_what_is_urgent_first(open_house) -> None:
    house = open_house(spread_minutes=10)
    await switch.stop(house.store, house.clock, by="test")
    for n in range(60):
        phone = f"8491200{n:04d}"
        person = await house.person(phone)
        fields = {"code": f"H-{n}"} | (
            {"fee_due_at": house.clock() + timedelta(hours=3), "total": 15_000} if n < 5 else {}
        )
        name = EventName.FEE_REQUIRED if n < 5 else EventName.RECEIVED
        to = Recipient(person_id=person, phone=phone)
        await house.plan(house.event(person, name, about=phone, dossier_id=phone, fields=fields, recipient=to))
    house.clock.advance(hours=1)

    resumed = await switch.resume(
        house.store, house.clock, by="test", hours=Hours(house.settings, RoutingSettings(quiet_hours=""))
    )
    leaving = []
    for _ in range(4):
        await house.dispatcher.drain()
        leaving.append(len(house.sms.sent) + len(house.zalo.sent))
        house.clock.advance(minutes=1)

    assert (resumed.going, resumed.within) == (60, timedelta(minutes=3))
    assert 5 <= leaving[0] <= 12
    assert len(house.zalo.sent) == 5  # the fees, which have a template of Zalo's
    assert leaving[0] < leaving[1] < leaving[2] < leaving[3] == 60

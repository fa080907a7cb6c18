"""Unpaid fees are reminded of before their last day, once."""

from typing import Any

import pytest

from dossiers.reminders import FeeReminders

FRIDAY, MONDAY, NEXT_WEEK = (f"2026-06-{day}T17:00:00+07:00" for day in (26, 29, 30))
CODE = "H36.21-260622-0001"


@pytest.fixture
def reminders(store: Any, planner: Any, naming: Any, clock: Any) -> FeeReminders:
    return FeeReminders(store, planner, naming, clock=clock)


async def test_a_fee_due_soon_is_reminded_of_once(desk: Any, reminders: Any, row: Any, fee: Any, clock: Any) -> None:
    await desk.take(row(status=6, fees=[fee(due_at=FRIDAY)]), first_load=True)

    assert await reminders.remind_due() == 1
    clock.advance(hours=24)
    assert await reminders.remind_due() == 0

    (message,) = await desk.messages()
    assert message.event == "fee_reminder"
    assert message.body["fields"]["total"] == 15000


async def test_a_fee_due_later_is_reminded_of_when_its_day_is_near(
    desk: Any, reminders: Any, row: Any, fee: Any, clock: Any
) -> None:
    await desk.take(row(status=6, fees=[fee(due_at=NEXT_WEEK)]), first_load=True)

    assert await reminders.remind_due() == 0
    clock.advance(days=4)
    assert await reminders.remind_due() == 1


async def test_fees_of_one_day_are_one_message_and_another_day_is_another(
    desk: Any, reminders: Any, row: Any, fee: Any, clock: Any
) -> None:
    fees = [
        fee(id="1", due_at=FRIDAY, amount=15_000),
        fee(id="2", due_at=FRIDAY, amount=5_000),
        fee(id="3", due_at=MONDAY, amount=7_000),
    ]
    await desk.take(row(status=6, fees=fees), first_load=True)

    assert await reminders.remind_due() == 1
    clock.advance(days=3)
    assert await reminders.remind_due() == 1

    totals = [message.body["fields"]["total"] for message in await desk.messages()]
    assert totals == [20_000, 7_000]


@pytest.mark.parametrize(
    "changes",
    [
        {"paid_at": "2026-06-24T10:00:00+07:00"},  # paid
        {"due_at": "2026-06-24T17:00:00+07:00"},  # overdue already
        {"due_at": None},  # no last day
        {"amount": 0},  # waived
    ],
)
async def test_what_is_not_due_soon_is_left_alone(
    desk: Any, reminders: Any, row: Any, fee: Any, changes: dict[str, Any]
) -> None:
    await desk.take(row(status=6, fees=[fee(**{"due_at": FRIDAY} | changes)]), first_load=True)

    assert await reminders.remind_due() == 0


async def test_a_dossier_that_nobody_can_be_told_of_stops_nothing(
    desk: Any, reminders: Any, row: Any, fee: Any
) -> None:
    nobody = {"kind": "citizen", "name": "Lê Văn Không"}
    await desk.take(
        row(status=6, fees=[fee(due_at=FRIDAY)], applicant=nobody),
        row(code="H36.21-260622-0002", aliases=[], status=6, fees=[fee(due_at=FRIDAY)]),
        first_load=True,
    )

    assert await reminders.remind_due() == 1
    assert await desk.told(CODE) == []


async def test_a_sensitive_procedure_is_not_told_by_its_fee(desk: Any, reminders: Any, row: Any, fee: Any) -> None:
    await desk.take(
        row(procedure_code="3.000333", status=6, fees=[fee(due_at=FRIDAY, name="Phí cấp Phiếu lý lịch tư pháp")]),
        first_load=True,
    )

    await reminders.remind_due()

    (message,) = await desk.messages()
    assert "lý lịch" not in str(message.body)

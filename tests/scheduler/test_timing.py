"""Due times: the same for every process, on Vietnam's clock."""

from datetime import UTC, datetime, time, timedelta

import pytest

from scheduler.jobs import jobs
from scheduler.timing import WEEKDAYS, Daily, Every

NINE = datetime(2026, 6, 25, 2, 0, tzinfo=UTC)  # Thursday 9:00 in Vietnam


def test_every_minute_is_due_on_the_minute() -> None:
    every = Every(60)

    assert every.last_due(NINE + timedelta(seconds=59)) == NINE
    assert every.next_due(NINE) == NINE + timedelta(minutes=1)


@pytest.mark.parametrize("seconds", [0.25, 1, 7, 900])
def test_a_due_time_is_its_own_last_and_never_its_own_next(seconds: float) -> None:
    every = Every(seconds)
    due = every.next_due(NINE)

    assert every.last_due(due) == due
    assert every.next_due(due) > due


@pytest.mark.parametrize(
    ("now", "last", "following"),
    [
        # Thursday 9:00, half an hour after
        (NINE, datetime(2026, 6, 25, 1, 30, tzinfo=UTC), datetime(2026, 6, 26, 1, 30, tzinfo=UTC)),
        # Thursday 8:30 exactly
        (
            datetime(2026, 6, 25, 1, 30, tzinfo=UTC),
            datetime(2026, 6, 25, 1, 30, tzinfo=UTC),
            datetime(2026, 6, 26, 1, 30, tzinfo=UTC),
        ),
        # Sunday: Friday's was the last, Monday's is the next
        (
            datetime(2026, 6, 28, 2, 0, tzinfo=UTC),
            datetime(2026, 6, 26, 1, 30, tzinfo=UTC),
            datetime(2026, 6, 29, 1, 30, tzinfo=UTC),
        ),
        # Monday 6:00 in Vietnam is still Sunday in UTC
        (
            datetime(2026, 6, 28, 23, 0, tzinfo=UTC),
            datetime(2026, 6, 26, 1, 30, tzinfo=UTC),
            datetime(2026, 6, 29, 1, 30, tzinfo=UTC),
        ),
    ],
)
def test_half_past_eight_on_weekdays(now: datetime, last: datetime, following: datetime) -> None:
    daily = Daily(time(8, 30), WEEKDAYS)

    assert daily.last_due(now) == last
    assert daily.next_due(now) == following


async def test_without_a_source_nothing_is_pulled() -> None:
    async def nothing() -> str:
        return ""

    names = ("fee_reminders", "survey_invites", "channel_upkeep", "bulk_notices")
    rest = dict.fromkeys(names, nothing)

    assert "pull_source" not in [job.name for job in jobs(**rest)]
    assert next(job.name for job in jobs(pull_source=nothing, **rest)) == "pull_source"


async def test_what_was_not_understood_is_forgotten_at_night_where_somebody_keeps_it() -> None:
    async def nothing() -> str:
        return ""

    names = ("fee_reminders", "survey_invites", "channel_upkeep", "bulk_notices")
    rest = dict.fromkeys(names, nothing)

    job = next(job for job in jobs(forget_misses=nothing, **rest) if job.name == "forget_misses")

    assert "forget_misses" not in [job.name for job in jobs(**rest)]
    assert job.when == Daily(time(2, 40))

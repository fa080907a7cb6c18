"""The working calendar: the package's holidays, our corrections, the operator's own days."""

from datetime import UTC, date, datetime

import pytest

from vietnam import calendar
from vietnam.calendar import Calendar

DAYS_OFF = {
    2025: "01/01 27/01 28/01 29/01 30/01 31/01 07/04 30/04 01/05 02/05 01/09 02/09",
    2026: "01/01 02/01 16/02 17/02 18/02 19/02 20/02 27/04 30/04 01/05 31/08 01/09 02/09 24/11",
}
MADE_UP = {2025: "26/04", 2026: "10/01 22/08"}


@pytest.mark.parametrize("year", DAYS_OFF)
def test_the_days_off_of_civil_servants_are_those_that_were_decided(year: int) -> None:
    days = [date.fromordinal(n) for n in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())]
    office = Calendar()

    off = " ".join(f"{day:%d/%m}" for day in days if day.weekday() < 5 and not office.is_working_day(day))
    worked = " ".join(f"{day:%d/%m}" for day in days if day.weekday() >= 5 and office.is_working_day(day))

    assert off == DAYS_OFF[year]
    assert worked == MADE_UP[year]


def test_the_operators_own_days_win_over_all_others() -> None:
    office = Calendar(
        extra_days_off=[date(2026, 6, 25), date(2026, 1, 10)],
        extra_workdays=[date(2026, 11, 24), date(2026, 6, 25)],
    )

    assert not office.is_working_day(date(2026, 6, 25))
    assert not office.is_working_day(date(2026, 1, 10))
    assert office.is_working_day(date(2026, 11, 24))


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2026, 6, 25), 1, date(2026, 6, 26)),
        (date(2026, 6, 25), 3, date(2026, 6, 30)),  # over a weekend
        (date(2026, 4, 24), 2, date(2026, 4, 29)),  # over the make-up day of Hùng Kings
        (date(2026, 1, 1), 1, date(2026, 1, 5)),  # 02/01 is off by the swap
        (date(2026, 1, 9), 1, date(2026, 1, 10)),  # and Saturday 10/01 is worked
        (date(2026, 6, 27), 0, date(2026, 6, 29)),  # a due date on a day off moves on
        (date(2026, 6, 26), 0, date(2026, 6, 26)),
    ],
)
def test_a_due_date_counts_working_days_after_acceptance(start: date, count: int, end: date) -> None:
    assert Calendar().add_working_days(start, count) == end


def test_the_days_between_leave_out_the_first_and_every_day_off() -> None:
    office = Calendar()

    assert office.working_days_between(date(2026, 6, 25), date(2026, 6, 30)) == 3
    assert office.working_days_between(date(2026, 6, 30), date(2026, 6, 25)) == 0


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (datetime(2026, 6, 25, 1, 0, tzinfo=UTC), datetime(2026, 6, 25, 1, 0, tzinfo=UTC)),  # 08:00, open
        (datetime(2026, 6, 25, 5, 0, tzinfo=UTC), datetime(2026, 6, 25, 6, 30, tzinfo=UTC)),  # noon → 13:30
        (datetime(2026, 6, 25, 10, 0, tzinfo=UTC), datetime(2026, 6, 26, 0, 30, tzinfo=UTC)),  # 17:00 sharp is closed
        (datetime(2026, 6, 26, 12, 0, tzinfo=UTC), datetime(2026, 6, 29, 0, 30, tzinfo=UTC)),  # Friday evening
        (datetime(2026, 6, 25, 23, 0, tzinfo=UTC), datetime(2026, 6, 26, 0, 30, tzinfo=UTC)),  # 06:00 next day there
    ],
)
def test_an_office_opens_next_in_its_own_hours(now: datetime, opens: datetime) -> None:
    assert Calendar().next_open(now) == opens
    assert Calendar().is_open(opens)


def test_a_year_of_closure_is_a_mistake_and_not_an_endless_loop() -> None:
    closed = Calendar(extra_days_off=[date.fromordinal(date(2026, 6, 1).toordinal() + n) for n in range(100)])

    with pytest.raises(ValueError, match="no working day"):
        closed.add_working_days(date(2026, 6, 1), 1)


def test_dates_are_written_as_vietnam_reads_them() -> None:
    late_in_the_day_in_utc = datetime(2026, 6, 24, 17, 30, tzinfo=UTC)

    assert calendar.day(late_in_the_day_in_utc) == "25/06/2026"
    assert calendar.moment(late_in_the_day_in_utc) == "00:30 25/06/2026"
    assert calendar.weekday(late_in_the_day_in_utc) == "Thứ Năm, ngày 25 tháng 6 năm 2026"
    assert calendar.day(date(2026, 6, 5)) == "05/06/2026"
    assert Calendar().hours_text() == "07:30–11:30 và 13:30–17:00"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        calendar.local(datetime(2026, 6, 25))  # noqa: DTZ001 (the fault under test)


def test_what_is_not_yet_decided_is_an_estimate() -> None:
    assert not calendar.is_estimate(date(2026, 12, 31))
    assert calendar.is_estimate(date(2027, 2, 4))

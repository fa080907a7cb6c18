"""The working calendar of a public office in Vietnam: its zone, its days off, its hours, and how they are written.

Holidays are those of the `holidays` package, corrected by what the Government decided and the package missed,
and by the operator's own days (storms, swaps announced late).  Source: facts/vietnam.md 5.3, 5.4.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from holidays import HolidayBase

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CONFIRMED_THROUGH = date(2026, 12, 31)
"""The last day whose days off are decided; a later date that we compute is an estimate ("dự kiến")."""

OFFICE_HOURS = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0)))

_DAYS_OFF = frozenset({date(2026, 1, 2)})
_WORKDAYS = frozenset({date(2026, 1, 10)})
"""The swap of letter 12729/VPCP-KGVX: Friday 02/01/2026 off, Saturday 10/01/2026 worked."""

_WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")
_LONGEST_CLOSURE = 60


class Calendar:
    """Which days and hours an office works.

    `extra_days_off` and `extra_workdays` are the operator's, and win over everything else; a day in both is off.
    """

    def __init__(
        self,
        extra_days_off: Iterable[date] = (),
        extra_workdays: Iterable[date] = (),
        office_hours: tuple[tuple[time, time], ...] = OFFICE_HOURS,
    ) -> None:
        self.office_hours = office_hours
        self._own_days_off = frozenset(extra_days_off)
        self._own_workdays = frozenset(extra_workdays)

    def is_working_day(self, day: date) -> bool:
        """Whether the office works on this date (ngày làm việc)."""
        if day in self._own_days_off:
            return False
        if day in self._own_workdays or day in _WORKDAYS:
            return True
        return day not in _DAYS_OFF and bool(self._holidays.is_working_day(day))

    def add_working_days(self, day: date, count: int) -> date:
        """The date `count` working days after `day`, which itself is not counted; 0 gives the next day worked.

        The rule of a due date: day 1 is the working day after acceptance, and a due date on a day off moves on.
        """
        if count < 0:
            raise ValueError("working days are counted forward")
        current = day
        for _ in range(count):
            current = self._worked_from(current + timedelta(days=1))
        return self._worked_from(current)

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start`, up to and with `end`; 0 when `end` is not later."""
        days = (start + timedelta(days=step) for step in range(1, (end - start).days + 1))
        return sum(self.is_working_day(day) for day in days)

    def is_open(self, moment: datetime) -> bool:
        """Whether the office is open at this moment."""
        here = local(moment)
        inside = any(opens <= here.time() < closes for opens, closes in self.office_hours)
        return inside and self.is_working_day(here.date())

    def next_open(self, moment: datetime) -> datetime:
        """The moment itself if the office is open then, else the next opening, in UTC."""
        if self.is_open(moment):
            return moment.astimezone(UTC)
        here = local(moment)
        for opens, _ in self.office_hours if self.is_working_day(here.date()) else ():
            if here.time() < opens:
                return datetime.combine(here.date(), opens, ZONE).astimezone(UTC)
        tomorrow = self._worked_from(here.date() + timedelta(days=1))
        return datetime.combine(tomorrow, self.office_hours[0][0], ZONE).astimezone(UTC)

    def hours_text(self) -> str:
        """The office hours as a notice says them: "07:30–11:30 và 13:30–17:00"."""
        return " và ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in self.office_hours)

    def _worked_from(self, day: date) -> date:
        for step in range(_LONGEST_CLOSURE):
            candidate = day + timedelta(days=step)
            if self.is_working_day(candidate):
                return candidate
        raise ValueError(f"no working day within {_LONGEST_CLOSURE} days of {day:%d/%m/%Y}")

    @cached_property
    def _holidays(self) -> "HolidayBase":
        from holidays import country_holidays  # only who counts days pays for its import

        return country_holidays("VN")


def local(moment: datetime) -> datetime:
    """A moment on Vietnam's clock; a moment without a zone is a mistake of the caller."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(ZONE)


def day(when: date | datetime) -> str:
    """ "25/06/2026", on Vietnam's calendar."""
    return f"{_date(when):%d/%m/%Y}"


def moment(when: datetime) -> str:
    """ "16:30 25/06/2026", on Vietnam's clock."""
    return f"{local(when):%H:%M %d/%m/%Y}"


def weekday(when: date | datetime) -> str:
    """ "Thứ Năm, ngày 25 tháng 6 năm 2026", on Vietnam's calendar."""
    here = _date(when)
    return f"{_WEEKDAYS[here.weekday()]}, ngày {here.day} tháng {here.month} năm {here.year}"


def is_estimate(when: date | datetime) -> bool:
    """Whether a computed date lies beyond the days off that are decided, so that it is shown as "dự kiến"."""
    return _date(when) > CONFIRMED_THROUGH


def _date(when: date | datetime) -> date:
    return local(when).date() if isinstance(when, datetime) else when

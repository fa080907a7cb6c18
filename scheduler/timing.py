"""When a job is due: every so many seconds, or at an hour of chosen weekdays on Vietnam's clock.

Due times follow from the calendar alone, so that every process names the same moment without asking another.
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from vietnam.calendar import ZONE, local

EVERY_DAY = frozenset(range(7))
WEEKDAYS = frozenset(range(5))
"""Monday is 0."""


@dataclass(frozen=True, slots=True)
class Every:
    """Each `seconds`, counted from the epoch."""

    seconds: float

    def last_due(self, now: datetime) -> datetime:
        """The latest due time that is not after `now`."""
        return datetime.fromtimestamp(math.floor(now.timestamp() / self.seconds) * self.seconds, UTC)

    def next_due(self, now: datetime) -> datetime:
        """The first due time after `now`."""
        following = self.last_due(now) + timedelta(seconds=self.seconds)
        return following if following > now else following + timedelta(seconds=self.seconds)

    def __str__(self) -> str:
        if self.seconds >= 60 and self.seconds % 60 == 0:
            return f"mỗi {self.seconds // 60:.0f} phút"
        return f"mỗi {self.seconds:g} giây"


@dataclass(frozen=True, slots=True)
class Daily:
    """At `at` on these weekdays, Asia/Ho_Chi_Minh (no summer time there)."""

    at: time
    weekdays: frozenset[int] = EVERY_DAY

    def last_due(self, now: datetime) -> datetime:
        """The latest due time that is not after `now`."""
        today = local(now).date()
        due = (self._on(today - timedelta(days=back)) for back in range(8))
        return next(moment for moment in due if moment is not None and moment <= now)

    def next_due(self, now: datetime) -> datetime:
        """The first due time after `now`."""
        today = local(now).date()
        due = (self._on(today + timedelta(days=ahead)) for ahead in range(8))
        return next(moment for moment in due if moment is not None and moment > now)

    def _on(self, day: date) -> datetime | None:
        here = datetime.combine(day, self.at, ZONE)
        return here.astimezone(UTC) if day.weekday() in self.weekdays else None

    def __str__(self) -> str:
        days = {EVERY_DAY: "hằng ngày", WEEKDAYS: "thứ Hai đến thứ Sáu"}.get(self.weekdays, "những ngày đã chọn")
        return f"{self.at:%H:%M} {days}"


When = Every | Daily

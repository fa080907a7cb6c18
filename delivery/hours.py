"""When a message may leave: quiet hours, office hours, the hour of a digest; what was put off goes spread, not at once.

Whoever must act soon is not made to wait by the spread; the spread is by person, so that what is due together for one
person stays together, and in its order.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from delivery.event import EventName
from delivery.policy import ASKED_FOR, POLICIES, RoutingSettings, Settings
from vietnam.calendar import ZONE, Calendar, local

SOON = timedelta(hours=24)
"""A sum due within this time is urgent."""


class Hours:
    """The hours of one installation."""

    def __init__(self, settings: Settings, routing: RoutingSettings) -> None:
        self._settings = settings
        self._routing = routing
        self._calendar = Calendar(settings.days_off, settings.workdays)

    @property
    def whole(self) -> timedelta:
        """The time over which what was put off is spread."""
        return timedelta(minutes=self._settings.spread_minutes)

    def allowed(self, event: EventName, moment: datetime, recipient: bytes, *, urgent: bool = False) -> datetime:
        """This moment if the event may be told then, else the next one, spread by recipient."""
        policy = POLICIES[event]
        if not policy.quiet:
            return moment
        start = self._routing.after_quiet(moment)
        if policy.office and self._settings.settling:
            start = self._routing.after_quiet(self._office(start))
        return moment if start == moment else start if urgent else start + self.share(recipient)

    def digest(self, due: datetime, recipient: bytes) -> datetime:
        """The next hour of digests at or after this moment, spread by recipient."""
        here = local(due)
        start = datetime.combine(here.date(), self._settings.digest_at, ZONE)
        if start < here:
            start += timedelta(days=1)
        return self._routing.after_quiet(start) + self.share(recipient)

    def share(self, recipient: bytes, within: timedelta | None = None) -> timedelta:
        """This recipient's place in the spread, the same every time: evenly over `within`, else over the setting."""
        return (self.whole if within is None else within) * (int.from_bytes(recipient[:4], "big") / 2**32)

    def _office(self, moment: datetime) -> datetime:
        """This moment, or the next opening; over noon nobody is kept waiting."""
        here = local(moment)
        opens, closes = self._calendar.office_hours[0][0], self._calendar.office_hours[-1][1]
        if self._calendar.is_working_day(here.date()):
            if opens <= here.time() < closes:
                return moment
            if here.time() < opens:
                return datetime.combine(here.date(), opens, ZONE)
        day = self._calendar.add_working_days(here.date() + timedelta(days=1), 0)
        return datetime.combine(day, opens, ZONE)


def is_urgent(event: str, fields: Mapping[str, Any], now: datetime) -> bool:
    """It cannot wait for a spread or a digest: an answer, papers asked for with a last day, a sum that is due soon."""
    if event in ASKED_FOR:
        return True
    if event == EventName.SUPPLEMENT_REQUIRED:
        return bool(fields.get("supplement_due"))
    if event in (EventName.FEE_REQUIRED, EventName.FEE_REMINDER):
        due = _moment(fields.get("fee_due_at"))
        return due is not None and due <= now + SOON
    return False


def _moment(value: object) -> datetime | None:
    """As a field has it, or as a sealed body keeps it."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if isinstance(value, datetime) else None

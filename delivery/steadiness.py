"""Whether the clock can be trusted to say how long something took: it is held against the machine's own pulse.

A clock that is set, or a machine that slept, makes leases and lives look over which are not. Nothing is judged by them
until the clock has run evenly for a while: a living worker renews its leases meanwhile, receipts that were on their
way arrive, and a clock that was set wrong may be set right.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

_log = structlog.get_logger(__name__)

JUMP = timedelta(seconds=2)
"""What is no mere slewing between two looks, which are about a second apart."""

Pulse = Callable[[], float]
"""Seconds that run evenly and that nobody sets, from any beginning."""


def pulse_of_the_loop() -> float:
    """The event loop's own."""
    return asyncio.get_running_loop().time()


class Steadiness:
    """Of the clock of one process. A new one knows of no jump."""

    def __init__(self, pulse: Pulse = pulse_of_the_loop) -> None:
        self._pulse = pulse
        self._offset: timedelta | None = None
        self._jumped_at: float | None = None

    def lasts(self, now: datetime, least: timedelta) -> bool:
        """Whether the clock, which shows `now`, has run evenly for so long."""
        pulse = self._pulse()
        offset = timedelta(seconds=now.timestamp() - pulse)
        if self._offset is not None and abs(offset - self._offset) > JUMP:
            _log.warning("clock.jumped", by=str(offset - self._offset))
            self._jumped_at = pulse
        self._offset = offset
        return self._jumped_at is None or pulse - self._jumped_at >= least.total_seconds()

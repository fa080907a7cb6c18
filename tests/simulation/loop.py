"""An event loop without time, threads or the outside: when nothing is ready, it is at once as late as the next timer.

`time()` is virtual, in seconds since the simulation began; the same program runs through the same steps each time.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

BEGINNING = datetime(2026, 6, 25, 1, 0, tzinfo=UTC)
"""Thursday 25 June 2026, 8:00 in Vietnam: where every simulation's clock begins, but for its shift."""


MOST_TURNS = 20_000
"""Turns of the loop in one moment: more is no work, it is a circle."""


class Standstill(Exception):
    """Time does not go on: everybody waits for somebody else, or somebody goes round in a circle."""


class VirtualLoop(asyncio.BaseEventLoop):
    """The selector of the real loop waits; this one's jumps."""

    def __init__(self, *, born: Callable[[asyncio.Task[Any], Context | None], None] | None = None) -> None:
        super().__init__()
        self.now = 0.0
        self._turns = 0
        self._selector = self
        self._clock_resolution = 1e-6
        self._born = born
        self.set_default_executor(_Nobody())
        self.set_task_factory(self._task)
        self.set_exception_handler(lambda _loop, _context: None)  # what a killed process leaves behind is its own

    def time(self) -> float:
        return self.now

    def select(self, timeout: float | None) -> list[Any]:
        """What the loop asks before each turn. Raises `Standstill`."""
        if timeout is None:
            raise Standstill("nothing is ready and no timer is set")
        self._turns = 0 if timeout > 0 else self._turns + 1
        if self._turns > MOST_TURNS:
            raise Standstill(f"{MOST_TURNS} turns in one moment")
        self.now += max(0.0, timeout)
        return []

    def _process_events(self, event_list: list[Any]) -> None: ...

    def _write_to_self(self) -> None: ...

    def _task(self, _loop: asyncio.AbstractEventLoop, coro: Any, context: Context | None = None) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, context=context)
        if self._born is not None:
            self._born(task, context)
        return task


class _Nobody(ThreadPoolExecutor):
    """There are no threads in a simulation."""

    def submit(self, *_arguments: Any, **_named: Any) -> NoReturn:
        raise NotImplementedError(_Nobody.__doc__)


_WAVER = 30.0
"""Seconds in which a slow process may not have looked at the clock."""


class VirtualClock:
    """The clock given to the rooms: the loop's time as a moment of that day, shifted as one likes; it may jump."""

    def __init__(self, loop: VirtualLoop, shift: timedelta = timedelta(0)) -> None:
        self.loop = loop
        self._shifts = [(0.0, BEGINNING + shift)]

    def __call__(self) -> datetime:
        return self._shifts[-1][1] + timedelta(seconds=self.loop.now)

    def jump(self, by: timedelta) -> None:
        """As when somebody sets it, or a machine wakes up."""
        self._shifts.append((self.loop.now, self._shifts[-1][1] + by))

    def at(self, moment: float) -> datetime:
        """What it showed, or would show without another jump, at a moment of the loop."""
        since = max(begin for begin, _ in self._shifts if begin <= max(moment, 0.0))
        return next(shift for begin, shift in reversed(self._shifts) if begin == since) + timedelta(seconds=moment)

    @property
    def jumped_at(self) -> float | None:
        """When, of the loop, it jumped last."""
        return self._shifts[-1][0] if len(self._shifts) > 1 else None

    @property
    def wavered(self) -> bool:
        """The last two jumps were near each other and may have made good: who looked before and after saw none."""
        moments = [moment for moment, _ in self._shifts[-2:]]
        return len(self._shifts) > 2 and moments[1] - moments[0] < _WAVER

    def jumped_within(self, seconds: float) -> bool:
        """Whether it has jumped, that lately."""
        return self.jumped_at is not None and self.loop.now - self.jumped_at < seconds

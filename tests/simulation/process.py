"""A simulated process: tasks that live and die together, and whose every step may be late, fail, or be the last.

A killed process unwinds its tasks like any other, but nothing it does can reach the world any more: each step raises
`Killed`, so its memory is lost and only the disk and the carriers keep what they had.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")


_IN_TROUBLE = 0.3
"""How many steps fail while the database is in trouble."""


class Killed(BaseException):
    """This process is dead."""


class Fate(Enum):
    """What becomes of one step."""

    GOOD = "good"
    FAILS = "fails"  # before it had its effect
    UNHEARD = "unheard"  # it had its effect, and the answer is lost
    DIES = "dies"  # the process, before the effect
    DIES_AFTER = "dies after"


@dataclass
class Hazards:
    """How likely it is, for each step at the database, that it goes wrong. All are zero when the faults are over."""

    late: float = 0.0
    latest: float = 0.05  # seconds
    fails: float = 0.0
    unheard: float = 0.0
    dies: float = 0.0
    trouble: tuple[tuple[float, float], ...] = ()  # spans of time in which the database is away more often than not

    def calm(self) -> None:
        """No more faults: from now on everything works."""
        self.late = self.fails = self.unheard = self.dies = 0.0
        self.trouble = ()


class Process:
    """One process of the house, or the outside world, which never dies."""

    current: ContextVar["Process"] = ContextVar("process")

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop, chance: random.Random, hazards: Hazards) -> None:
        self.name = name
        self.loop = loop
        self.chance = chance
        self.hazards = hazards
        self.dead = False
        self.born = loop.time()
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.faults: list[float] = []
        self.at_death: list[Callable[[], None]] = []

    @staticmethod
    def adopt(task: asyncio.Task[Any], context: Context | None) -> None:
        """The loop tells of every new task: it belongs to the process in whose context it runs."""
        process = Process.current.get(None) if context is None else context.get(Process.current)
        if process is not None:
            process.tasks[task] = None
            task.add_done_callback(process._ended)

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task of this process, whoever calls."""
        context = copy_context()
        context.run(Process.current.set, self)
        return self.loop.create_task(work, context=context)

    def kill(self) -> None:
        """As by SIGKILL, now."""
        if self.dead:
            return
        self.dead = True
        for each in self.at_death:
            each()
        self.cut()

    def cut(self) -> None:
        """Its tasks unwind."""
        for task in list(self.tasks):
            task.cancel()

    def leave(self) -> None:
        """It has ended by itself."""
        self.dead = True

    def alive(self) -> None:
        """Raises `Killed`."""
        if self.dead:
            raise Killed(self.name)

    def troubled_since(self, moment: float) -> bool:
        """Whether the disk failed it since then, or its life has ended."""
        return self.dead or any(at >= moment for at in self.faults)

    def fate(self, *, can_be_unheard: bool, can_fail: bool = True) -> Fate:
        """Drawn anew for each step."""
        hazards, drawn = self.hazards, self.chance.random()
        if can_fail and any(since <= self.loop.time() < until for since, until in hazards.trouble):
            return Fate.FAILS if drawn < _IN_TROUBLE else Fate.GOOD
        for fate, likely in (
            (Fate.DIES, hazards.dies),
            (Fate.DIES_AFTER, hazards.dies),
            (Fate.UNHEARD, hazards.unheard if can_be_unheard else 0.0),
            (Fate.FAILS, hazards.fails if can_fail else 0.0),
        ):
            if drawn < likely:
                return fate
            drawn -= likely
        return Fate.GOOD

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self.tasks.pop(task, None)

    async def step(
        self, effect: Callable[[], T], fault: Callable[[], Exception], *, can_be_unheard: bool = False, **kind: bool
    ) -> T:
        """One effect on the disk: maybe late, maybe not at all, maybe unheard of, maybe the last."""
        self.alive()
        if self.hazards.late and self.chance.random() < self.hazards.late:
            await asyncio.sleep(self.chance.random() * self.hazards.latest)
            self.alive()
        fate = self.fate(can_be_unheard=can_be_unheard, **kind)
        if fate is Fate.DIES:
            self.kill()
            raise Killed(self.name)
        if fate is Fate.FAILS:
            self.faults.append(self.loop.time())
            raise fault()
        result = effect()
        if fate is Fate.DIES_AFTER:
            self.kill()
            raise Killed(self.name)
        if fate is Fate.UNHEARD:
            self.faults.append(self.loop.time())
            raise fault()
        return result

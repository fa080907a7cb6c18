"""Carries marked messages to their providers: so many at once by each channel, replies before notices before bulk.

A few messages are marked ahead of the senders, as many as leave in a moment at the present pace, so that one commit
serves many of them. After a crash just these, and those in the air, are in doubt. While people ask, the groups are
small: a question waits for the one that is being written.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from channels.errors import SendError
from channels.message import Accepted
from delivery.outcome import Attempt

GROUP, SMALL_GROUP = 64, 16
"""Outcomes that are written together at once; fewer wait for `GROUP_SECONDS`. The small ones while people ask."""

GROUP_SECONDS = 0.02
AHEAD_SECONDS, SHORTLY_AHEAD = 0.05, 0.01
MOST_AHEAD = 256
GATE_SECONDS = 0.002
"""How soon it is looked again whether somebody still waits for an answer."""

_MEASURED_OVER = 0.05  # seconds


class Outcome(NamedTuple):
    """What came of an attempt. `id` is its line in the history, made when the answer came: written once."""

    id: str
    attempt: Attempt
    answer: Accepted | SendError


Send = Callable[[Attempt], Awaitable[Outcome]]
"""Never raises."""


class Questions(Protocol):
    """What `store.wakeup` knows of the people who ask."""

    def answering(self) -> float:
        """Seconds that a question heard in this process may still take; 0: nobody waits."""

    def asked_lately(self) -> bool:
        """Whether one was heard in the last seconds."""


class _Nobody:
    def answering(self) -> float:
        return 0.0

    def asked_lately(self) -> bool:
        return False


class Senders:
    """The places of one worker. Outcomes wait here until `collect` takes them."""

    def __init__(
        self,
        send: Send,
        connections: Mapping[str, int],
        *,
        senders: int,
        questions: Questions | None = None,
    ) -> None:
        self._send = send
        self._questions = questions or _Nobody()
        self._lines = {channel: _Line(max(1, min(each, senders))) for channel, each in connections.items()}
        self._most = senders
        self._in_air: dict[asyncio.Task[None], Attempt] = {}
        self._outcomes: list[Outcome] = []
        self._timer: asyncio.TimerHandle | None = None
        self._pause: asyncio.TimerHandle | None = None
        self.ready = asyncio.Event()
        """A group of outcomes, or the last of them, may be written."""

    def take(self, attempts: Sequence[Attempt]) -> None:
        """These leave as soon as their channel has a place."""
        for attempt in attempts:
            self._lines[attempt.route.channel].waiting[attempt.claimed.lane].append(attempt)
        self._start()

    def collect(self) -> list[Outcome]:
        """The outcomes so far, once."""
        outcomes, self._outcomes = self._outcomes, []
        self.ready.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return outcomes

    def put_back(self, outcomes: Sequence[Outcome]) -> None:
        """They could not be written: collected again next time, the oldest first."""
        self._outcomes = [*outcomes, *self._outcomes]

    def under_way(self) -> list[Attempt]:
        """What is in the air, and what is marked and has not left."""
        waiting = (attempt for line in self._lines.values() for queue in line.waiting for attempt in queue)
        return [*self._in_air.values(), *waiting]

    def uncollected(self) -> list[Outcome]:
        return list(self._outcomes)

    def ahead(self) -> dict[str, int]:
        """How many messages more than it has connections each channel may be given now."""
        now = asyncio.get_running_loop().time()
        seconds = SHORTLY_AHEAD if self._questions.asked_lately() else AHEAD_SECONDS
        return {name: line.ahead(now, seconds) for name, line in self._lines.items()}

    def give_back(self) -> None:
        """At a stop: forget what is marked and has not left; its rows are released by whoever owns them."""
        if self._pause is not None:
            self._pause.cancel()
        for line in self._lines.values():
            for queue in line.waiting:
                queue.clear()

    async def land(self) -> bool:
        """Until one of those in the air has landed; False at once when none is there."""
        if self._in_air:
            await asyncio.wait(self._in_air, return_when=asyncio.FIRST_COMPLETED)
            return True
        return False

    async def cut(self) -> None:
        """End what is in the air: each comes back as an outcome in doubt."""
        tasks = list(self._in_air)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self) -> None:
        """While somebody waits for an answer, what nobody waits for does not leave: each would take its turn first."""
        lanes = 1 if self._questions.answering() > 0 else 3
        if lanes == 1 and self._pause is None:
            self._pause = asyncio.get_running_loop().call_later(GATE_SECONDS, self._go_on)
        for line in self._lines.values():
            while line.in_air < line.connections and len(self._in_air) < self._most and (attempt := line.next(lanes)):
                line.in_air += 1
                task = asyncio.create_task(self._carry(attempt))
                self._in_air[task] = attempt
                task.add_done_callback(self._landed)

    def _go_on(self) -> None:
        self._pause = None
        self._start()

    async def _carry(self, attempt: Attempt) -> None:
        outcome = await self._send(attempt)  # first: `collect` may change the list meanwhile
        self._outcomes.append(outcome)

    def _landed(self, task: asyncio.Task[None]) -> None:
        line = self._lines[self._in_air.pop(task).route.channel]
        line.in_air -= 1
        line.landed += 1
        self._start()
        if len(self._outcomes) >= (SMALL_GROUP if self._questions.asked_lately() else GROUP) or not self._in_air:
            self.ready.set()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GROUP_SECONDS, self.ready.set)


class _Line:
    """One channel: its places, what waits for one (a queue a lane), and how fast messages land."""

    def __init__(self, connections: int) -> None:
        self.connections = connections
        self.in_air = 0
        self.landed = 0
        self.waiting: tuple[deque[Attempt], ...] = (deque(), deque(), deque())
        self._pace = 0.0  # messages a second
        self._measured_at = 0.0

    def next(self, lanes: int) -> Attempt | None:
        """The next of the first so many lanes."""
        return next((queue.popleft() for queue in self.waiting[:lanes] if queue), None)

    def ahead(self, now: float, seconds: float) -> int:
        """How many leave in so many seconds at the present pace."""
        if now - self._measured_at >= _MEASURED_OVER:
            self._pace = self.landed / (now - self._measured_at)
            self.landed, self._measured_at = 0, now
        return min(MOST_AHEAD, int(self._pace * seconds))

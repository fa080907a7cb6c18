"""The inbox loop: claim some messages, converse, commit; then the next.

The inbox rows done, the talks' state and the replies in the outbox are one transaction: a crash repeats nothing and
loses nothing. When one of them fails all are rolled back and taken one by one; the one that fails is set aside for a
while so that others go on, and tried again; after the last try a person is promised.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.conversation import Conversation, Message
from channels.plain import inbound_from_item
from delivery.event import Event, Planned
from delivery.sending import Claim
from store.database import Tx
from store.ids import Clock
from store.inbox import TRIES, InboxRow
from store.nouns import Store

FIRST_PAUSE = timedelta(seconds=2)
"""How long a message that failed is left alone; doubled each time."""

TOGETHER = 16
"""Messages that share a transaction: many enough to share its cost, few enough to hold up nobody else's."""

BUSY = 0.02
"""Seconds until another look at messages whose senders another listener works for."""

BURST = 0.25
"""Seconds that answers are put off at most, each group of them, while a burst of questions is being stored."""

_log = structlog.get_logger(__name__)

Fault = Callable[[str], None]
"""Called at each named point; a test kills the process there."""


class Plans(Protocol):
    """`delivery.planner.Planner` is one."""

    async def plan(self, tx: Tx, events: Sequence[Event]) -> list[Planned]: ...


Leaving = Callable[[], AbstractAsyncContextManager[Claim]]
"""`delivery.dispatcher.Dispatcher.leaving` is one."""


def _no_fault(point: str) -> None:
    """In earnest nothing happens at the named points."""


@asynccontextmanager
async def _in_the_queue() -> AsyncIterator[Claim]:
    """No sender is at hand: replies wait in the outbox for one."""

    async def none(_tx: Tx) -> set[str]:
        return set()

    yield none


class Listener:
    """Any number of these may run, in one process or many; each message is worked on by one.

    `leaving`: the sender of this process, which takes the replies along as soon as they are committed.
    """

    def __init__(
        self,
        store: Store,
        conversation: Conversation,
        planner: Plans,
        clock: Clock,
        *,
        leaving: Leaving = _in_the_queue,
        together: int = TOGETHER,
        fault: Fault = _no_fault,
    ) -> None:
        self._store = store
        self._conversation = conversation
        self._planner = planner
        self._clock = clock
        self._leaving = leaving
        self._together = together
        self._fault = fault
        self._retry_at: datetime | None = None
        self._more = False

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`: everything that waits, then the first of a wake-up, a poll tick, a stop.

        When nothing more waited it is not asked again: what came meanwhile has set the wake-up.
        """
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await self._give_way()
                if await self._worked() and self._more:
                    continue
                woken = asyncio.create_task(self._store.wakeup.wait("inbox", self._patience()))
                await asyncio.wait({stopped, woken}, return_when=asyncio.FIRST_COMPLETED)
                woken.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await woken
        finally:
            stopped.cancel()

    async def once(self) -> int:
        """The oldest messages, answered and committed; how many, 0 when none waits."""
        rows: list[InboxRow] = []
        self._more = False
        try:
            async with self._leaving() as claim, self._store.database.transaction() as tx:
                taken = await self._store.inbox.take(tx, self._together, self._clock())
                rows, self._more = taken.rows, taken.more
                if not rows:
                    self._store.wakeup.calm()
                    return 0
                waits = await self._answer(tx, rows, claim)
        except Exception as error:
            if not rows:
                raise
            if len(rows) == 1:
                await self._failed(rows[0], error)
            else:
                await self._one_by_one(rows)
            return len(rows)
        self._ended(waits)
        return len(rows)

    async def _give_way(self) -> None:
        """What many ask at once is stored first: for that the provider waits, and on SQLite there is one writer."""
        loop = asyncio.get_running_loop()
        end = loop.time() + BURST
        pause = self._store.wakeup.crowded()
        while pause > 0 and loop.time() < end:
            await asyncio.sleep(pause)
            pause = self._store.wakeup.crowded()

    async def _worked(self) -> int:
        """The database may be away for a while; the loop goes on."""
        try:
            return await self.once()
        except Exception as error:
            _log.warning("listener.cannot_work", why=type(error).__name__)
            return 0

    async def _one_by_one(self, rows: Sequence[InboxRow]) -> None:
        """After a failure of nobody knows whose: each in a transaction of its own."""
        for row in rows:
            try:
                waits = False
                async with self._leaving() as claim, self._store.database.transaction() as tx:
                    again = await self._store.inbox.again(tx, row.id, self._clock())
                    if again is not None:
                        waits = await self._answer(tx, [again], claim)
            except Exception as error:
                await self._failed(row, error)
            else:
                self._ended(waits)

    async def _answer(self, tx: Tx, rows: Sequence[InboxRow], claim: Claim) -> bool:
        """Whether something was planned that does not leave at once."""
        self._fault("claimed")
        events: list[Event] = []
        for wave in _waves(rows):
            messages = [Message(row_id=row.id, inbound=inbound_from_item(row.item)) for row in wave]
            events += await self._conversation.take(tx, messages)
        self._fault("answered")
        planned = await self._planner.plan(tx, events) if events else []
        self._fault("planned")
        await self._store.inbox.done_all(tx, [row.id for row in rows], self._clock())
        waiting = {plan.message_id for plan in planned if plan.outcome == "planned"}
        if waiting:
            waiting -= await claim(tx)
        self._fault("before_commit")
        return bool(waiting)

    def _ended(self, waits: bool) -> None:
        self._fault("after_commit")
        if waits:
            self._store.wakeup.hint("outbox")
        else:
            self._store.wakeup.calm()

    async def _failed(self, row: InboxRow, error: Exception) -> None:
        """Counted in a transaction of its own; what cannot be answered at all is handed to a person."""
        _log.warning("listener.failed", row=row.id, tries=row.tries + 1, why=type(error).__name__)
        retry_at = self._clock() + FIRST_PAUSE * 2**row.tries
        async with self._store.database.transaction() as tx:
            await self._store.inbox.failed(tx, row.id, type(error).__name__, retry_at)
        if row.tries + 1 < TRIES:
            self._retry_at = retry_at if self._retry_at is None else min(retry_at, self._retry_at)
            return
        with contextlib.suppress(Exception):  # it stays counted as failed, and staff see it
            await self._hand_over(row)

    async def _hand_over(self, row: InboxRow) -> None:
        async with self._store.database.transaction() as tx:
            await self._planner.plan(tx, await self._conversation.fail(tx, inbound_from_item(row.item), row.id))
        self._store.wakeup.hint("outbox")

    def _patience(self) -> float | None:
        """Seconds until a message set aside here may be tried again, or another listener is done with its sender's."""
        if self._more:
            return BUSY
        if self._retry_at is None:
            return None
        left = (self._retry_at - self._clock()).total_seconds()
        if left <= 0:
            self._retry_at = None  # it was tried just now, by us or by another
            return None
        return max(0.05, left)


def _waves(rows: Sequence[InboxRow]) -> Iterator[list[InboxRow]]:
    """In each at most one message of a sender, theirs in order: the second is heard by a talk that knows the first."""
    rest = list(rows)
    while rest:
        wave: list[InboxRow] = []
        later: list[InboxRow] = []
        senders: set[int] = set()
        for row in rest:
            if row.sender in senders:
                later.append(row)
                continue
            wave.append(row)
            if row.sender is not None:
                senders.add(row.sender)
        yield wave
        rest = later

"""The inbox loop: claim one message, converse, commit; then the next.

The inbox row done, the talk's state and the replies in the outbox are one transaction: a crash repeats nothing and
loses nothing. A message that fails is rolled back, set aside for a while so that others go on, and tried again; after
the last try a person is promised.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.conversation import Conversation
from channels.plain import inbound_from_item
from delivery.event import Event, Planned
from store.database import Tx
from store.ids import Clock
from store.inbox import TRIES, InboxRow
from store.nouns import Store

FIRST_PAUSE = timedelta(seconds=2)
"""How long a message that failed is left alone; doubled each time."""

MOST_ASIDE = 50
_log = structlog.get_logger(__name__)

Fault = Callable[[str], None]
"""Called at each named point; a test kills the process there."""


class Plans(Protocol):
    """`delivery.planner.Planner` is one."""

    async def plan(self, tx: Tx, events: Sequence[Event]) -> list[Planned]: ...


def _no_fault(point: str) -> None:
    """In earnest nothing happens at the named points."""


class Listener:
    """Any number of these may run, in one process or many; each message is worked on by one."""

    def __init__(
        self, store: Store, conversation: Conversation, planner: Plans, clock: Clock, *, fault: Fault = _no_fault
    ) -> None:
        self._store = store
        self._conversation = conversation
        self._planner = planner
        self._clock = clock
        self._fault = fault
        self._aside: dict[str, datetime] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`: everything that waits, then the first of a wake-up, a poll tick, a stop."""
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                if await self._worked():
                    continue
                woken = asyncio.create_task(self._store.wakeup.wait("inbox", self._patience()))
                await asyncio.wait({stopped, woken}, return_when=asyncio.FIRST_COMPLETED)
                woken.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await woken
        finally:
            stopped.cancel()

    async def once(self) -> int:
        """One message, answered and committed; 0 when none waits."""
        row: InboxRow | None = None
        try:
            async with self._store.database.transaction() as tx:
                row = await self._claim(tx)
                if row is None:
                    return 0
                await self._answer(tx, row)
                self._fault("before_commit")
        except Exception as error:
            if row is None:
                raise
            await self._failed(row, error)
            return 1
        self._aside.pop(row.id, None)
        self._fault("after_commit")
        await self._store.wakeup.wake("outbox")
        return 1

    async def _worked(self) -> int:
        """The database may be away for a while; the loop goes on."""
        try:
            return await self.once()
        except Exception as error:
            _log.warning("listener.cannot_work", why=type(error).__name__)
            return 0

    async def _claim(self, tx: Tx) -> InboxRow | None:
        """The oldest message that is not set aside."""
        now = self._clock()
        self._aside = {row_id: until for row_id, until in self._aside.items() if until > now}
        rows = await self._store.inbox.claim(tx, 1 + len(self._aside))
        return next((row for row in rows if row.id not in self._aside), None)

    async def _answer(self, tx: Tx, row: InboxRow) -> None:
        self._fault("claimed")
        events = await self._conversation.take(tx, inbound_from_item(row.item), row.id)
        self._fault("answered")
        if events:
            await self._planner.plan(tx, events)
        self._fault("planned")
        await self._store.inbox.done(tx, row.id, self._clock())

    async def _failed(self, row: InboxRow, error: Exception) -> None:
        """Counted in a transaction of its own; what cannot be answered at all is handed to a person."""
        _log.warning("listener.failed", row=row.id, tries=row.tries + 1, why=type(error).__name__)
        async with self._store.database.transaction() as tx:
            await self._store.inbox.failed(tx, row.id, type(error).__name__)
        if row.tries + 1 < TRIES:
            if len(self._aside) < MOST_ASIDE:
                self._aside[row.id] = self._clock() + FIRST_PAUSE * 2**row.tries
            return
        self._aside.pop(row.id, None)
        with contextlib.suppress(Exception):  # it stays counted as failed, and staff see it
            await self._hand_over(row)

    async def _hand_over(self, row: InboxRow) -> None:
        async with self._store.database.transaction() as tx:
            await self._planner.plan(tx, await self._conversation.fail(tx, inbound_from_item(row.item), row.id))
        await self._store.wakeup.wake("outbox")

    def _patience(self) -> float | None:
        """Seconds until a message set aside may be tried again; None when there is none."""
        if not self._aside:
            return None
        return max(0.05, (min(self._aside.values()) - self._clock()).total_seconds())

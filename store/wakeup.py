"""The only thing that goes up the house: a hint that a hand-over has something new. The table is always the truth.

Inside a process it is an event; between processes PostgreSQL's NOTIFY, one a batch; SQLite is polled by its
`data_version`, since one process holds it.
"""

import asyncio
import contextlib
import math
import secrets
from collections.abc import Collection
from typing import Any, Literal, cast

import structlog
from sqlalchemy import Select, String, bindparam, func, literal, select

from store.database import Database, Dialect, Tx
from store.prepared import run

Topic = Literal["outbox", "inbox", "receipts"]
_CHANNEL = "motcua"
ANSWERED_WITHIN = 0.05
"""Seconds in which a question is mostly answered."""

ASKING_FOR = 2.0
"""Seconds after a question in which another is expected."""

CROWD = 4
"""Calls stored in one transaction that are a burst: more of them are on their way."""

CROWDED_FOR = 0.05
"""Seconds from the last of its transactions until a burst is over: longer than a group of answers takes."""

_log = structlog.get_logger(__name__)


class Wakeup:
    """Open it beside the database. `poll` is how long a lost hint may go unnoticed, in seconds."""

    def __init__(self, database: Database, *, poll: float = 2.0) -> None:
        self._database = database
        self._poll = poll
        self._events: dict[str, asyncio.Event] = {name: asyncio.Event() for name in ("outbox", "inbox", "receipts")}
        self._listening: asyncio.Task[None] | None = None
        self._untold: set[Topic] = set()
        self._telling: asyncio.Task[None] | None = None
        self._asked_at = self._answered_at = self._crowd_at = -math.inf
        self._calm = asyncio.Event()
        self._awaited: set[Topic] = set()
        self._name = secrets.token_hex(8)  # what we tell the others comes back to us too

    async def open(self) -> None:
        self._listening = asyncio.create_task(self._follow())

    async def close(self) -> None:
        for task in (self._listening, self._telling):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        self._listening = self._telling = None

    async def wake(self, *topics: Topic) -> None:
        """Call after the commit. Never fails the caller: a lost hint costs one poll."""
        self.stir(*topics)
        if self._database.dialect == "postgresql":
            await self._notify(topics)

    def answering(self) -> float:
        """Seconds that somebody's question, heard in this process, may still take to be answered; mostly 0."""
        if self._answered_at >= self._asked_at:
            return 0.0
        return max(0.0, self._asked_at + ANSWERED_WITHIN - asyncio.get_running_loop().time())

    def asked_lately(self) -> bool:
        """Whether a question was heard in this process in the last seconds: more may follow."""
        return asyncio.get_running_loop().time() - self._asked_at < ASKING_FOR

    async def answered(self) -> None:
        """Until that question is answered, or its time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.answering()):
                await self._calm.wait()

    def calm(self) -> None:
        """The questions heard so far are answered, and the answers on their way."""
        self._answered_at = asyncio.get_running_loop().time()
        self._calm.set()

    def hint(self, *topics: Topic) -> None:
        """As `wake`, for a caller that does not wait: hints that follow fast upon each other become one."""
        self.stir(*topics)
        if self._database.dialect == "postgresql":
            self._untold.update(topics)
            if self._telling is None or self._telling.done():
                self._telling = asyncio.create_task(self._tell())

    def _asked(self) -> None:
        """Only where somebody answers: a process that listens to nobody need not give way."""
        if "inbox" in self._awaited:
            self._asked_at = asyncio.get_running_loop().time()
            self._calm.clear()

    async def announce(self, tx: Tx, *topics: Topic) -> None:
        """Other processes hear it at this transaction's commit, after which the caller stirs its own."""
        if self._database.dialect == "postgresql":
            crowd = " crowd" if self.crowded() else ""
            for topic in topics:
                await run(tx, _told, {"word": f"{topic} {self._name}{crowd}"})

    def stir(self, *topics: Topic) -> None:
        """Wakes this process alone."""
        for topic in topics:
            self._events[topic].set()
        if "inbox" in topics:
            self._asked()
        if "outbox" in topics:
            self.calm()

    def storing(self, calls: int, *, questions: bool = True) -> None:
        """So many calls from outside are about to be stored together in this process, questions among them or not."""
        if calls >= CROWD:
            self._crowd_at = asyncio.get_running_loop().time()
        if questions:
            self._asked()

    def crowded(self) -> float:
        """Seconds that a burst of calls, stored in this process or another, may yet go on; mostly 0."""
        return max(0.0, self._crowd_at + CROWDED_FOR - asyncio.get_running_loop().time())

    async def _tell(self) -> None:
        while self._untold:
            topics, self._untold = sorted(self._untold), set()
            await self._notify(topics)

    async def _notify(self, topics: Collection[Topic]) -> None:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(self._poll), self._database.transaction() as tx:
                await self.announce(tx, *topics)

    async def wait(self, topic: Topic, timeout: float | None = None) -> None:
        """Until woken, or until the poll tick (or `timeout`, in seconds) is over, whichever comes first."""
        event = self._events[topic]
        self._awaited.add(topic)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), self._poll if timeout is None else min(timeout, self._poll))
        event.clear()

    def _wake_all(self) -> None:
        for event in self._events.values():
            event.set()

    async def _follow(self) -> None:
        """Follows the database for ever, over restarts of it: after each loss everybody looks at the table."""
        follow = self._poll_version if self._database.dialect == "sqlite" else self._listen
        while True:
            try:
                await follow()
            except Exception as why:
                _log.warning("wakeup.lost", why=type(why).__name__)
                await asyncio.sleep(self._poll)
            self._wake_all()

    async def _poll_version(self) -> None:
        """A command beside the service writes in short transactions: seen here within half a second.

        SQLite's counter is asked outside any transaction, so that the question takes no lock and holds no snapshot.
        """
        async with self._database.reading() as tx:
            raw: Any = (await tx.get_raw_connection()).driver_connection
            seen = None
            while True:
                async with raw.execute("PRAGMA data_version") as cursor:
                    (now,) = await cursor.fetchone()
                if seen not in (None, now):
                    self._wake_all()
                seen = now
                await asyncio.sleep(0.5)

    async def _listen(self) -> None:
        """On a connection of its own, outside the pool's comings and goings."""
        async with self._database.reading() as tx:
            raw: Any = (await tx.get_raw_connection()).driver_connection
            lost = asyncio.Event()

            def heard(_connection: Any, _pid: int, _channel: str, word: str) -> None:
                topic, by, *crowd = word.split(" ")
                if topic in self._events and by != self._name:
                    self._crowd_at = asyncio.get_running_loop().time() if crowd else self._crowd_at
                    self.stir(cast(Topic, topic))

            await raw.add_listener(_CHANNEL, heard)
            raw.add_termination_listener(lambda _connection: lost.set())
            try:
                await lost.wait()
            finally:
                with contextlib.suppress(Exception):
                    await raw.remove_listener(_CHANNEL, heard)


def _told(_dialect: Dialect) -> Select[Any]:
    return select(func.pg_notify(literal(_CHANNEL), bindparam("word", type_=String())))

"""Group commit: what arrives while a transaction is being written shares the next one.

A commit costs the same for one row and for a hundred. Each caller still waits until its own is durable, one that is
wrong fails alone, and no more than a set number wait: who comes then is told so before anything of theirs is stored.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
_IN_A_ROW = 3
"""After so many that fail alone, one after another, the fault is not theirs, and the others are not tried."""


class Full(Exception):
    """Too many wait already; nothing was stored."""


class Groups(Generic[T]):
    """`write` stores a group in one transaction, whole or not at all. `size`: of a group; `waiting`: beside it."""

    def __init__(
        self, write: Callable[[Sequence[T]], Awaitable[None]], *, size: int = 256, waiting: int = 1000
    ) -> None:
        self._write = write
        self._size = size
        self._most = waiting
        self._waiting: deque[tuple[T, asyncio.Future[None]]] = deque()
        self._writing: asyncio.Task[None] | None = None

    @property
    def full(self) -> bool:
        """Whether `put` would refuse now."""
        return len(self._waiting) >= self._most

    async def put(self, item: T) -> None:
        """Returns when the item is durable. Raises `Full`, or what writing it alone raised."""
        if self.full:
            raise Full(str(Full.__doc__))
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, durable))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        await durable

    async def _write_all(self) -> None:
        """Alone, until nothing waits: while one group is written, the next one gathers."""
        group: list[tuple[T, asyncio.Future[None]]] = []
        try:
            while self._waiting:
                group = [self._waiting.popleft() for _ in range(min(self._size, len(self._waiting)))]
                await self._settle(group)
        finally:
            self._writing = None
            for _, durable in (*group, *self._waiting):  # only where this task was cut off
                durable.cancel()
            self._waiting.clear()

    async def _settle(self, group: Sequence[tuple[T, asyncio.Future[None]]]) -> None:
        why = await self._tried(group)
        if why is None or len(group) == 1:
            return _tell(group, why)
        failed = 0
        for at, one in enumerate(group):
            why = await self._tried([one])
            failed = 0 if why is None else failed + 1
            _tell([one], why)
            if failed == _IN_A_ROW:
                return _tell(group[at + 1 :], why)
        return None

    async def _tried(self, group: Sequence[tuple[T, asyncio.Future[None]]]) -> Exception | None:
        try:
            await self._write([item for item, _ in group])
        except Exception as why:
            return why
        return None


def _tell(group: Sequence[tuple[object, asyncio.Future[None]]], why: Exception | None) -> None:
    for _, durable in group:
        if durable.done():  # its caller has gone
            continue
        if why is None:
            durable.set_result(None)
        else:
            durable.set_exception(why)

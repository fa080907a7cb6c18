"""The house among the peers: the same orders as theirs. Without a gateway it is the queue's core alone, no-op.

The core's tick is the dispatcher's: what the last group came to, and the next group's claim and mark, in one commit.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

from benchmarks.speed import house, letters
from benchmarks.speed.program import Answer, obey
from motcua.rooms import Rooms
from store.outbox.queue import natural_key
from store.outbox.tables import Claimed, Draft, Move, State

BATCH = 256
_PAGE = 1_000
_LEASE = timedelta(seconds=12)


class Ours:
    def __init__(self, rooms: Rooms, stack: AsyncExitStack, *, sends: bool, workers: int = 1) -> None:
        self._rooms = rooms
        self._stack = stack
        self._sends = sends
        self._workers = workers
        self._stop = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._unclaimed = 0

    async def handle(self, order: Answer) -> Answer:
        match order["do"]:
            case "fill":
                await (house.fill(self._rooms, order["count"]) if self._sends else self._put(order["count"]))
            case "run":
                self._running = asyncio.create_task(self._work() if self._sends else self._turns())
            case "left":
                return await self._left()
            case "stop" if self._running is not None:
                self._stop.set()
                await self._running
                await self._stack.aclose()
        return {}

    async def _work(self) -> None:
        """A worker's two loops: the second finds what a dead worker left."""
        await asyncio.gather(self._rooms.dispatcher().run(self._stop), self._rooms.receiver().run(self._stop))

    async def _left(self) -> Answer:
        """What is not sent yet, and what may have been: shown as unknown, and never sent blindly again."""
        if self._unclaimed > 0:
            return {"left": self._unclaimed, "doubt": 0}
        async with self._rooms.store.database.reading() as tx:
            waiting = await self._rooms.store.outbox.waiting(tx)
        open_ = sum(one.count for one in waiting if one.state in (State.WAITING, State.SENDING))
        return {"left": open_, "doubt": sum(one.count for one in waiting if one.state is State.UNKNOWN)}

    async def _put(self, count: int) -> None:
        self._unclaimed = count
        store = self._rooms.store
        for begin in range(0, count, _PAGE):
            drafts = [self._draft(number) for number in range(begin, min(begin + _PAGE, count))]
            async with store.database.transaction() as tx:
                await store.outbox.put(tx, drafts)

    def _draft(self, number: int) -> Draft:
        moment, seal = house.now(), self._rooms.store.seal
        return Draft(
            id=self._rooms.store.ids(),
            natural_key=natural_key(seal, ["benchmark", str(number)]),
            recipient=seal.hash("recipient", letters.phone(number)),
            person_id=f"{number:026d}",
            event="done",
            about=f"{number:026d}",
            lane=1,
            created_at=moment,
            due_at=moment,
            expires_at=moment + timedelta(hours=72),
            body={"phone": letters.phone(number), "fields": letters.plain_fields(number)},
            channel="sms",
            path="sms",
        )

    async def _turns(self) -> None:
        await asyncio.gather(*(self._turn() for _ in range(self._workers)))

    async def _turn(self) -> None:
        outbox, database = self._rooms.store.outbox, self._rooms.store.database
        held: list[Claimed] = []
        while not self._stop.is_set():
            now = house.now()
            async with database.transaction() as tx:
                await outbox.move(tx, [_moved(row, State.DELIVERED, "delivered") for row in held])
                held = await outbox.claim(tx, now=now, limit=BATCH, lanes=(1,))
                await outbox.mark(tx, [_moved(row, State.SENDING, "sending") for row in held])
            self._unclaimed -= len(held)
            if not held:
                await asyncio.sleep(0.05)


def _moved(row: Claimed, state: State, step: str) -> Move:
    now = house.now()
    return Move(
        message_id=row.message_id,
        at=now,
        step=step,
        state=state,
        attempt=row.attempt + 1,
        due_at=now,
        channel=row.channel,
        path=row.path,
        worker="benchmark",
        lease_until=now + _LEASE,
    )


async def begin(order: Answer) -> Callable[[Answer], Awaitable[Answer]]:
    if order["fresh"]:
        await house.make_schema(order["url"])
    stack = AsyncExitStack()
    gateway = str(order["gateway"]).removesuffix("/sms") or "http://127.0.0.1:9"
    rooms = await stack.enter_async_context(house.rooms(house.config(order["url"], gateway, client=order["client"])))
    return Ours(rooms, stack, sends=bool(order["gateway"]), workers=order["workers"]).handle


if __name__ == "__main__":
    obey(begin)

"""Hold and resume (dừng gửi, gửi tiếp): one button holds everything; what went stale meanwhile is dropped."""

from delivery.silence import expiring
from store.database import Tx
from store.ids import Clock
from store.nouns import Store
from store.switches import Switch

HOLD = "hold"


async def held(store: Store, tx: Tx) -> bool:
    """Nothing may be claimed now."""
    switch = await store.switches.read(tx, HOLD)
    return switch is not None and switch.on


async def stop(store: Store, clock: Clock, *, by: str, why: str = "") -> None:
    """From the next claim on, within a second, nothing leaves; what is under way is finished."""
    async with store.database.transaction() as tx:
        await store.switches.throw(tx, HOLD, on=True, at=clock(), by=by, why=why)


async def resume(store: Store, clock: Clock, *, by: str) -> int:
    """Sends again; how many messages had gone stale and are dropped as expired."""
    now = clock()
    async with store.database.transaction() as tx:
        stale = await drop_stale(store, tx, clock)
        await store.switches.throw(tx, HOLD, on=False, at=now, by=by)
    await store.wakeup.wake("outbox")
    return stale


async def drop_stale(store: Store, tx: Tx, clock: Clock) -> int:
    """Waiting messages whose life has ended become expired; how many."""
    now = clock()
    dropped = 0
    while rows := await store.outbox.expired(tx, now=now, limit=500):
        await store.outbox.end(tx, [expiring(row, now) for row in rows])
        dropped += len(rows)
    return dropped


async def state(store: Store) -> Switch | None:
    """Who held the sending, when and why; None if it never was."""
    async with store.database.reading() as tx:
        return await store.switches.read(tx, HOLD)

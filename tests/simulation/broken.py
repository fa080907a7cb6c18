"""The engine, broken on purpose in one place at a time: an oracle that does not see these sees nothing."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from channels.errors import Unknown
from channels.message import Accepted, Message
from store.database import Tx
from store.outbox.history import Outbox
from store.outbox.queue import LANES
from store.outbox.tables import Claimed, Move, State
from store.switches import Switch, Switches
from store.tokens import StoredTokens, Tokens
from tests.simulation.house import Door
from tests.simulation.voices import Voice

Spoil = Callable[[Door], None]
"""Breaks one process before it begins to work."""


class _Unmarked(Outbox):
    """Sends first, and notes nothing before."""

    async def mark(self, tx: Tx, moves: Sequence[Move]) -> None: ...


class _Disordered(Outbox):
    """Claims whatever is due, whoever comes before it."""

    async def claim(
        self, tx: Tx, *, now: datetime, limit: int, without: Collection[str] = (), lanes: Collection[int] = LANES
    ) -> list[Claimed]:
        rows = [row for lane in lanes for row in await self.due(tx, now=now, lane=lane, limit=limit)]
        return [row for row in rows if row.expires_at > now and row.channel not in without][:limit]


class _Trusting(Outbox):
    """Takes what a dead worker was sending for never sent."""

    async def abandoned(self, tx: Tx, *, now: datetime, limit: int) -> list[Claimed]:
        rows = await super().abandoned(tx, now=now, limit=limit)
        await self.move(tx, [_waits(row, now) for row in rows])
        return []


class _Breathless(Outbox):
    """Its leases run out under long requests."""

    async def beat(self, tx: Tx, worker: str, message_ids: Collection[str], until: datetime) -> None: ...


class _Hasty(Outbox):
    """Lets messages expire an hour before their time."""

    async def expired(self, tx: Tx, *, now: datetime, limit: int, last: int = LANES[-1]) -> list[Claimed]:
        return await super().expired(tx, now=now + timedelta(hours=71), limit=limit, last=last)


class _Resentful(Outbox):
    """After a lost answer to its own commit it sends all again, what is in the air too."""

    async def release(self, tx: Tx, worker: str, keep: Collection[str], at: datetime) -> list[tuple[Claimed, int]]:
        return await super().release(tx, worker, (), at)


class _Deafened(Switches):
    """Knows of no switch that is thrown."""

    async def thrown(self, tx: Tx, prefix: str) -> list[Switch]:
        return []


class _Careless(Tokens):
    """Uses the new pair of tokens without keeping it."""

    async def save(self, name: str, tokens: StoredTokens) -> None: ...


class _Insistent(Voice):
    """Says the same again when no clear answer comes."""

    async def carried(self, message: Message) -> Accepted:
        try:
            return await super().carried(message)
        except Unknown:
            return await super().carried(message)


class _Hopeful(Voice):
    """Takes no clear answer for a good one."""

    async def send(self, message: Message) -> Accepted:
        try:
            return await super().send(message)
        except Unknown:
            return Accepted()


def _outbox(kind: type[Outbox]) -> Spoil:
    def spoil(door: Door) -> None:
        door.store.outbox = kind(door.store.seal, door.store.ids)

    return spoil


def _voices(kind: type[Voice]) -> Spoil:
    def spoil(door: Door) -> None:
        for voice in list(door.voices.values()):
            if type(voice) is Voice:
                door.speaks(kind.like(voice))

    return spoil


def _unlimited(door: Door) -> None:
    for voice in door.voices.values():
        voice.can = replace(voice.can, rate_per_second=0)
    door.channels["sms"] = door.sms()


def _deafened(door: Door) -> None:
    door.store.switches = _Deafened(door.store.seal, door.store.ids)


def _careless(door: Door) -> None:
    door.keep_tokens_in(_Careless(door.store.database, door.store.seal, door.store.ids, door.clock))


BREAKS: Mapping[str, tuple[Spoil, str]] = {
    "sends before it marks": (_outbox(_Unmarked), "effect"),
    "claims out of order": (_outbox(_Disordered), "order"),
    "takes what a dead worker was sending for never sent": (_outbox(_Trusting), "doubled"),
    "lets its leases run out": (_outbox(_Breathless), "doubled"),
    "expires messages early": (_outbox(_Hasty), "too early"),
    "releases what is in the air": (_outbox(_Resentful), "effect|doubled|order"),
    "repeats blindly": (_voices(_Insistent), "doubled"),
    "takes silence for consent": (_voices(_Hopeful), "wrong state"),
    "knows no rates": (_unlimited, "limits"),
    "sends while all is held": (_deafened, "stop"),
    "does not keep its tokens": (_careless, "tokens"),
}
"""What is broken, and the kind of breach by which it shows."""


def _waits(row: Claimed, now: datetime) -> Move:
    return Move(
        message_id=row.message_id,
        at=now,
        step="released",
        state=State.WAITING,
        attempt=row.attempt,
        due_at=now,
        channel=row.channel,
        path=row.path,
        tried=row.tried,
        tries=row.tries,
    )

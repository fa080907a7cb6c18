"""What silence means: a worker that died, a provider that says nothing, a life that has ended."""

import random
from datetime import datetime, timedelta

import structlog

from channels.channel import Capabilities, Channels
from channels.errors import Rejected, SendError, Unknown
from channels.message import Mailbox, Receipt
from delivery.event import EventName
from delivery.outcome import HARD, STUCK, Attempt, after_doubt, decide
from delivery.policy import POLICIES, Lane, Policy
from delivery.routing import Path, Route
from delivery.steadiness import Steadiness
from delivery.texts.render import Renderer
from delivery.texts.words import compose, through
from delivery.ways import Ways
from store.database import Tx
from store.ids import Clock
from store.nouns import Store
from store.outbox.tables import Claimed, Move, State

_log = structlog.get_logger(__name__)

PAGE = 200
LOOK_FOR_EXPIRED = timedelta(seconds=15)
"""How often all that waits is looked through; nothing past its life is claimed meanwhile."""

RENEWED_WITHIN = timedelta(seconds=8)
"""After the clock has jumped: every living worker has renewed its leases by the new hour (twice)."""

STEADY_FOR = timedelta(minutes=10)
"""So long the clock must have run evenly before a life, or a wait for a receipt, is taken to be over."""

REPLIES_STEADY_FOR = timedelta(minutes=1)
"""As that, before a reply's life is taken to be over: a newer one to the same person waits behind it."""

_NOWHERE = Mailbox(address="")
_CANNOT = Capabilities(addresses=frozenset(), longest=0)
"""What is known of a channel that is switched off now."""


class Silence:
    """Moves what nobody speaks of any more. Several may run at once: each row is locked by one."""

    def __init__(
        self,
        store: Store,
        channels: Channels,
        ways: Ways,
        renderer: Renderer,
        *,
        within: timedelta,
        clock: Clock,
        chance: random.Random,
        steadiness: Steadiness,
    ) -> None:
        self._store = store
        self._channels = channels
        self._ways = ways
        self._renderer = renderer
        self._within = within
        self._clock = clock
        self._chance = chance
        self._steadiness = steadiness
        self._looked_at: datetime | None = None

    def begins(self) -> None:
        """A jump of the clock is seen from here on."""
        self._steadiness.lasts(self._clock(), STEADY_FOR)

    async def once(self) -> int:
        """Everything that is overdue now, page by page; how many messages were moved."""
        moved = 0
        for each in (self._abandoned, self._overdue, self._expired):
            while True:
                async with self._store.database.transaction() as tx:
                    found, asked = await each(tx, self._clock())
                for row in asked:
                    await self._ask(row)
                moved += found
                if found + len(asked) < PAGE:
                    break
        return moved

    async def _abandoned(self, tx: Tx, now: datetime) -> tuple[int, list[Claimed]]:
        """What a dead worker was sending may have left: in doubt, and decided as any doubt."""
        if not self._steadiness.lasts(now, RENEWED_WITHIN):
            return 0, []
        rows = await self._store.outbox.abandoned(tx, now=now, limit=PAGE)
        moves = [
            decide(
                _attempt(row),
                Unknown("worker_lost"),
                can=self._can(row),
                policy=_policy(row),
                receipt_within=self._within,
                now=now,
                chance=self._chance,
            )
            for row in rows
        ]
        await self._store.outbox.move(tx, moves)
        return len(moves), []

    async def _overdue(self, tx: Tx, now: datetime) -> tuple[int, list[Claimed]]:
        """Silence that has lasted too long; the messages that a provider can be asked about come back."""
        if not self._steadiness.lasts(now, STEADY_FOR):
            return 0, []
        rows = await self._store.outbox.overdue(tx, now=now, limit=PAGE)
        moves = [_final(row, "never_known", State.UNKNOWN, now) for row in rows if _never_known(row, now)]
        moves += await self._unconfirmed(tx, [row for row in rows if row.state is State.ACCEPTED], now)
        asked = [row for row in rows if row.state is State.UNKNOWN and not _never_known(row, now)]
        await self._store.outbox.move(tx, moves)
        await self._store.outbox.postpone(tx, [row.message_id for row in asked], now + self._within)
        return len(moves), asked

    async def _unconfirmed(self, tx: Tx, rows: list[Claimed], now: datetime) -> list[Move]:
        """Accepted, and no receipt in time: the next way if there is one, else it stays accepted for good."""
        again = [row for row in rows if _policy(row).falls_back and row.expires_at > now and row.readable]
        others = {
            way.row.message_id
            for way in await self._ways.of(tx, again, now)
            if any(route.path.value != way.row.path for route in way.routes)
        }
        return [
            _no_receipt(row, now) if row.message_id in others else _final(row, "no_receipt", State.ACCEPTED, now)
            for row in rows
        ]

    async def _expired(self, tx: Tx, now: datetime) -> tuple[int, list[Claimed]]:
        """What waited longer than it lives. After a jump of the clock replies end first: a newer one waits for that."""
        if not self._steadiness.lasts(now, REPLIES_STEADY_FOR):
            return 0, []
        last = Lane.BULK if self._steadiness.lasts(now, STEADY_FOR) else Lane.REPLY
        if self._looked_at is not None and timedelta(0) <= now - self._looked_at < LOOK_FOR_EXPIRED:
            return 0, []
        rows = await self._store.outbox.expired(tx, now=now, limit=PAGE, last=last)
        await self._store.outbox.end(tx, [expiring(row, now) for row in rows])
        if len(rows) < PAGE:
            self._looked_at = now
        return len(rows), []

    async def _ask(self, row: Claimed) -> None:
        """Asks the provider outside any transaction; what it says comes back as a receipt of its own."""
        now = self._clock()
        try:
            receipt = await self._answer(row, now)
        except SendError as why:
            if not isinstance(why, Rejected):
                return  # it cannot say now: asked again later
            receipt = None
        except Exception as why:
            _log.error("silence.unforeseen", channel=row.channel, why=type(why).__name__)
            receipt = None
        async with self._store.database.transaction() as tx:
            if receipt is not None:
                await self._store.receipts.put(tx, row.channel or "", [receipt], now)
                return
            live = (await self._store.outbox.open_rows(tx, [row.message_id])).get(row.message_id)
            if live is not None and live.state is State.UNKNOWN and live.attempt == row.attempt:
                await self._store.outbox.move(tx, [after_doubt(_attempt(live), _policy(row), now)])

    async def _answer(self, row: Claimed, now: datetime) -> Receipt | None:
        """None: the provider cannot tell, or there is no way any more to ask."""
        channel = self._channels.get(row.channel or "")
        if channel is None or not channel.can.asks or not row.readable:
            return None
        async with self._store.database.reading() as tx:
            last = await self._store.outbox.last_sent(tx, row.message_id)
            (way,) = await self._ways.of(tx, [row], now)
        route = next((route for route in way.routes if route.path.value == row.path), None)
        if route is None or last is None:
            return None
        message = through(compose(row, route, self._renderer), _attempt(row).account)
        return await channel.ask(message, last.provider_id, last.at)

    def _can(self, row: Claimed) -> Capabilities:
        channel = self._channels.get(row.channel or "")
        return _CANNOT if channel is None else channel.can


def expiring(row: Claimed, at: datetime) -> Move:
    """The move of a message whose life has ended while it waited; what a provider may have stays in doubt."""
    if STUCK in row.tried:
        return _final(row, "never_known", State.UNKNOWN, at)
    return Move(
        message_id=row.message_id,
        at=at,
        step="expired",
        state=State.EXPIRED,
        attempt=row.attempt,
        channel=row.channel,
        path=row.path,
    )


def _policy(row: Claimed) -> Policy:
    return POLICIES[EventName(row.event)] if row.event in set(EventName) else Policy(falls_back=False)


def _never_known(row: Claimed, now: datetime) -> bool:
    return row.state is State.UNKNOWN and row.expires_at <= now


def _attempt(row: Claimed) -> Attempt:
    """The attempt that a queue row is in, with its way; the address is not needed to decide."""
    route = Route(channel=row.channel or "sms", path=Path(row.path or Path.SMS), address=_NOWHERE)
    return Attempt(claimed=row, route=route, number=row.attempt, at=row.due_at)


def _no_receipt(row: Claimed, now: datetime) -> Move:
    return Move(
        message_id=row.message_id,
        at=now,
        step="no_receipt",
        state=State.WAITING,
        attempt=row.attempt,
        due_at=now,
        channel=row.channel,
        path=row.path,
        tried=row.tried | ({row.path: HARD} if row.path else {}),
        code="no_receipt",
    )


def _final(row: Claimed, step: str, state: State, at: datetime) -> Move:
    return Move(
        message_id=row.message_id,
        at=at,
        step=step,
        state=state,
        attempt=row.attempt,
        final=True,
        channel=row.channel,
        path=row.path,
    )

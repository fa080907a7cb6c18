"""What providers say later, and what their silence means: delivered, the next channel, or an honest doubt."""

import asyncio
import contextlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from channels.channel import Channels
from channels.errors import SendError, Unknown
from channels.message import Mailbox, Receipt
from delivery.event import EventName
from delivery.outcome import HARD, Attempt, after_doubt, decide
from delivery.planner import recipient_of
from delivery.policy import POLICIES, RoutingSettings
from delivery.render import Renderer
from delivery.routing import Path, Route, Router
from delivery.words import compose
from store.database import Tx
from store.ids import Clock
from store.nouns import Store
from store.outbox.tables import Claimed, Move, State
from store.receipts import ReceiptRow

_log = structlog.get_logger(__name__)

PAGE = 200
UNMATCHED_FOR = timedelta(minutes=2)
"""A receipt may come before the answer to its own send is recorded: it is looked up again for so long."""

_NOWHERE = Mailbox(address="")
CHECK_EVERY = 1.0
"""Seconds between two looks at what is overdue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """How many receipts were settled, and how many silent messages were moved."""

    receipts: int
    overdue: int


class Receiver:
    """Follows messages after they have left: one per worker process; several may run at once."""

    def __init__(
        self,
        store: Store,
        channels: Channels,
        router: Router,
        renderer: Renderer,
        *,
        routing: RoutingSettings,
        clock: Clock,
        chance: random.Random,
    ) -> None:
        self._store = store
        self._channels = channels
        self._router = router
        self._renderer = renderer
        self._within = timedelta(minutes=routing.fallback_after_minutes)
        self._clock = clock
        self._chance = chance

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`: receipts as they come, silence as it ends."""
        while not stop.is_set():
            try:
                followed = await self.once()
            except Exception as why:
                _log.warning("receiver", why=type(why).__name__)
                followed = Followed(receipts=0, overdue=0)
                await asyncio.sleep(1)
            if followed.overdue:
                await self._store.wakeup.wake("outbox")
            if not followed.receipts:
                waiting = asyncio.create_task(self._store.wakeup.wait("receipts", CHECK_EVERY))
                stopping = asyncio.create_task(stop.wait())
                await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
                for task in (waiting, stopping):
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await task

    async def once(self) -> Followed:
        """Every receipt that is open and everything that is overdue now."""
        receipts = await self._all_receipts()
        async with self._store.database.transaction() as tx:
            moved = await self._abandoned(tx)
            silent, asked = await self._overdue(tx)
        for claimed in asked:
            await self._ask(claimed)
        return Followed(receipts=receipts, overdue=moved + silent)

    async def _all_receipts(self) -> int:
        settled, after = 0, ""
        while True:
            async with self._store.database.transaction() as tx:
                rows = await self._store.receipts.take(tx, PAGE, after)
                settled += await self._settle(tx, rows)
            if len(rows) < PAGE:
                return settled
            after = rows[-1].id

    async def _settle(self, tx: Tx, rows: Sequence[ReceiptRow]) -> int:
        now = self._clock()
        done: list[str] = []
        for row in rows:
            message_id = await self._message(tx, row)
            if message_id is not None:
                await self._apply(tx, message_id, row)
                done.append(row.id)
            elif now - row.received_at > UNMATCHED_FOR:
                done.append(row.id)
        await self._store.receipts.done(tx, done, now)
        return len(done)

    async def _message(self, tx: Tx, row: ReceiptRow) -> str | None:
        """By our own id where the provider echoes it, else by its id; never by anything else."""
        if row.message_id is not None and await self._store.outbox.exists(tx, row.message_id):
            return row.message_id
        if row.provider_id is not None:
            return await self._store.outbox.by_provider_id(tx, row.channel, row.provider_id)
        return None

    async def _apply(self, tx: Tx, message_id: str, row: ReceiptRow) -> None:
        """A late or repeated word never takes back a better one."""
        message = await self._store.outbox.get(tx, message_id)
        if message is None or message.state is State.DELIVERED:
            return
        live = (await self._store.outbox.open_rows(tx, [message_id])).get(message_id)
        last = await self._store.outbox.last_sent(tx, message_id)
        path = last.path if last is not None and last.channel == row.channel else None
        if row.state in ("delivered", "seen"):
            await self._store.outbox.move(tx, [_delivered(message_id, row, live, path)])
        elif (
            row.state == "failed"
            and live is not None
            and live.channel == row.channel
            and live.state is not State.WAITING
        ):
            await self._store.outbox.move(tx, [self._failed(live, row)])

    def _failed(self, live: Claimed, row: ReceiptRow) -> Move:
        """The next channel is tried at once, or the same again where the failure is a passing one (it never left)."""
        move = _waiting(live, step="undelivered", at=row.at, due_at=self._clock(), code=row.error[:60] or "undelivered")
        return move if row.permanent else replace(move, tried=live.tried, tries=live.tries + 1)

    async def _abandoned(self, tx: Tx) -> int:
        """What a dead worker was sending may have left: in doubt, and decided as any doubt."""
        now = self._clock()
        rows = await self._store.outbox.abandoned(tx, now=now, limit=PAGE)
        moves = []
        for row in rows:
            attempt = _attempt(row)
            moves.append(
                decide(
                    attempt,
                    Unknown("worker_lost"),
                    can=self._channels[attempt.route.channel].can,
                    policy=POLICIES[EventName(row.event)],
                    receipt_within=self._within,
                    now=now,
                    chance=self._chance,
                )
            )
        await self._store.outbox.move(tx, moves)
        return len(moves)

    async def _overdue(self, tx: Tx) -> tuple[int, list[Claimed]]:
        """Silence that has lasted too long; the messages that a provider can be asked about come back."""
        now = self._clock()
        moves: list[Move] = []
        asked: list[Claimed] = []
        for row in await self._store.outbox.overdue(tx, now=now, limit=PAGE):
            if row.state is State.WAITING:
                moves.append(
                    Move(message_id=row.message_id, at=now, step="expired", state=State.EXPIRED, attempt=row.attempt)
                )
            elif row.state is State.ACCEPTED:
                moves.append(await self._silent(tx, row))
            elif row.expires_at <= now:
                moves.append(_final(row, "never_known", State.UNKNOWN, now))
            else:
                asked.append(row)
        await self._store.outbox.move(tx, moves)
        await self._store.outbox.postpone(tx, [row.message_id for row in asked], now + self._within)
        return len(moves), asked

    async def _silent(self, tx: Tx, row: Claimed) -> Move:
        """Accepted, and no receipt in time: the next channel if there is one, else it stays accepted for good."""
        now = self._clock()
        event = EventName(row.event)
        if POLICIES[event].falls_back and row.expires_at > now and await self._has_another(tx, row, event):
            return _waiting(row, step="no_receipt", at=now, due_at=now, code="no_receipt")
        return _final(row, "no_receipt", State.ACCEPTED, now)

    async def _has_another(self, tx: Tx, row: Claimed, event: EventName) -> bool:
        reach = (await self._store.people.reach(tx, [row.person_id]))[row.person_id]
        routes = self._router.routes(
            event, recipient_of(row.person_id, row.body), reach, now=self._clock(), only=row.body.get("only")
        )
        return any(route.path.value not in row.tried and route.path.value != row.path for route in routes)

    async def _ask(self, row: Claimed) -> None:
        """Asks the provider outside any transaction; what it says comes back as a receipt of its own."""
        channel = self._channels[_attempt(row).route.channel]
        now = self._clock()
        receipt: Receipt | None = None
        with contextlib.suppress(SendError):
            async with self._store.database.reading() as tx:
                last = await self._store.outbox.last_sent(tx, row.message_id)
                routes = self._router.routes(
                    EventName(row.event),
                    recipient_of(row.person_id, row.body),
                    (await self._store.people.reach(tx, [row.person_id]))[row.person_id],
                    now=now,
                    only=row.body.get("only"),
                )
            route = next((route for route in routes if route.path.value == row.path), None)
            if route is not None and last is not None and channel.can.asks:
                receipt = await channel.ask(compose(row, route, self._renderer), last.provider_id, last.at)
        async with self._store.database.transaction() as tx:
            if receipt is not None:
                await self._store.receipts.put(tx, channel.name, [receipt], now)
            elif (live := (await self._store.outbox.open_rows(tx, [row.message_id])).get(row.message_id)) is not None:
                await self._store.outbox.move(tx, [after_doubt(_attempt(live), POLICIES[EventName(row.event)], now)])


def _attempt(row: Claimed) -> Attempt:
    """The attempt that a queue row is in, with its way; the address is not needed to decide."""
    path = Path(row.path or Path.SMS)
    recipient = recipient_of(row.person_id, row.body)
    route = Route(channel=row.channel or "sms", path=path, address=recipient.to or _NOWHERE)
    return Attempt(claimed=row, route=route, number=row.attempt, at=row.due_at)


def _delivered(message_id: str, row: ReceiptRow, live: Claimed | None, path: str | None) -> Move:
    return Move(
        message_id=message_id,
        at=row.at,
        step=row.state,
        state=State.DELIVERED,
        attempt=0 if live is None else live.attempt,
        channel=row.channel,
        path=path,
        provider_id=None,
    )


def _waiting(row: Claimed, *, step: str, at: datetime, due_at: datetime, code: str) -> Move:
    return Move(
        message_id=row.message_id,
        at=at,
        step=step,
        state=State.WAITING,
        attempt=row.attempt,
        due_at=due_at,
        channel=row.channel,
        path=row.path,
        tried=row.tried | ({row.path: HARD} if row.path else {}),
        code=code,
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

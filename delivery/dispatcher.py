"""Sends what is due. One tick is one commit: the outcomes of the last group and the claims of the next.

A message is marked "sending", durably, before its request leaves, and only when it may leave at once. No transaction
is open while a provider is called.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable
from datetime import timedelta

import structlog

from channels.channel import Channels
from channels.errors import Rejected, SendError, Unknown
from channels.message import Accepted
from delivery.event import EventName
from delivery.limits import Limits
from delivery.outcome import HARD, OURS_PAUSE, SOFT, Attempt, decide
from delivery.planner import recipient_of
from delivery.policy import POLICIES, RoutingSettings
from delivery.render import Renderer
from delivery.routing import Path, Route, Router, key
from delivery.switch import held
from delivery.words import compose, parts_of
from store.database import Tx
from store.ids import Clock
from store.nouns import Store
from store.outbox.tables import Claimed, Move, State

_log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=12)
"""How long a claim outlives its worker's last heartbeat: a dead worker's rows return within 15 seconds."""

NO_ZALO_FOR = timedelta(days=30)
"""How long a refusal of an address is remembered."""

Fault = Callable[[str], None]
"""Called at each named point; the tests of crashes kill the process there."""


def no_fault(_point: str) -> None:
    """Nothing happens here outside the tests of crashes."""


class Dispatcher:
    """One per worker process. `run` until stopped; `drain` sends all that is due now, for commands and tests."""

    def __init__(
        self,
        store: Store,
        channels: Channels,
        router: Router,
        renderer: Renderer,
        *,
        routing: RoutingSettings,
        senders: int,
        clock: Clock,
        chance: random.Random,
        fault: Fault = no_fault,
    ) -> None:
        self._store = store
        self._channels = channels
        self._router = router
        self._renderer = renderer
        self._receipt_within = timedelta(minutes=routing.fallback_after_minutes)
        self._senders = senders
        self._clock = clock
        self._chance = chance
        self._fault = fault
        self._limits = Limits({name: channel.can.rate_per_second for name, channel in channels.items()}, clock)
        self._worker = store.ids()
        self._under_way: dict[asyncio.Task[None], str] = {}
        self._outcomes: list[tuple[Attempt, Accepted | SendError]] = []
        self._ready = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`: then nothing new is claimed, what is under way is waited for, and its outcome recorded."""
        beating = asyncio.create_task(self._beat())
        try:
            while not stop.is_set():
                try:
                    moved = await self.tick()
                except Exception as why:
                    _log.warning("dispatcher.tick", why=type(why).__name__)
                    await asyncio.sleep(1)
                    continue
                if not moved:
                    await self._rest(stop)
        finally:
            await self._settle()
            beating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beating

    async def drain(self) -> None:
        """Until nothing that is due now is left and nothing is under way."""
        while await self.tick() or self._under_way or self._outcomes:
            if self._under_way and not self._outcomes:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def tick(self) -> int:
        """Records outcomes and claims, in one transaction; how many messages moved."""
        outcomes, self._outcomes = self._outcomes, []
        self._ready.clear()
        self._fault("before_claim")
        try:
            async with self._store.database.transaction() as tx:
                await self._record(tx, outcomes)
                attempts = await self._claim(tx)
                self._fault("before_commit")
        except BaseException:
            self._outcomes = outcomes + self._outcomes  # nothing of it was written: kept for the next tick
            raise
        self._fault("after_commit")
        for attempt in attempts:
            task = asyncio.create_task(self._deliver(attempt))
            self._under_way[task] = attempt.claimed.message_id
            task.add_done_callback(self._under_way.pop)
        return len(outcomes) + len(attempts)

    async def _claim(self, tx: Tx) -> list[Attempt]:
        free = self._senders - len(self._under_way)
        if free <= 0 or await held(self._store, tx):
            return []
        now = self._clock()
        claimed = await self._store.outbox.claim(tx, now=now, limit=free, without=self._limits.exhausted())
        attempts: list[Attempt] = []
        moves: list[Move] = []
        for row, routes in await self._routes(tx, claimed):
            if not routes:
                moves.append(self._no_way(row))
            elif self._limits.take(routes[0].channel):
                attempts.append(Attempt(claimed=row, route=routes[0], number=row.attempt + 1, at=now))
            elif row.channel != routes[0].channel:  # planned for another channel: seen by its limit from now on
                moves.append(self._rerouted(row, routes[0]))
        await self._store.outbox.move(tx, moves + [self._sending(attempt) for attempt in attempts])
        return attempts

    async def _routes(self, tx: Tx, claimed: list[Claimed]) -> list[tuple[Claimed, list[Route]]]:
        """The ways still open to each message: what was planned may have changed while it waited."""
        now = self._clock()
        reach = await self._store.people.reach(tx, {row.person_id for row in claimed})
        recipients = {row.message_id: recipient_of(row.person_id, row.body) for row in claimed}
        addresses = {(a.kind, a.value) for person in reach.values() for a in person.addresses}
        addresses |= {("phone", r.phone) for r in recipients.values() if r.phone is not None}
        addresses |= {("email", r.email) for r in recipients.values() if r.email is not None}
        refused = await self._store.people.refusals(tx, addresses, now)
        result = []
        for row in claimed:
            routes = self._router.routes(
                EventName(row.event),
                recipients[row.message_id],
                reach[row.person_id],
                now=now,
                refused=refused,
                only=row.body.get("only"),
            )
            routes = [route for route in routes if route.path.value not in row.tried]
            if row.attempt and POLICIES[EventName(row.event)].falls_back is False:
                routes = [route for route in routes if route.channel == row.channel]
            routes.sort(key=lambda route: row.attempt > 0 and route.path.value != row.path)  # stays on a way once begun
            result.append((row, routes))
        return result

    async def _deliver(self, attempt: Attempt) -> None:
        """Touches no database; every exception becomes an outcome."""
        channel = self._channels[attempt.route.channel]
        answer: Accepted | SendError
        try:
            message = compose(attempt.claimed, attempt.route, self._renderer)
            self._fault("before_send")
            answer = await channel.send(message)
            self._fault("after_send")
            attempt = _with_parts(attempt, parts_of(message, attempt.route))
        except SendError as error:
            answer = error
        except Exception as error:
            _log.error("dispatcher.unforeseen", channel=channel.name, why=type(error).__name__)
            answer = Unknown(type(error).__name__)
        self._limits.heard(channel.name, answer)
        self._outcomes.append((attempt, answer))
        self._ready.set()

    async def _record(self, tx: Tx, outcomes: list[tuple[Attempt, Accepted | SendError]]) -> None:
        now = self._clock()
        moves = [
            decide(
                attempt,
                answer,
                can=self._channels[attempt.route.channel].can,
                policy=POLICIES[EventName(attempt.claimed.event)],
                receipt_within=self._receipt_within,
                now=now,
                chance=self._chance,
            )
            for attempt, answer in outcomes
        ]
        await self._store.outbox.move(tx, moves)
        await self._store.people.refused(
            tx,
            [
                (attempt.route.path.value, *key(attempt.route.address), now + NO_ZALO_FOR, answer.code)
                for attempt, answer in outcomes
                if isinstance(answer, Rejected)
                and answer.permanent
                and not answer.ours
                and _of_address(attempt, answer)
            ],
        )

    def _sending(self, attempt: Attempt) -> Move:
        return Move(
            message_id=attempt.claimed.message_id,
            at=attempt.at,
            step="sending",
            state=State.SENDING,
            attempt=attempt.number,
            due_at=attempt.at,
            channel=attempt.route.channel,
            path=attempt.route.path.value,
            tried=attempt.claimed.tried,
            tries=attempt.claimed.tries,
            worker=self._worker,
            lease_until=attempt.at + LEASE,
        )

    def _rerouted(self, row: Claimed, route: Route) -> Move:
        return Move(
            message_id=row.message_id,
            at=self._clock(),
            step="rerouted",
            state=State.WAITING,
            attempt=row.attempt,
            due_at=row.due_at,
            channel=route.channel,
            path=route.path.value,
            tried=row.tried,
            tries=row.tries,
        )

    def _no_way(self, row: Claimed) -> Move:
        """Every way was tried: failed, unless the fault is ours and may be mended while the message lives."""
        now = self._clock()
        soft = SOFT in row.tried.values()
        return Move(
            message_id=row.message_id,
            at=now,
            step="held_up" if soft else "failed",
            state=State.WAITING if soft else State.FAILED,
            attempt=row.attempt,
            due_at=now + OURS_PAUSE,
            channel=row.channel,
            path=row.path,
            tried={path: why for path, why in row.tried.items() if why == HARD},
            code="no_way_left",
        )

    async def _rest(self, stop: asyncio.Event) -> None:
        """Until the first of: an outcome, a wake-up, a poll tick, a stop."""
        waits = [
            asyncio.create_task(self._ready.wait()),
            asyncio.create_task(self._store.wakeup.wait("outbox", 0.5 if self._limits.exhausted() else None)),
            asyncio.create_task(stop.wait()),
        ]
        _, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def _settle(self) -> None:
        """What is under way is waited for; its outcome is written whatever happens."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=8)
        if self._outcomes:
            outcomes, self._outcomes = self._outcomes, []
            async with self._store.database.transaction() as tx:
                await self._record(tx, outcomes)

    async def _beat(self) -> None:
        """The leases of what is under way last as long as this process turns."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            if self._under_way:
                with contextlib.suppress(Exception):
                    async with self._store.database.transaction() as tx:
                        mine = list(self._under_way.values())
                        await self._store.outbox.beat(tx, self._worker, mine, self._clock() + LEASE)


def _of_address(attempt: Attempt, answer: Rejected) -> bool:
    """A refusal worth remembering for the address, not for this one text."""
    return attempt.route.path in (Path.ZALO_PHONE, Path.ZALO_USER) and answer.code != "no_text"


def _with_parts(attempt: Attempt, parts: int | None) -> Attempt:
    return Attempt(claimed=attempt.claimed, route=attempt.route, number=attempt.number, at=attempt.at, parts=parts)

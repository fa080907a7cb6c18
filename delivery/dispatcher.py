"""Sends what is due. One tick is one commit: the outcomes of the last group and the claims of the next.

A message is marked "sending", durably, before its request leaves, and only when it may leave at once. No transaction
is open while a provider is called.
"""

import asyncio
import contextlib
import random
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from channels.channel import Channels
from channels.errors import Rejected, SendError
from channels.message import Accepted
from channels.plain import tagged
from delivery.claims import Claims
from delivery.event import EventName
from delivery.limits import Limits
from delivery.outcome import Attempt, decide
from delivery.policy import POLICIES, RoutingSettings, Settings
from delivery.render import Renderer
from delivery.routing import Path, Router
from delivery.sending import Fault, no_fault, sent
from delivery.ways import Ways
from store.database import Tx
from store.ids import Clock
from store.nouns import Store
from store.outbox.tables import Move, State

_log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=12)
"""How long a claim outlives its worker's last heartbeat: a dead worker's rows return within 15 seconds."""

NO_ZALO_FOR = timedelta(days=30)
"""How long a refusal of an address is remembered."""

GRACE = 7.0
"""Seconds that what is under way has to end after a stop."""

_ENDINGS = 3
"""How often the last outcomes are written again when the database is away at a stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an attempt. `id` is its line in the history, made when the answer came: written once."""

    id: str
    attempt: Attempt
    answer: Accepted | SendError


class Dispatcher:
    """One per worker process. `run` until stopped; `drain` sends all that is due now, for commands and tests.

    `settings`, where given, hold back what is not live any more when its turn comes.
    """

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
        settings: Settings | None = None,
        grace: float = GRACE,
        fault: Fault = no_fault,
    ) -> None:
        self._store = store
        self._channels = channels
        self._renderer = renderer
        self._receipt_within = timedelta(minutes=routing.fallback_after_minutes)
        self._clock = clock
        self._chance = chance
        self._fault = fault
        self._grace = grace
        self._limits = Limits({name: channel.can for name, channel in channels.items()}, clock)
        ways = Ways(store.people, router)
        self._claims = Claims(store, ways, self._limits, senders=senders, routing=routing, settings=settings)
        self._worker = store.ids()
        self._under_way: dict[asyncio.Task[None], Attempt] = {}
        self._outcomes: list[Outcome] = []
        self._recording: list[Outcome] = []
        self._in_doubt = False
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

    async def tick(self, *, claiming: bool = True) -> int:
        """Records outcomes and claims, in one transaction; how many messages moved."""
        self._recording, self._outcomes = self._outcomes, []
        self._ready.clear()
        self._fault("before_claim")
        attempts: list[Attempt] = []
        moved = len(self._recording)
        try:
            async with self._store.database.transaction() as tx:
                if self._in_doubt:
                    await self._clear_doubt(tx)
                await self._record(tx, self._recording)
                if claiming:
                    attempts, others = await self._claim(tx)
                    moved += len(attempts) + others
                self._fault("before_commit")
        except BaseException:
            # Nobody knows whether it was committed: the outcomes are kept, and the next tick looks what stands.
            self._outcomes = self._recording + self._outcomes
            self._in_doubt = True
            raise
        finally:
            self._recording = []
        self._in_doubt = False
        self._fault("after_commit")
        for attempt in attempts:
            task = asyncio.create_task(self._deliver(attempt))
            self._under_way[task] = attempt
            task.add_done_callback(self._under_way.pop)
        return moved

    async def _claim(self, tx: Tx) -> tuple[list[Attempt], int]:
        attempts, others = await self._claims.take(tx, self._clock(), list(self._under_way.values()))
        await self._store.outbox.move(tx, [self._sending(attempt) for attempt in attempts])
        return attempts, others

    async def _clear_doubt(self, tx: Tx) -> None:
        """After a commit whose answer was lost: what it recorded is not recorded twice, what it marked is sent."""
        recorded = await self._store.outbox.recorded(tx, [outcome.id for outcome in self._recording])
        self._recording = [outcome for outcome in self._recording if outcome.id not in recorded]
        await self._store.outbox.release(tx, self._worker, self._mine(), self._clock())

    async def _deliver(self, attempt: Attempt) -> None:
        """Touches no database; every exception becomes an outcome."""
        attempt, answer = await sent(self._channels[attempt.route.channel], attempt, self._renderer, self._fault)
        self._limits.heard(attempt.route.channel, answer)
        self._outcomes.append(Outcome(id=self._store.ids(), attempt=attempt, answer=answer))
        self._ready.set()

    async def _record(self, tx: Tx, outcomes: list[Outcome]) -> None:
        now = self._clock()
        await self._store.outbox.move(tx, [self._decided(outcome) for outcome in outcomes])
        await self._store.people.refused(
            tx,
            [
                (one.attempt.route.path.value, *tagged(one.attempt.route.address), now + NO_ZALO_FOR, one.answer.code)
                for one in outcomes
                if isinstance(one.answer, Rejected) and _of_address(one.attempt, one.answer)
            ],
        )

    def _decided(self, outcome: Outcome) -> Move:
        attempt = outcome.attempt
        move = decide(
            attempt,
            outcome.answer,
            can=self._channels[attempt.route.channel].can,
            policy=POLICIES[EventName(attempt.claimed.event)],
            receipt_within=self._receipt_within,
            now=self._clock(),
            chance=self._chance,
        )
        return replace(move, id=outcome.id)

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
        """What is under way is waited for within the grace, then cut off, in doubt; every outcome is written."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._grace):
                while self._under_way:
                    await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
                    await self._written()
        cut = list(self._under_way)
        for task in cut:
            task.cancel()
        await asyncio.gather(*cut, return_exceptions=True)
        for _ in range(_ENDINGS):
            if await self._written():
                return
            await asyncio.sleep(0.3)

    async def _written(self) -> bool:
        """Whether all outcomes so far are recorded."""
        try:
            if self._outcomes or self._in_doubt:
                await self.tick(claiming=False)
        except Exception as why:
            _log.warning("dispatcher.stopping", why=type(why).__name__)
        return not self._outcomes and not self._in_doubt

    async def _beat(self) -> None:
        """The leases of what is under way, and of what is not yet recorded, last as long as this process turns."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            if mine := self._mine():
                with contextlib.suppress(Exception):
                    async with self._store.database.transaction() as tx:
                        await self._store.outbox.beat(tx, self._worker, mine, self._clock() + LEASE)

    def _mine(self) -> list[str]:
        attempts = [*self._under_way.values(), *(one.attempt for one in self._outcomes + self._recording)]
        return [attempt.claimed.message_id for attempt in attempts]


def _of_address(attempt: Attempt, answer: Rejected) -> bool:
    """A refusal worth remembering for the address, not for this one text and not for a fault of ours."""
    by_zalo = attempt.route.path in (Path.ZALO_PHONE, Path.ZALO_USER)
    return by_zalo and answer.permanent and not answer.ours and answer.code != "no_text"

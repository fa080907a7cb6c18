"""Sends what is due. One tick is one commit: the outcomes of the last group and the claims of the next.

A message is marked "sending", durably, before its request leaves, and no more of them than leave in a moment
(`delivery/senders.py`). No transaction is open while a provider is called.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from channels.channel import Channels
from channels.errors import Rejected, Throttled
from channels.plain import tagged
from delivery.claims import Claims
from delivery.event import EventName
from delivery.money.budgets import Budgets
from delivery.money.prices import line
from delivery.outcome import STUCK, Attempt, decide
from delivery.policy import POLICIES, Lane, RoutingSettings, Settings
from delivery.providers.limits import Limits
from delivery.routing import Path, Router
from delivery.senders import Outcome, Senders
from delivery.sending import Claim, Fault, no_fault, sent
from delivery.texts.render import Renderer
from delivery.ways import Ways
from store.database import Tx
from store.ids import Clock
from store.nouns import Store
from store.outbox.tables import Claimed, Move, State

_log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=12)
"""How long a claim outlives its worker's last heartbeat: a dead worker's rows return within 15 seconds."""

NO_ZALO_FOR = timedelta(days=30)
"""How long a refusal of an address is remembered."""

HEAD_START = 0.001
"""Seconds in which a reply's request is written before the next tick takes the loop for longer than that."""

GRACE = 7.0
"""Seconds that what is under way has to end after a stop."""

_ENDINGS = 3
"""How often the last outcomes are written again when the database is away at a stop."""


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
        budgets: Budgets | None = None,
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
        self._limits = Limits({name: channel.can for name, channel in channels.items()}, clock, store=store)
        self._budgets = budgets or Budgets(store, renderer)
        ways = Ways(store.people, router)
        self._claims = Claims(
            store, ways, self._limits, self._budgets, senders=senders, routing=routing, settings=settings
        )
        self._worker = store.ids()
        connections = {name: channel.can.connections for name, channel in channels.items()}
        self._senders = Senders(self._deliver, connections, senders=senders, questions=store.wakeup)
        self._recording: list[Outcome] = []
        self._in_doubt = False
        self._turn = asyncio.Lock()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`: then nothing new is claimed, what is under way is waited for, and its outcome recorded."""
        beating = asyncio.create_task(self._beat())
        stopped = asyncio.create_task(stop.wait())
        self._woken = asyncio.create_task(self._store.wakeup.wait("outbox"))
        try:
            while not stop.is_set():
                try:
                    await self._give_way(stopped)
                    others = await self.tick()
                except Exception as why:
                    _log.warning("dispatcher.tick", why=type(why).__name__)
                    await asyncio.sleep(1)
                    continue
                if not others or self._senders.under_way():
                    await self._rest(stopped)
        finally:
            await self._settle()
            for task in (beating, stopped, self._woken):
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def drain(self) -> None:
        """Until nothing that is due now is left and nothing is under way."""
        while await self.tick() or self._mine():
            if self._senders.under_way():
                await self._senders.ready.wait()

    def under_way(self) -> list[Attempt]:
        """What this worker is sending now."""
        return self._senders.under_way()

    async def tick(self, lanes: Collection[Lane] = tuple(Lane), *, recording: bool = True) -> int:
        """Records outcomes and claims from these lanes, in one transaction.

        Returns how many messages were moved or set aside and do not leave: behind them others may be due.

        While it is in doubt what the last commit wrote, outcomes are recorded whether wanted or not: who looks away
        from them now would write them twice later.
        """
        async with self._turn:
            return await self._ticked(lanes, recording=recording)

    @asynccontextmanager
    async def leaving(self) -> AsyncIterator[Claim]:
        """Around a transaction of the caller's that plans replies: those that it claims leave once it is committed.

        They are marked in the caller's own commit, by all the rules of a tick; none begins meanwhile.
        """
        async with self._turn:
            await self._limits.sync()
            attempts: list[Attempt] = []

            async def claim(tx: Tx) -> set[str]:
                claimed, _ = await self._claim(tx, (Lane.REPLY,))
                attempts.extend(claimed)
                return {attempt.claimed.message_id for attempt in claimed}

            try:
                yield claim
            except BaseException:
                self._in_doubt = self._in_doubt or bool(attempts)
                raise
            self._senders.take(attempts)
            if attempts:
                await asyncio.sleep(HEAD_START)

    async def _ticked(self, lanes: Collection[Lane], *, recording: bool) -> int:
        await self._limits.sync()
        self._recording = self._senders.collect() if recording or self._in_doubt else []
        self._fault("before_claim")
        attempts: list[Attempt] = []
        others = 0
        try:
            async with self._store.database.transaction() as tx:
                released = await self._clear_doubt(tx) if self._in_doubt else []
                await self._record(tx, self._recording)
                await self._budgets.unspent(tx, released)
                if lanes:
                    attempts, others = await self._claim(tx, lanes)
                self._fault("before_commit")
        except BaseException:
            # Nobody knows whether it was committed: the outcomes are kept, and the next tick looks what stands.
            self._senders.put_back(self._recording)
            self._in_doubt = True
            raise
        finally:
            self._recording = []
        self._in_doubt = False
        self._fault("after_commit")
        self._senders.take(attempts)
        return others

    async def _claim(self, tx: Tx, lanes: Collection[Lane] = tuple(Lane)) -> tuple[list[Attempt], int]:
        under_way, ahead = self._senders.under_way(), self._senders.ahead()
        attempts, others = await self._claims.take(tx, self._clock(), under_way, ahead, lanes)
        await self._store.outbox.mark(tx, [self._sending(attempt) for attempt in attempts])
        return attempts, others

    async def _clear_doubt(self, tx: Tx) -> list[tuple[Claimed, int]]:
        """After a commit whose answer was lost: what it recorded is not recorded twice, what it marked is sent."""
        recorded = await self._store.outbox.recorded(tx, [outcome.id for outcome in self._recording])
        self._recording = [outcome for outcome in self._recording if outcome.id not in recorded]
        return await self._store.outbox.release(tx, self._worker, self._mine(), self._clock())

    async def _deliver(self, attempt: Attempt) -> Outcome:
        """Touches no database; every exception becomes an outcome."""
        if wait := self._limits.leaves(attempt.account):
            return Outcome(id=self._store.ids(), attempt=attempt, answer=Throttled("late", retry_after=wait))
        channel, prices = self._channels[attempt.route.channel], self._budgets.prices
        attempt, answer = await sent(channel, attempt, self._renderer, self._fault, prices)
        self._limits.heard(attempt.account, answer)
        return Outcome(id=self._store.ids(), attempt=attempt, answer=answer)

    async def _record(self, tx: Tx, outcomes: list[Outcome]) -> None:
        now = self._clock()
        moves = [self._decided(outcome) for outcome in outcomes]
        await self._store.outbox.move(tx, moves)
        await self._store.people.refused(
            tx,
            [
                (one.attempt.route.path.value, *tagged(one.attempt.route.address), now + NO_ZALO_FOR, one.answer.code)
                for one in outcomes
                if isinstance(one.answer, Rejected) and _of_address(one.attempt, one.answer)
            ],
        )
        cost = [(one.attempt, one.answer, move.price) for one, move in zip(outcomes, moves, strict=True)]
        await self._budgets.settle(tx, cost, now)

    def _decided(self, outcome: Outcome) -> Move:
        attempt = outcome.attempt
        can = self._channels[attempt.route.channel].can
        move = decide(
            attempt,
            outcome.answer,
            can=can,
            policy=POLICIES[EventName(attempt.claimed.event)],
            receipt_within=self._receipt_within,
            now=self._clock(),
            chance=self._chance,
        )
        cost = line(
            attempt,
            outcome.answer,
            self._budgets.prices,
            deduplicates=can.deduplicates,
            doubtful=STUCK in (move.tried or ()),
        )
        return move._replace(id=outcome.id, price=cost)

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
            price=attempt.reserved,
        )

    async def _rest(self, stopped: asyncio.Task[bool]) -> None:
        """Until the first of: a group of outcomes, a wake-up, a poll tick, a limit that opens, a stop."""
        ready = asyncio.create_task(self._senders.ready.wait())
        waits = {ready, self._woken, stopped}
        await asyncio.wait(waits, timeout=self._limits.opens_in(), return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()

    async def _give_way(self, stopped: asyncio.Task[bool]) -> None:
        """Who has asked does not wait behind the outcomes of a bulk notice: replies are claimed first, and alone.

        While an answer is being thought of in this process, the next group waits for it a moment.
        """
        if self._senders.under_way() and self._store.wakeup.answering() > 0:
            answered = asyncio.create_task(self._store.wakeup.answered())
            await asyncio.wait({answered, self._woken, stopped}, return_when=asyncio.FIRST_COMPLETED)
            answered.cancel()
        if self._woken.done():
            self._woken = asyncio.create_task(self._store.wakeup.wait("outbox"))
            if self._senders.under_way():
                await self.tick((Lane.REPLY,), recording=False)

    async def _settle(self) -> None:
        """What has not left is released; what is in the air is waited for within the grace, then cut off, in doubt."""
        self._senders.give_back()
        self._in_doubt = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._grace):
                while await self._senders.land():
                    await self._written()
        await self._senders.cut()
        for _ in range(_ENDINGS):
            if await self._written():
                return
            await asyncio.sleep(0.3)

    async def _written(self) -> bool:
        """Whether all outcomes so far are recorded."""
        try:
            if self._senders.uncollected() or self._in_doubt:
                await self.tick(lanes=())
        except Exception as why:
            _log.warning("dispatcher.stopping", why=type(why).__name__)
        return not self._senders.uncollected() and not self._in_doubt

    async def _beat(self) -> None:
        """The leases of what is under way, and of what is not yet recorded, last as long as this process turns."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            if mine := self._mine():
                try:
                    async with self._store.database.transaction() as tx:
                        await self._store.outbox.beat(tx, self._worker, mine, self._clock() + LEASE)
                except Exception as why:
                    _log.warning("dispatcher.beat", why=type(why).__name__)

    def _mine(self) -> list[str]:
        """Whose outcome is not yet written."""
        outcomes = [*self._senders.uncollected(), *self._recording]
        attempts = [*self._senders.under_way(), *(outcome.attempt for outcome in outcomes)]
        return [attempt.claimed.message_id for attempt in attempts]


def _of_address(attempt: Attempt, answer: Rejected) -> bool:
    """A refusal worth remembering for the address, not for this one text and not for a fault of ours."""
    by_zalo = attempt.route.path in (Path.ZALO_PHONE, Path.ZALO_USER)
    return by_zalo and answer.permanent and not answer.ours and answer.code != "no_text"

"""The stage of one simulation: its loop, clock, disk and carriers, and who starts our processes again."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

from channels.channel import Capabilities
from channels.message import Receipt
from store.wakeup import Topic
from tests.simulation.carriers import Carrier, Effect, Temper
from tests.simulation.disk import Disks
from tests.simulation.house import LONGEST_POLL, Door, Outside, Worker
from tests.simulation.ledger import Ledger
from tests.simulation.loop import VirtualClock, VirtualLoop
from tests.simulation.money import Accounts, cost
from tests.simulation.oauth import OAuth
from tests.simulation.oracle import Oracle, written
from tests.simulation.process import Hazards, Process
from tests.simulation.scenario import Scenario, scenario
from tests.simulation.trace import Breach, Trace


class Stage:
    """What a story is played on. The first breach ends it: `over` is set."""

    calm = False
    """The faults are over."""

    def __init__(
        self, seed: int, loop: VirtualLoop, disks: Disks, spoil: Callable[[Door], None] | None, *, whole: bool
    ) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.loop = loop
        self.story: Scenario = scenario(self.chance)
        self.clock = VirtualClock(loop, self.story.begins)
        self.trace = Trace(loop.time, whole=whole)
        self.breach: Breach | None = None
        self.kills = 0
        self.outside_world = Process("world", loop, self.chance, Hazards())
        self._spoil = spoil
        self._disk = disks.new(self.trace, self.chance)
        disks.dialect = "sqlite" if self.story.workers == 1 else "postgresql"
        self._disk.committed = lambda process: self._judged(lambda: self.oracle.look(process))
        self.oracle = Oracle(self._disk.sql, self.clock, self.story.routing)
        self._carriers = {name: self._carrier(name, *kind) for name, kind in self.story.carriers.items()}
        within = timedelta(minutes=self.story.routing.fallback_after_minutes)
        self._ledger = Ledger(
            self._disk.sql,
            self.oracle,
            self._carriers,
            self.clock,
            within,
            workers=lambda: [worker.process for worker in self._workers.values()],
        )
        self._accounts = Accounts(self._disk.sql, self.story.budget)
        for carrier in self._carriers.values():
            carrier.judge = self
        self._oauth = OAuth(self.chance, self.trace, faulty=self.story.token_faults)
        self._outside = Outside(
            disks=disks,
            carriers=self._carriers,
            oauth=self._oauth,
            clock=self.clock,
            settings=self.story.settings,
            budget=self.story.budget,
            routing=self.story.routing,
            senders=self.story.senders,
            wake=self._wake,
            rest=self._rest,
            news=lambda: self.oracle.moves,
        )
        self._workers: dict[int, Worker] = {}
        self._processes: list[Process] = []
        self._pending: dict[asyncio.Task[None], float] = {}
        self._awake = asyncio.Event()
        self._over = asyncio.Event()
        self._ending = False

    def _carrier(self, name: str, can: Capabilities, temper: Temper) -> Carrier:
        return Carrier(
            name,
            can,
            temper,
            chance=self.chance,
            trace=self.trace,
            clock=self.clock,
            tell=self._told,
            asks_for=cost,
        )

    def fault(self, breach: Breach) -> None:
        """The first one counts; the story ends there."""
        if self.breach is None:
            self.breach = breach
            self.trace("oracle", str(breach))
        self._over.set()

    def end(self) -> None:
        """Nothing of this world goes on."""
        self._ending = True
        for process in (*self._processes, self.outside_world):
            process.kill()
        self.loop.run_until_complete(self._unwound())
        self._disk.close()

    async def _unwound(self) -> None:
        """The tasks of the dead have ended."""
        for turn in range(1000):
            open_ = [process for process in (*self._processes, self.outside_world) if process.tasks]
            if not open_:
                return
            await asyncio.sleep(0 if turn % 10 else 1)
            if turn % 100 == 99:
                for process in open_:
                    process.cut()

    def _process(self, kind: str) -> Process:
        process = Process(f"{kind}-{len(self._processes)}", self.loop, self.chance, self.story.hazards)
        self._processes.append(process)
        process.at_death.append(lambda: self._died(process))
        return process

    def _died(self, process: Process) -> None:
        if not self._ending:
            self.kills += 1
            self.trace(process.name, "KILLED")
            self._oauth.ended(process, killed=True)

    async def _keep(self, slot: int) -> None:
        """A worker, and another one after it; when the faults are over, whoever sleeps wakes as one alone."""
        while True:
            if not self._awake.is_set() and self.calm and slot:
                return
            await self._awake.wait()
            worker = Worker(self._outside, self._process(f"worker{slot}"), self.outside_world, self._spoil)
            self._workers[slot] = worker
            if self.chance.random() < 0.3:
                worker.process.spawn(worker.upkeep())
            try:
                await worker.gone()
            except Exception as why:
                self.fault(Breach(f"a loop ended: {type(why).__name__}: {why}"))
                return
            if not worker.process.dead:
                await worker.stop()
                self._oauth.ended(worker.process, killed=False)
                worker.process.leave()
            await asyncio.sleep(self.chance.choice([1.5, 3.0, 15.0]))

    def _wake(self, by: Process, topics: tuple[Topic, ...]) -> None:
        for worker in self._workers.values():
            if worker.process is not by and not worker.process.dead and self.chance.random() >= self.story.deaf:
                self.loop.call_later(self.chance.random() * 0.05, worker.hints.hear, *topics)

    def _rest(self, whole: float) -> float:
        """Until something falls due, within bounds; `whole` where something is due, or heard of, and does not move."""
        due = self.oracle.next_due()
        away = LONGEST_POLL if due is None else (due - self.clock()).total_seconds()
        if away <= 0 or self._unsettled():
            return whole
        return min(max(away, 0.05), LONGEST_POLL)

    def _unsettled(self) -> bool:
        """A receipt that we have stored waits to be understood; not one from before the clock was put back."""
        query = "SELECT 1 FROM receipt WHERE done_at IS NULL AND received_at <= ?"
        return self._disk.sql.execute(query, (written(self.clock()),)).fetchone() is not None

    def _later(self, delay: float, work: Callable[[], Awaitable[None]]) -> None:
        async def happen() -> None:
            await asyncio.sleep(delay)
            await work()

        task = self.outside_world.spawn(happen())
        self._pending[task] = self.loop.time() + delay
        task.add_done_callback(lambda done: self._pending.pop(done, None))

    def left(self, carrier: Carrier) -> None:
        self._judged(lambda: self._ledger.left(carrier))

    def called(self, carrier: Carrier, message_id: str, by: Process) -> None:
        self._judged(lambda: self._ledger.called(carrier, message_id, by))

    def took(self, effect: Effect) -> None:
        self._judged(lambda: self._ledger.took(effect))
        self._judged(lambda: self._accounts.took(effect))

    def _told(self, channel: str, receipt: Receipt, effect: Effect | None, delay: float) -> None:
        """A carrier says what became of a message, so many seconds from now."""
        raise NotImplementedError

    async def _sleep_until(self, until: float) -> None:
        """Nobody works meanwhile: the workers are stopped as by a deployment, and started again in time."""
        self._awake.clear()
        workers = [worker for worker in self._workers.values() if not worker.process.dead]
        await asyncio.gather(*(worker.stop() for worker in workers))
        await asyncio.sleep(max(0.0, until - self.loop.time() - 1))
        self._awake.set()

    def _judged(self, look: Callable[[], None]) -> None:
        if self.breach is None:
            try:
                look()
            except Breach as breach:
                self.fault(breach)
            except Exception as why:  # ours: it must not pass for a fault of the disk
                self.fault(Breach(f"the oracle itself: {type(why).__name__}: {why}"))

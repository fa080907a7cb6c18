"""One worker of ours inside the simulation: the real store, planner, dispatcher, receiver and token keeper."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import get_args

from pydantic import SecretStr

from channels.channel import Channel
from channels.errors import SendError
from channels.message import Receipt
from channels.sms.channel import Sms
from channels.zalo.settings import Settings as ZaloSettings
from channels.zalo.tokens import Tokens
from delivery.dispatcher import Dispatcher
from delivery.event import Event, Planned
from delivery.money.budgets import Budgets
from delivery.money.meters import Settings as BudgetSettings
from delivery.money.prices import Prices
from delivery.planner import Planner
from delivery.policy import RoutingSettings, Settings
from delivery.receipts import Receiver
from delivery.routing import Router, Templates
from delivery.texts.render import Renderer
from motcua.tokens import TokenKeeper
from store import tokens as kept
from store.ids import Clock, ids
from store.nouns import Store
from store.personal import Seal
from store.wakeup import Topic, Wakeup
from tests.simulation.carriers import Carrier
from tests.simulation.disk import Disks
from tests.simulation.money import PRICES, gateway_price
from tests.simulation.oauth import OAuth, TokenHttp
from tests.simulation.process import Process
from tests.simulation.voices import Gateway, Voice, ZaloVoice

RENDERER = Renderer()
"""Pure, and slow to make: one for all simulations."""

POLL = 2.0
LONGEST_POLL = 60.0
"""Seconds between two looks at a table where nothing happens: a lost hint costs one poll."""

SECRET = "a secret key that is long enough for a simulation"
FIRST_TOKEN = "refresh-0"
TEMPLATES = Templates(by_event={"done": "901", "fee_required": "902"}, by_user_id=frozenset({"done"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What every process of a simulation shares: the disk, the carriers, the clock, and the configuration."""

    disks: Disks
    carriers: Mapping[str, Carrier]
    oauth: OAuth
    clock: Clock
    settings: Settings
    budget: BudgetSettings
    routing: RoutingSettings
    senders: int
    wake: Callable[[Process, tuple[Topic, ...]], None]
    rest: Callable[[float], float]
    news: Callable[[], int]  # grows with every move of a message


class Hints(Wakeup):
    """Wake-ups between simulated processes: they may come late, or never. A wait without news grows longer."""

    def __init__(self, outside: Outside, mine: Process) -> None:
        super().__init__(outside.disks)
        self._outside = outside
        self._mine = mine
        self._heard: dict[Topic, asyncio.Event] = {topic: asyncio.Event() for topic in get_args(Topic)}
        self._seen: dict[str, tuple[int, float]] = {}

    async def wake(self, *topics: Topic) -> None:
        self.hear(*topics)
        self._outside.wake(self._mine, topics)

    def hear(self, *topics: Topic) -> None:
        """A hint, perhaps from another process."""
        for topic in topics:
            self._heard[topic].set()

    async def wait(self, topic: Topic, timeout: float | None = None) -> None:
        """Until something falls due; where it is due already and no message moves, longer each time."""
        news = self._outside.news()
        seen, before = self._seen.get(topic, (-1, 0.0))
        asked = POLL if timeout is None else min(timeout, POLL)
        whole = asked if seen != news else min(before * 3, LONGEST_POLL)
        self._seen[topic] = (news, whole)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._heard[topic].wait(), self._outside.rest(whole))
        self._heard[topic].clear()


class Door:
    """A process of ours that plans what it is asked to, and stores receipts: the house as its web role knows it."""

    def __init__(self, outside: Outside, process: Process, world: Process) -> None:
        self.process = process
        self.chance = random.Random(process.chance.getrandbits(64))
        self.clock = outside.clock
        seal = Seal(SECRET, nonce=self.chance.randbytes)
        self.store = Store(outside.disks, seal, ids(self.clock, self.chance), self.clock)
        self.hints = Hints(outside, process)
        self.store.wakeup = self.hints
        self._outside = outside
        self._world = world
        self.voices = {name: Voice(carrier, world, process) for name, carrier in outside.carriers.items()}
        self.channels: dict[str, Channel] = {name: voice for name, voice in self.voices.items() if "/" not in name}
        self.channels["sms"] = self.sms()
        self.keep_tokens_in(self.store.tokens)
        self.router = Router(self.channels, order=outside.routing.order, templates=TEMPLATES)
        self._planner = Planner(
            self.store, self.router, settings=outside.settings, routing=outside.routing, clock=self.clock
        )

    def sms(self) -> Sms:
        """The real channel, over the story's gateways."""
        accounts = [name for name in self.voices if name.startswith("sms/")]
        gateways = [Gateway(name, self.voices, gateway_price(name.partition("/")[2])) for name in accounts]
        can = self.voices[accounts[0]].can
        return Sms(gateways, rate_per_second=can.rate_per_second, connections=can.connections)

    def speaks(self, voice: Voice) -> None:
        """By this voice from now on."""
        self.voices[voice.name] = voice
        if voice.name in self.channels:
            self.channels[voice.name] = voice

    def keep_tokens_in(self, tokens: kept.Tokens) -> None:
        """Zalo's voice, with its tokens in that place."""
        settings = ZaloSettings(app_id="1", refresh_token=SecretStr(FIRST_TOKEN))
        http = TokenHttp(self._outside.oauth, self._world, self.process)
        keeper = Tokens(settings, http, TokenKeeper(tokens), self.clock)
        carrier, oauth = self._outside.carriers["zalo"], self._outside.oauth
        self.speaks(ZaloVoice(carrier, self._world, self.process, keeper, oauth))

    async def accept(self, event: Event) -> Planned:
        """Durable when it returns."""
        async with self.store.database.transaction() as tx:
            (planned,) = await self._planner.plan(tx, [event])
        await self.store.wakeup.wake("outbox")
        return planned

    async def hear(self, channel: str, receipt: Receipt) -> bool:
        """A receipt, durable when it returns."""
        async with self.store.database.transaction() as tx:
            await self.store.receipts.put(tx, channel, [receipt], self.clock())
        await self.store.wakeup.wake("receipts")
        return True


class Worker(Door):
    """Sends and follows until its process is killed, or `stop` is called."""

    def __init__(
        self, outside: Outside, process: Process, world: Process, spoil: Callable[[Door], None] | None = None
    ) -> None:
        super().__init__(outside, process, world)
        if spoil is not None:
            spoil(self)
        budgets = Budgets(self.store, RENDERER, outside.budget, Prices(PRICES))
        self._dispatcher = Dispatcher(
            self.store,
            self.channels,
            self.router,
            RENDERER,
            routing=outside.routing,
            senders=outside.senders,
            settings=outside.settings,
            clock=self.clock,
            chance=self.chance,
            budgets=budgets,
        )
        self._receiver = Receiver(
            self.store,
            self.channels,
            self.router,
            RENDERER,
            routing=outside.routing,
            clock=self.clock,
            chance=self.chance,
            budgets=budgets,
        )
        self._listens = True
        self._answers: set[asyncio.Task[Planned]] = set()
        self._stop = asyncio.Event()
        self._running = [process.spawn(each.run(self._stop)) for each in (self._dispatcher, self._receiver)]

    def answers(self, event: Event) -> asyncio.Task[Planned] | None:
        """A reply that leaves with the commit that plans it, as a listener's do; None: it listens no more."""
        if self.process.dead or not self._listens:
            return None
        answer = self.process.spawn(self._answered(event))
        self._answers.add(answer)
        answer.add_done_callback(self._answers.discard)
        return answer

    async def _answered(self, event: Event) -> Planned:
        async with self._dispatcher.leaving() as claim, self.store.database.transaction() as tx:
            (planned,) = await self._planner.plan(tx, [event])
            if planned.outcome == "planned":
                await claim(tx)
        await self.store.wakeup.wake("outbox")
        return planned

    async def upkeep(self) -> None:
        """What the clock calls."""
        for channel in self.channels.values():
            with contextlib.suppress(SendError):
                await channel.upkeep()

    async def stop(self) -> None:
        """As by SIGTERM: nothing new, what is under way within its grace, then the end. The listener ends first."""
        self._listens = False
        if self._answers:
            await asyncio.wait(self._answers)
        self._stop.set()
        await asyncio.wait(self._running)
        if not self.process.dead:
            await asyncio.wait({self.process.spawn(channel.close()) for channel in self.channels.values()})

    async def gone(self) -> None:
        """Returns when its loops have ended: it was killed, or stopped. Raises what ended them otherwise."""
        await asyncio.wait(self._running)
        if self.process.dead or self._stop.is_set():
            return
        for task in self._running:
            task.result()

"""The way out with channels in play: real planner, routing, dispatcher and receipts over a real database."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from sqlalchemy import text

from channels.channel import Capabilities
from channels.errors import SendError
from channels.message import Accepted, Mailbox, Message, Phone, Reading, Receipt, Request, TelegramChat, ZaloUser
from delivery.dispatcher import Dispatcher
from delivery.event import Event, EventName, FilingChannel, Recipient
from delivery.money.budgets import Budgets
from delivery.money.meters import Settings as Limits
from delivery.money.prices import Prices
from delivery.planner import Planner
from delivery.policy import RoutingSettings, Settings
from delivery.receipts import Receiver
from delivery.routing import Router, Templates
from delivery.steadiness import Steadiness
from delivery.texts.render import Renderer
from store.nouns import Store
from tests.delivery.budgeted import prices

CODE = "000.00.53.H48-220921-0099"


@dataclass
class PlayChannel:
    """Takes every message, unless the next answer was laid out beforehand."""

    name: str
    can: Capabilities
    sent: list[Message] = field(default_factory=list)
    answers: deque[Accepted | SendError] = field(default_factory=deque)
    told: Receipt | None = None
    took: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def send(self, message: Message) -> Accepted:
        answer = self.answers.popleft() if self.answers else Accepted(provider_id=f"{self.name}-{len(self.sent)}")
        if isinstance(answer, SendError):
            raise answer
        self.sent.append(message)
        self.took.set()
        return answer

    def read(self, request: Request) -> Reading:
        return Reading()

    async def ask(self, message: Message, provider_id: str | None, since: datetime) -> Receipt | None:
        return self.told

    async def upkeep(self) -> str:
        return ""

    async def check(self) -> str:
        return ""


def _can(*addresses: type, **changes: object) -> Capabilities:
    return Capabilities(**({"addresses": frozenset(addresses), "longest": 2000, "receipts": True} | changes))


class House:
    """Everything on the way out, with the people's words short."""

    def __init__(
        self, store: Store, clock, chance: random.Random, settings: Settings, routing: RoutingSettings
    ) -> None:
        self.store, self.clock = store, clock
        self.zalo = PlayChannel("zalo", _can(ZaloUser, Phone, templates=True, buttons=5))
        self.sms = PlayChannel("sms", _can(Phone))
        self.email = PlayChannel("email", _can(Mailbox, receipts=False))
        self.telegram = PlayChannel("telegram", _can(TelegramChat, receipts=False))
        self.channels = {c.name: c for c in (self.zalo, self.sms, self.email, self.telegram)}
        self.router = Router(
            self.channels, order=routing.order, templates=Templates(by_event={"done": "901", "fee_required": "902"})
        )
        self.planner = Planner(store, self.router, settings=settings, routing=routing, off=["processing"], clock=clock)
        self.settings, self.routing, self.chance, self.renderer = settings, routing, chance, Renderer()
        self.dispatcher = self.worker()
        self.receiver = self.follower()

    def worker(self, **changes) -> Dispatcher:
        values = {
            "routing": self.routing,
            "senders": 8,
            "clock": self.clock,
            "chance": self.chance,
            "settings": self.settings,
        }
        return Dispatcher(self.store, self.channels, self.router, self.renderer, **(values | changes))

    def follower(self, channels: dict | None = None, **changes) -> Receiver:
        return Receiver(
            self.store,
            self.channels if channels is None else channels,
            self.router,
            self.renderer,
            routing=self.routing,
            clock=self.clock,
            chance=self.chance,
            **({"steadiness": Steadiness(lambda: self.clock().timestamp())} | changes),
        )

    async def person(self, phone: str = "84912345678", *, zalo: str | None = None, spoke: bool = False) -> str:
        async with self.store.database.transaction() as tx:
            person = (await self.store.people.ensure(tx, [("phone", phone)], self.clock()))["phone", phone]
            if zalo is not None:
                await self.store.people.link(tx, person, "zalo", zalo, self.clock())
                if spoke:
                    await self.store.people.spoke(tx, "zalo", zalo, self.clock())
        return person

    def event(self, person: str, name: EventName = EventName.DONE, **changes) -> Event:
        return Event(
            **(
                {
                    "name": name,
                    "about": "dossier-1",
                    "dossier_id": "dossier-1",
                    "occurrence": "2026-06-25",
                    "at": self.clock(),
                    "recipient": Recipient(person_id=person, phone="84912345678", email="an@example.vn"),
                    "fields": {"code": CODE, "agency": "UBND phường Bắc Gia Nghĩa", "hotline": "0263.3540.616"},
                    "agency": "H36.21",
                    "filing_channel": FilingChannel.COUNTER,
                }
                | changes
            )
        )

    async def plan(self, *events: Event) -> list:
        async with self.store.database.transaction() as tx:
            return await self.planner.plan(tx, events)

    async def receipt(self, channel: str, **changes) -> None:
        values = {"event_id": f"r{self.clock()}{changes}", "state": "delivered", "at": self.clock()} | changes
        async with self.store.database.transaction() as tx:
            await self.store.receipts.put(tx, channel, [Receipt(**values)], self.clock())
        await self.receiver.once()

    async def reply(self, person: str, number: int, text: str = "Dạ") -> str:
        """An answer in this person's Zalo chat, planned."""
        to = Recipient(person_id=person, to=ZaloUser(user_id="111"))
        (planned,) = await self.plan(
            self.event(person, EventName.REPLY, about=f"inbox-{number}", text=text, recipient=to)
        )
        return planned.message_id

    async def sending(self, channel: PlayChannel, count: int = 1) -> None:
        """Until the channel has taken so many messages."""
        while len(channel.sent) < count:
            channel.took.clear()
            await channel.took.wait()

    async def ran(self) -> None:
        """What is under way and can go on has gone on."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def steps(self, message_id: str) -> list[str]:
        return [step.step for step in (await self.message(message_id)).history]

    async def execute(self, statement: str, **values) -> None:
        """SQL of a mishap that no query of ours would make."""
        async with self.store.database.transaction() as tx:
            await tx.execute(text(statement), values)

    async def message(self, message_id: str):
        async with self.store.database.reading() as tx:
            return await self.store.outbox.get(tx, message_id)


@pytest.fixture
def routing() -> RoutingSettings:
    return RoutingSettings(quiet_hours="", fallback_after_minutes=10)


@pytest.fixture
def open_house(store: Store, clock, chance, routing) -> Callable[..., House]:
    def make(**settings) -> House:
        return House(store, clock, chance, Settings(**({"mode": "live", "settling": False} | settings)), routing)

    return make


@pytest.fixture
def house(open_house) -> House:
    return open_house()


@pytest.fixture
def with_budget(house):
    """The house, sending within these limits."""

    def make(table: Prices | None = None, **limits):
        house.budgets = Budgets(house.store, house.renderer, Limits(**limits), table or prices())
        house.dispatcher = house.worker(budgets=house.budgets)
        house.receiver = house.follower(budgets=house.budgets)
        return house

    return make

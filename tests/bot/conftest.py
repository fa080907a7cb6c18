"""The whole bot over a real store, the shipped catalogue and the real planner; only the sending is left out."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from bot.conversation import Conversation
from bot.dialogue import Desk
from bot.errands import errands
from bot.listener import Listener
from channels.channel import Capabilities
from channels.message import Address, Inbound, InboundKind, Phone, TelegramChat, ZaloUser
from channels.plain import inbound_to_item, tagged
from delivery.event import Event, EventName, Planned
from delivery.planner import Planner
from delivery.policy import RoutingSettings, Settings
from delivery.routing import Router, Templates
from dossiers.intake import Intake
from dossiers.lookup import Lookup
from dossiers.naming import Naming
from procedures.book import Book, opened
from procedures.settings import Settings as ProcedureSettings
from store.database import Tx
from store.nouns import Store
from surveys import settings as surveys
from surveys.answering import Answering
from surveys.asking import Asking
from surveys.definition import load as load_survey

AN, BINH = "0912345678", "0987654321"
LOOKED_AT = "H36.21-260622-0001"  # An's, being processed
OWING = "H36.21-260620-0007"  # Bình's, a fee unpaid
RETURNED = "H36.21-260615-0003"  # Bình's, handed over this morning
SENSITIVE = "H36.21-260618-0009"  # Bình's, a criminal record


@dataclass(kw_only=True)
class Silent:
    """A channel that is there, and through which nothing is sent."""

    name: str
    can: Capabilities


class Heard:
    """The real planner, with an ear on it."""

    def __init__(self, planner: Planner, router: Router) -> None:
        self._planner = planner
        self.router = router
        self.events: list[Event] = []
        self.outcomes: list[str] = []
        self.broken = False

    async def plan(self, tx: Tx, events: Sequence[Event]) -> list[Planned]:
        if self.broken and any(event.name is EventName.REPLY for event in events):
            raise ConnectionError("the planner is broken")
        planned = await self._planner.plan(tx, events)
        self.events += events
        self.outcomes += [plan.outcome for plan in planned]
        return planned

    def replies(self) -> list[Event]:
        return [event for event in self.events if event.name is EventName.REPLY]

    def last_code(self) -> str:
        codes = [event for event in self.events if event.name is EventName.VERIFY_CODE]
        return str(codes[-1].fields["verification_code"])


@dataclass(kw_only=True)
class Town:
    """One province's bot, and what a citizen may do to it."""

    store: Store
    clock: Any
    heard: Heard
    listener: Listener
    conversation: Conversation
    intake: Intake
    asking: Asking
    numbers: Any = field(default_factory=count)

    async def put(self, sender: Address | None, kind: InboundKind, text: str = "", **more: Any) -> None:
        """Stored as a webhook would."""
        event_id = more.pop("event_id", f"e{next(self.numbers)}")
        inbound = Inbound(event_id=event_id, kind=kind, sender=sender, at=self.clock(), text=text, **more)
        async with self.store.database.transaction() as tx:
            await self.store.inbox.put(tx, "zalo", [(event_id, inbound_to_item(inbound))], self.clock())

    async def does(self, sender: Address, kind: InboundKind, text: str = "", **more: Any) -> list[Event]:
        """What somebody does, and the replies to it."""
        before = len(self.heard.replies())
        await self.put(sender, kind, text, **more)
        while await self.listener.once():
            pass
        self.clock.advance(seconds=20)
        return self.heard.replies()[before:]

    async def says(self, sender: Address, text: str) -> list[Event]:
        return await self.does(sender, InboundKind.TEXT, text)

    async def link(self, address: Address, phone: str) -> None:
        """As if they had typed the code."""
        kind, value = tagged(address)
        async with self.store.database.transaction() as tx:
            person = (await self.store.people.ensure(tx, [("phone", phone)], self.clock()))["phone", phone]
            await self.store.people.link(tx, person, "phone", phone, self.clock())
            await self.store.people.link(tx, person, kind, value, self.clock())


@pytest.fixture(scope="session")
def book() -> Book:
    return opened(ProcedureSettings())


@pytest.fixture
def heard(store: Store, clock: Any) -> Heard:
    kinds = {"zalo": ZaloUser, "telegram": TelegramChat, "sms": Phone}
    channels: Any = {
        name: Silent(name=name, can=Capabilities(addresses=frozenset({kind}), longest=2000))
        for name, kind in kinds.items()
    }
    router = Router(channels, order=tuple(kinds), templates=Templates(by_event={}))
    settings = Settings(mode="live", settling=False)
    return Heard(Planner(store, router, settings=settings, routing=RoutingSettings(), clock=clock), router)


@pytest.fixture
def town(store: Store, clock: Any, chance: random.Random, heard: Heard, book: Book) -> Town:
    naming = Naming(book.shelf.catalogue)
    definition = load_survey()
    asking = Asking(store, heard, heard.router, definition, surveys.Settings(), clock)
    table = errands(
        store,
        book=book,
        lookup=Lookup(store, naming, clock=clock),
        answering=Answering(store, definition),
        asking=asking,
        desk=Desk(service="Một Cửa Lâm Đồng", hotline="0263.3540.616"),
        chance=chance,
    )
    conversation = Conversation(store, table, clock)
    return Town(
        store=store,
        clock=clock,
        heard=heard,
        listener=Listener(store, conversation, heard, clock),
        conversation=conversation,
        intake=Intake(store, heard, naming, announce_within=timedelta(hours=24), clock=clock),
        asking=asking,
    )


@pytest.fixture
async def peopled(town: Town) -> Town:
    """An, whose dossier is being processed; Bình, who owes a fee and has had a result this morning."""
    an = {"name": "Nguyễn Văn An", "phone": AN, "id_number": "067201000123"}
    binh = {"name": "Trần Thị Bình", "phone": BINH, "id_number": "067301004567"}
    fee = {"id": "LP-1", "kind": "state_fee", "name": "Lệ phí", "amount": 15000, "due_at": "2026-06-26T17:00:00+07:00"}
    rows = [
        _wire(LOOKED_AT, "1.004873", 4, "2026-06-23T08:00:00+07:00", an),
        _wire(OWING, "1.001612", 6, "2026-06-24T08:00:00+07:00", binh, fees=[fee]),
        _wire(RETURNED, "1.001193", 2, "2026-06-15T08:00:00+07:00", binh),
        _wire(SENSITIVE, "2.000488", 4, "2026-06-18T08:00:00+07:00", binh),
    ]
    results = [*await town.intake.take(rows, source="igate", first_load=True)]
    moved = _wire(RETURNED, "1.001193", 10, "2026-06-25T08:30:00+07:00", binh)
    results += await town.intake.take([moved], source="igate")
    assert [result.errors for result in results] == [()] * 5
    await town.link(ZaloUser(user_id="2000"), "84" + BINH[1:])
    return town


def _wire(code: str, procedure: str, status: int, at: str, applicant: dict[str, str], **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "procedure_code": procedure,
        "status": status,
        "status_at": at,
        "filing_channel": "counter",
        "agency": {"code": "H36.21", "name": "UBND phường Bắc Gia Nghĩa", "level": "commune"},
        "applicant": {"kind": "citizen", **applicant},
        "received_at": "2026-06-14T09:10:00+07:00",
        "due_at": "2026-06-30T17:00:00+07:00",
        **more,
    }

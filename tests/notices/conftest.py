"""A bulk notice from the sheet to the gateway: the real planner and dispatcher, a channel that takes everything."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from channels.channel import Capabilities
from channels.message import Accepted, Mailbox, Message, Phone, Reading, Request
from delivery.dispatcher import Dispatcher
from delivery.money.budgets import Budgets
from delivery.money.prices import Price, Prices
from delivery.planner import Planner
from delivery.policy import RoutingSettings
from delivery.policy import Settings as DeliverySettings
from delivery.routing import Path, Router, Templates
from delivery.texts.render import Renderer
from notices.approval import Approval
from notices.estimate import Estimates
from notices.sending import Hand, Sending
from notices.settings import Settings
from notices.texts import Texts
from notices.upload import Desk, Upload
from sheets.writing import xlsx
from store.agencies import Agency
from store.dossier import Dossier, Fee, Office, Party
from store.dossiers import Writing
from store.notices import Notice
from store.nouns import Store

AGENCY = "H36.21"
PRICES = Prices([Price(path=Path.SMS, since=date(2026, 1, 1), dong=420)])
HEADERS = ("Họ tên", "Số điện thoại", "Email", "Mã hồ sơ", "Số tiền", "Hạn nộp")


@dataclass
class PlayChannel:
    """Takes every message."""

    name: str
    address: type
    sent: list[Message] = field(default_factory=list)

    @property
    def can(self) -> Capabilities:
        return Capabilities(addresses=frozenset({self.address}), longest=2000)

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def send(self, message: Message) -> Accepted:
        self.sent.append(message)
        return Accepted(provider_id=f"{self.name}-{len(self.sent)}")

    def read(self, request: Request) -> Reading:
        return Reading()

    async def ask(self, message: Message, provider_id: str | None, since: datetime) -> None:
        return None

    async def upkeep(self) -> str:
        return ""

    async def check(self) -> str:
        return ""


class Mortal:
    """A planner whose process dies after it planned batch number `dies_at`, before the commit."""

    def __init__(self, planner: Planner, dies_at: int) -> None:
        self._planner, self._left = planner, dies_at

    async def plan(self, tx, events):
        planned = await self._planner.plan(tx, events)
        self._left -= 1
        if self._left == 0:
            raise ConnectionAbortedError
        return planned


class Bureau:
    """The desk, the approval and the sending of one province, on dossiers `H36.21-260601-0001` and so on."""

    def __init__(
        self, store: Store, clock, chance, *, approval_above: int = 200, batch: int = 1000, dies_at: int = 0
    ) -> None:
        self.store, self.clock = store, clock
        self.sms, self.email = PlayChannel("sms", Phone), PlayChannel("email", Mailbox)
        channels = {"sms": self.sms, "email": self.email}
        routing = RoutingSettings(quiet_hours="")
        router = Router(channels, order=routing.order, templates=Templates(by_event={}))
        delivery = DeliverySettings(mode="live", settling=False)
        self.planner = Planner(store, router, settings=delivery, routing=routing, clock=clock)
        renderer = Renderer()
        self.texts = Texts(renderer)
        self.estimates = Estimates(store, router, PRICES, self.texts, renderer, clock=clock)
        self.sending = Sending(store, Mortal(self.planner, dies_at), self.texts, clock=clock, batch=batch)
        self.desk = Desk(store, self.texts, clock=clock)
        self.approval = Approval(store, self.sending, settings=Settings(approval_above=approval_above), clock=clock)
        self.dispatcher = Dispatcher(
            store,
            channels,
            router,
            renderer,
            routing=routing,
            senders=8,
            clock=clock,
            chance=chance,
            budgets=Budgets(store, renderer, prices=PRICES),
        )

    def row(self, number: int, **changes: str) -> list[str]:
        """A good row about dossier `number`."""
        cells = {
            "ho_ten": f"Nguyễn Văn {number}",
            "so_dien_thoai": f"0912{number:06d}",
            "email": "",
            "ma_ho_so": f"H36.21-260601-{number:04d}",
            "so_tien": "150.000",
            "han_nop": "30/06/2026",
        }
        return list((cells | changes).values())

    async def dossiers(self, count: int, *, owed: int = 150_000) -> None:
        """Dossiers that owe something, and their agency."""
        due = datetime(2026, 6, 30, 10, tzinfo=UTC)
        fee = Fee(id="LP", kind="state_fee", name="Lệ phí", amount=owed, due_at=due)
        writings = []
        for number in range(1, count + 1):
            dossier = Dossier(
                code=f"{AGENCY}-260601-{number:04d}",
                procedure_code="1.004873",
                status=6,
                status_at=self.clock() - timedelta(days=1),
                agency=Office(code=AGENCY, name="UBND phường Bắc Gia Nghĩa"),
                applicant=Party(name=f"Nguyễn Văn {number}", phone=f"84912{number:06d}"),
                fees=(fee,) if owed else (),
            )
            writings.append(Writing(id=self.store.ids(), dossier=dossier))
        async with self.store.database.transaction() as tx:
            await self.store.dossiers.put(tx, writings, self.clock())
            agency = Agency(code=AGENCY, name="UBND phường Bắc Gia Nghĩa", hotline="0263.3540.616")
            await self.store.agencies.put(tx, [agency])

    async def upload(self, rows: Sequence[Sequence[str]], by: Hand, **changes: Any) -> Notice:
        values = {
            "data": xlsx("Người nhận", HEADERS, rows),
            "filename": "nhac-le-phi.xlsx",
            "title": "Nhắc nộp lệ phí tháng 6/2026",
            "template": "nhac_nop_phi",
        }
        return await self.desk.take(Upload(**(values | changes)), by)

    async def notice(self, notice_id: str) -> Notice:
        async with self.store.database.reading() as tx:
            return await self.store.notices.get(tx, notice_id)

    async def wrong(self, notice: Notice):
        async with self.store.database.reading() as tx:
            return await self.store.notices.wrong_rows(tx, notice.id)

    async def actions(self, notice: Notice) -> list[str]:
        """What the trail says of a notice, oldest first."""
        async with self.store.database.reading() as tx:
            entries = await self.store.audit.page(tx, subject=f"notice:{notice.id}")
        return [entry.action for entry in reversed(entries)]


@pytest.fixture
async def open_office(store: Store, clock, chance) -> AsyncIterator[Callable[..., Bureau]]:
    """Opens offices; what they began is over before the database is closed."""
    opened: list[Bureau] = []

    def make(**changes) -> Bureau:
        opened.append(Bureau(store, clock, chance, **changes))
        return opened[-1]

    yield make
    for one in opened:
        await one.sending.close()


@pytest.fixture
def office(open_office) -> Bureau:
    return open_office()


@pytest.fixture
def hanh() -> Hand:
    """A clerk of the agency."""
    return Hand(id="staff-hanh", agency=AGENCY)


@pytest.fixture
def bao() -> Hand:
    """An approver of the same agency."""
    return Hand(id="staff-bao", agency=AGENCY)

"""The console in a real server, four members of staff, two agencies, dossiers of both."""

import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse, CookieJar, FormData
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application
from argon2 import PasswordHasher

from channels.channel import Capabilities
from channels.message import Accepted, Message, Phone
from console.pages import Place
from console.passwords import Passwords
from console.routes import Console, mount
from delivery.dispatcher import Dispatcher
from delivery.event import Event, EventName, FilingChannel, Recipient
from delivery.money.budgets import Budgets
from delivery.money.meters import Settings as Limits
from delivery.money.prices import Price, Prices
from delivery.planner import Planner
from delivery.policy import RoutingSettings
from delivery.policy import Settings as DeliverySettings
from delivery.routing import Path, Router, Templates
from delivery.texts.render import Renderer
from dossiers.codes import canonical
from dossiers.lookup import Lookup
from dossiers.naming import Naming
from notices.approval import Approval
from notices.estimate import Estimates
from notices.sending import Sending
from notices.settings import Settings
from notices.texts import Texts
from notices.upload import Desk
from store.agencies import Agency
from store.dossier import Dossier, Fee, Office, Party
from store.dossiers import Moved, Writing
from store.nouns import Store
from store.staff import Officer, Role

PRICES = Prices([Price(path=Path.SMS, since=date(2026, 1, 1), dong=420)])
PASSWORD = "một câu dài mà chỉ tôi nhớ"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""Cheap, for tests of pages; test_sign_in.py checks that the real costs are the default."""


class PlayChannel:
    """An SMS gateway that takes everything."""

    name = "sms"
    can = Capabilities(addresses=frozenset({Phone}), longest=459)

    def __init__(self) -> None:
        self.sent: list[Message] = []

    async def send(self, message: Message) -> Accepted:
        self.sent.append(message)
        return Accepted(provider_id=f"sms-{len(self.sent)}")


class Catalogue:
    """Knows no procedure: the source's own names are shown."""

    def get(self, code: str) -> None:
        return None


class Browser:
    """One browser: its cookies, and the token of the page that it looked at last."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.csrf = ""

    async def get(self, path: str, **options: Any) -> ClientResponse:
        return await self._kept(await self.client.get(f"/console{path}", allow_redirects=False, **options))

    async def post(self, path: str, fields: dict[str, str] | None = None, **options: Any) -> ClientResponse:
        data = {"csrf": self.csrf} | (fields or {})
        return await self._kept(await self.client.post(f"/console{path}", data=data, allow_redirects=False, **options))

    async def upload(self, data: bytes, filename: str = "danh-sach.xlsx", **fields: str) -> ClientResponse:
        form = FormData()
        form.add_field("csrf", self.csrf)
        for name, value in {"title": "Nhắc nộp lệ phí", "template": "nhac_nop_phi", **fields}.items():
            form.add_field(name, value)
        form.add_field("sheet", io.BytesIO(data), filename=filename, content_type="application/octet-stream")
        return await self._kept(await self.client.post("/console/notices", data=form, allow_redirects=False))

    async def sign_in(self, login: str, password: str = PASSWORD, **fields: str) -> ClientResponse:
        await self.get("/sign-in")
        answer = await self.post("/sign-in", {"login": login, "password": password, "next": ""} | fields)
        if answer.status == 303:
            await self.get("/")
        return answer

    async def _kept(self, answer: ClientResponse) -> ClientResponse:
        if answer.content_type == "text/html":
            found = re.search(r'name="csrf" value="([^"]+)"', await answer.text())
            self.csrf = found[1] if found else self.csrf
        return answer


class House:
    """All that the tests of pages need."""

    def __init__(self, store: Store, clock, chance) -> None:
        self.store, self.clock = store, clock
        self.sms = PlayChannel()
        routing = RoutingSettings(quiet_hours="")
        router = Router({"sms": self.sms}, order=routing.order, templates=Templates(by_event={}))
        delivery = DeliverySettings(mode="live", settling=False)
        self.planner = Planner(store, router, settings=delivery, routing=routing, clock=clock)
        self.renderer = Renderer()
        self.dispatcher = Dispatcher(
            store,
            {"sms": self.sms},
            router,
            self.renderer,
            routing=routing,
            senders=4,
            clock=clock,
            chance=chance,
            budgets=Budgets(store, self.renderer, Limits(day=1_000_000), PRICES),
        )
        texts = Texts(self.renderer)
        naming = Naming(Catalogue())
        self.sending = Sending(store, self.planner, texts, clock=clock)
        self.console = Console(
            store=store,
            lookup=Lookup(store, naming, clock=clock),
            naming=naming,
            renderer=self.renderer,
            desk=Desk(store, texts, clock=clock, canonical=canonical),
            approval=Approval(store, self.sending, settings=Settings(approval_above=2), clock=clock),
            sending=self.sending,
            estimates=Estimates(store, router, PRICES, texts, self.renderer, clock=clock),
            texts=texts,
            channels={"sms": self.sms},
            clock=clock,
            place=Place(service_name="Tỉnh Lâm Đồng", mode="live", sandboxed=frozenset({"sms"})),
            passwords=Passwords(QUICK),
        )
        self.servers: list[TestClient] = []
        self.app_server: TestServer | None = None

    async def browser(self) -> Browser:
        """A new browser, signed out."""
        if self.app_server is None:
            app = Application()
            mount(app, self.console)
            self.app_server = TestServer(app)
            await self.app_server.start_server()
        client = TestClient(self.app_server, cookie_jar=CookieJar(unsafe=True))
        self.servers.append(client)
        return Browser(client)

    async def close(self) -> None:
        await self.sending.close()
        for client in self.servers:
            await client.close()
        if self.app_server is not None:
            await self.app_server.close()

    async def officer(self, login: str, role: Role, agency: str | None = None) -> Officer:
        async with self.store.database.transaction() as tx:
            return await self.store.staff.add(
                tx,
                login=login,
                name=f"Cán Bộ {login.capitalize()}",
                password=QUICK.hash(PASSWORD),
                role=role,
                agency=agency,
                at=self.clock(),
            )

    async def signed_in(self, role: Role, agency: str | None = None, login: str = "") -> Browser:
        """A browser of a new member of staff of this role."""
        name = login or f"{role.value}{agency or ''}"
        await self.officer(name, role, agency)
        browser = await self.browser()
        assert (await browser.sign_in(name)).status == 303
        return browser

    async def dossier(self, code: str = "H36.21-260601-0001", agency: str = "H36.21", **changes: Any) -> str:
        """A dossier of An, with a phone and a fee; its id."""
        due = datetime(2026, 6, 30, 10, tzinfo=UTC)
        values: dict[str, Any] = {
            "code": code,
            "procedure_code": "1.004873",
            "procedure_name": "Cấp Giấy xác nhận tình trạng hôn nhân",
            "status": 6,
            "status_at": self.clock() - timedelta(days=1),
            "agency": Office(code=agency, name=f"UBND phường {agency}"),
            "applicant": Party(
                name="Nguyễn Văn An", phone="84912345678", email="an@example.vn", id_number="067201000123"
            ),
            "fees": (Fee(id="LP", kind="state_fee", name="Lệ phí", amount=150_000, due_at=due),),
            "filing_channel": "counter",
            "due_at": due,
        }
        dossier = Dossier(**(values | changes))
        dossier_id = self.store.ids()
        async with self.store.database.transaction() as tx:
            await self.store.dossiers.put(tx, [Writing(id=dossier_id, dossier=dossier)], self.clock())
            moved = Moved(
                dossier_id=dossier_id,
                status=dossier.status,
                status_at=dossier.status_at,
                source_id="",
                recorded_at=self.clock(),
            )
            await self.store.dossiers.record(tx, [moved])
            await self.store.agencies.put(tx, [Agency(code=agency, name=f"UBND phường {agency}")])
        return dossier_id

    async def message(self, dossier_id: str, code: str = "H36.21-260601-0001", agency: str = "H36.21") -> str:
        """A notice of a fee, sent by SMS; its id."""
        async with self.store.database.transaction() as tx:
            person = (await self.store.people.ensure(tx, [("phone", "84912345678")], self.clock())).popitem()[1]
            fields = {"code": code, "agency": "UBND phường", "hotline": "0263.3540.616"}
            fields |= {"fee_lines": [{"name": "Lệ phí", "amount": 150_000}], "fee_due_at": self.clock()}
            event = Event(
                name=EventName.FEE_REQUIRED,
                about=dossier_id,
                dossier_id=dossier_id,
                occurrence="1",
                at=self.clock(),
                recipient=Recipient(person_id=person, phone="84912345678"),
                fields=fields,
                agency=agency,
                filing_channel=FilingChannel.COUNTER,
            )
            [planned] = await self.planner.plan(tx, [event])
        await self.dispatcher.drain()
        return planned.message_id

    async def trail(self) -> list[str]:
        """The actions in the audit trail, oldest first, without those of signing in."""
        async with self.store.database.reading() as tx:
            entries = await self.store.audit.page(tx, limit=500)
            assert (await self.store.audit.verify(tx)).holds
        return [entry.action for entry in reversed(entries) if not entry.action.startswith("session.")]


@pytest.fixture
def database_url(tmp_path) -> str:
    """Pages run on SQLite; what they ask of the store is tested on both databases in tests/store."""
    return f"sqlite:///{tmp_path / 'motcua.db'}"


@pytest.fixture
async def house(store: Store, clock, chance) -> AsyncIterator[House]:
    house = House(store, clock, chance)
    yield house
    await house.close()

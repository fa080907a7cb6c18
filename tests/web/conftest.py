"""The door for machines, whole, over a real database, with a channel whose signature is a word."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from channels.channel import Capabilities
from channels.errors import Forged, Malformed, Unsigned
from channels.message import (
    Answer,
    Inbound,
    InboundKind,
    Mailbox,
    Phone,
    Reading,
    Receipt,
    ReceiptState,
    Request,
    ZaloUser,
)
from delivery.planner import Planner
from delivery.policy import RoutingSettings, Settings
from delivery.routing import Router, Templates
from dossiers.intake import Intake
from dossiers.lookup import Lookup
from dossiers.naming import Naming
from procedures.catalogue import Procedure
from store.nouns import Store
from web.guard import SCOPES
from web.routes import Web, routes
from web.settings import Settings as WebSettings

SIGNED = {"X-Signature": "right"}


class PlayChannel:
    """Reads `{"words": [id, …], "receipts": [id, …]}`, signed by a header."""

    def __init__(self, name: str, address: type, clock) -> None:
        self.name = name
        self.can = Capabilities(addresses=frozenset({address}), longest=2000, receipts=True)
        self.read_urls: list[str] = []
        self._clock = clock

    def read(self, request: Request) -> Reading:
        self.read_urls.append(request.url)
        if "x-signature" not in request.headers:
            raise Unsigned
        if request.headers["x-signature"] != "right":
            raise Forged
        try:
            body = orjson.loads(request.body)
            words = [
                Inbound(
                    event_id=one, kind=InboundKind.TEXT, sender=ZaloUser(user_id="7"), at=self._clock(), text="xin chào"
                )
                for one in body["words"]
            ]
            receipts = [
                Receipt(event_id=one, state=ReceiptState.DELIVERED, at=self._clock(), message_id="m1")
                for one in body["receipts"]
            ]
        except (ValueError, KeyError, TypeError) as why:
            raise Malformed from why
        return Reading(items=(*words, *receipts), answer=Answer(content_type="text/xml", body=b"<Response/>"))


class Door:
    """The door as these tests speak of it."""

    def __init__(self, client: TestClient[Any, Any], store: Store, channels: dict[str, PlayChannel], clock) -> None:
        self.client, self.store, self.channels, self.clock = client, store, channels, clock
        self.key = ""

    async def new_key(self, *scopes: str, agency: str | None = None) -> str:
        async with self.store.database.transaction() as tx:
            return await self.store.keys.add(tx, "igate", scopes=scopes or SCOPES, agency=agency, at=self.clock())

    async def call(self, method: str, path: str, *, key: str | None = None, **how: Any):
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"} | how.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **how)

    async def inbox(self) -> list[dict[str, Any]]:
        async with self.store.database.transaction() as tx:
            return [row.item for row in await self.store.inbox.claim(tx, 100)]

    async def receipts(self) -> list[Any]:
        async with self.store.database.transaction() as tx:
            return await self.store.receipts.take(tx, 100)


class PlayCatalogue:
    def get(self, code: str) -> None:
        return None


def _search(words: str, limit: int) -> Sequence[Procedure]:
    found = Procedure(code="1.001193", name="Đăng ký khai sinh", source="Cổng", as_of=date(2026, 7, 20))
    return [found][:limit] if "khai sinh" in words else []


@pytest.fixture
async def door(store: Store, clock, chance: random.Random):
    zalo, sms = PlayChannel("zalo", ZaloUser, clock), PlayChannel("sms", Phone, clock)
    channels = {"zalo": zalo, "sms": sms, "email": PlayChannel("email", Mailbox, clock)}
    routing = RoutingSettings(quiet_hours="")
    router = Router(channels, order=routing.order, templates=Templates(by_event={}))
    planner = Planner(store, router, settings=Settings(mode="live"), routing=routing, clock=clock)
    naming = Naming(PlayCatalogue())
    intake = Intake(store, planner, naming, announce_within=timedelta(hours=24), clock=clock)
    deps = Web(
        store=store,
        planner=planner,
        intake=intake,
        lookup=Lookup(store, naming, clock=clock),
        channels=channels,
        search=_search,
        clock=clock,
        settings=WebSettings(public_url="https://motcua.example.vn/", zalo_verifier="Ab12", api_per_second=20),
    )
    app = web.Application()
    app.add_routes(routes(deps))
    async with TestClient(TestServer(app)) as client:
        door = Door(client, store, channels, clock)
        door.key = await door.new_key()
        yield door

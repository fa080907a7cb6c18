"""Webhooks: verified, stored, answered; nothing twice, nothing forged, nothing lost."""

import asyncio
import contextlib
from types import SimpleNamespace

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import text

from channels.message import InboundKind, ZaloUser
from channels.plain import inbound_from_item
from web.metrics import Metrics
from web.webhooks import LIMIT, Webhooks

SIGNED = {"X-Signature": "right"}
of_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def _post(door, body: bytes | dict, headers=SIGNED, path: str = "/webhooks/zalo"):
    if isinstance(body, dict):
        return await door.client.post(path, json={"words": [], "receipts": []} | body, headers=headers)
    return await door.client.post(path, data=body, headers=headers)


async def test_words_and_receipts_are_stored_before_the_answer(door) -> None:
    answer = await _post(door, {"words": ["e1", "e2"], "receipts": ["r1"]})

    assert (answer.status, answer.content_type, await answer.read()) == (200, "text/xml", b"<Response/>")
    first, _ = await door.inbox()
    inbound = inbound_from_item(first)
    assert (inbound.event_id, inbound.sender, inbound.text) == ("e1", ZaloUser(user_id="7"), "xin chào")
    assert [receipt.message_id for receipt in await door.receipts()] == ["m1"]


async def test_a_webhook_that_is_repeated_even_at_once_adds_nothing(door) -> None:
    body = {"words": ["e1", "e1"], "receipts": ["r1", "r1"]}

    await asyncio.gather(*(_post(door, body) for _ in range(6)))

    assert len(await door.inbox()) == 1
    assert len(await door.receipts()) == 1


@of_sqlite
async def test_without_a_signature_the_answer_is_polite_and_nothing_is_stored(door) -> None:
    answer = await _post(door, {"words": ["e1"]}, headers={})

    assert answer.status == 200
    assert await door.inbox() == []


@of_sqlite
async def test_a_forged_signature_is_refused_and_nothing_is_stored(door) -> None:
    answer = await _post(door, {"words": ["e1"]}, headers={"X-Signature": "wrong"})

    assert answer.status == 401
    assert await door.inbox() == []


@of_sqlite
async def test_what_is_signed_but_unreadable_is_kept_and_answered(door) -> None:
    for body in (b"\x00\xff", b"{}", b"[" * 5000, b"\xff\xfe", b""):
        assert (await _post(door, body)).status == 200

    kept = await door.inbox()
    assert {inbound_from_item(item).kind for item in kept} == {InboundKind.OTHER}
    assert len(kept) == 5
    assert kept[1]["raw"] == "{}"


@of_sqlite
async def test_a_body_that_is_too_large_is_refused_before_it_is_read(door) -> None:
    answer = await _post(door, b"x" * (LIMIT + 1))

    assert answer.status == 413
    assert door.channels["zalo"].read_urls == []


@of_sqlite
async def test_a_channel_reads_the_public_address_with_its_query(door) -> None:
    await door.client.get("/webhooks/sms/esms/tok%20en?a=1&b=%C3%A1", headers=SIGNED)

    assert door.channels["sms"].read_urls == ["https://motcua.example.vn/webhooks/sms/esms/tok%20en?a=1&b=%C3%A1"]


@of_sqlite
async def test_a_channel_that_is_off_has_no_webhook(door) -> None:
    assert (await _post(door, {"words": ["e1"]}, path="/webhooks/telegram")).status == 404


class Floodgate:
    """The webhooks alone, before a database that counts its transactions and may be held shut."""

    def __init__(self, store, channels, clock, waiting: int) -> None:
        self.commits = 0
        self.open = asyncio.Event()
        self.open.set()
        self.fails = False
        self.webhooks = Webhooks(self._counting(store), channels, Metrics(), address="", clock=clock, waiting=waiting)

    def _counting(self, store):
        gate, database = self, store.database

        class Counting:
            @contextlib.asynccontextmanager
            async def transaction(self):
                await gate.open.wait()
                if gate.fails:
                    raise ConnectionRefusedError("the database is away")
                async with database.transaction() as tx:
                    yield tx
                gate.commits += 1

        return SimpleNamespace(
            database=Counting(), inbox=store.inbox, receipts=store.receipts, wakeup=store.wakeup, seal=store.seal
        )


@pytest.fixture
async def flooded(door, store, clock):
    """Webhooks of which twenty may wait, and a client with as many connections as it likes."""
    gate = Floodgate(store, door.channels, clock, waiting=20)
    app = web.Application()
    app.add_routes(gate.webhooks.routes())
    connector = aiohttp.TCPConnector(limit=0)
    async with TestClient(TestServer(app), connector=connector) as client:
        yield gate, client


async def _words(client, name: str) -> int:
    body = {"words": [name], "receipts": [f"r-{name}"]}
    async with client.post("/webhooks/zalo", json=body, headers=SIGNED) as answer:
        await answer.read()
        return int(answer.status)


async def test_webhooks_that_come_together_are_stored_together(door, flooded) -> None:
    gate, client = flooded
    gate.open.clear()
    posts = [asyncio.create_task(_words(client, f"e{number}")) for number in range(15)]
    answered, _ = await asyncio.wait(posts, timeout=0.5)
    assert not answered, "none is answered before it is stored"

    gate.open.set()
    assert await asyncio.gather(*posts) == [200] * 15

    assert gate.commits < 8
    assert len(await door.inbox()) == 15
    assert len(await door.receipts()) == 15


async def test_a_flood_is_shed_before_it_is_stored_and_never_after(door, flooded) -> None:
    gate, client = flooded
    names = [f"e{number}" for number in range(400)]

    statuses = await asyncio.gather(*(_words(client, name) for name in names))

    kept = {name for name, status in zip(names, statuses, strict=True) if status == 200}
    assert set(statuses) == {200, 503}
    async with door.store.database.reading() as tx:
        rows = (await tx.execute(text("SELECT count(*) FROM inbox"))).scalar_one()
        receipts = (await tx.execute(text("SELECT count(*) FROM receipt"))).scalar_one()
    assert rows == receipts == len(kept), "stored is what was answered with 200, and nothing else"
    assert await _words(client, "afterwards") == 200
    shed = [name for name in names if name not in kept]
    assert [await _words(client, name) for name in shed[:20]] == [200] * len(shed[:20]), "they come again"
    assert gate.commits < len(kept)


@of_sqlite
async def test_when_the_database_is_away_the_provider_is_asked_to_come_again(door, flooded) -> None:
    gate, client = flooded
    gate.fails = True

    assert await _words(client, "e1") == 503

    gate.fails = False
    assert await _words(client, "e1") == 200
    assert len(await door.inbox()) == 1

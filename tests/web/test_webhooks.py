"""Webhooks: verified, stored, answered; nothing twice, nothing forged, nothing lost."""

import asyncio

import pytest

from channels.message import InboundKind, ZaloUser
from channels.plain import inbound_from_item
from web.webhooks import LIMIT

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

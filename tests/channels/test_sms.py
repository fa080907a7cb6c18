"""SMS: the generic gateway's wire, receipts and texts back, and the way from one gateway to the next."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from channels.errors import Forged, Malformed, Rejected, Throttled, Unavailable, Unknown
from channels.message import InboundKind, Message, Phone, ReceiptState, Request, ZaloUser
from channels.sms.channel import Sms

AN = Phone(number="84912345678")
TEXT = "Ho so H36.21-260622-0001 da co ket qua."


def message(text: str = TEXT, to: object = AN) -> Message:
    return Message(id="01jdm0sms00000000000000001", to=to, text=text)


def webhook(body: object, *, bearer: str = "sandbox-sms-token", path: str = "/webhooks/sms/http") -> Request:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    return Request(method="POST", url=f"https://motcua.example{path}", headers=headers, body=raw)


async def test_the_gateway_gets_our_id_the_sender_the_number_and_the_text(sms, sandbox) -> None:
    accepted = await sms.send(message())

    (text,) = sandbox.world.texts_to("84912345678")
    assert (text.id, text.sender, text.text) == ("01jdm0sms00000000000000001", "LAMDONG-DVC", TEXT)
    assert accepted.provider_id == f"http:{text.gateway_id}"


async def test_a_second_gateway_is_used_only_when_the_first_is_out_of_reach(
    sms_settings, clock, sandbox, opened
) -> None:
    nowhere = sms_settings.http.model_copy(update={"url": "http://127.0.0.1:9/sms/send"})
    both = sms_settings.model_copy(update={"gateways": ("http", "twilio"), "http": nowhere})
    channel = await opened(Sms.configured(both, clock=clock))

    accepted = await channel.send(message())

    (text,) = sandbox.world.texts_to("84912345678")
    assert (text.gateway, accepted.provider_id) == ("twilio", f"twilio:{text.gateway_id}")


@pytest.mark.parametrize(
    ("fault", "error"), [("cut_after", Unknown), ("error_in_200", Rejected), ("http_429", Throttled)]
)
async def test_a_second_gateway_never_repeats_what_the_first_may_have_sent(
    fault: str, error: type, sms_settings, clock, sandbox, opened
) -> None:
    both = sms_settings.model_copy(update={"gateways": ("http", "twilio")})
    channel = await opened(Sms.configured(both, clock=clock))
    sandbox.faults.set("sms", fault)

    with pytest.raises(error):
        await channel.send(message())

    assert all(text.gateway == "http" for text in sandbox.world.texts_to("84912345678"))


async def test_the_gateway_that_was_chosen_is_used_and_no_other(sms_settings, clock, sandbox, opened) -> None:
    nowhere = sms_settings.http.model_copy(update={"url": "http://127.0.0.1:9/sms/send"})
    both = sms_settings.model_copy(update={"gateways": ("http", "twilio"), "http": nowhere})
    channel = await opened(Sms.configured(both, clock=clock))

    accepted = await channel.send(replace(message(), via="twilio"))
    for wanted in ("http", "esms"):
        with pytest.raises(Unavailable):
            await channel.send(replace(message(), via=wanted))

    (text,) = sandbox.world.texts_to("84912345678")
    assert (text.gateway, accepted.provider_id) == ("twilio", f"twilio:{text.gateway_id}")


async def test_only_the_gateway_that_may_have_a_message_is_asked_for_it(sms_settings, clock, sandbox, opened) -> None:
    both = sms_settings.model_copy(update={"gateways": ("twilio", "http")})
    channel = await opened(Sms.configured(both, clock=clock))
    await channel.send(replace(message(), via="twilio"))

    asked_http = await channel.ask(replace(message(), via="http"), None, clock())
    asked_twilio = await channel.ask(replace(message(), via="twilio"), None, clock() - timedelta(hours=1))

    assert asked_http is None
    assert asked_twilio is not None


def test_the_gateways_are_offered_in_their_order_with_their_prices(sms_settings, clock) -> None:
    priced = sms_settings.http.model_copy(update={"price": 350})
    both = sms_settings.model_copy(update={"gateways": ("twilio", "http"), "http": priced})

    offers = Sms.configured(both, clock=clock).can.gateways

    assert [(offer.name, offer.price, offer.receipts) for offer in offers] == [
        ("twilio", None, False),
        ("http", 350, True),
    ]


async def test_without_a_gateway_nothing_leaves(clock) -> None:
    with pytest.raises(Unavailable):
        await Sms([]).send(message())


@pytest.mark.parametrize(
    "wrong",
    [message(""), message("   "), message("a" * 460), message("ơ" * 202), message(to=ZaloUser(user_id="1"))],
    ids=["empty", "blank", "four parts plain", "four parts with diacritics", "another channel's address"],
)
async def test_what_no_carrier_takes_is_refused_before_it_leaves(wrong: Message, sms, sandbox) -> None:
    with pytest.raises(Rejected) as refusal:
        await sms.send(wrong)

    assert refusal.value.ours
    assert list(sandbox.world.texts) == []


@pytest.mark.parametrize("longest", ["a" * 459, "ơ" * 201])
async def test_three_whole_parts_go(longest: str, sms, sandbox) -> None:
    await sms.send(message(longest))

    assert sandbox.world.texts_to("84912345678")[0].parts == 3


async def test_a_wrong_key_is_our_fault_and_not_the_persons(sms_settings, clock, opened) -> None:
    wrong = sms_settings.http.model_copy(update={"token": SecretStr("wrong")})
    channel = await opened(Sms.configured(sms_settings.model_copy(update={"http": wrong}), clock=clock))

    with pytest.raises(Rejected) as refusal:
        await channel.send(message())

    assert (refusal.value.ours, refusal.value.permanent, refusal.value.code) == (True, False, "http:401")


async def test_a_number_that_the_gateway_refuses_is_refused_for_good(sms) -> None:
    with pytest.raises(Rejected) as refusal:
        await sms.send(message(to=Phone(number="8490000")))

    assert (refusal.value.ours, refusal.value.permanent) == (False, True)


async def test_a_gateway_that_asks_for_a_pause_says_how_long(sms) -> None:
    with pytest.raises(Throttled) as pause:
        await sms.send(message(to=Phone(number="84900000003")))

    assert pause.value.retry_after == 1


@pytest.mark.parametrize(
    ("status", "state"),
    [("delivered", ReceiptState.DELIVERED), ("failed", ReceiptState.FAILED), ("enroute", ReceiptState.ACCEPTED)],
)
def test_a_receipt_is_known_by_our_own_id(status: str, state: ReceiptState, sms) -> None:
    (receipt,) = sms.read(webhook({"id": "01jd", "status": status, "error": "84912345678 off"})).items

    assert (receipt.message_id, receipt.state, receipt.event_id) == ("01jd", state, f"http:01jd:{status}")
    assert "912345" not in receipt.error


def test_a_text_from_a_person_is_theirs_once(sms) -> None:
    body = {"from": "+84912345678", "text": "Tra cuu", "message_id": "m1"}

    (text,) = sms.read(webhook(body)).items

    assert (text.kind, text.sender, text.text, text.event_id) == (InboundKind.TEXT, AN, "Tra cuu", "http:m1")


@pytest.mark.parametrize("sender", ["VIETTEL", "191", "", None, "02633822222", 7, "+1 415 867 5309"])
def test_a_text_from_no_mobile_number_is_of_nobody(sender: object, sms) -> None:
    (text,) = sms.read(webhook({"from": sender, "text": "KM 50%"})).items

    assert (text.kind, text.sender) == (InboundKind.OTHER, None)


def test_a_text_without_an_id_is_known_by_its_bytes(sms) -> None:
    body = {"from": "84912345678", "text": "a"}

    ids = {sms.read(webhook(body)).items[0].event_id for _ in range(2)}

    assert len(ids) == 1


@pytest.mark.parametrize("bearer", ["", "wrong", "sandbox-sms-token "[:-2], "đúng"])
def test_without_the_gateways_key_nothing_is_believed(bearer: str, sms) -> None:
    with pytest.raises(Forged):
        sms.read(webhook({"id": "01jd", "status": "delivered"}, bearer=bearer))


@pytest.mark.parametrize(
    "path",
    ["/webhooks/sms/esms", "/webhooks/sms/", "/webhooks/sms", "/webhooks/zalo", "/webhooks/sms/..%2Fhttp", "/"],
)
def test_nobody_can_speak_for_a_gateway_that_we_do_not_have(path: str, sms) -> None:
    with pytest.raises(Forged):
        sms.read(webhook({"id": "01jd", "status": "delivered"}, path=path))


@pytest.mark.parametrize("path", ["/webhooks/sms/http/s3cret", "/webhooks/sms/http?a=1", "/motcua/webhooks/sms/http"])
def test_the_gateway_is_the_one_in_the_path(path: str, sms) -> None:
    (receipt,) = sms.read(webhook({"id": "01jd", "status": "delivered"}, path=path)).items

    assert receipt.message_id == "01jd"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff", b"{}", b'{"id":"a"}', b'{"id":null,"status":"delivered"}', b'{"status":""}'],
)
def test_what_is_neither_receipt_nor_text_is_malformed(body: bytes, sms) -> None:
    with pytest.raises(Malformed):
        sms.read(webhook(body))


async def test_what_the_gateway_sends_is_what_we_read(sms, sandbox) -> None:
    await sms.send(message())
    await sandbox.world.until(lambda: any(note.attempts for note in sandbox.world.webhooks))

    (receipt,) = sms.read(webhook(sandbox.world.webhooks[0].body)).items

    assert (receipt.message_id, receipt.state) == ("01jdm0sms00000000000000001", ReceiptState.DELIVERED)


async def test_the_generic_gateway_has_no_question_about_the_past(sms, clock) -> None:
    assert await sms.ask(message(), None, clock()) is None
    assert await sms.ask(message(), "http:abc", clock()) is None


def test_repeats_are_refused_only_where_every_gateway_refuses_them(sms_settings, clock) -> None:
    safe = sms_settings.http.model_copy(update={"idempotent": True})
    alone = Sms.configured(sms_settings.model_copy(update={"http": safe}), clock=clock)
    both = Sms.configured(sms_settings.model_copy(update={"http": safe, "gateways": ("http", "twilio")}), clock=clock)

    assert (alone.can.deduplicates, both.can.deduplicates) == (True, False)

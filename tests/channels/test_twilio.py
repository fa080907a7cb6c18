"""Twilio by its official package: the signature, the words for a message's fate, and what became of a lost create."""

import base64
import hashlib
import hmac
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from multidict import MultiDict

from channels.errors import Forged, Malformed, Rejected, SendError, Throttled, Unknown
from channels.message import InboundKind, Message, Phone, ReceiptState, Request
from channels.sms.twilio_client import refused, signed

URL = "https://motcua.example/webhooks/sms/twilio"
AN = Phone(number="84912345678")
VECTOR = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}


def message(text: str = "Ho so da co ket qua.", to: Phone = AN) -> Message:
    return Message(id="01jd", to=to, text=text)


def webhook(fields: dict[str, str], *, url: str = URL, signature: str | None = None) -> Request:
    """A call as Twilio makes it; signed here by hand, from the documents."""
    told = url + "".join(name + fields[name] for name in sorted(fields))
    right = base64.b64encode(hmac.digest(b"sandbox-twilio-token", told.encode(), hashlib.sha1)).decode()
    headers = {"x-twilio-signature": right if signature is None else signature}
    return Request(method="POST", url=url, headers=headers, body=urlencode(fields).encode())


def test_the_signature_is_twilios_vector() -> None:
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"

    assert signed("12345", url, MultiDict(VECTOR), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "")
    assert not signed("12345", url, MultiDict(VECTOR | {"Digits": "1235"}), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "")
    assert not signed("12345", url, MultiDict(VECTOR), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "key=k,algorithm=HMAC_SHA256")


async def test_a_message_goes_with_our_callback_and_a_life(twilio, sandbox) -> None:
    accepted = await twilio.send(message())

    (call,) = sandbox.world.calls_to(f"/2010-04-01/Accounts/{sandbox.settings.twilio_account}/Messages.json")
    assert accepted.provider_id.startswith("twilio:SM")
    assert "StatusCallback=https%3A%2F%2Fmotcua.example%2Fwebhooks%2Fsms%2Ftwilio" in call.body
    assert "ValidityPeriod=14400" in call.body


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("queued", ReceiptState.ACCEPTED),
        ("sent", ReceiptState.ACCEPTED),
        ("delivered", ReceiptState.DELIVERED),
        ("undelivered", ReceiptState.FAILED),
        ("failed", ReceiptState.FAILED),
        ("partially_delivered", ReceiptState.ACCEPTED),
    ],
)
def test_a_status_callback_is_a_receipt(status: str, state: ReceiptState, twilio) -> None:
    reading = twilio.read(webhook({"MessageSid": "SM1", "MessageStatus": status, "To": "+84912345678"}))

    (receipt,) = reading.items
    assert (receipt.provider_id, receipt.state, receipt.event_id) == ("twilio:SM1", state, f"twilio:SM1:{status}")
    assert (reading.answer.content_type, reading.answer.body.endswith(b"<Response/>")) == ("text/xml", True)


@pytest.mark.parametrize(("code", "permanent"), [("30005", True), ("30003", False), ("30008", False), ("", False)])
def test_a_failed_receipt_says_whether_the_number_is_dead(code: str, permanent: bool, twilio) -> None:
    fields = {"MessageSid": "SM1", "MessageStatus": "undelivered"} | ({"ErrorCode": code} if code else {})

    (receipt,) = twilio.read(webhook(fields)).items

    assert (receipt.permanent, receipt.error) == (permanent, f"twilio:{code}" if code else "")


def test_a_persons_text_is_theirs(twilio) -> None:
    fields = {"MessageSid": "SM2", "From": "+84912345678", "Body": "Tra cứu hồ sơ", "NumMedia": "0"}

    (text,) = twilio.read(webhook(fields)).items

    assert (text.kind, text.sender, text.text, text.event_id) == (
        InboundKind.TEXT,
        AN,
        "Tra cứu hồ sơ",
        "twilio:SM2",
    )


def test_the_signature_covers_the_public_address_with_its_query(twilio) -> None:
    fields = {"MessageSid": "SM1", "MessageStatus": "sent"}

    assert twilio.read(webhook(fields, url=URL + "/token?a=1")).items


FORGERIES = {
    "no signature": webhook({"MessageSid": "SM1", "MessageStatus": "delivered"}, signature=""),
    "another one": webhook({"MessageSid": "SM1", "MessageStatus": "delivered"}, signature="a" * 28),
    "not ASCII": webhook({"MessageSid": "SM1", "MessageStatus": "delivered"}, signature="đúng"),
    "not a form": Request(method="POST", url=URL, headers={"x-twilio-signature": "a"}, body=b"\xff\xfe"),
    "a thousand fields": Request(
        method="POST", url=URL, headers={"x-twilio-signature": "a"}, body=b"&".join([b"a=1"] * 1000)
    ),
}


@pytest.mark.parametrize("case", FORGERIES)
def test_what_twilio_did_not_sign_is_forged(case: str, twilio) -> None:
    with pytest.raises(Forged):
        twilio.read(FORGERIES[case])


def test_a_field_added_on_the_way_breaks_the_signature(twilio) -> None:
    honest = webhook({"MessageSid": "SM1", "MessageStatus": "sent"})
    changed = Request(method="POST", url=URL, headers=honest.headers, body=honest.body + b"&MessageStatus=delivered")

    with pytest.raises(Forged):
        twilio.read(changed)


def test_signed_but_without_a_message_is_malformed(twilio) -> None:
    with pytest.raises(Malformed):
        twilio.read(webhook({"AccountSid": "AC1"}))


async def test_a_create_whose_answer_was_lost_is_found_by_looking(twilio, sandbox, clock) -> None:
    began = clock()
    sandbox.faults.set("twilio", "cut_after", times=1)
    with pytest.raises(Unknown):
        await twilio.send(message())

    receipt = await twilio.ask(message(), None, began)

    (text,) = sandbox.world.texts_to("84912345678")
    assert (receipt.provider_id, receipt.message_id) == (f"twilio:{text.gateway_id}", "01jd")
    assert receipt.state is not ReceiptState.FAILED


async def test_a_create_that_never_happened_is_said_to_be_absent_after_two_minutes(twilio, sandbox, clock) -> None:
    began = clock()
    sandbox.faults.set("twilio", "reset_before", times=1)
    with pytest.raises(Unknown):
        await twilio.send(message())

    early = await twilio.ask(message(), None, began)
    clock.pass_(minutes=3)
    late = await twilio.ask(message(), None, began)

    assert early is None
    assert (late.state, late.permanent, late.message_id) == (ReceiptState.FAILED, False, "01jd")


@pytest.mark.parametrize("earlier", ["another text", "the same text an hour ago"])
async def test_another_message_to_the_number_is_not_taken_for_the_lost_one(earlier: str, twilio, clock) -> None:
    await twilio.send(message("Khac.") if earlier == "another text" else message())
    clock.pass_(hours=1)
    began = clock()
    clock.pass_(minutes=3)

    receipt = await twilio.ask(message(), None, began)

    assert receipt.state is ReceiptState.FAILED


async def test_a_known_message_is_asked_for_by_its_id(twilio, sandbox, clock) -> None:
    accepted = await twilio.send(message())
    await sandbox.world.until(lambda: sandbox.world.texts_to("84912345678")[0].state == "delivered")

    receipt = await twilio.ask(message(), accepted.provider_id, clock() - timedelta(minutes=1))

    assert receipt.state is ReceiptState.DELIVERED


@pytest.mark.parametrize(
    ("code", "error", "fields"),
    [
        (21211, Rejected, {"permanent": True, "ours": False}),
        (21610, Rejected, {"permanent": True, "ours": False}),
        (20003, Rejected, {"permanent": False, "ours": True}),
        (21617, Rejected, {"permanent": True, "ours": True}),
        (20429, Throttled, {"whole": True}),
        (21611, Throttled, {"whole": False}),
        (29999, Rejected, {"permanent": False, "ours": True}),
        (99999, Unknown, {}),
        (0, Unknown, {}),
    ],
)
def test_a_code_has_its_meaning(code: int, error: type[SendError], fields: dict[str, object]) -> None:
    said = refused(code)

    assert type(said) is error
    assert {name: getattr(said, name) for name in fields} == fields


async def test_nothing_that_is_logged_has_a_number_in_it(twilio, caplog, clock) -> None:
    caplog.set_level("DEBUG")

    await twilio.send(message())
    await twilio.ask(message(), None, clock())

    assert "912345678" not in caplog.text

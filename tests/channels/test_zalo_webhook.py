"""What Zalo's webhook says, and what of it may be believed.  Vectors and samples: facts/zalo.md section 6."""

import hashlib
import json
import random
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from channels.errors import Forged, Malformed, ReadError, Unsigned
from channels.message import Inbound, InboundKind, Reading, Receipt, ReceiptState, Request, ZaloUser
from channels.zalo.settings import Settings
from channels.zalo.webhook import mac, read

APP = "1000000000000000001"
SECRET = "sandbox-oa-secret-key"
VECTORS = {
    "f5329df75547966c4da1370447a25cb2c7199f2871195013ae59697498a39833": "Tra cứu hồ sơ",
    "1a17f5c9430264adb28f039b641cb0225dcc30cd468fe0a429f43d4e0253d17a": r"Tra c\u1ee9u h\u1ed3 s\u01a1",
}
AT = datetime(2026, 1, 1, tzinfo=UTC)


def vector(text: str) -> bytes:
    return (
        '{"app_id":"1000000000000000001","sender":{"id":"2000000000000000002"},'
        '"recipient":{"id":"3000000000000000003"},"event_name":"user_send_text",'
        '"message":{"text":"' + text + '","msg_id":"a1b2c3d4e5f60718293a"},"timestamp":"1767225600000"}'
    ).encode()


@pytest.fixture
def settings() -> Settings:
    return Settings(app_id=APP, oa_secret_key=SecretStr(SECRET))


def request(body: bytes, signature: str, **headers: str) -> Request:
    signed = {"x-zevent-signature": signature} if signature else {}
    return Request(method="POST", url="https://motcua.example/webhooks/zalo", headers={**signed, **headers}, body=body)


@pytest.fixture
def told(settings: Settings, clock):
    """Reads an event as Zalo would sign it."""

    def read_event(event: dict | bytes, **headers: str) -> Reading:
        if isinstance(event, dict):
            event = {"app_id": APP, "timestamp": "1767225600000"} | event
            body = json.dumps(event, ensure_ascii=False).encode()
            timestamp = str(event["timestamp"])
        else:
            body, timestamp = event, "1767225600000"
        signature = mac(APP, body, timestamp.encode(), SECRET)
        return read(request(body, f"mac={signature}", **headers), settings, clock)

    return read_event


@pytest.mark.parametrize("signature", VECTORS)
def test_the_signature_holds_over_the_bytes_as_they_came(signature: str, settings: Settings, clock) -> None:
    body = vector(VECTORS[signature])

    reading = read(request(body, f"mac={signature}"), settings, clock)

    assert reading.items == (
        Inbound(
            event_id="user_send_text:a1b2c3d4e5f60718293a:3000000000000000003",
            kind=InboundKind.TEXT,
            sender=ZaloUser(user_id="2000000000000000002"),
            at=AT,
            text="Tra cứu hồ sơ",
            name="user_send_text",
        ),
    )
    assert reading.answer.status == 200


@pytest.mark.parametrize(
    "written", ["mac={}", "mac = {}", "MAC={}", "{}", " mac={} "], ids=["usual", "spaces", "capitals", "bare", "padded"]
)
def test_the_signature_may_be_written_in_several_ways(written: str, settings: Settings, clock) -> None:
    signature, text = next(iter(VECTORS.items()))

    reading = read(request(vector(text), written.format(signature)), settings, clock)

    assert len(reading.items) == 1


FORGERIES = {
    "another text": (vector("Xóa hồ sơ"), next(iter(VECTORS))),
    "a space more": (vector("Tra cứu hồ sơ") + b" ", next(iter(VECTORS))),
    "no digest": (vector("Tra cứu hồ sơ"), "mac="),
    "not hexadecimal": (vector("Tra cứu hồ sơ"), "mac=đúng"),
    "half a digest": (vector("Tra cứu hồ sơ"), "mac=" + next(iter(VECTORS))[:32]),
    "HMAC instead of a hash": (
        vector("Tra cứu hồ sơ"),
        "mac=" + hashlib.sha256(SECRET.encode() + vector("Tra cứu hồ sơ")).hexdigest(),
    ),
    "signed with an empty secret": (
        vector("Tra cứu hồ sơ"),
        "mac=" + mac(APP, vector("Tra cứu hồ sơ"), b"1767225600000", ""),
    ),
    "unreadable and unsigned by Zalo": (b"{not json", "mac=" + "0" * 64),
}


@pytest.mark.parametrize("case", FORGERIES)
def test_what_zalo_did_not_sign_is_forged(case: str, settings: Settings, clock) -> None:
    body, signature = FORGERIES[case]

    with pytest.raises(Forged):
        read(request(body, signature), settings, clock)


def test_without_a_configured_secret_nothing_is_believed(clock) -> None:
    body = vector("Tra cứu hồ sơ")
    signature = mac(APP, body, b"1767225600000", "")

    with pytest.raises(Forged):
        read(request(body, f"mac={signature}"), Settings(app_id=APP), clock)


def test_an_event_signed_for_another_app_is_forged(told) -> None:
    with pytest.raises(Forged):
        told({"app_id": "999", "event_name": "follow"})


@pytest.mark.parametrize("signature", ["", "   "])
def test_a_probe_without_a_signature_is_told_apart(signature: str, settings: Settings, clock) -> None:
    with pytest.raises(Unsigned):
        read(request(b"{}", signature), settings, clock)


UNREADABLE = {
    "not JSON": b'{"timestamp":"1767225600000", broken',
    "a list": b'["timestamp", 1]',
    "no event name": b'{"app_id":"1000000000000000001","timestamp":"1767225600000"}',
    "deeper than any parser": b'{"timestamp":"1767225600000","a":' + b"[" * 100_000,
    "not UTF-8": b'{"timestamp":"1767225600000","a":"\xff\xfe"}',
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_signed_but_unreadable_is_malformed_not_forged(case: str, settings: Settings, clock) -> None:
    body = UNREADABLE[case]
    timestamp = b"" if case == "a list" else b"1767225600000"
    signature = mac(APP, body, timestamp, SECRET)

    with pytest.raises(Malformed):
        read(request(body, f"mac={signature}"), settings, clock)


PEOPLE = {"sender": {"id": "24"}, "recipient": {"id": "38"}}
INBOUND = {
    "text": ({"event_name": "user_send_text", **PEOPLE, "message": {"text": "a", "msg_id": "m"}}, "text", "24", "a"),
    "image with words": (
        {
            "event_name": "user_send_image",
            **PEOPLE,
            "message": {
                "msg_id": "m",
                "text": "giấy tờ",
                "attachments": [{"type": "image", "payload": {"url": "https://example.com/a.jpg"}}],
            },
        },
        "media",
        "24",
        "giấy tờ",
    ),
    "location": ({"event_name": "user_send_location", **PEOPLE, "message": {"msg_id": "m"}}, "media", "24", ""),
    "card": ({"event_name": "user_send_business_card", **PEOPLE, "message": {"msg_id": "m"}}, "media", "24", ""),
    "follow": ({"event_name": "follow", "oa_id": "38", "follower": {"id": "24"}}, "follow", "24", ""),
    "unfollow": ({"event_name": "unfollow", "oa_id": "38", "follower": {"id": "24"}}, "unfollow", "24", ""),
    "pressed Nhắn tin": ({"event_name": "user_click_chatnow", "oa_id": "38", "user_id": "24"}, "opened", "24", ""),
    "widget": ({"event_name": "widget_interaction_accepted", "data": {"user_id": "24"}}, "opened", "24", ""),
    "withdraws": ({"event_name": "user_withdraw", "user_id": "24", "user_id_by_app": "5"}, "withdrawn", "24", ""),
    "reaction": (
        {"event_name": "user_reacted_message", **PEOPLE, "message": {"msg_id": "m", "react_icon": "/-heart"}},
        "other",
        "24",
        "",
    ),
    "anonymous": (
        {"event_name": "anonymous_send_text", **PEOPLE, "message": {"text": "a", "msg_id": "m"}},
        "other",
        None,
        "a",
    ),
    "officer typed by hand": (
        {
            "event_name": "oa_send_text",
            "sender": {"id": "38", "admin_id": "7"},
            "recipient": {"id": "24"},
            "message": {"text": "Chào Ông/Bà", "msg_id": "m"},
        },
        "other",
        None,
        "Chào Ông/Bà",
    ),
    "quota": ({"event_name": "change_oa_daily_quota", "oaId": "38"}, "other", None, ""),
    "template quality": ({"event_name": "change_template_quality", "template_id": "1"}, "other", None, ""),
    "never heard of": ({"event_name": "user_send_hologram", **PEOPLE}, "other", None, ""),
    "rating": ({"event_name": "user_feedback", "message": {"msg_id": "m", "rate": 5}}, "other", None, ""),
    "a follower of nobody": ({"event_name": "follow", "follower": None}, "other", None, ""),
    "fields of other kinds": ({"event_name": "user_send_text", "sender": [], "message": 7}, "other", None, ""),
}


@pytest.mark.parametrize("case", INBOUND)
def test_each_event_is_read_as_what_the_person_did(case: str, told) -> None:
    event, kind, person, text = INBOUND[case]

    (item,) = told(event).items

    assert isinstance(item, Inbound)
    assert (item.kind, item.text, item.name) == (kind, text, event["event_name"])
    assert item.sender == (ZaloUser(user_id=person) if person else None)


def test_ids_of_twenty_digits_lose_none_though_written_as_numbers(told) -> None:
    body = (
        b'{"app_id":"1000000000000000001","event_name":"user_send_text","sender":{"id":12345678901234567891},'
        b'"message":{"text":"a","msg_id":"m"},"timestamp":1767225600000}'
    )

    (item,) = told(body).items

    assert item.sender == ZaloUser(user_id="12345678901234567891")
    assert item.at == AT


def test_texts_that_no_database_takes_are_mended(told) -> None:
    event = {"event_name": "user_send_text", **PEOPLE}
    body = json.dumps(
        {"app_id": APP, "timestamp": "1767225600000", **event, "message": {"msg_id": "m", "text": "a\x00b\ud800c"}}
    ).encode()

    (item,) = told(body).items

    assert item.text == "ab?c"


def test_a_very_long_text_is_cut(told) -> None:
    (item,) = told({"event_name": "user_send_text", **PEOPLE, "message": {"text": "a" * 50_000, "msg_id": "m"}}).items

    assert len(item.text) == 4_096


@pytest.mark.parametrize("timestamp", ["", "soon", "99999999999999999999", "154390853474", -5, None])
def test_a_time_that_cannot_be_true_gives_way_to_our_own(timestamp: object, settings: Settings, clock) -> None:
    body = json.dumps({"event_name": "follow", "follower": {"id": "24"}, "timestamp": timestamp}).encode()
    shown = b"" if timestamp is None else str(timestamp).encode()

    (item,) = read(request(body, "mac=" + mac(APP, body, shown, SECRET)), settings, clock).items

    assert item.at == clock()


def test_a_delivered_template_by_phone_bears_our_id_and_its_own_hour(told) -> None:
    event = {
        "event_name": "user_received_message",
        "sender": {"id": "38"},
        "recipient": {"id": "84123456789"},
        "message": {"delivery_time": "1767225601000", "msg_id": "15a0", "tracking_id": "01jd"},
    }

    (item,) = told(event, **{"x-zevent-server": "ZNS"}).items

    assert item == Receipt(
        event_id="user_received_message:15a0:84123456789",
        state=ReceiptState.DELIVERED,
        at=datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC),
        message_id="01jd",
        provider_id="15a0",
    )


def test_a_delivered_chat_message_is_known_by_zalos_id_only(told) -> None:
    event = {"event_name": "user_received_message", **PEOPLE, "message": {"msg_id": "m1"}}

    (item,) = told(event, **{"x-zevent-server": "OA OpenAPI"}).items

    assert (item.state, item.message_id, item.provider_id) == (ReceiptState.DELIVERED, None, "m1")


def test_several_messages_seen_at_once_are_several_receipts(told) -> None:
    event = {"event_name": "user_seen_message", **PEOPLE, "message": {"msg_ids": ["m1", "m2", "m1", None, ""]}}

    items = told(event).items

    assert [(item.state, item.provider_id) for item in items] == [("seen", "m1"), ("seen", "m2")]
    assert len({item.event_id for item in items}) == 2


def test_the_echo_of_our_own_message_is_no_word_of_a_person(told) -> None:
    echo = {"sender": {"id": "38"}, "recipient": {"id": "24"}, "message": {"msg_id": "m"}}
    event = {"event_name": "oa_send_text", **echo}

    (item,) = told(event).items

    assert isinstance(item, Receipt)
    assert (item.state, item.provider_id) == (ReceiptState.ACCEPTED, "m")


@pytest.mark.parametrize("phone", ["84912345678", "0912345678", 84912345678])
def test_a_number_in_a_filled_form_is_read_but_proves_nothing(phone: object, told) -> None:
    (item,) = told({"event_name": "user_submit_info", **PEOPLE, "info": {"name": "An", "phone": phone}}).items

    assert (item.kind, item.phone) == (InboundKind.OTHER, "84912345678")


def test_the_same_event_told_twice_has_one_id_and_other_events_have_others(told) -> None:
    text = {"event_name": "user_send_text", **PEOPLE, "message": {"text": "a", "msg_id": "m"}}
    follow = {"event_name": "follow", "follower": {"id": "24"}}
    later = {**follow, "timestamp": "1767225700000"}

    ids = [told(event).items[0].event_id for event in (text, text, follow, follow, later)]

    assert ids[0] == ids[1]
    assert ids[2] == ids[3]
    assert len(set(ids)) == 3


@pytest.mark.parametrize("seed", range(200))
def test_no_signed_rubbish_ever_escapes_as_another_exception(seed: int, told) -> None:
    chance = random.Random(seed)
    odd = [None, True, 7, -1, 1e300, "", "x" * 300, "\ud800", [], {}, [[]], {"id": None}, {"id": {"id": 1}}, "24"]
    names = ["user_send_text", "follow", "user_seen_message", "user_received_message", "oa_send_text"]
    names.append("user_submit_info")
    keys = ["sender", "recipient", "message", "follower", "info", "user_id", "data", "oa_id"]
    event = {key: chance.choice(odd) for key in keys if chance.random() < 0.7}
    event["event_name"] = chance.choice(names)
    fields = ("text", "msg_id", "msg_ids", "tracking_id", "delivery_time")
    event["message"] = {key: chance.choice(odd) for key in fields}
    body = json.dumps({"app_id": APP, "timestamp": "1767225600000", **event}).encode()

    try:
        items = told(body).items
    except ReadError:
        return

    assert all(item.event_id and item.at.tzinfo for item in items)

"""The webhook sender: its signature over the exact bytes, its headers, its ladder of retries."""

import hmac
import json
from hashlib import sha256

import pytest

from sandbox.zalo_webhook import Twist, signature

KEY = "sandbox-oa-secret-key"
APP = "1000000000000000001"
PLAIN = (
    '{"app_id":"1000000000000000001","sender":{"id":"2000000000000000002"},"recipient":{"id":"3000000000000000003"},'
    '"event_name":"user_send_text","message":{"text":"Tra cứu hồ sơ","msg_id":"a1b2c3d4e5f60718293a"},'
    '"timestamp":"1767225600000"}'
)
ESCAPED = PLAIN.replace("Tra cứu hồ sơ", r"Tra c\u1ee9u h\u1ed3 s\u01a1")


@pytest.mark.parametrize(
    ("body", "mac"),
    [
        (PLAIN, "f5329df75547966c4da1370447a25cb2c7199f2871195013ae59697498a39833"),
        (ESCAPED, "1a17f5c9430264adb28f039b641cb0225dcc30cd468fe0a429f43d4e0253d17a"),
    ],
)
def test_the_published_signature_vectors_hold(body, mac) -> None:
    assert signature(APP, body.encode(), "1767225600000", KEY) == mac


async def test_a_message_arrives_signed_with_zalos_headers(sandbox, house) -> None:
    message = await sandbox.play.say("an", "Tra cứu hồ sơ")

    headers, body = house.events()[0]
    event = json.loads(body)

    mac = sha256(APP.encode() + body + event["timestamp"].encode() + KEY.encode()).hexdigest()
    assert headers["x-zevent-signature"] == f"mac={mac}"
    assert headers["x-zevent-server"] == "OA OpenAPI"
    assert headers["user-agent"] == "ZaloWebhook"
    assert "num_retry" not in headers
    assert event["event_name"] == "user_send_text"
    assert event["message"] == {"text": "Tra cứu hồ sơ", "msg_id": message.id}
    assert event["recipient"]["id"] == sandbox.settings.oa_id
    assert "Tra cứu".encode() in body


async def test_follow_and_unfollow_have_their_own_shape(sandbox, house) -> None:
    await sandbox.play.follow("an", wanted=False)
    await sandbox.play.follow("an", wanted=True)

    left, came = (json.loads(body) for _, body in house.events())

    assert (left["event_name"], came["event_name"]) == ("unfollow", "follow")
    assert came["follower"] == {"id": "2512523625412515"}
    assert came["oa_id"] == sandbox.settings.oa_id
    assert "sender" not in came


async def test_a_failed_event_climbs_the_ladder_with_the_number_of_the_retry(opened, house) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    sandbox = await opened(sleep=sleep)
    house.answers = [500, 404, 503]
    await sandbox.play.say("an", "chào")
    await sandbox.world.until(lambda: len(house.events()) == 4)

    assert waits == [30, 300, 900]
    assert [headers.get("num_retry") for headers, _ in house.events()] == [None, "1", "2", "3"]
    assert len({body for _, body in house.events()}) == 1
    assert sandbox.zalo.subscribed


async def test_after_the_last_failed_retry_zalo_sends_nothing_more(opened, house) -> None:
    sandbox = await opened(retry_scale=0.0)
    house.answers = [500] * 6
    await sandbox.play.say("an", "chào")
    await sandbox.world.until(lambda: not sandbox.zalo.subscribed)

    await sandbox.play.say("an", "có ai không")

    assert len(house.events()) == 6
    assert sandbox.world.webhooks[-1].dropped == "unsubscribed"


async def test_an_answer_later_than_two_seconds_is_no_answer(opened, house) -> None:
    sandbox = await opened(webhook_timeout=0.05, retry_ladder=())
    house.silent = True

    await sandbox.play.say("an", "chào")

    assert sandbox.world.webhooks[0].attempts == [0]


async def test_a_refusal_is_no_reason_to_retry_where_only_connections_are(opened, house) -> None:
    sandbox = await opened(retry_on="connection", retry_scale=0.0)
    house.answers = [401]

    await sandbox.play.say("an", "chào")
    await sandbox.play.say("an", "lần nữa")

    assert [each.attempts for each in sandbox.world.webhooks] == [[401], [200]]


@pytest.mark.parametrize("twist", list(Twist))
async def test_each_twist_breaks_exactly_what_it_names(sandbox, house, twist) -> None:
    sandbox.zalo.twist = twist

    await sandbox.play.say("an", "Tra cứu")

    headers, body = house.events()[0]
    stamp = str(json.loads(body)["timestamp"])
    right = signature(APP, body, stamp, KEY) == headers.get("x-zevent-signature", "").removeprefix("mac=")
    keyed = hmac.digest(KEY.encode(), APP.encode() + body + stamp.encode(), "sha256").hex()
    assert right == (twist not in (Twist.NO_MAC, Twist.BAD_MAC, Twist.HMAC_MAC))
    assert (f"mac={keyed}" == headers.get("x-zevent-signature")) == (twist is Twist.HMAC_MAC)
    assert ("x-zevent-signature" in headers) == (twist is not Twist.NO_MAC)
    assert len(house.events()) == (2 if twist is Twist.DUPLICATE else 1)
    assert (b"\\u1ee9" in body) == (twist is Twist.ESCAPED)
    assert (b'", "' in body) == (twist is Twist.SPACED)
    assert isinstance(json.loads(body)["timestamp"], int) == (twist is Twist.NUMBER_TIMESTAMP)
    assert ("later_field" in json.loads(body)) == (twist is Twist.UNKNOWN_FIELDS)

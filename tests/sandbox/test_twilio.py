"""Twilio's Messages API, spoken to by Twilio's own package."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from sandbox.server import Sandbox
from sandbox.twilio import signature

TO = "+84912345678"
# the package calls aiohttp in a way that aiohttp 3.14 deprecates
pytestmark = pytest.mark.filterwarnings("ignore:The 'auth' parameter is deprecated:DeprecationWarning")


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[Client]:
    async with AsyncTwilioHttpClient() as http:
        client = Client(sandbox.settings.twilio_account, sandbox.settings.twilio_token, http_client=http)
        client.api.base_url = sandbox.url
        yield client


def test_the_published_signature_vector_holds() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }

    assert signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", fields) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


async def test_a_created_message_is_queued_and_then_told_as_sent_and_delivered(sandbox, client, house) -> None:
    url = f"{house.url}/webhooks/sms/twilio?of=m1"
    made = await client.messages.create_async(to=TO, from_="LAMDONG", body="chao", status_callback=url)
    await sandbox.world.until(lambda: len(house.events("/webhooks/sms/twilio")) == 2)

    forms = [dict(parse_qsl(body.decode())) for _, body in house.events("/webhooks/sms/twilio")]
    assert made.status == "queued"
    assert made.num_segments == "1"
    assert [each["MessageStatus"] for each in forms] == ["sent", "delivered"]
    assert {each["MessageSid"] for each in forms} == {made.sid}
    assert (await client.messages(made.sid).fetch_async()).status == "delivered"


async def test_callbacks_are_signed_as_twilios_own_validator_expects(sandbox, client, house) -> None:
    url = f"{house.url}/webhooks/sms/twilio"
    await client.messages.create_async(to=TO, from_="LAMDONG", body="chào", status_callback=url)
    await sandbox.world.until(lambda: house.events("/webhooks/sms/twilio"))

    headers, body = house.events("/webhooks/sms/twilio")[0]
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))

    assert RequestValidator("sandbox-twilio-token").validate(url, fields, headers["x-twilio-signature"])
    assert headers["i-twilio-idempotency-token"]


async def test_a_lost_create_is_found_in_the_list(sandbox, client) -> None:
    await client.messages.create_async(to="+84987654321", from_="LAMDONG", body="khac")
    sandbox.faults.set("twilio", "cut_after", times=1)
    with pytest.raises(Exception, match=r"reset|disconnected"):
        await client.messages.create_async(to=TO, from_="LAMDONG", body="mat tra loi")

    found = await client.messages.list_async(to=TO, date_sent=sandbox.world.clock())

    assert [each.body for each in found] == ["mat tra loi"]


async def test_the_list_is_paged(client) -> None:
    for number in range(5):
        await client.messages.create_async(to=TO, from_="LAMDONG", body=f"tin {number}")

    listed = await client.messages.list_async(page_size=2)

    assert [each.body for each in listed] == [f"tin {number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(
    ("given", "code", "status"),
    [
        ({"to": "912345678"}, 21211, 400),
        ({"to": ""}, 21604, 400),
        ({"to": "+842633540616"}, 21614, 400),
        ({"body": ""}, 21602, 400),
        ({"body": "a" * 1601}, 21617, 400),
        ({"from_": ""}, 21603, 400),
        ({"status_callback": "ftp://127.0.0.1/x"}, 21609, 400),
        ({"to": "+84900000003"}, 20429, 429),
    ],
)
async def test_a_wrong_create_raises_twilios_own_error(sandbox, client, given, code, status) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        await client.messages.create_async(**({"to": TO, "from_": "LAMDONG", "body": "chao"} | given))

    assert (refusal.value.code, refusal.value.status) == (code, status)
    assert not sandbox.world.texts


async def test_the_number_that_always_fails_is_undelivered_with_a_code(sandbox, client) -> None:
    made = await client.messages.create_async(to="+84900000002", from_="LAMDONG", body="chao")
    await sandbox.world.until(lambda: sandbox.world.texts[0].state == "failed")

    later = await client.messages(made.sid).fetch_async()

    assert (later.status, later.error_code) == ("undelivered", 30005)


async def test_a_text_can_be_redacted(sandbox, client) -> None:
    made = await client.messages.create_async(to=TO, from_="LAMDONG", body="chao")

    await client.messages(made.sid).update_async(body="")

    assert sandbox.world.texts[0].text == ""


async def test_a_wrong_token_and_an_unknown_message_are_refused(sandbox, client) -> None:
    async with AsyncTwilioHttpClient() as http:
        stranger = Client(sandbox.settings.twilio_account, "wrong", http_client=http)
        stranger.api.base_url = sandbox.url
        with pytest.raises(TwilioRestException) as refusal:
            await stranger.messages("SM" + "0" * 32).fetch_async()
    with pytest.raises(TwilioRestException) as missing:
        await client.messages("SM" + "0" * 32).fetch_async()

    assert (refusal.value.code, missing.value.code) == (20003, 20404)


async def test_an_inbound_text_is_signed_too(opened, house) -> None:
    sandbox = await opened(two_way_number="+84900099999", two_way_gateway="twilio")

    await sandbox.play.answer_by_sms("an", "5")

    headers, body = house.events("/webhooks/sms/twilio")[0]
    fields = dict(parse_qsl(body.decode()))
    url = f"{house.url}/webhooks/sms/twilio"
    assert (fields["From"], fields["Body"]) == (TO, "5")
    assert RequestValidator("sandbox-twilio-token").validate(url, fields, headers["x-twilio-signature"])

"""What we say to Zalo, and what Zalo's codes mean.  Source: facts/zalo.md 2, 3, 4, 7."""

import json
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from channels.errors import Rejected, Throttled, Unknown
from channels.message import Button, ButtonKind, Mailbox, Message, Phone, ReceiptState, Template, ZaloUser
from channels.zalo import authorize
from channels.zalo.channel import Zalo
from channels.zalo.codes import BUSINESS, OA, Host, fault
from channels.zalo.sending import call
from sandbox.server import Sandbox

AN = ZaloUser(user_id="3000000000000000001")
DONE = Template(id="100001", parameters={"code": "H36.21-260622-0001", "status": "đã có kết quả"})


def say(text: str = "Chào Ông/Bà", *buttons: Button, **more: object) -> Message:
    return Message(**{"id": "01jd", "to": AN, "text": text, "buttons": buttons} | more)


async def test_buttons_lie_under_the_text_and_a_tap_says_their_value(zalo, sandbox) -> None:
    buttons = (
        Button(kind=ButtonKind.SAY, title="Tra cứu hồ sơ", value="tra cứu hồ sơ"),
        Button(kind=ButtonKind.SAY, title="Menu", value="#menu"),
        Button(kind=ButtonKind.OPEN, title="Mở trang", value="https://motcua.example/"),
        Button(kind=ButtonKind.CALL, title="Gọi", value="02633822222"),
    )

    await zalo.send(say("Chọn việc", *buttons))

    (shown,) = sandbox.world.chat("an")
    assert [(button.title, button.type, button.payload) for button in shown.buttons] == [
        ("Tra cứu hồ sơ", "oa.query.show", "tra cứu hồ sơ"),
        ("Menu", "oa.query.hide", "#menu"),
        ("Mở trang", "oa.open.url", {"url": "https://motcua.example/"}),
        ("Gọi", "oa.open.phone", {"phone_code": "02633822222"}),
    ]


async def test_asking_for_a_phone_number_is_a_card_of_its_own(zalo, sandbox) -> None:
    ask = Button(kind=ButtonKind.CONTACT, title="Chia sẻ số điện thoại")

    accepted = await zalo.send(say("Mời Ông/Bà chia sẻ số điện thoại.", ask))

    (seen,) = sandbox.world.calls_to("/v3.0/oa/message/cs")
    payload = json.loads(seen.body)["message"]["attachment"]["payload"]
    assert accepted.provider_id
    assert payload == {
        "template_type": "request_user_info",
        "elements": [{"title": "Chia sẻ số điện thoại", "subtitle": "Mời Ông/Bà chia sẻ số điện thoại."}],
    }


async def test_each_call_bears_the_proof_that_the_app_may_demand(zalo_settings, tokens, clock, sandbox, opened) -> None:
    async with Sandbox(replace(sandbox.settings, require_proof=True), clock=clock) as strict:
        strict.world.add_person(key="an", name="An", phone="84912345678", zalo_user_id=AN.user_id, follows=True)
        bases = dict.fromkeys(("api_base", "oauth_base", "business_base"), strict.url)
        channel = await opened(Zalo(zalo_settings.model_copy(update=bases), store=tokens, clock=clock))

        for message in (say(), say(template=DONE), say(template=DONE, to=Phone(number="84912345678"))):
            assert (await channel.send(message)).provider_id


async def test_a_template_by_phone_carries_our_id_and_tells_the_quota(zalo, sandbox) -> None:
    accepted = await zalo.send(say(template=DONE, to=Phone(number="84912345678")))

    (seen,) = sandbox.world.calls_to("/message/template")
    assert json.loads(seen.body)["tracking_id"] == "01jd"
    assert accepted.quota_left == sandbox.settings.daily_quota - 1


async def test_a_delivered_template_by_phone_can_be_asked_for(zalo, sandbox, clock) -> None:
    message = say(template=DONE, to=Phone(number="84912345678"))
    accepted = await zalo.send(message)
    await sandbox.world.until(lambda: sandbox.world.chat("an")[0].state != "sent")

    receipt = await zalo.ask(message, accepted.provider_id, clock())

    assert receipt is not None
    assert (receipt.state, receipt.message_id) == (ReceiptState.DELIVERED, "01jd")


async def test_what_zalo_cannot_tell_is_none(zalo, clock) -> None:
    by_phone = say(template=DONE, to=Phone(number="84912345678"))

    told = [
        await zalo.ask(say(), "63ecf43f0df7dba892e6", clock()),
        await zalo.ask(by_phone, None, clock()),
        await zalo.ask(by_phone, "0000000000000000000f", clock()),
    ]

    assert told == [None, None, None]


async def test_letters_are_composed_before_they_are_counted_and_sent(zalo, sandbox) -> None:
    decomposed = unicodedata.normalize("NFD", "Hồ sơ của Ông/Bà")

    await zalo.send(say(decomposed))

    (shown,) = sandbox.world.chat("an")
    assert shown.text == "Hồ sơ của Ông/Bà"


IMPOSSIBLE = {
    "an empty text": say("  "),
    "a text too long": say("ă" * 2_001),
    "six buttons": say("a", *[Button(kind=ButtonKind.SAY, title=str(n)) for n in range(6)]),
    "a button without a title": say("a", Button(kind=ButtonKind.SAY, title="")),
    "a value too long": say("a", Button(kind=ButtonKind.SAY, title="a", value="a" * 1_001)),
    "a free text to a phone number": say(to=Phone(number="84912345678")),
    "an address of another channel": say(to=Mailbox(address="an@example.vn")),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
async def test_what_zalo_cannot_do_is_said_before_anything_leaves(case: str, zalo, sandbox) -> None:
    with pytest.raises(Rejected) as refusal:
        await zalo.send(IMPOSSIBLE[case])

    assert refusal.value.ours
    assert list(sandbox.world.calls) == []


def test_a_text_of_exactly_two_thousand_characters_goes() -> None:
    assert call(say("ă" * 2_000)).path == "/v3.0/oa/message/cs"


MEANINGS = [
    (Host.OA, -230, Rejected, {"permanent": True, "ours": False}),  # silent for 7 days: another path
    (Host.OA, -244, Rejected, {"permanent": True, "ours": False}),
    (Host.OA, -242, Rejected, {"permanent": False, "ours": True}),  # appsecret_proof
    (Host.OA, -201, Rejected, {"permanent": True, "ours": True}),
    (Host.OA, -32, Throttled, {"retry_after": 60, "whole": True}),
    (Host.OA, -200, Unknown, {}),
    (Host.OA, -118, Rejected, {"permanent": True}),  # templates by user id answer with the other host's codes
    (Host.OA, -100, Rejected, {"permanent": True, "ours": True}),  # an attachment expired
    (Host.BUSINESS, -100, Rejected, {"permanent": False, "ours": False}),  # unknown error, try later
    (Host.BUSINESS, -118, Rejected, {"permanent": True, "ours": False}),
    (Host.BUSINESS, -110, Rejected, {"permanent": True, "ours": False}),
    (Host.BUSINESS, -115, Rejected, {"permanent": False, "ours": True}),
    (Host.BUSINESS, -133, Throttled, {"whole": False}),
    (Host.BUSINESS, -144, Throttled, {"whole": False}),
    (Host.BUSINESS, -32, Unknown, {}),  # this host's documents do not have it
    (Host.BUSINESS, -99999, Unknown, {}),
]


@pytest.mark.parametrize(("host", "code", "error", "fields"), MEANINGS)
def test_a_code_is_read_together_with_its_host(host: Host, code: int, error: type, fields: dict, clock) -> None:
    said = fault(host, code, "words", clock())

    assert type(said) is error
    assert {name: getattr(said, name) for name in fields} == fields


def test_every_code_of_both_tables_has_a_meaning(clock) -> None:
    for host, table in ((Host.OA, OA), (Host.BUSINESS, BUSINESS)):
        for code in table:
            assert str(fault(host, code, "", clock())).startswith(f"{host}:{code} ")


@pytest.mark.parametrize(
    ("at", "code", "seconds"),
    [
        (datetime(2026, 11, 24, 16, 0, tzinfo=UTC), -133, 7 * 3600 + 300),  # 23:00 in Vietnam → 06:05
        (datetime(2026, 11, 24, 22, 0, tzinfo=UTC), -133, 3600 + 300),  # 05:00 → 06:05 the same day
        (datetime(2026, 11, 24, 3, 0, tzinfo=UTC), -144, 14 * 3600 + 300),  # 10:00 → after midnight
    ],
)
def test_limits_of_the_night_and_of_the_day_end_by_vietnams_clock(at: datetime, code: int, seconds: float) -> None:
    said = fault(Host.BUSINESS, code, "", at)

    assert isinstance(said, Throttled)
    assert said.retry_after == seconds


def test_zalos_words_never_carry_a_number_of_a_person(clock) -> None:
    said = fault(Host.BUSINESS, -99999, "phone 84912345678 is strange", clock())

    assert "912345" not in str(said)


def test_the_verifier_and_its_challenge_are_the_standards_vector() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    assert authorize.challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert len(authorize.verifier(bytes(range(32)))) == 43


async def test_an_administrators_permission_becomes_a_pair_once(zalo_settings, http, sandbox, clock) -> None:
    verifier = authorize.verifier(bytes(range(32)))
    challenge = authorize.challenge(verifier)
    url = authorize.permission_url(
        zalo_settings, redirect_uri="https://motcua.example/cb?a=1", challenge=challenge, state="xyz"
    )
    code = sandbox.tokens.new_code(challenge)

    pair = await authorize.exchange(http, zalo_settings, code=code, verifier=verifier, clock=clock)
    with pytest.raises(Rejected) as again:
        await authorize.exchange(http, zalo_settings, code=code, verifier=verifier, clock=clock)

    asked = parse_qs(urlsplit(url).query)
    assert asked == {
        "app_id": [zalo_settings.app_id],
        "redirect_uri": ["https://motcua.example/cb?a=1"],
        "code_challenge": [challenge],
        "state": ["xyz"],
    }
    assert pair.access
    assert pair.expires_at == clock() + timedelta(hours=25)
    assert again.value.code == "oauth:-14005"

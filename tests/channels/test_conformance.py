"""Every voice × every fault of the outside world: what `send` says of it, and what then truly lies in the inbox.

A new channel is one line in VOICES, its fixture, and what differs in EXPECTED.
"""

from dataclasses import dataclass

import pytest

from channels.channel import Channel
from channels.errors import Rejected, SendError, Throttled, Unavailable, Unknown
from channels.message import Accepted, Address, Message, Template
from sandbox.server import Sandbox


@dataclass(frozen=True)
class Voice:
    """A way to send: the channel's fixture, whose address, the sandbox's name for what may fail."""

    channel: str
    address: str
    faults: str
    template: bool = False
    refusal: int | None = None  # the provider's code for a person who cannot be reached on this path


VOICES = {
    "zalo chat": Voice("zalo", "zalo", "zalo", refusal=-230),
    "zalo template by user id": Voice("zalo", "zalo", "zalo", template=True, refusal=-244),
    "zalo template by phone": Voice("zalo", "phone", "zalo", template=True, refusal=-118),
    "sms http": Voice("sms", "phone", "sms"),
    "sms twilio": Voice("twilio", "phone", "twilio", refusal=21614),
    "telegram": Voice("telegram", "telegram", "telegram"),
    "email": Voice("email", "email", "email"),
}

WENT, LOST = "went", "did not go"


@dataclass(frozen=True)
class Fate:
    """What `send` must say, and whether the message went all the same."""

    error: type[SendError] | None
    went: str
    permanent: bool | None = None
    retry_after: float | None = None


FAULTS: dict[str, dict[str, object]] = {
    "slow": {"kind": "slow", "seconds": 0.2},
    "hang": {"kind": "hang", "seconds": 5.0, "stored": True},
    "reset before": {"kind": "reset_before"},
    "cut after": {"kind": "cut_after"},
    "half an answer": {"kind": "half_answer"},
    "garbage": {"kind": "garbage"},
    "empty answer": {"kind": "empty"},
    "429": {"kind": "http_429", "retry_after": 7},
    "500": {"kind": "http_500"},
    "502 page": {"kind": "http_502"},
    "error inside 200": {"kind": "error_in_200"},
}

USUAL = {
    "slow": Fate(None, WENT),
    "hang": Fate(Unknown, WENT),
    "reset before": Fate(Unknown, LOST),
    "cut after": Fate(Unknown, WENT),
    "half an answer": Fate(Unknown, WENT),
    "garbage": Fate(Unknown, LOST),
    "empty answer": Fate(Unknown, LOST),
    "429": Fate(Throttled, LOST, retry_after=7),
    "500": Fate(Unknown, LOST),
    "502 page": Fate(Unknown, LOST),
    "error inside 200": Fate(Rejected, LOST, permanent=True),
}

EXPECTED: dict[tuple[str, str], Fate] = {
    # SMTP answers in steps: before the final dot nothing has left, and a 4xx or 5xx reply is a clear no
    ("email", "reset before"): Fate(Unavailable, LOST),
    ("email", "429"): Fate(Rejected, LOST, permanent=False),
    ("email", "500"): Fate(Rejected, LOST, permanent=False),
    ("email", "502 page"): Fate(Throttled, LOST),
}


@pytest.fixture(params=VOICES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def voice(name: str) -> Voice:
    return VOICES[name]


@pytest.fixture
def channel(voice: Voice, request: pytest.FixtureRequest, zalo, sms, twilio, telegram, email) -> Channel:
    return {"zalo": zalo, "sms": sms, "twilio": twilio, "telegram": telegram, "email": email}[voice.channel]


@pytest.fixture
def message(voice: Voice, an: dict[str, Address]) -> Message:
    return Message(
        id="01jdm0conformance0000000001",
        to=an[voice.address],
        text="Ho so H36.21-260622-0001 da co ket qua.",
        subject="Hồ sơ đã có kết quả",
        template=Template(id="100001", parameters={"code": "H36.21-260622-0001", "status": "đã có kết quả"})
        if voice.template
        else None,
    )


def arrived(sandbox: Sandbox) -> int:
    """How many messages lie in An's inboxes, of all kinds."""
    world = sandbox.world
    chats = [each for service in ("zalo", "telegram") for each in world.chat("an", service) if each.sender == "oa"]
    return len(chats) + len(world.texts_to("84912345678")) + len(world.mails_to("an@example.vn"))


async def outcome(channel: Channel, message: Message) -> Accepted | SendError:
    try:
        return await channel.send(message)
    except SendError as error:
        return error


async def test_a_message_is_accepted_and_arrives_once(channel: Channel, message: Message, sandbox: Sandbox) -> None:
    accepted = await channel.send(message)

    assert accepted.provider_id
    assert arrived(sandbox) == 1


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_has_its_honest_outcome(
    fault: str, name: str, voice: Voice, channel: Channel, message: Message, sandbox: Sandbox
) -> None:
    fate = EXPECTED.get((name, fault), USUAL[fault])
    kind, options = FAULTS[fault]["kind"], {key: value for key, value in FAULTS[fault].items() if key != "kind"}
    where = {"where": "message"} if voice.faults == "zalo" else {}
    code = {"code": voice.refusal} if kind == "error_in_200" else {}
    sandbox.faults.set(voice.faults, kind, **options, **where, **code)

    said = await outcome(channel, message)

    assert type(said) is (fate.error or Accepted), repr(said)
    assert arrived(sandbox) == (1 if fate.went == WENT else 0)
    if fate.permanent is not None:
        assert said.permanent is fate.permanent
    if fate.retry_after is not None:
        assert said.retry_after == fate.retry_after


async def test_after_a_fault_the_next_message_goes(
    voice: Voice, channel: Channel, message: Message, sandbox: Sandbox
) -> None:
    where = {"where": "message"} if voice.faults == "zalo" else {}
    sandbox.faults.set(voice.faults, "half_answer", times=1, **where)
    await outcome(channel, message)

    said = await outcome(channel, message)

    assert isinstance(said, Accepted), repr(said)
    assert arrived(sandbox) == 2


async def test_when_nobody_listens_nothing_left_us(channel: Channel, message: Message, sandbox: Sandbox) -> None:
    await sandbox.stop()

    said = await outcome(channel, message)

    assert type(said) is Unavailable, repr(said)


async def test_a_kept_connection_that_died_is_no_reason_to_say_it_went(
    channel: Channel, message: Message, sandbox: Sandbox
) -> None:
    await channel.send(message)
    await sandbox.stop()

    said = await outcome(channel, message)

    assert type(said) in {Unavailable, Unknown}, repr(said)


async def test_no_error_tells_a_token_or_an_address(
    voice: Voice, channel: Channel, message: Message, sandbox: Sandbox
) -> None:
    await sandbox.stop()

    said = await outcome(channel, message)

    told = f"{said!s} {said!r} {said.__cause__!r}"
    assert not any(secret in told for secret in ("sandbox-", "84912345678", "3000000000000000001", "an@example"))


async def test_check_says_in_one_sentence_that_all_is_well(channel: Channel) -> None:
    said = await channel.check()

    assert said.endswith(".")


async def test_what_a_channel_declares_is_what_it_takes(channel: Channel, message: Message) -> None:
    assert type(message.to) in channel.can.addresses
    assert channel.can.connections > 0
    assert channel.can.longest >= len(message.text)

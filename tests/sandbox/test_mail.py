"""The mail server, spoken to by aiosmtplib."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.policy import SMTP as WIRE

import aiosmtplib
import pytest
import uvloop

from sandbox.server import Sandbox
from sandbox.settings import Settings


def letter(to: str = "an@example.vn") -> EmailMessage:
    message = EmailMessage(policy=WIRE)
    message["From"] = "Bộ phận Một cửa <mot-cua@example.vn>"
    message["To"] = to
    message["Subject"] = "Hồ sơ của Ông/Bà đã có kết quả"
    message["Message-ID"] = "<m-000001@example.vn>"
    message.set_content("Kính gửi Ông/Bà,\nhồ sơ đã có kết quả.")
    message.add_alternative("<p>Kính gửi Ông/Bà, hồ sơ <b>đã có kết quả</b>.</p>", subtype="html")
    return message


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[aiosmtplib.SMTP]:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=sandbox.smtp_port, start_tls=False, timeout=5)
    await client.connect()
    yield client
    client.close()


async def test_a_letter_arrives_with_both_its_parts(sandbox, client) -> None:
    refused, words = await client.send_message(letter())

    mail = sandbox.world.mails_to("an@example.vn")[0]
    assert refused == {}
    assert mail.id in words
    assert mail.subject == "Hồ sơ của Ông/Bà đã có kết quả"
    assert mail.text.startswith("Kính gửi Ông/Bà")
    assert "<b>đã có kết quả</b>" in mail.html
    assert mail.message_id == "<m-000001@example.vn>"
    assert mail.headers["from"] == "Bộ phận Một cửa <mot-cua@example.vn>"


@pytest.mark.parametrize(
    ("address", "code", "words"),
    [
        ("nobody@example.vn", 550, "5.1.1"),
        ("full@example.vn", 452, "4.2.2"),
        ("greylist@example.vn", 451, "4.7.1"),
        ("toobig@example.vn", 552, "5.3.4"),
        ("Nobody@Example.vn", 550, "5.1.1"),
    ],
)
async def test_an_address_may_be_refused_by_its_name(sandbox, client, address, code, words) -> None:
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refusal:
        await client.send_message(letter(address))

    assert refusal.value.recipients[0].code == code
    assert words in refusal.value.recipients[0].message
    assert not sandbox.world.mails


async def test_a_letter_to_two_is_refused_for_one_only(sandbox, client) -> None:
    refused, _ = await client.send_message(letter("an@example.vn, nobody@example.vn"))

    assert list(refused) == ["nobody@example.vn"]
    assert len(sandbox.world.mails) == 1


async def test_spam_is_refused_after_the_text(sandbox, client) -> None:
    with pytest.raises(aiosmtplib.SMTPDataError) as refusal:
        await client.send_message(letter("spam@example.vn"))

    assert refusal.value.code == 554


async def test_a_letter_that_is_too_large_is_refused_at_once(opened) -> None:
    sandbox = await opened(largest_mail=1_000)
    message = letter()
    message.replace_header("Subject", "x" * 2_000)

    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=sandbox.smtp_port, start_tls=False) as client:
        with pytest.raises(aiosmtplib.SMTPSenderRefused) as refusal:
            await client.send_message(message)

    assert refusal.value.code == 552


@pytest.mark.parametrize(
    ("kind", "options", "error", "arrived"),
    [
        ("reset_before", {}, aiosmtplib.SMTPServerDisconnected, 0),
        ("cut_after", {}, aiosmtplib.SMTPServerDisconnected, 1),
        ("half_answer", {}, (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPResponseException), 1),
        ("garbage", {}, aiosmtplib.SMTPResponseException, 0),
        ("hang", {}, aiosmtplib.SMTPReadTimeoutError, 0),
        ("hang", {"stored": True}, aiosmtplib.SMTPReadTimeoutError, 1),
        ("http_429", {}, aiosmtplib.SMTPDataError, 0),
        ("http_500", {}, aiosmtplib.SMTPDataError, 0),
        ("http_502", {}, (aiosmtplib.SMTPDataError, aiosmtplib.SMTPServerDisconnected), 0),
        ("refused", {}, aiosmtplib.SMTPDataError, 0),
        ("blocked", {}, aiosmtplib.SMTPDataError, 0),
    ],
)
async def test_each_fault_looks_like_a_failing_mail_server(sandbox, client, kind, options, error, arrived) -> None:
    sandbox.faults.set("email", kind, times=1, **options)

    with pytest.raises(error):
        await client.send_message(letter(), timeout=0.3)

    assert len(sandbox.world.mails) == arrived


async def test_after_a_cut_the_next_connection_is_served(sandbox, client) -> None:
    sandbox.faults.set("email", "reset_before", times=1)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await client.send_message(letter())

    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=sandbox.smtp_port, start_tls=False) as again:
        await again.send_message(letter())

    assert len(sandbox.world.mails) == 1


async def test_a_slow_server_answers_in_the_end(sandbox, client) -> None:
    sandbox.faults.set("email", "slow", times=1, seconds=0.05)

    await client.send_message(letter())

    assert len(sandbox.world.mails) == 1


def test_connections_are_cut_on_uvloop_too() -> None:
    async def cut(kind: str) -> int:
        async with Sandbox(Settings()) as sandbox:
            sandbox.faults.set("email", kind, times=1)
            async with aiosmtplib.SMTP(hostname="127.0.0.1", port=sandbox.smtp_port, start_tls=False) as client:
                with pytest.raises(aiosmtplib.SMTPServerDisconnected):
                    await client.send_message(letter())
            return len(sandbox.world.mails)

    assert [uvloop.run(cut(kind)) for kind in ("reset_before", "cut_after")] == [0, 1]

"""Email: the letter's headers, the relay's answers, and the line at the final dot."""

import asyncio
import email.policy
from email import message_from_bytes

import pytest
from pydantic import SecretStr

from channels.email import Email, Settings, compose
from channels.errors import Malformed, Rejected, SendError, Throttled, Unavailable, Unknown
from channels.message import Mailbox, Message, Phone, Request

SENDER = "Một Cửa Lâm Đồng <khong-tra-loi@lamdong.example>"


def letter(address: str = "an@example.vn", **more: object) -> Message:
    given = {
        "id": "01jdm0email000000000000001",
        "to": Mailbox(address=address),
        "text": "Kính gửi Ông/Bà,\n.một dòng bắt đầu bằng dấu chấm\n",
        "subject": "Hồ sơ H36.21-260622-0001 đã có kết quả",
        "html": "<p>Kính gửi <b>Ông/Bà</b></p>",
    }
    return Message(**given | more)


async def test_a_letter_has_both_parts_and_the_headers_of_a_notice(email, sandbox, clock) -> None:
    accepted = await email.send(letter())

    (mail,) = sandbox.world.mails_to("an@example.vn")
    assert mail.text.split() == letter().text.split()
    assert "<b>Ông/Bà</b>" in mail.html
    assert mail.subject == "Hồ sơ H36.21-260622-0001 đã có kết quả"
    assert mail.message_id == "<01jdm0email000000000000001@lamdong.example>"
    assert mail.envelope_from == "khong-tra-loi@lamdong.example"
    assert mail.headers["auto-submitted"] == "auto-generated"
    assert mail.headers["x-auto-response-suppress"] == "All"
    assert mail.headers["date"] == "Tue, 24 Nov 2026 03:00:00 +0000"
    assert accepted.provider_id == mail.id


async def test_the_bytes_that_leave_are_plain_ascii_lines(email, sandbox) -> None:
    await email.send(letter())

    (mail,) = sandbox.world.mails_to("an@example.vn")
    assert mail.raw.isascii()
    assert all(len(line) <= 998 for line in mail.raw.split(b"\r\n"))


async def test_lines_that_begin_with_a_dot_arrive_as_they_are(email, sandbox) -> None:
    await email.send(letter(text="Kinh gui\n.mot\n..hai\n.\nhet", html=None))

    (mail,) = sandbox.world.mails_to("an@example.vn")
    assert mail.text.split() == ["Kinh", "gui", ".mot", "..hai", ".", "het"]


async def test_each_attempt_of_a_message_bears_the_same_message_id(clock) -> None:
    first, second = (compose(letter(), SENDER, clock()) for _ in range(2))

    assert first["Message-ID"] == second["Message-ID"]


async def test_many_letters_go_over_few_connections(email, sandbox) -> None:
    await asyncio.gather(*(email.send(letter(id=f"01jd{n}")) for n in range(20)))

    assert len(sandbox.world.mails_to("an@example.vn")) == 20
    assert len(email._idle) <= email.can.connections


async def test_a_kept_connection_that_the_relay_closed_is_replaced(email, sandbox) -> None:
    await email.send(letter())
    for session in list(sandbox.mail._open):
        session.drop()

    await email.send(letter(id="01jd2"))

    assert len(sandbox.world.mails_to("an@example.vn")) == 2


REPLIES = [
    ("nobody@example.vn", Rejected, {"permanent": True, "ours": False, "code": "smtp:550"}),
    ("full@example.vn", Rejected, {"permanent": False, "ours": False, "code": "smtp:452"}),
    ("greylist@example.vn", Rejected, {"permanent": False, "ours": False, "code": "smtp:451"}),
    ("toobig@example.vn", Rejected, {"permanent": True, "ours": True, "code": "smtp:552"}),
    ("shutdown@example.vn", Throttled, {"code": "smtp:421"}),
    ("spam@example.vn", Rejected, {"permanent": True, "ours": True, "code": "smtp:554"}),
]


@pytest.mark.parametrize(("address", "error", "fields"), REPLIES)
async def test_a_reply_of_the_relay_has_its_meaning(
    address: str, error: type[SendError], fields: dict[str, object], email, sandbox
) -> None:
    with pytest.raises(error) as refusal:
        await email.send(letter(address))

    assert {name: getattr(refusal.value, name) for name in fields} == fields
    assert sandbox.world.mails_to(address) == []


async def test_after_a_refusal_the_next_letter_goes(email, sandbox) -> None:
    with pytest.raises(Rejected):
        await email.send(letter("nobody@example.vn"))

    await email.send(letter())

    assert len(sandbox.world.mails_to("an@example.vn")) == 1


BAD_ADDRESSES = [
    "",
    "an",
    "an@",
    "@example.vn",
    "an@example",
    "an@exa mple.vn",
    "an@example.vn\r\nBcc: all@example.vn",
    "an@example.vn, binh@example.vn",
    "<an@example.vn>",
    "ấn@example.vn",
    "a" * 65 + "@example.vn",
    "an@" + "a" * 250 + ".vn",
]


@pytest.mark.parametrize("address", BAD_ADDRESSES)
async def test_an_address_that_no_relay_takes_never_leaves(address: str, email, sandbox) -> None:
    with pytest.raises(Rejected) as refusal:
        await email.send(letter(address))

    assert refusal.value.permanent
    assert list(sandbox.world.mails) == []


async def test_only_mailboxes_are_written_to(email) -> None:
    with pytest.raises(Rejected):
        await email.send(letter(to=Phone(number="84912345678")))


@pytest.mark.parametrize("subject", ["a\r\nBcc: all@example.vn", "a\nb", "\ta\x00b", "ơ" * 500, "", None])
def test_a_subject_stays_one_header(subject: str | None, clock) -> None:
    read = message_from_bytes(compose(letter(subject=subject), SENDER, clock()).as_bytes(), policy=email.policy.default)

    assert read["Bcc"] is None
    assert read["To"] == "an@example.vn"
    assert 0 < len(read["Subject"]) <= 200


def test_half_a_surrogate_in_a_text_does_not_stop_a_letter(clock) -> None:
    assert compose(letter(text="a\ud800b", html="<p>\ud800</p>"), SENDER, clock()).as_bytes()


async def raw_server(lines: list[bytes | None]):
    """An SMTP server that answers line by line, and is silent for ever at a None."""
    told: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for line in lines:
                if line is None:
                    await reader.read()
                    break
                writer.write(line + b"\r\n")
                told.append(await reader.readline())
                if line.startswith(b"354"):
                    while (got := await reader.readline()) not in {b".\r\n", b""}:
                        told.append(got)
        except ConnectionError:
            pass
        finally:
            writer.close()

    return await asyncio.start_server(talk, "127.0.0.1", 0), told


HELLO = [b"220 relay", b"250 relay"]
STEPS: dict[str, tuple[list[bytes | None], type[SendError]]] = {
    "silent before the greeting": ([None], Unavailable),
    "silent at MAIL": ([*HELLO, None], Unavailable),
    "silent at RCPT": ([*HELLO, b"250 ok", None], Unavailable),
    "silent at DATA": ([*HELLO, b"250 ok", b"250 ok", None], Unavailable),
    "silent after the final dot": ([*HELLO, b"250 ok", b"250 ok", b"354 go", None], Unknown),
    "gone at DATA": ([*HELLO, b"250 ok", b"250 ok"], Unavailable),
    "gone after the final dot": ([*HELLO, b"250 ok", b"250 ok", b"354 go"], Unknown),
    "rubbish after the final dot": ([*HELLO, b"250 ok", b"250 ok", b"354 go", b"<html>"], Unknown),
    "refused at DATA": ([*HELLO, b"250 ok", b"250 ok", b"554 5.7.1 no"], Rejected),
    "not wanted at all": ([b"554 5.7.1 go away"], Rejected),
    "too busy to greet": ([b"421 4.3.2 later"], Throttled),
}


@pytest.mark.parametrize("case", STEPS)
async def test_only_after_the_final_dot_is_a_letters_fate_unknown(case: str, clock) -> None:
    lines, error = STEPS[case]
    server, _told = await raw_server(lines)
    port = server.sockets[0].getsockname()[1]
    channel = Email(Settings(host="127.0.0.1", port=port, tls="none", sender=SENDER, timeout_seconds=0.2), clock=clock)

    with pytest.raises(SendError) as said:
        await channel.send(letter())

    await channel.close()
    server.close()
    assert type(said.value) is error, repr(said.value)


@pytest.mark.parametrize("tls", ["starttls", "ssl"])
async def test_a_relay_without_the_configured_encryption_gets_no_letter(tls: str, sandbox, clock) -> None:
    settings = Settings(host="127.0.0.1", port=sandbox.smtp_port, tls=tls, sender=SENDER, timeout_seconds=0.5)

    with pytest.raises((Unavailable, Rejected)):
        await Email(settings, clock=clock).send(letter())

    assert list(sandbox.world.mails) == []


async def test_a_login_that_the_relay_does_not_offer_is_our_fault(sandbox, clock) -> None:
    settings = Settings(
        host="127.0.0.1",
        port=sandbox.smtp_port,
        tls="none",
        sender=SENDER,
        username="a",
        password=SecretStr("b"),
        timeout_seconds=0.5,
    )

    with pytest.raises(Rejected) as refusal:
        await Email(settings, clock=clock).send(letter())

    assert refusal.value.ours


async def test_upkeep_lets_go_of_nothing_that_was_just_used(email) -> None:
    await email.send(letter())

    assert await email.upkeep() == "Đã đóng 0 kết nối thư không dùng."


def test_email_has_no_webhook(email) -> None:
    with pytest.raises(Malformed):
        email.read(Request(method="POST", url="https://motcua.example/", headers={}, body=b""))

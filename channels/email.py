"""Email by SMTP: one letter with a text and an HTML part, over a few kept connections.  Source: facts/gateways.md 5.

Only between the final dot and its answer can a letter's fate be unknown; whatever fails before it left nothing.
"""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from datetime import datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Literal, Self

import aiosmtplib
from pydantic import BaseModel, Field, SecretStr, model_validator

from channels.channel import Capabilities
from channels.errors import Malformed, Rejected, SendError, Throttled, Unavailable, Unknown
from channels.message import Accepted, Address, Mailbox, Message, Reading, Receipt, Request
from channels.wire import words

LONGEST_TEXT = 100_000

_LETTER = SMTP.clone(cte_type="7bit")
"""No relay needs 8BITMIME then, and no letter is changed on its way."""

_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_NOBODY = re.compile(r"\b5\.(1\.\d{1,3}|2\.1|4\.4)\b")
_SUSPECTED = re.compile(r"\b5\.7\.\d{1,3}\b")
_LATEST_IDLE_SECONDS = 60.0
_STARTED, _DONE, _CLOSING = 354, 250, 421
_PORTS = {"none": 25, "starttls": 587, "ssl": 465}


class Settings(BaseModel, frozen=True, extra="forbid"):
    """`[channels.email]`: the province's mail relay."""

    enabled: bool = Field(default=False, description="Bật kênh email.")
    host: str = Field(default="", description="Máy chủ gửi thư (SMTP).")
    port: int = Field(default=0, ge=0, le=65_535, description="Cổng; 0 là cổng thường dùng của kiểu tls đã chọn.")
    username: str = Field(default="", description="Tên đăng nhập; để trống nếu máy chủ không đòi.")
    password: SecretStr = Field(default=SecretStr(""), description="Mật khẩu đăng nhập.")
    tls: Literal["none", "starttls", "ssl"] = Field(default="starttls", description="Mã hóa: none, starttls hoặc ssl.")
    ca_file: str = Field(default="", description="Tệp chứng thư gốc riêng của tỉnh, nếu có.")
    sender: str = Field(default="", description='Người gửi, ví dụ "Một Cửa Lâm Đồng <khong-tra-loi@lamdong.gov.vn>".')
    rate_per_second: float = Field(default=0, ge=0, description="Số thư nhiều nhất mỗi giây; 0 là không giới hạn.")
    connections: int = Field(default=4, ge=1, le=50, description="Số kết nối giữ sẵn tới máy chủ thư.")
    timeout_seconds: float = Field(default=30, gt=0, le=300, description="Chờ máy chủ thư trả lời bao nhiêu giây.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        faults = []
        if self.enabled and not self.host:
            faults.append("thiếu host")
        if self.enabled and not _MAILBOX.fullmatch(parseaddr(self.sender)[1]):
            faults.append("sender phải có một địa chỉ email")
        if self.username and not self.password.get_secret_value():
            faults.append("có username mà thiếu password")
        if faults:
            raise ValueError("; ".join(faults))
        return self


class Email:
    """The province's mail relay."""

    name = "email"

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._slots = asyncio.Semaphore(settings.connections)
        self._idle: list[tuple[aiosmtplib.SMTP, float]] = []
        self.can = Capabilities(
            addresses=frozenset[type[Address]]((Mailbox,)),
            longest=LONGEST_TEXT,
            rate_per_second=settings.rate_per_second,
            connections=settings.connections,
        )

    async def open(self) -> None:
        """Nothing yet: a connection is made by the first letter that needs one."""

    async def close(self) -> None:
        idle, self._idle = self._idle, []
        for connection, _since in idle:
            await _leave(connection)

    async def send(self, message: Message) -> Accepted:
        """One letter to one mailbox; the relay's word on it, or an error."""
        letter = compose(message, self._settings.sender, self._clock())
        recipient = str(letter["To"])
        sender = parseaddr(self._settings.sender)[1]
        async with self._slots:
            connection = await self._greeted(sender)
            try:
                await self._address(connection, recipient)
                said = await _hand_over(connection, letter.as_bytes(), self._settings.timeout_seconds)
            except BaseException:
                connection.close()
                raise
            self._idle.append((connection, asyncio.get_running_loop().time()))
        queued = re.search(r"queued as ([\w.-]{1,64})", said)
        return Accepted(provider_id=queued[1] if queued else None)

    def read(self, request: Request) -> Reading:
        raise Malformed("email has no webhook")

    async def ask(self, message: Message, provider_id: str | None, since: datetime) -> Receipt | None:
        return None

    async def upkeep(self) -> str:
        """Let go of connections that nobody used for a minute."""
        now = asyncio.get_running_loop().time()
        old = [each for each in self._idle if now - each[1] > _LATEST_IDLE_SECONDS]
        self._idle = [each for each in self._idle if each not in old]
        for connection, _since in old:
            await _leave(connection)
        return f"Đã đóng {len(old)} kết nối thư không dùng."

    async def check(self) -> str:
        """Connect, sign in, and leave."""
        connection = await self._connected()
        await _leave(connection)
        return f"Máy chủ thư {self._settings.host} nhận kết nối tốt."

    async def _greeted(self, sender: str) -> aiosmtplib.SMTP:
        """A connection on which the relay has taken our MAIL; a kept one that died meanwhile is replaced."""
        while self._idle:
            connection, since = self._idle.pop()
            fresh = asyncio.get_running_loop().time() - since < _LATEST_IDLE_SECONDS
            if fresh and connection.is_connected:
                try:
                    await connection.mail(sender)
                except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError):
                    connection.close()
                except aiosmtplib.SMTPResponseException as refusal:
                    connection.close()
                    raise _refused(refusal.code, refusal.message, of_us=True) from None
                else:
                    return connection
            else:
                connection.close()
        connection = await self._connected()
        await _before_the_dot(connection, connection.mail(sender), of_us=True)
        return connection

    async def _address(self, connection: aiosmtplib.SMTP, recipient: str) -> None:
        await _before_the_dot(connection, connection.rcpt(recipient), of_us=False)

    async def _connected(self) -> aiosmtplib.SMTP:
        settings = self._settings
        connection = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port or _PORTS[settings.tls],
            username=settings.username or None,
            password=settings.password.get_secret_value() or None,
            timeout=settings.timeout_seconds,
            use_tls=settings.tls == "ssl",
            start_tls=settings.tls == "starttls",
            cert_bundle=settings.ca_file or None,
        )
        await _before_the_dot(connection, connection.connect(), of_us=True)
        return connection


def compose(message: Message, sender: str, now: datetime) -> EmailMessage:
    """The letter.  Its Message-ID comes from our id, so every attempt of a message bears the same one (facts 5.4)."""
    address = message.to.address if isinstance(message.to, Mailbox) else ""
    if len(address) > 254 or not _MAILBOX.fullmatch(address):
        raise Rejected("not an email address that our relay can take", code="ours", permanent=True)
    letter = EmailMessage(policy=_LETTER)
    try:
        letter["From"] = sender
        letter["To"] = address
        letter["Subject"] = " ".join((message.subject or "Thông báo").split())[:200]
    except (ValueError, MessageError) as fault:
        raise Rejected("a header that no mail can bear", code="ours", permanent=True, ours=True) from fault
    letter["Date"] = format_datetime(now)
    letter["Message-ID"] = f"<{message.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "All"
    letter.set_content(message.text.encode("utf-8", "replace").decode())
    if message.html:
        letter.add_alternative(message.html.encode("utf-8", "replace").decode(), subtype="html")
    return letter


async def _before_the_dot(connection: aiosmtplib.SMTP, step: Awaitable[object], *, of_us: bool) -> None:
    """A step at which nothing of the letter has left: its failure is a refusal, or that the relay is out of reach."""
    try:
        await step
    except aiosmtplib.SMTPResponseException as refusal:
        connection.close()
        raise _refused(refusal.code, refusal.message, of_us=of_us) from None
    except aiosmtplib.SMTPNotSupported as fault:
        connection.close()
        raise Rejected(words(str(fault)), code="smtp", permanent=False, ours=True) from None
    except (aiosmtplib.SMTPException, OSError, ssl.SSLError, ValueError) as fault:
        connection.close()
        if type(fault) is aiosmtplib.SMTPException:  # no method of signing in that both sides know
            raise Rejected(words(str(fault)), code="smtp", permanent=False, ours=True) from None
        raise Unavailable(type(fault).__name__) from None


async def _hand_over(connection: aiosmtplib.SMTP, letter: bytes, seconds: float) -> str:
    """DATA in its two steps, which aiosmtplib does in one: the letter has left only after the relay asked for it."""
    try:
        started = await connection.execute_command(b"DATA")
    except (aiosmtplib.SMTPException, OSError) as fault:
        raise Unavailable(type(fault).__name__) from None
    if started.code != _STARTED or connection.protocol is None:
        raise _refused(started.code, started.message, of_us=False)
    try:
        connection.protocol.write(re.sub(rb"(?m)^\.", b"..", letter) + b".\r\n")
        done = await connection.protocol.read_response(timeout=seconds)
    except (aiosmtplib.SMTPException, OSError) as fault:
        raise Unknown(f"no answer to the final dot: {type(fault).__name__}") from None
    if done.code != _DONE:
        raise _refused(done.code, done.message, of_us=False)
    return done.message


def _refused(code: int, said: str, *, of_us: bool) -> SendError:
    """What a reply code means (RFC 5321, 3463).  `of_us`: said before any recipient was named."""
    name, detail = f"smtp:{code}", f"smtp:{code} {words(said)}"
    if code == _CLOSING:
        return Throttled(detail, code=name)
    if code < 500:
        return Throttled(detail, code=name) if of_us else Rejected(detail, code=name, permanent=False)
    if code == 552:
        return Rejected(detail, code=name, permanent=True, ours=True)
    if of_us or code in {530, 534, 535, 538}:
        return Rejected(detail, code=name, permanent=False, ours=True)
    return Rejected(detail, code=name, permanent=True, ours=bool(_SUSPECTED.search(said)) and not _NOBODY.search(said))


async def _leave(connection: aiosmtplib.SMTP) -> None:
    """Say goodbye; what the relay answers to it does not matter."""
    try:
        if connection.is_connected:
            await connection.quit(timeout=2)
    except (aiosmtplib.SMTPException, OSError):
        pass
    finally:
        connection.close()

"""The mail server: takes any address, refuses the ones named for it, and fails as it is told to.

Source: facts/gateways.md section 5.  It runs in the sandbox's own event loop, so it can take any free port.
"""

import asyncio
import re
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.faults import Channel, Fault, Kind
from sandbox.inboxes import Mail
from sandbox.settings import Settings
from sandbox.world import World

TRIGGERS: Mapping[str, str] = {
    "nobody": "550 5.1.1 <{address}> user unknown",
    "full": "452 4.2.2 mailbox full",
    "greylist": "451 4.7.1 greylisted, try again later",
    "toobig": "552 5.3.4 message too big",
    "shutdown": "421 4.3.2 service shutting down",
}
"""Answers to RCPT by the part of the address before the @."""
REFUSED_AT_DATA = {"spam": "554 5.7.1 message refused by policy"}
"""Answers to the final dot."""
FAULT_REPLIES: Mapping[Kind, str] = {
    Kind.HTTP_429: "451 4.7.1 too many messages, slow down",
    Kind.HTTP_500: "451 4.3.0 local error in processing",
    Kind.HTTP_502: "421 4.3.2 service not available",
    Kind.ERROR_IN_200: "554 5.7.1 refused by policy",
    Kind.REFUSED: "554 5.7.1 refused by policy",
    Kind.BLOCKED: "550 5.7.1 recipient does not accept mail from you",
    Kind.EXPIRED_TOKEN: "530 5.7.0 authentication required",
}
BEFORE_DATA = frozenset({Kind.RESET_BEFORE, Kind.HTTP_502})
LONGEST_PREVIEW = 160
MESSAGE_ID = re.compile(r"<([^@>]+)@[^>]+>")


class MailServer:
    """Listens for SMTP and puts what it takes into the world's mailboxes."""

    def __init__(self, settings: Settings, world: World) -> None:
        self._settings = settings
        self._world = world
        self._server: asyncio.Server | None = None
        self._open: set[_Smtp] = set()
        self.port = 0

    async def start(self) -> None:
        """Listen; OSError if the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, self._settings.host, self._settings.smtp_port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._server is not None:
            self._server.close()
        for session in list(self._open):
            session.drop()
        await asyncio.sleep(0)

    def _session(self) -> "_Smtp":
        return _Smtp(_Handler(self._world), self._world, self._settings, self._open)


class _Smtp(SMTP):
    """One connection; it can be cut before the text of a mail is asked for."""

    def __init__(self, handler: "_Handler", world: World, settings: Settings, connections: "set[_Smtp]") -> None:
        super().__init__(
            handler,
            data_size_limit=settings.largest_mail,
            enable_SMTPUTF8=True,
            hostname="sandbox.example",
            ident="sandbox",
            loop=asyncio.get_running_loop(),
        )
        self._world = world
        self._connections = connections
        self._wire: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._wire = cast(asyncio.Transport, transport)
        self._connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.discard(self)
        super().connection_lost(error)

    def drop(self) -> None:
        """Cut the connection with no more words."""
        if self._wire is not None:
            self._wire.abort()

    def break_off(self, words: bytes) -> None:
        """Send a part of an answer and close."""
        if self._wire is not None:
            self._wire.write(words)
            self._wire.close()

    def fault_here(self, *kinds: Kind) -> Fault | None:
        """The next fault, used up, if it is one of these."""
        if any(self._world.faults.standing(Channel.EMAIL, kind) for kind in kinds):
            return self._world.faults.take(Channel.EMAIL)
        return None

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 -- aiosmtpd's name
        """DATA; a mail is never taken when the connection is cut here."""
        fault = self.fault_here(*BEFORE_DATA)
        if fault is not None and fault.kind is Kind.RESET_BEFORE:
            self.drop()
            return
        if fault is not None:
            self.break_off(f"{FAULT_REPLIES[fault.kind]}\r\n".encode())
            return
        await super().smtp_DATA(arg)


class _Handler:
    def __init__(self, world: World) -> None:
        self._world = world

    async def handle_RCPT(  # noqa: N802
        self, server: _Smtp, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = TRIGGERS.get(address.split("@")[0].lower())
        if reply is not None:
            self._world.route.add(address.lower(), "Máy chủ thư từ chối", reply[:9], "fail", "email")
            return reply.format(address=address)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: _Smtp, session: Session, envelope: Envelope) -> str:  # noqa: N802
        for address in envelope.rcpt_tos:
            if address.split("@")[0].lower() in REFUSED_AT_DATA:
                return REFUSED_AT_DATA[address.split("@")[0].lower()]
        fault = self._world.faults.take(Channel.EMAIL)
        if fault is not None:
            return await self._fail(fault, server, envelope)
        return f"250 2.0.0 Ok: queued as {self._store(envelope)}"

    async def _fail(self, fault: Fault, server: _Smtp, envelope: Envelope) -> str:
        """What the final dot is answered with under a fault; a cut after it leaves the mail delivered."""
        if fault.kind in FAULT_REPLIES:
            return FAULT_REPLIES[fault.kind]
        if fault.kind is Kind.SLOW:
            await asyncio.sleep(3.0 if fault.seconds is None else fault.seconds)
            return f"250 2.0.0 Ok: queued as {self._store(envelope)}"
        if fault.stored or fault.kind in (Kind.CUT_AFTER, Kind.HALF_ANSWER):
            self._store(envelope)
        if fault.kind is Kind.HANG:
            await asyncio.sleep(600.0 if fault.seconds is None else fault.seconds)
        if fault.kind is Kind.GARBAGE:
            return "<html>"
        if fault.kind is Kind.HALF_ANSWER:
            server.break_off(b"25")
            return "250 2.0.0 Ok"
        server.drop()
        return "250 2.0.0 Ok"

    def _store(self, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        message = message_from_bytes(content, policy=policy.default)
        queue_id = self._world.new_id(10).upper()
        for index, address in enumerate(envelope.rcpt_tos):
            mail = _mail(self._world, message, content, f"{queue_id}{index or ''}", address, envelope.mail_from or "")
            self._world.mails.append(mail)
            owner = next((one for one in self._world.people.values() if one.email.lower() == address.lower()), None)
            if owner is not None:
                self._world.publish("mail", owner.key, mail_item(mail))
            ours = MESSAGE_ID.fullmatch(mail.message_id)
            detail = "máy chủ thư nhận, đã vào hộp thư"
            self._world.route.add(address.lower(), "Email đã tới", detail, "done", "email", ours[1] if ours else "")
        self._world.stir()
        return queue_id


def _mail(world: World, message: EmailMessage, raw: bytes, number: str, address: str, envelope_from: str) -> Mail:
    return Mail(
        id=number,
        message_id=str(message.get("Message-ID", "")).strip(),
        to=address,
        envelope_from=envelope_from,
        sender=str(message.get("From", "")),
        subject=str(message.get("Subject", "")),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        headers={name.lower(): str(value) for name, value in message.items()},
        raw=raw,
        at=world.clock(),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):
        return ""


def mail_item(mail: Mail) -> dict[str, object]:
    """A mail as the phone page lists it."""
    preview = " ".join(mail.text.split())
    return {
        "id": mail.id,
        "from": mail.sender,
        "subject": mail.subject,
        "preview": preview[:LONGEST_PREVIEW],
        "at": mail.at.isoformat(),
    }

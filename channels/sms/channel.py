"""SMS: short texts without diacritics to any mobile number, by one or several gateways.

Which of several is chosen above (`delivery/providers/gateways.py`), and told by `Message.via`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Self
from urllib.parse import unquote, urlsplit

from channels.channel import Capabilities, Offer
from channels.errors import Forged, Rejected, Unavailable
from channels.http import Http
from channels.message import Accepted, Address, Inbound, Message, Phone, Reading, Receipt, Request
from channels.sms.gateway import Gateway
from channels.sms.http import HttpGateway
from channels.sms.settings import Settings
from channels.sms.twilio import Twilio
from vietnam.segments import measure

LONGEST_TEXT = 459
"""Three parts without diacritics: what all carriers take of a customer-care text (facts/gateways.md 4.3)."""

MOST_PARTS = 3
_WEBHOOKS = "/webhooks/sms/"


class Sms:
    """SMS by one or several gateways, in order.  A provider's id is kept as `gateway:id`."""

    name = "sms"

    def __init__(
        self,
        gateways: Sequence[Gateway],
        *,
        two_way_number: str = "",
        rate_per_second: float = 0,
        connections: int = 8,
    ) -> None:
        self._gateways = {gateway.name: gateway for gateway in gateways}
        self.can = Capabilities(
            addresses=frozenset[type[Address]]((Phone,)),
            longest=LONGEST_TEXT,
            receipts=any(gateway.can.receipts for gateway in gateways),
            deduplicates=bool(gateways) and all(gateway.can.deduplicates for gateway in gateways),
            asks=any(gateway.can.asks for gateway in gateways),
            two_way=bool(two_way_number),
            rate_per_second=rate_per_second,
            connections=connections,
            gateways=tuple(
                Offer(name=gateway.name, price=gateway.price, receipts=gateway.can.receipts) for gateway in gateways
            ),
        )

    @classmethod
    def configured(
        cls, settings: Settings, *, clock: Callable[[], datetime], public_url: str = "", client: type[Http] = Http
    ) -> Self:
        """The channel as the configuration has it; `public_url` is where Twilio finds us."""
        made: dict[str, Callable[[], Gateway]] = {
            "http": lambda: HttpGateway(
                settings.http,
                clock=clock,
                http=client(connections=settings.connections, read_seconds=settings.http.timeout_seconds),
            ),
            "twilio": lambda: Twilio(
                settings.twilio,
                clock=clock,
                http=client(connections=settings.connections, read_seconds=settings.twilio.timeout_seconds),
                public_url=public_url,
            ),
        }
        return cls(
            [made[name]() for name in settings.order],
            two_way_number=settings.two_way_number,
            rate_per_second=settings.rate_per_second,
            connections=settings.connections,
        )

    async def open(self) -> None:
        for gateway in self._gateways.values():
            await gateway.open()

    async def close(self) -> None:
        for gateway in reversed(self._gateways.values()):
            await gateway.close()

    async def send(self, message: Message) -> Accepted:
        """By the gateway that was chosen and no other; else by the next only when nothing left us (`Unavailable`)."""
        number = _number(message)
        if not message.text.strip() or measure(message.text).parts > MOST_PARTS:
            raise Rejected(f"an SMS has one to {MOST_PARTS} parts", code="ours", permanent=True, ours=True)
        unreachable: Unavailable | None = None
        for gateway in self._through(message):
            try:
                accepted = await gateway.send(message, number)
            except Unavailable as fault:
                unreachable = fault
                continue
            return Accepted(provider_id=_joined(gateway.name, accepted.provider_id), quota_left=accepted.quota_left)
        raise unreachable or Unavailable("no such SMS gateway is configured")

    def read(self, request: Request) -> Reading:
        """The path names the gateway: `/webhooks/sms/{gateway}[/{token}]`.  Nobody can sign for an unknown one."""
        name, _, token = unquote(urlsplit(request.url).path).rpartition(_WEBHOOKS)[2].partition("/")
        gateway = self._gateways.get(name)
        if gateway is None:
            raise Forged("no such SMS gateway")
        reading = gateway.read(request, token)
        items = (
            _receipt_of(name, item) if isinstance(item, Receipt) else _inbound_of(name, item) for item in reading.items
        )
        return replace(reading, items=tuple(items))

    async def ask(self, message: Message, provider_id: str | None, since: datetime) -> Receipt | None:
        """The gateway that took it, by the name before its id; without an id, the one that was chosen, or each."""
        number = _number(message)
        name, _, theirs = (provider_id or "").partition(":")
        asked = [self._gateways[name]] if name in self._gateways else self._through(message)
        for gateway in asked:
            receipt = await gateway.ask(message, number, theirs or None, since) if gateway.can.asks else None
            if receipt is not None:
                return _receipt_of(gateway.name, receipt)
        return None

    async def upkeep(self) -> str:
        return "SMS không cần bảo trì."

    async def check(self) -> str:
        return " ".join([await gateway.check() for gateway in self._gateways.values()])

    def _through(self, message: Message) -> list[Gateway]:
        if message.via is None:
            return list(self._gateways.values())
        return [self._gateways[message.via]] if message.via in self._gateways else []


def _number(message: Message) -> str:
    if not isinstance(message.to, Phone):
        raise Rejected("SMS goes to phone numbers only", code="ours", permanent=True, ours=True)
    return message.to.number


def _joined(gateway: str, provider_id: str | None) -> str | None:
    return f"{gateway}:{provider_id}" if provider_id else None


def _inbound_of(gateway: str, inbound: Inbound) -> Inbound:
    """Two gateways may give the same id to different texts."""
    return replace(inbound, event_id=f"{gateway}:{inbound.event_id}")


def _receipt_of(gateway: str, receipt: Receipt) -> Receipt:
    return replace(receipt, event_id=f"{gateway}:{receipt.event_id}", provider_id=_joined(gateway, receipt.provider_id))

"""One way to the carriers: what every SMS gateway is to `channels.sms.channel`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from channels.message import Accepted, Message, Reading, Receipt, Request

PRICE = "Giá một phần tin (đồng), để chọn cổng rẻ hơn khi có nhiều cổng; bỏ trống là không so giá."


@dataclass(frozen=True, slots=True, kw_only=True)
class Powers:
    """What a gateway can do beyond sending."""

    receipts: bool = True
    deduplicates: bool = False  # refuses a repeated message id
    asks: bool = False  # tells what became of a message


class Gateway(Protocol):
    """A provider of SMS.  `send` and `read` raise as a channel's do."""

    @property
    def name(self) -> str: ...

    @property
    def can(self) -> Powers: ...

    @property
    def price(self) -> float | None:
        """Đồng a message part; None where the configuration does not say."""
        ...

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def send(self, message: Message, number: str) -> Accepted:
        """Send a text to `number` (E.164 digits without plus)."""
        ...

    def read(self, request: Request, token: str) -> Reading:
        """A webhook call; `token` is what stood behind the gateway's name in its path, "" for nothing."""
        ...

    async def ask(self, message: Message, number: str, provider_id: str | None, since: datetime) -> Receipt | None: ...

    async def check(self) -> str: ...

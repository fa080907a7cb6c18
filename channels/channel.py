"""What a channel is and can do. A concrete channel is chosen in `motcua/rooms.py`; the rooms above see this alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from channels.message import Accepted, Address, Message, Reading, Receipt, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One of several providers of a channel: `price` is đồng a message part, None where it is not known."""

    name: str
    price: float | None = None
    receipts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel declares; the rooms above ask nothing else of its kind."""

    addresses: frozenset[type[Address]]
    longest: int  # characters of a text
    buttons: int = 0  # how many under one message
    templates: bool = False  # can send a text registered with the provider
    receipts: bool = False  # says later whether a message arrived
    deduplicates: bool = False  # refuses a repeated message id: an unknown outcome may be resent
    asks: bool = False  # `ask` tells what became of an attempt
    two_way: bool = False  # people can answer
    rate_per_second: float = 0  # 0: none
    connections: int = 8  # messages under way at once
    gateways: tuple[Offer, ...] = ()  # providers to choose from (`Message.via`), in the configured order

    def tells(self, gateway: str) -> bool:
        """Whether a receipt is to be waited for: of this one of several gateways, else of the channel."""
        return next((offer.receipts for offer in self.gateways if offer.name == gateway), self.receipts)


class Channel(Protocol):
    """One way to reach a person.

    `send` raises `Rejected`, `Throttled`, `Unavailable` (nothing left us) or `Unknown` (it may have gone through).
    `read` verifies first, then parses; it raises `Forged`, `Unsigned` or `Malformed`.
    """

    @property
    def name(self) -> str: ...

    @property
    def can(self) -> Capabilities: ...

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def send(self, message: Message) -> Accepted: ...

    def read(self, request: Request) -> Reading: ...

    async def ask(self, message: Message, provider_id: str | None, since: datetime) -> Receipt | None:
        """What became of an attempt that began at `since`; None when the provider cannot tell."""
        ...

    async def upkeep(self) -> str:
        """What the clock calls; one sentence for the operator on what was done."""
        ...

    async def check(self) -> str:
        """Ask the provider whether we could send now; one sentence, or raises a SendError."""
        ...


Channels = Mapping[str, Channel]

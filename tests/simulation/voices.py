"""Our side of the carriers in play: one `Channel` a carrier and process, Zalo's with the real `Tokens`.

SMS is the real channel, over one or two gateways that are voices.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from channels.channel import Capabilities
from channels.errors import Rejected
from channels.message import Accepted, Mailbox, Message, Phone, Reading, Receipt, Request, TelegramChat, ZaloUser
from channels.sms.gateway import Powers
from channels.zalo.tokens import Tokens
from delivery.routing import Path
from tests.simulation.carriers import Carrier
from tests.simulation.oauth import OAuth
from tests.simulation.process import Process


class Voice:
    """Passes on what it is given; a request that has left goes on without us."""

    def __init__(self, carrier: Carrier, world: Process, mine: Process) -> None:
        self._carrier = carrier
        self._world = world
        self._mine = mine
        self.name = carrier.name
        self.can: Capabilities = carrier.can

    @classmethod
    def like(cls, voice: "Voice") -> "Voice":
        """Another voice of the same process, to the same carrier."""
        return cls(voice._carrier, voice._world, voice._mine)

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def send(self, message: Message) -> Accepted:
        self._carrier.leaves()
        return await self.carried(message)

    async def carried(self, message: Message) -> Accepted:
        """The request itself, and its answer."""
        self._mine.alive()
        work = self._world.spawn(self._carrier.take(message, path_of(message), self._mine))
        accepted = await asyncio.shield(work)
        self._mine.alive()
        return accepted

    def read(self, request: Request) -> Reading:
        return Reading()

    async def ask(self, message: Message, provider_id: str | None, since: datetime) -> Receipt | None:
        self._mine.alive()
        return await self._carrier.ask(message, since)

    async def upkeep(self) -> str:
        return ""

    async def check(self) -> str:
        return ""


class ZaloVoice(Voice):
    """Sends only with a token that is good, and renews it once where Zalo says that it is not: as the real one does."""

    def __init__(self, carrier: Carrier, world: Process, mine: Process, tokens: Tokens, oauth: OAuth) -> None:
        super().__init__(carrier, world, mine)
        self._tokens = tokens
        self._oauth = oauth

    async def send(self, message: Message) -> Accepted:
        self._carrier.leaves()
        token = await self._tokens.access()
        if not self._oauth.good(token):
            token = await self._tokens.renewed(token)
            if not self._oauth.good(token):
                raise Rejected("the token is refused", code="-216", permanent=False, ours=True)
        return await self.carried(message)

    async def upkeep(self) -> str:
        return await self._tokens.upkeep()

    async def close(self) -> None:
        await self._tokens.close()


class Gateway:
    """A gateway of SMS; it knows its own ids alone, which the channel joins with its name."""

    def __init__(self, account: str, voices: Mapping[str, Voice], price: float) -> None:
        self.name = account.partition("/")[2]
        self.price = price
        self._account = account
        self._voices = voices
        can = voices[account].can
        self.can = Powers(receipts=can.receipts, deduplicates=can.deduplicates, asks=can.asks)

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def send(self, message: Message, number: str) -> Accepted:
        accepted = await self._voices[self._account].send(message)
        return replace(accepted, provider_id=_theirs(accepted.provider_id))

    def read(self, request: Request, token: str) -> Reading:
        return Reading()

    async def ask(self, message: Message, number: str, provider_id: str | None, since: datetime) -> Receipt | None:
        receipt = await self._voices[self._account].ask(message, provider_id, since)
        return None if receipt is None else replace(receipt, provider_id=_theirs(receipt.provider_id))

    async def check(self) -> str:
        return ""


def _theirs(known_as: str | None) -> str | None:
    return None if known_as is None else known_as.partition(":")[2]


def path_of(message: Message) -> Path:
    """The way that a message took, as its carrier can tell it."""
    match message.to:
        case ZaloUser():
            return Path.ZALO_CHAT if message.template is None else Path.ZALO_USER
        case Phone():
            return Path.SMS if message.template is None else Path.ZALO_PHONE
        case TelegramChat():
            return Path.TELEGRAM
        case Mailbox():
            return Path.EMAIL

"""Waits for what the story causes, and gives the account of it: what was planned, and what the sandbox has seen."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection

from delivery.history import CHANNELS, EVENTS
from motcua.rooms import Rooms
from sandbox.server import Sandbox
from store.outbox.tables import OutboxMessage, State

PATIENCE = 30.0
"""Seconds that every message has to arrive."""


class NeverCame(Exception):
    """Something that the story waited for did not happen in time."""


class Watch:
    """Looks from both sides: at the service's own account, and at the phones and mailboxes."""

    def __init__(self, rooms: Rooms, sandbox: Sandbox, patience: float) -> None:
        self._rooms = rooms
        self._sandbox = sandbox
        self._patience = patience

    async def first_notice(self) -> None:
        """Until somebody holds a message in their hand. Raises `NeverCame`."""
        world = self._sandbox.world
        try:
            await world.until(lambda: world.texts or world.chats or world.mails, seconds=self._patience)
        except TimeoutError as why:
            raise NeverCame("no notice arrived") from why

    async def told_about(self, codes: Collection[str], since: str) -> list[str]:
        """Until every one of these dossiers has been told of; the messages. Raises `NeverCame`."""

        async def look() -> list[str]:
            found = [one for one in await self._after(since) if one.body["fields"].get("code") in codes]
            complete = {one.body["fields"]["code"] for one in found} == set(codes)
            return [one.id for one in found] if complete else []

        return await self._until(look, "the dossiers that moved in the source were not found")

    async def answers(self, count: int) -> list[str]:
        """Until so many questions have been answered; the messages. Raises `NeverCame`."""

        async def look() -> list[str]:
            found = [one.id for one in await self._after("") if one.event == "reply"]
            return found if len(found) >= count else []

        return await self._until(look, "the questions were not answered")

    async def settled(self, message_ids: Collection[str]) -> list[OutboxMessage]:
        """The messages, once all have arrived or patience is over."""
        deadline = time.monotonic() + self._patience
        while True:
            async with self._rooms.store.database.reading() as tx:
                found = [await self._rooms.store.outbox.get(tx, one) for one in message_ids]
            messages = [one for one in found if one is not None]
            if all(self.arrived(one) for one in messages) or time.monotonic() > deadline:
                return messages
            await asyncio.sleep(0.1)

    def arrived(self, message: OutboxMessage) -> bool:
        """Confirmed by a receipt; of a mail, which has none, that it lies in the mailbox."""
        if message.channel == "email":
            return any(message.id in mail.message_id for mail in self._sandbox.world.mails)
        return message.state is State.DELIVERED

    def account(self, messages: Collection[OutboxMessage]) -> list[dict[str, object]]:
        """What was planned, arrived and was confirmed, by event and channel."""
        counts: dict[tuple[str, str], list[int]] = {}
        for message in messages:
            row = counts.setdefault((message.event, message.channel or ""), [0, 0, 0])
            row[0] += 1
            row[1] += self.arrived(message)
            row[2] += message.state is State.DELIVERED
        names = ("đã lập", "tới nơi", "có biên nhận")
        return [
            {"việc": EVENTS[event], "kênh": CHANNELS.get(channel, "-")} | dict(zip(names, row, strict=True))
            for (event, channel), row in sorted(counts.items())
        ]

    async def newest(self) -> str:
        """The id of the newest message; "" where there is none."""
        async with self._rooms.store.database.reading() as tx:
            return max((one.id for one in await self._rooms.store.outbox.recent(tx, 1)), default="")

    async def _after(self, message_id: str) -> list[OutboxMessage]:
        async with self._rooms.store.database.reading() as tx:
            return [one for one in await self._rooms.store.outbox.recent(tx, 500) if one.id > message_id]

    async def _until(self, look: Callable[[], Awaitable[list[str]]], words: str) -> list[str]:
        deadline = time.monotonic() + self._patience
        while time.monotonic() < deadline:
            if found := await look():
                return found
            await asyncio.sleep(0.1)
        raise NeverCame(words)

"""The load of all scenarios: some people, each with messages in all three lanes, and the log of what was accepted.

One person's round is two replies, a status, a request that they must act upon, another status and two bulk notices.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from functools import partial

from channels.message import Phone
from delivery.event import Event, EventName, Recipient
from delivery.outcome import DOUBLES
from delivery.policy import POLICIES, Doubt
from tests.chaos.ground import Field
from tests.judge.judge import Accepted

ROUND = (
    EventName.REPLY,
    EventName.RECEIVED,
    EventName.NOTICE,
    EventName.SUPPLEMENT_REQUIRED,
    EventName.REPLY,
    EventName.DONE,
    EventName.NOTICE,
)
PAGE = 210
"""Messages planned in one transaction, as a batch of the API is."""


class Load:
    """Plans messages and writes down what was promised, after the commit that promised it."""

    def __init__(self, field: Field, round: Sequence[EventName] = ROUND) -> None:
        self._field = field
        self._round = round
        self._places: Counter[tuple[str, str]] = Counter()
        self._log = field.ground.folder / "accepted.jsonl"
        self._enough = asyncio.Event()
        self.accepted: list[Accepted] = []

    async def put(self, people: int, *, first: int = 0) -> None:
        """A round for each of so many people, numbered from `first`; over failures of the database, each once."""
        work = [(person, name) for name in self._round for person in range(first, first + people)]
        for start in range(0, len(work), PAGE):
            page = [self._promise(person, name) for person, name in work[start : start + PAGE]]
            await self._field.patiently(partial(self._plan, page))
            with self._log.open("a", encoding="utf-8") as log:
                log.writelines(json.dumps(asdict(promise)) + "\n" for promise, _ in page)
            self.accepted += [promise for promise, _ in page]

    async def keep(self, waiting: int) -> None:
        """Whatever was sent meanwhile, about so many messages are open afterwards; everybody has several of them."""
        missing = waiting - await self._field.patiently(self._field.open_messages)
        if missing > 0:
            await self.put(missing // len(self._round) + 1, first=self._field.ground.chance.randrange(50))

    @asynccontextmanager
    async def kept(self, waiting: int) -> AsyncIterator[None]:
        """All the while about so many messages are open, whatever happens to the database."""
        feeding = asyncio.create_task(self._feed(waiting))
        try:
            yield
        finally:
            self._enough.set()
            await feeding

    async def _feed(self, waiting: int) -> None:
        self._enough.clear()
        while not self._enough.is_set():
            await self.keep(waiting)
            await asyncio.sleep(0.1)

    def _promise(self, person: int, name: EventName) -> tuple[Accepted, EventName]:
        policy = POLICIES[name]
        recipient = f"84901{person:06d}"
        lane = policy.lane.name.lower()
        place = self._places[recipient, lane]
        self._places[recipient, lane] += 1
        number = sum(self._places.values())
        # A gateway that refuses repeats never has two; elsewhere a policy may prefer a second copy to none.
        copies = 1 if policy.doubt is Doubt.DOUBLE or self._field.carrier.idempotent else 1 + DOUBLES
        key = f"H36.21-260622-{number:07d}"
        return Accepted(key=key, recipient=recipient, lane=lane, place=place, copies=copies), name

    async def _plan(self, page: list[tuple[Accepted, EventName]]) -> None:
        """Planned again after a commit whose answer was lost, it changes nothing: that is the planner's promise."""
        store, now = self._field.rooms.store, self._field.now()
        async with store.database.transaction() as tx:
            phones = {promise.recipient for promise, _ in page}
            people = await store.people.ensure(tx, [("phone", phone) for phone in sorted(phones)], now)
            events = [_event(promise, name, people["phone", promise.recipient], now) for promise, name in page]
            await self._field.rooms.planner.plan(tx, events)
        await store.wakeup.wake("outbox")


def _event(promise: Accepted, name: EventName, person_id: str, now: datetime) -> Event:
    words = f"Hồ sơ {promise.key} của Ông/Bà đang được xem xét."
    reply = name is EventName.REPLY
    recipient = Recipient(
        person_id=person_id, phone=promise.recipient, to=Phone(number=promise.recipient) if reply else None
    )
    fields = {"code": promise.key, "agency": "UBND phường Bắc Gia Nghĩa", "hotline": "0263.3540.616", "n": 2}
    return Event(
        name=name,
        about=promise.key,
        occurrence="1",
        at=now,
        recipient=recipient,
        fields={"text": words} if name is EventName.NOTICE else {} if reply else fields,
        text=words if reply else None,
    )

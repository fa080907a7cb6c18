"""What sending has cost and what each rule saved (chi phí, tiết kiệm); what a shadow run would have sent.

The counterfactual is plain: each message alone, by SMS. Its words are rendered again, as they would have been.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from channels.errors import SendError
from channels.message import Mailbox
from delivery.event import EventName
from delivery.money.meters import TEMPLATES
from delivery.money.prices import Prices
from delivery.policy import OVERTAKEN, POLICIES
from delivery.routing import Path, Route
from delivery.texts.render import Renderer
from delivery.texts.words import compose, parts_of
from store.database import Tx
from store.nouns import Store
from store.outbox.tables import Claimed, OutboxMessage, State

PAGE = 500
TAKEN = ("accepted", "unknown", "unknown_again")
"""Steps after which a provider has a message, or may have it."""

WAYS: Mapping[str, str] = {
    "zalo/chat": "Zalo, trò chuyện",
    "zalo/template_user": "Zalo, mẫu theo tài khoản",
    "zalo/template_phone": "Zalo, mẫu theo số máy",
    "telegram": "Telegram",
    "sms": "SMS",
    "email": "Email",
}
"""Ways, short enough for a column."""

_NOBODY = Mailbox(address="")


class Rule(StrEnum):
    """What saves money, or costs it."""

    CHEAPER_PATH = "cheaper_path"
    JOINED = "joined"
    OVERTAKEN = "overtaken"
    FALL_BACK = "fall_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What one rule did: how many messages, what they would have cost without it, what they did cost, in đồng."""

    rule: Rule
    path: str
    messages: int
    without: int
    cost: int

    @property
    def saved(self) -> int:
        return self.without - self.cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """One message that would have left. `price` is None where it is not known."""

    at: datetime
    message: OutboxMessage
    path: str | None
    parts: int | None
    price: int | None
    overtaken: bool


class Costs:
    """Reads the outbox's own account; changes nothing. `templates` are Zalo's, by event."""

    def __init__(
        self, store: Store, prices: Prices, renderer: Renderer, templates: Mapping[str, str] | None = None
    ) -> None:
        self._store = store
        self._prices = prices
        self._renderer = renderer
        self._templates = templates or {}

    async def savings(self, tx: Tx, since: datetime, until: datetime) -> list[Saved]:
        """By rule and way, for what left or was called off in this time."""
        found: dict[tuple[Rule, str], Saved] = {}
        async for one in self._messages(tx, since, until, (*TAKEN, "cancelled")):
            for saved in await self._of(tx, one):
                before = found.get((saved.rule, saved.path))
                found[saved.rule, saved.path] = saved if before is None else _sum(before, saved)
        return sorted(found.values(), key=lambda one: (list(Rule).index(one.rule), one.path))

    async def shadows(self, tx: Tx, since: datetime, until: datetime) -> list[Shadow]:
        """What a shadow run would have sent, in order; with what a newer status would have overtaken in time."""
        messages = [
            one async for one in self._messages(tx, since, until, ("cancelled",)) if one.history[-1].detail == "shadow"
        ]
        overtaken = _overtaken(messages)
        return [self._shadow(one, one.id in overtaken) for one in messages]

    def price(self, one: OutboxMessage, path: str | None) -> tuple[int | None, int | None]:
        """(parts, đồng) of a message by this way, at the time when it was planned; unknown where it has no words."""
        if path not in set(Path) or not one.body:
            return None, None
        way = Path(str(path))
        template = self._templates.get(one.event) if way in TEMPLATES else None
        route = Route(channel=way.partition("/")[0], path=way, address=_NOBODY, template_id=template)
        try:
            message = compose(_claimed(one), route, self._renderer)
        except SendError:
            return None, None
        return parts_of(message, route), self._prices.of(one.event, route, message, one.created_at)

    async def _messages(
        self, tx: Tx, since: datetime, until: datetime, steps: Sequence[str]
    ) -> AsyncIterator[OutboxMessage]:
        """Each message with such a step in this time, once, with its whole history."""
        seen: set[str] = set()
        after = ""
        while page := await self._store.spending.lines(tx, since, until, steps, after=after, limit=PAGE):
            after = page[-1][0]
            new = [message_id for message_id in dict.fromkeys(each for _, each in page) if message_id not in seen]
            seen.update(new)
            for one in await self._store.outbox.several(tx, new):
                yield one

    async def _of(self, tx: Tx, one: OutboxMessage) -> list[Saved]:
        if one.state is State.CANCELLED:
            return list(self._called_off(one))
        if one.joined_into is not None or one.event == EventName.REPLY:
            return []  # counted with its carrier; an answer in a chat has no other way
        taken = list(dict.fromkeys(step.path for step in one.history if step.step in TAKEN and step.path))
        if not taken:
            return []
        alone = await self._alone(tx, one)
        return [*self._by_path(one, alone, taken[0]), *_fallen_back(one, taken)]

    def _called_off(self, one: OutboxMessage) -> Iterator[Saved]:
        if one.history[-1].detail == "overtaken" and (path := one.history[0].path):
            _, price = self.price(one, path)
            if price is not None:
                yield Saved(rule=Rule.OVERTAKEN, path=path, messages=1, without=price, cost=0)

    async def _alone(self, tx: Tx, one: OutboxMessage) -> list[OutboxMessage]:
        """What it carries, where it is a carrier; else itself."""
        if one.event not in (EventName.JOINED, EventName.DIGEST):
            return [one]
        members = await self._store.outbox.members(tx, one.id)
        return await self._store.outbox.several(tx, [member.message_id for member in members])

    def _by_path(self, one: OutboxMessage, alone: Sequence[OutboxMessage], path: str) -> Iterator[Saved]:
        """What the first way saved against an SMS to each, and what joining saved on that way."""
        cost = _cost(one, path)
        if cost is None:
            return
        here = [price for each in alone if (price := self.price(each, path)[1]) is not None]
        if len(alone) > 1 and len(here) == len(alone):
            yield Saved(rule=Rule.JOINED, path=path, messages=len(alone), without=sum(here), cost=cost)
            cost = sum(here)
        texts = [self.price(each, Path.SMS)[1] for each in alone if isinstance(each.body.get("phone"), str)]
        sms = [price for price in texts if price is not None]
        if path != Path.SMS and len(sms) == len(alone):
            yield Saved(rule=Rule.CHEAPER_PATH, path=path, messages=len(alone), without=sum(sms), cost=cost)

    def _shadow(self, one: OutboxMessage, overtaken: bool) -> Shadow:
        path = one.history[-1].path
        parts, price = self.price(one, path)
        return Shadow(at=one.created_at, message=one, path=path, parts=parts, price=price, overtaken=overtaken)


def _fallen_back(one: OutboxMessage, taken: Sequence[str]) -> Iterator[Saved]:
    """What going on to another way has cost beyond the first."""
    costs = [_cost(one, path) for path in taken]
    known = [cost for cost in costs if cost is not None]
    if len(taken) > 1 and len(known) == len(taken):
        yield Saved(rule=Rule.FALL_BACK, path=taken[-1], messages=1, without=known[0], cost=sum(known))


def _cost(one: OutboxMessage, path: str) -> int | None:
    """What a message cost by one way; None where that is not known."""
    prices = [step.price for step in one.history if step.path == path and step.price is not None]
    return sum(prices) if prices else None


def _sum(one: Saved, other: Saved) -> Saved:
    return Saved(
        rule=one.rule,
        path=one.path,
        messages=one.messages + other.messages,
        without=one.without + other.without,
        cost=one.cost + other.cost,
    )


def _overtaken(messages: Iterable[OutboxMessage]) -> set[str]:
    """Statuses that a newer one of the same dossier came after, before their settling time was over."""
    found: set[str] = set()
    last: dict[str, tuple[str, datetime]] = {}
    for one in messages:
        if one.dossier_id is None or one.event not in OVERTAKEN:
            continue
        before = last.get(one.dossier_id)
        if before is not None and one.created_at < before[1]:
            found.add(before[0])
        settle: timedelta = POLICIES[EventName(one.event)].settle
        last[one.dossier_id] = (one.id, one.created_at + settle)
    return found


def _claimed(one: OutboxMessage) -> Claimed:
    """A message as its words are made of it."""
    return Claimed(
        message_id=one.id,
        person_id=one.person_id,
        event=one.event,
        about=one.about,
        dossier_id=one.dossier_id,
        notice_id=one.notice_id,
        agency=one.agency,
        filing_channel=one.filing_channel,
        lane=one.lane,
        state=one.state,
        recipient=b"",
        due_at=one.created_at,
        expires_at=one.created_at,
        created_at=one.created_at,
        channel=one.channel,
        path=None,
        tried={},
        tries=0,
        attempt=0,
        body=one.body,
    )

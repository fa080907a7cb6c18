"""The carriers, in play: what they took, what reached a phone, what they said of it, and when.

A carrier works in the world's own task: a process that dies while it waits for the answer takes nothing back.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol, TypeVar

from channels.channel import Capabilities
from channels.errors import Rejected, SendError, Throttled, Unavailable, Unknown
from channels.message import Accepted, Message, Receipt, ReceiptState
from delivery.routing import Path
from tests.simulation.process import Process
from tests.simulation.trace import Trace

T = TypeVar("T")
Answer = Literal[
    "accept", "cut", "cut_before", "garbage", "unavailable", "throttle", "throttle_one", "hard", "soft", "ours"
]
"""What it says; "cut" and "garbage" have taken the message, "cut_before" has not."""

HEALTHY: Mapping[Answer, float] = {"accept": 1.0}
"""How every carrier answers when the faults are over."""


class Arrival(StrEnum):
    """What became of a message that a carrier took."""

    DELIVERED = "delivered"
    FAILED = "failed"  # and never will
    FAILED_FOR_NOW = "failed for now"  # the same again may pass
    UNTOLD = "untold"  # it arrived, and no receipt ever says so


@dataclass
class Effect:
    """A message in a carrier's hands."""

    message_id: str
    carrier: str
    path: Path
    at: float
    left: float  # when its request had left us
    by: Process
    provider_id: str
    arrival: Arrival
    dong: int  # what the carrier asks for it
    answered: bool = True  # the answer left the carrier whole; whether it was heard is another matter
    denied: bool = False  # on its way so long that its carrier, asked, had said that it knows nothing of it
    told: dict[ReceiptState, float] = field(default_factory=dict)  # when we stored a receipt, durably

    @property
    def channel(self) -> str:
        """The channel of ours that it came by."""
        return self.carrier.partition("/")[0]

    @property
    def failed(self) -> bool:
        return self.arrival in (Arrival.FAILED, Arrival.FAILED_FOR_NOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Temper:
    """How a carrier behaves in the time of faults."""

    answers: Mapping[Answer, float]
    arrivals: Mapping[Arrival, float]
    slowest: float = 1.0  # seconds, each way
    knows_our_id: bool = True  # receipts echo it; otherwise they speak of the carrier's id alone
    doubled: float = 0.0  # receipts told twice or more
    early: float = 0.0  # receipts before the answer to their own send
    stray: float = 0.0  # receipts for what is not ours
    knows_nothing: float = 0.0  # questions that it cannot answer


@dataclass(frozen=True, slots=True)
class Call:
    """A request that has left a process of ours."""

    message_id: str
    at: float
    by: Process


class Judge(Protocol):
    """Who looks on, at each message that leaves, each request that arrives, and each message that is taken."""

    def left(self, carrier: "Carrier") -> None: ...

    def called(self, carrier: "Carrier", message_id: str, by: Process) -> None: ...

    def took(self, effect: Effect) -> None: ...


Tell = Callable[[str, Receipt, Effect | None, float], None]
"""(channel, receipt, what it is about, seconds from now): how a carrier's receipt comes to us."""


class Carrier:
    """One provider: a channel's only one, or `channel/gateway`. Its ids are told as the house keeps them."""

    def __init__(
        self,
        name: str,
        can: Capabilities,
        temper: Temper,
        *,
        chance: random.Random,
        trace: Trace,
        clock: Callable[[], datetime],
        tell: Tell,
        asks_for: Callable[[Message, Path, str], int],
    ) -> None:
        self.name = name
        self.channel, _, self.gateway = name.partition("/")
        self.can = can
        self.temper = temper
        self.answers = temper.answers
        self.arrivals = temper.arrivals
        self.departures: list[float] = []
        self.effects: list[Effect] = []
        self.open: dict[int, Call] = {}
        self.denied: set[str] = set()
        self.judge: Judge | None = None
        self._chance = chance
        self._trace = trace
        self._clock = clock
        self._tell = tell
        self._asks_for = asks_for

    def calm(self) -> None:
        """From now on it takes everything and says so."""
        self.answers, self.arrivals = HEALTHY, {Arrival.DELIVERED: 1.0}

    def leaves(self) -> None:
        """A message is handed to our voice for this carrier: what a rate counts. (A new token may delay it yet.)"""
        self.departures.append(self._now())
        assert self.judge is not None
        self.judge.left(self)

    async def take(self, message: Message, path: Path, by: Process) -> Accepted:
        """A request that has left a process of ours. Raises whatever this carrier answers."""
        call = Call(message.id, self._now(), by)
        self.open[id(call)] = call
        try:
            assert self.judge is not None
            self.judge.called(self, message.id, by)
            await self._pass_by()
            answer = self._drawn(self.answers)
            if answer in ("hard", "soft") and self._repeated(message) is not None:
                answer = "accept"  # it knows a repeat before it looks at anything else
            self._trace(self.name, f"{message.id[-6:]} {path} {answer}")
            if (refusal := self._refusal(answer)) is not None:
                await self._pass_by()
                raise refusal
            effect = self._kept(message, path, call, answered=answer == "accept")
            await self._pass_by()
            if answer == "garbage":
                raise KeyError("an error of the channel itself")
            if answer == "cut":
                raise Unknown("cut")
            return Accepted(provider_id=effect.provider_id)
        finally:
            del self.open[id(call)]

    async def ask(self, message: Message, since: datetime) -> Receipt | None:
        """What it knows of a message of ours; None: it cannot tell."""
        await self._pass_by()
        if self.answers is not HEALTHY and self._chance.random() < 0.3:
            raise self._chance.choice([Unavailable("ask"), Unknown("ask"), Rejected("ask")])
        if self._chance.random() < self.temper.knows_nothing:
            return None
        mine = [effect for effect in self.effects if effect.message_id == message.id]
        if not mine:
            self.denied.add(message.id)
            state, permanent = ReceiptState.FAILED, False
        else:
            states = {Arrival.DELIVERED: ReceiptState.DELIVERED, Arrival.UNTOLD: ReceiptState.ACCEPTED}
            state, permanent = states.get(mine[-1].arrival, ReceiptState.FAILED), mine[-1].arrival is Arrival.FAILED
            mine[-1].told.setdefault(state, self._now())
        self._trace(self.name, f"{message.id[-6:]} asked: {state}")
        return Receipt(
            event_id=f"asked:{message.id}:{since}:{state}",
            state=state,
            at=self._clock(),
            message_id=message.id,
            provider_id=mine[-1].provider_id if mine else None,
            error="" if mine else "not found",
            permanent=permanent,
        )

    def _repeated(self, message: Message) -> Effect | None:
        """What it has of this message already, where it refuses repeats."""
        mine = (each for each in self.effects if each.message_id == message.id)
        return next((each for each in mine if self.can.deduplicates and ReceiptState.FAILED not in each.told), None)

    def _charged(self, message: Message) -> bool:
        """A carrier that knows repeats charges a message once, also when it takes a failed one again."""
        return self.can.deduplicates and any(effect.message_id == message.id for effect in self.effects)

    def _kept(self, message: Message, path: Path, call: Call, *, answered: bool) -> Effect:
        """In its hands, once where it refuses repeats, and on the way to the phone."""
        if (earlier := self._repeated(message)) is not None:
            earlier.answered = earlier.answered or answered
            return earlier
        effect = Effect(
            message_id=message.id,
            carrier=self.name,
            path=path,
            at=self._now(),
            left=call.at,
            by=call.by,
            provider_id=self._named(str(len(self.effects))),
            arrival=self._drawn(self.arrivals),
            dong=0 if self._charged(message) else self._asks_for(message, path, self.gateway),
            answered=answered,
            denied=message.id in self.denied,
        )
        self.effects.append(effect)
        assert self.judge is not None
        self.judge.took(effect)
        if self.can.receipts:
            self._receipts(effect)
        return effect

    def _receipts(self, effect: Effect) -> None:
        chance, temper = self._chance, self.temper
        if chance.random() < temper.stray:
            self._say(ReceiptState.DELIVERED, None, 1.0)
        delay = 0.0 if chance.random() < temper.early else chance.expovariate(1 / 20)
        if chance.random() < 0.2:
            self._say(ReceiptState.ACCEPTED, effect, chance.expovariate(1 / 20))
        if effect.arrival is Arrival.UNTOLD:
            return
        state = ReceiptState.FAILED if effect.failed else ReceiptState.DELIVERED
        self._say(state, effect, delay)
        if state is ReceiptState.DELIVERED and chance.random() < 0.2:
            self._say(ReceiptState.SEEN, effect, chance.expovariate(1 / 20))

    def _say(self, state: ReceiptState, effect: Effect | None, delay: float) -> None:
        """To us, as often as it likes; the same words each time."""
        provider_id = self._named("nobody's") if effect is None else effect.provider_id
        receipt = Receipt(
            event_id=f"{provider_id}:{state}",
            state=state,
            at=self._clock(),
            message_id=effect.message_id if effect is not None and self.temper.knows_our_id else None,
            provider_id=provider_id,
            error="undelivered" if state is ReceiptState.FAILED else "",
            permanent=effect is None or effect.arrival is not Arrival.FAILED_FOR_NOW,
        )
        self._tell(self.channel, receipt, effect, delay)
        while self._chance.random() < self.temper.doubled:
            self._tell(self.channel, receipt, effect, delay + self._chance.expovariate(1 / 60))

    def _refusal(self, answer: Answer) -> SendError | None:
        wait = self._chance.choice([None, 1.0, 3.0, 12.0])
        match answer:
            case "unavailable":
                return Unavailable("down")
            case "cut_before":
                return Unknown("cut")
            case "throttle":
                return Throttled("later", retry_after=wait)
            case "throttle_one":
                return Throttled("later", retry_after=wait, whole=False)
            case "hard":
                return Rejected("nobody there", code="hard")
            case "soft":
                return Rejected("not now", code="soft", permanent=False)
            case "ours":
                return Rejected("no money", code="ours", permanent=False, ours=True)
        return None

    async def _pass_by(self) -> None:
        """The network, and the carrier's own work; mostly quick."""
        quick = self._chance.random() < 0.8
        await asyncio.sleep(self._chance.random() * (0.02 if quick else self.temper.slowest))

    def _named(self, number: str) -> str:
        return f"{self.gateway}:{number}" if self.gateway else f"{self.name}-{number}"

    def _drawn(self, weights: Mapping[T, float]) -> T:
        return self._chance.choices(list(weights), list(weights.values()))[0]

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

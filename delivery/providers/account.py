"""One provider account in one worker: how it stands, what it answered lately, and this worker's part of its rate."""

from collections.abc import Callable
from datetime import datetime, timedelta

from channels.errors import Rejected, SendError, Throttled, Unavailable, Unknown
from channels.message import Accepted
from delivery.providers.breaker import (
    PROBE_PATIENCE,
    TRIPS_AT,
    asked_for_patience,
    ceiling,
    closed,
    may_probe,
    opened,
    probed,
    resting,
)
from delivery.providers.line import Line, quota
from store.rates import Standing

PASSED_OVER = timedelta(seconds=5)
"""A gateway whose last answer was a failure comes last for so long, before it counts as broken."""

BROKEN_WAIT = 1.0
"""Seconds that a message waits at least which was claimed just before its provider broke."""

_STOPPED = "stopped"
_WORDLESS = "no_text"

Event = Callable[[Standing], Standing]


def channel_of(account: str) -> str:
    """The channel of an account: `sms` of `sms/http`."""
    return account.partition("/")[0]


class Account:
    """`name` is the channel's, or `channel/gateway`; `rate` the configured one, in messages a second (0: none)."""

    def __init__(self, name: str, rate: float, now: datetime) -> None:
        self.name = name
        self.rate = rate
        self.line = Line(now)
        self.standing = Standing(name=name)
        self.plain = rate <= 0
        """No rate and no complaint: there is nothing to look at."""
        self.in_use = self.bound = False
        self._failures = 0
        self._failed_at = now
        self._probe_until: datetime | None = None
        self._probe_leaves = self._probing = self._granted = False
        self._news: list[Event] = []
        self._told = 0

    def rate_now(self, now: datetime) -> float:
        """Messages a second that it bears now; 0: no limit known."""
        return ceiling(self.standing, now, rate=self.rate)

    def refresh(self, now: datetime, *, shared: bool) -> None:
        """The rate grows again with time. Where it is shared, the share comes from elsewhere, nothing at first."""
        rate = self.rate_now(now)
        if rate <= 0:
            self.line.share = None
            return
        most, self.line.window = quota(rate)
        if not shared:
            self.line.share = most
        elif self.line.share is None:
            self.line.share = 0

    def answers(self, now: datetime) -> bool:
        """It neither rests nor is broken, or this worker may try it."""
        if self.plain:
            return True
        return not resting(self.standing, now) and (self.standing.broken_at is None or self._may_try(now))

    def rank(self, now: datetime, *, replying: bool) -> int:
        """Among gateways that are open: the lower the sooner."""
        if self.standing.broken_at is not None:
            return 2 if replying else -1
        return int(self._failures > 0 and timedelta(0) <= now - self._failed_at < PASSED_OVER)

    def asked(self, now: datetime, *, able: bool) -> None:
        """This worker would have sent; its share may have held it back."""
        self.in_use |= able
        if able and self.line.share is not None and not self.bound:
            self.bound = self.line.used(now) >= self.line.share

    def taken(self) -> None:
        """A message goes by it now: where it is broken this is the one try."""
        if self.standing.broken_at is not None:
            self._probe_until, self._probe_leaves = None, True

    def must_wait(self, now: datetime) -> float:
        """Seconds that a claimed message has to wait after all; 0: it leaves."""
        if self.standing.broken_at is not None:
            if self._probe_leaves:
                self._probe_leaves, self._probing = False, True
                return 0.0
            return BROKEN_WAIT
        if resting(self.standing, now) and self.standing.rest_until is not None:
            return (self.standing.rest_until - now).total_seconds()
        return 0.0

    def heard(self, answer: Accepted | SendError, now: datetime) -> None:
        """What an answer says of the provider, and not of the message."""
        if self.plain and isinstance(answer, Accepted):
            self._failures = 0
            return
        match answer:
            case Unknown(detail=detail) if detail == _STOPPED:
                pass
            case Unavailable() | Unknown():
                self._failed(answer, now)
            case Rejected(ours=True) | Rejected(code="no_text"):
                self._says_nothing(now)
            case Throttled(whole=True):
                self._alive(now)
                self._slower(answer, now)
            case _:
                self._alive(now)

    def has_news(self, now: datetime) -> bool:
        """Something that others must know, or a try that must be asked for."""
        return bool(self._news) or may_probe(self.standing, now)

    def probe_alone(self, now: datetime) -> None:
        """There is nobody else to agree with."""
        self._told = len(self._news)
        self._granted = may_probe(self.standing, now)
        self.agreed(probed(self.standing, now) if self._granted else self.standing, now)

    def standing_after(self, known: Standing | None, now: datetime, *, writing: bool) -> Standing:
        """What was known, with our news. A try that is due becomes ours, where it is `writing` to all."""
        standing = known or Standing(name=self.name)
        self._told = len(self._news)
        for event in self._news:
            standing = event(standing)
        self._granted = writing and may_probe(standing, now)
        return probed(standing, now) if self._granted else standing

    def agreed(self, standing: Standing, now: datetime) -> None:
        """All know it: so it stands, and what happened meanwhile comes on top."""
        del self._news[: self._told]
        self._told = 0
        for event in self._news:
            standing = event(standing)
        self._stands(standing)
        if self._granted:
            self._granted, self._probe_until = False, now + PROBE_PATIENCE

    def _may_try(self, now: datetime) -> bool:
        return self._probe_until is not None and now < self._probe_until

    def _failed(self, answer: SendError, now: datetime) -> None:
        self._failures += 1
        self._failed_at = now
        broken = self.standing.broken_at is not None
        if self._probing or (not broken and self._failures >= TRIPS_AT):
            self._probing = False
            why = f"{type(answer).__name__.lower()} {answer.detail}".strip()
            unreachable = isinstance(answer, Unavailable)
            self._tell(lambda standing: opened(standing, now, why=why, unreachable=unreachable))

    def _alive(self, now: datetime) -> None:
        self._failures = 0
        self._probing = False
        if self.standing.broken_at is not None:
            self._tell(lambda standing: closed(standing, now, rate=self.rate))

    def _says_nothing(self, now: datetime) -> None:
        """A fault of ours was found before or beside the provider: the try is made again by another message."""
        if self._probing:
            self._probing, self._probe_until = False, now + PROBE_PATIENCE

    def _slower(self, answer: Throttled, now: datetime) -> None:
        observed = float(self.line.lately(now))
        rate, seconds, why = self.rate, answer.retry_after, answer.code or "throttled"
        self._tell(
            lambda standing: asked_for_patience(standing, now, rate=rate, observed=observed, seconds=seconds, why=why)
        )

    def _tell(self, event: Event) -> None:
        self._stands(event(self.standing))
        self._news.append(event)

    def _stands(self, standing: Standing) -> None:
        self.standing = standing
        complaint = standing.ceiling is not None or standing.rest_until is not None or standing.broken_at is not None
        self.plain = self.rate <= 0 and not complaint

"""What a message costs (giá tin), known before it is sent: a dated table in the configuration, the contract's figures.

A price that the table does not have is unknown, and never 0 by guess.  Source of the kinds: facts/zalo.md 3.1, 3.2,
4.5 and facts/gateways.md 4.8.
"""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, Field

from channels.errors import SendError, Unknown
from channels.message import Accepted, Message
from delivery.event import EventName
from delivery.outcome import Attempt
from delivery.routing import Path, Route
from delivery.texts.words import parts_of
from store.outbox.tables import Move, State, Track
from vietnam.calendar import local


class Price(BaseModel, frozen=True, extra="forbid"):
    """One `[[prices]]`: in force from a day on, until a later row of the same kind."""

    path: Path = Field(
        description="đường gửi: zalo/chat, zalo/template_user, zalo/template_phone, telegram, sms hoặc email"
    )
    since: date = Field(description="áp dụng từ ngày này, theo giờ Việt Nam")
    dong: int = Field(ge=0, le=1_000_000, description="đồng một tin; với SMS là một phần của tin")
    gateway: str = Field("", max_length=40, description='chỉ cho cổng SMS này; "" là mọi cổng')
    event: EventName | None = Field(None, description="chỉ cho sự kiện này; bỏ trống là mọi sự kiện")
    template: str = Field("", max_length=40, description='chỉ cho mẫu tin Zalo mang mã này; "" là mọi mẫu')
    button: int = Field(0, ge=0, le=1_000_000, description="đồng một nút bấm mất tiền")
    buttons: int = Field(0, ge=0, le=5, description="số nút mất tiền đã đăng ký trong mẫu tin Zalo")
    charged: Literal["accepted", "delivered"] = Field(
        "accepted", description="tính tiền khi nào. accepted: nhà cung cấp nhận tin; delivered: tin tới người nhận"
    )

    def of(self, parts: int, buttons: int) -> int:
        """In đồng, for a message of so many parts and buttons."""
        return self.dong * parts + self.button * (self.buttons + buttons)


SAMPLES = (
    Price(path=Path.ZALO_USER, since=date(2026, 1, 1), dong=210, charged="delivered"),
    Price(path=Path.ZALO_PHONE, since=date(2026, 1, 1), dong=300, charged="delivered"),
    Price(path=Path.SMS, since=date(2026, 1, 1), dong=420),
    Price(path=Path.SMS, since=date(2026, 7, 1), dong=400, gateway="http"),
    Price(path=Path.EMAIL, since=date(2026, 1, 1), dong=0),
)
"""For the example of a configuration: the order of size of what others pay, not anybody's contract."""

FREE = (
    Price(path=Path.ZALO_CHAT, since=date(2026, 1, 1), dong=0),
    Price(path=Path.TELEGRAM, since=date(2015, 6, 24), dong=0),
)
"""Free whatever the contract says: an answer within 48 hours in Zalo's chat, and Telegram's bots."""


class Prices:
    """The table, asked once a message."""

    def __init__(self, table: Iterable[Price] = ()) -> None:
        self._rows = (*FREE, *table)
        self._paths = frozenset(row.path for row in self._rows)
        self._fitting = lru_cache(maxsize=2_048)(self._fit)

    def price(
        self,
        route: Route,
        *,
        event: str,
        at: datetime,
        parts: int | None = None,
        buttons: int = 0,
        gateway: str | None = None,
    ) -> int | None:
        """In đồng; None where no row fits.  Before the gateway of an SMS is chosen, the dearest that it may take."""
        fitting = self._of(route, event, at)
        if gateway is not None:
            fitting = tuple(row for row in fitting if row.gateway in ("", gateway))
            fitting = tuple(row for row in fitting if row.gateway == gateway) or fitting
        return max((row.of(parts or 1, buttons) for row in fitting), default=None)

    def of(self, event: str, route: Route, message: Message, at: datetime) -> int | None:
        """The price of a message with its words."""
        parts = parts_of(message, route)
        return self.price(route, event=event, at=at, parts=parts, buttons=_buttons(route, message))

    def leaving(self, attempt: Attempt, message: Message, parts: int | None) -> int | None:
        """The same, of an attempt whose gateway is chosen."""
        if attempt.route.path not in self._paths:
            return None
        return self.price(
            attempt.route,
            event=attempt.claimed.event,
            at=attempt.at,
            parts=parts,
            buttons=_buttons(attempt.route, message),
            gateway=attempt.account.partition("/")[2] or None,
        )

    def on_delivery(self, path: str | None, at: datetime) -> bool:
        """Whether what does not arrive costs nothing this way."""
        day = _day(at)
        return any(row.path == path and row.charged == "delivered" and row.since <= day for row in self._rows)

    def missing(self, paths: Iterable[Path]) -> list[Path]:
        """Of these ways, those that have no price for just any message."""
        plain = {row.path for row in self._rows if not row.template and row.event is None}
        return [path for path in paths if path not in plain]

    def _of(self, route: Route, event: str, at: datetime) -> tuple[Price, ...]:
        return self._fitting(route.path, event, route.template_id or "", _day(at))

    def _fit(self, path: Path, event: str, template: str, day: date) -> tuple[Price, ...]:
        """One row a gateway: the one that says most exactly what it is for, and of those the newest."""
        best: dict[str, Price] = {}
        for row in self._rows:
            if (
                row.path is path
                and row.since <= day
                and row.template in ("", template)
                and (row.event is None or row.event.value == event)
            ):
                best[row.gateway] = max(row, best.get(row.gateway, row), key=_exactness)
        return tuple(best.values())


@lru_cache(maxsize=64)
def _day(at: datetime) -> date:
    """Messages that leave together leave at one moment."""
    return local(at).date()


def _buttons(route: Route, message: Message) -> int:
    """Buttons that a message brings beside those registered with its template; in a chat they cost nothing."""
    return len(message.buttons) if route.template_id is not None else 0


def _exactness(row: Price) -> tuple[bool, bool, date]:
    return bool(row.template), row.event is not None, row.since


def line(
    attempt: Attempt, answer: Accepted | SendError, prices: Prices, *, deduplicates: bool, doubtful: bool = False
) -> int | None:
    """What an answer adds, in đồng, to what was set aside when the message left: the lines of a message add up to
    its cost.  A refused message costs nothing; one that may have gone through is taken to cost its price.  Where it
    is sent again under the same reference, which the provider charges once, what was set aside stays until then;
    `doubtful`: until later still, for the answer says nothing of an earlier attempt.
    """
    aside = attempt.kept + (attempt.reserved or 0)
    price = attempt.reserved if attempt.price is None else attempt.price
    if price is None:
        return None
    match answer:
        case Accepted():
            cost = _taken(attempt, answer, prices, price)
        case Unknown():
            cost = aside if deduplicates else price
        case _:
            cost = attempt.kept if doubtful else 0
    return cost - aside


def _taken(attempt: Attempt, answer: Accepted, prices: Prices, price: int) -> int:
    """The price at the gateway that took it, which its id names; before, only the dearest was known."""
    gateway, named, _ = (answer.provider_id or "").partition(":")
    if attempt.route.path is not Path.SMS or not named:
        return price
    event = attempt.claimed.event
    exact = prices.price(attempt.route, event=event, at=attempt.at, parts=attempt.parts, gateway=gateway)
    return price if exact is None else exact


def returned(move: Move, track: Track, prices: Prices) -> int | None:
    """What a receipt adds, in đồng: where only arrival is charged, the last attempt's money comes back for what did
    not arrive, and is due again when it arrived after all.
    """
    mine = [step for step in track.steps if step.path == move.path]
    begins = max((n for n, step in enumerate(mine) if step.step == "sending"), default=0)
    lines = [step for step in mine[begins:] if step.price is not None]
    if not lines or not prices.on_delivery(move.path, lines[0].at):
        return None
    if move.step == "undelivered":
        return -sum(step.price or 0 for step in lines) or None
    if move.state is State.DELIVERED:
        return -sum(step.price or 0 for step in lines if step.step == "undelivered") or None
    return None

"""Hard limits (ngân sách, hạn mức): đồng a day and a month, whole and by agency, and Zalo's messages a day.

Checked in the transaction that claims, under one lock across processes: what is claimed fits, or it waits or takes a
way that fits. No try is eaten. What is set aside stands in the message's history from the claim on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from pydantic import BaseModel, Field

from delivery.event import EventName
from delivery.routing import Path, Route
from store.spending import ALL, Key
from vietnam.calendar import ZONE, local

Why = Literal["day", "month", "agency_day", "agency_month", "quota", "no_price"]
"""Which limit holds a message: the words stand in `delivery/history.py`."""

TEMPLATES = frozenset({Path.ZALO_USER, Path.ZALO_PHONE})
"""The ways that Zalo's daily quota counts (facts/zalo.md 4.5)."""

ZALO = "zalo"
NEARLY = 80
"""Percent of a limit from which people are warned."""


class Limit(BaseModel, frozen=True, extra="forbid"):
    """What may be spent, in đồng; 0: no limit."""

    day: int = Field(0, ge=0, description="đồng một ngày; 0 là không giới hạn")
    month: int = Field(0, ge=0, description="đồng một tháng; 0 là không giới hạn")


class Settings(BaseModel, frozen=True, extra="forbid"):
    """`[budget]`."""

    day: int = Field(0, ge=0, description="nhiều nhất bao nhiêu đồng một ngày; 0 là không giới hạn")
    month: int = Field(0, ge=0, description="nhiều nhất bao nhiêu đồng một tháng; 0 là không giới hạn")
    agency_day: int = Field(0, ge=0, description="mỗi cơ quan, đồng một ngày; 0 là không giới hạn")
    agency_month: int = Field(0, ge=0, description="mỗi cơ quan, đồng một tháng; 0 là không giới hạn")
    agencies: dict[str, Limit] = Field(
        default_factory=dict,
        description='mức riêng của từng cơ quan, ví dụ { "H36.21" = { day = 50000, month = 1000000 } }',
    )
    exempt: tuple[EventName, ...] = Field(
        (EventName.REPLY, EventName.VERIFY_CODE), description="những sự kiện vẫn gửi khi hết ngân sách; vẫn được tính"
    )
    warn_percent: int = Field(NEARLY, ge=1, le=100, description="cảnh báo khi đã dùng tới bấy nhiêu phần trăm")
    zalo_templates_a_day: int = Field(
        0, ge=0, description="số tin mẫu Zalo mà trang được gửi một ngày; 0: theo số Zalo báo khi gửi"
    )
    zalo_a_day: dict[str, int] = Field(
        default_factory=dict, description='số tin một ngày của từng mẫu Zalo, ví dụ { "123456" = 500 }'
    )

    @property
    def spends(self) -> bool:
        """Whether any sum in đồng is limited."""
        limits = (self.day, self.month, self.agency_day, self.agency_month)
        return any(limits) or any(one.day or one.month for one in self.agencies.values())

    def of_agency(self, agency: str) -> Limit:
        return self.agencies.get(agency) or Limit(day=self.agency_day, month=self.agency_month)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """One count that a message on a way adds to. `most` is None where only the provider knows it."""

    key: Key
    why: Why
    most: int | None
    money: bool = True


def purses(settings: Settings, agency: str | None, at: datetime) -> list[Meter]:
    """The counts of money that a message of this agency adds to, now."""
    day, month = day_of(at), month_of(at)
    mine = settings.of_agency(agency) if agency else Limit()
    wanted: list[tuple[str, str, Why, int]] = [
        (ALL, day, "day", settings.day),
        (ALL, month, "month", settings.month),
        (f"agency:{agency}", day, "agency_day", mine.day),
        (f"agency:{agency}", month, "agency_month", mine.month),
    ]
    return [Meter(key=(scope, period), why=why, most=most) for scope, period, why, most in wanted if most]


def quotas(settings: Settings, route: Route, at: datetime) -> list[Meter]:
    """The counts of messages that a way adds to: of the page, and of its template where that has a limit."""
    if route.path not in TEMPLATES:
        return []
    day = day_of(at)
    page = Meter(key=(ZALO, day), why="quota", most=settings.zalo_templates_a_day or None, money=False)
    own = settings.zalo_a_day.get(route.template_id or "")
    mine = Meter(key=(f"{ZALO}:{route.template_id}", day), why="quota", most=own, money=False)
    return [page, mine]


def agency_of(key: Key) -> str | None:
    """Whose count it is; None for the whole service."""
    kind, _, code = key[0].partition(":")
    return code if kind == "agency" else None


def day_of(at: datetime) -> str:
    """ "2026-06-25", in Vietnam."""
    return f"{local(at):%Y-%m-%d}"


def month_of(at: datetime) -> str:
    """ "2026-06", in Vietnam."""
    return f"{local(at):%Y-%m}"


def span(period: str) -> tuple[datetime, datetime]:
    """From when to when a day or a month lasts."""
    if len(period) == len("2026-06"):
        begin = date.fromisoformat(f"{period}-01")
        end = (begin + timedelta(days=31)).replace(day=1)
    else:
        begin = date.fromisoformat(period)
        end = begin + timedelta(days=1)
    return datetime.combine(begin, time.min, ZONE), datetime.combine(end, time.min, ZONE)


def near(used: int, most: int, settings: Settings) -> bool:
    """Whether a limit is close enough to warn."""
    return used * 100 >= most * settings.warn_percent


def totals(amounts: Sequence[tuple[Key, int]]) -> Mapping[Key, int]:
    """Amounts of the same count as one."""
    summed: dict[Key, int] = {}
    for key, amount in amounts:
        summed[key] = summed.get(key, 0) + amount
    return summed

"""Limits (ngân sách, hạn mức) with what is used of each: on the channels' page, and as tasks of the front page before
messages begin to wait.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from console import roles, words
from delivery.money.meters import NEARLY, ZALO, agency_of
from store.spending import Used
from store.staff import Officer
from vietnam import money


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One limit as a page shows it. `share` is 1 or more when it is used up."""

    name: str
    used: str
    most: str
    share: float

    @property
    def near(self) -> bool:
        return self.share * 100 >= NEARLY

    @property
    def tone(self) -> str:
        return "bad" if self.share >= 1 else "warn" if self.near else "ok"

    @property
    def title(self) -> str:
        return f"{self.name} đã dùng {words.percent(self.share)}"

    @property
    def text(self) -> str:
        return f"Đã dùng {self.used} trong {self.most}. Hết thì tin chờ, hoặc đi đường rẻ hơn."


def shown(standing: Sequence[Used], who: Officer) -> list[Shown]:
    """Those that this person may see, the fullest first."""
    seen = [_told(one, one.limit) for one in standing if one.limit is not None and _may_see(who, one)]
    return sorted(seen, key=lambda one: -one.share)


def _may_see(who: Officer, one: Used) -> bool:
    """An agency sees its own limits alone; the others see all."""
    return roles.sees(who, agency_of((one.scope, one.period)))


def _told(one: Used, most: int) -> Shown:
    agency = agency_of((one.scope, one.period))
    when = "hôm nay" if len(one.period) > len("2026-06") else "tháng này"
    share = one.used / most if most else 1.0
    scope, _, template = one.scope.partition(":")
    if scope == ZALO:
        what = f"Lượt mẫu Zalo {template}" if template else "Lượt tin mẫu Zalo"
        used, whole = f"{words.number(one.used)} tin", f"{words.number(most)} tin"
    else:
        what = f"Ngân sách của {agency}" if agency else "Ngân sách"
        used, whole = money.screen(one.used), money.screen(most)
    return Shown(name=f"{what} {when}", used=used, most=whole, share=share)

"""What a bulk notice is going to cost, and what it has cost so far, as the pages show it."""

from collections.abc import Mapping
from typing import Any

from console import words
from delivery.money.costs import WAYS
from notices.estimate import Estimate, Estimates, Share
from store.notices import Notice
from store.nouns import Store
from vietnam import money

_UNKNOWN = "chưa rõ giá"


async def shown(store: Store, estimates: Estimates | None, notice: Notice) -> dict[str, Any]:
    """`by_channel`, `total` and `price_notes` of the pages; empty where nothing is known."""
    if estimates is None:
        return _shown(Estimate())
    async with store.database.reading() as tx:
        return _shown(await estimates.of(tx, notice))


def spent(dong: Mapping[str, int]) -> str:
    """All channels together; nothing where no price is known."""
    return money.screen(sum(dong.values())) if dong else ""


def _shown(estimate: Estimate) -> dict[str, Any]:
    if all(share.dong is None for share in estimate.shares):
        return {"by_channel": [], "total": "", "price_notes": []}
    total = "" if estimate.dong is None else money.screen(estimate.dong)
    return {"by_channel": [_row(share) for share in estimate.shares], "total": total, "price_notes": _notes(estimate)}


def _row(share: Share) -> dict[str, Any]:
    each = "" if share.dong is None or not share.people else money.screen(round(share.dong / share.people))
    return {
        "key": share.path.value.partition("/")[0],
        "name": WAYS[share.path],
        "people": share.people,
        "price": each or _UNKNOWN,
        "total": "–" if share.dong is None else money.screen(share.dong),
    }


def _notes(estimate: Estimate) -> list[str]:
    notes = []
    if estimate.sampled is not None:
        notes.append(f"Ước tính theo {words.number(estimate.sampled)} người nhận lấy đều trong tệp.")
    if estimate.unreached:
        notes.append(f"{words.number(estimate.unreached)} người không có kênh nào tới được, hoặc đã từ chối nhận tin.")
    if (limit := estimate.over()) is not None:
        left = money.screen(max(0, (limit.limit or 0) - limit.used))
        when = "hôm nay" if len(limit.period) > len("2026-06") else "tháng này"
        notes.append(f"Ngân sách {when} chỉ còn {left}: một phần tin sẽ chờ, hoặc đi đường rẻ hơn.")
    return notes

"""`motcua report`: what sending has cost and what each rule saved; what a shadow run would have sent. For people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from delivery.history import EVENTS
from delivery.money.costs import WAYS, Costs, Rule, Saved, Shadow
from motcua.config import Config
from motcua.failures import Refusal
from motcua.rooms import now, opened_store, prices_of, renderer_of
from motcua.tables import table
from sheets.writing import Value, csv
from store.database import Tx
from store.nouns import Store
from store.spending import Cost
from vietnam.calendar import ZONE, day, local, moment
from vietnam.money import screen

RULES: Mapping[Rule, str] = {
    Rule.CHEAPER_PATH: "Chọn đường rẻ thay SMS",
    Rule.JOINED: "Gộp nhiều tin thành một",
    Rule.OVERTAKEN: "Bỏ tin đã có trạng thái mới hơn",
    Rule.FALL_BACK: "Gửi tiếp qua kênh khác khi không tới",
}
GROUPS: Mapping[str, str] = {"event": "Sự kiện", "agency": "Cơ quan", "path": "Đường gửi"}
"""What a report may be grouped by, and the column's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A report: columns, rows of plain values, lines before and after. Numbers stand to the right."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Value]]
    notes: Sequence[str] = ()
    second: "Page | None" = None

    def text(self) -> str:
        columns = list(zip(*([_shown(value) for value in row] for row in (self.columns, *self.rows)), strict=True))
        numbers = [any(isinstance(row[place], int) for row in self.rows) for place in range(len(columns))]
        for place, column in enumerate(columns):
            if numbers[place]:
                columns[place] = tuple(text.rjust(max(map(len, column))) for text in column)
        head, *lines = zip(*columns, strict=True)
        shown = [dict(zip(head, line, strict=True)) for line in lines]
        notes = "".join(f"{note}\n" for note in self.notes)
        return f"{self.title}\n{table(shown)}{notes}" + (f"\n{self.second.text()}" if self.second else "")

    def csv(self) -> bytes:
        """For Excel: the table alone; no cell becomes a formula."""
        return csv(self.columns, self.rows)

    def plain(self) -> dict[str, Any]:
        rows = [dict(zip(self.columns, map(_plain, row), strict=True)) for row in self.rows]
        more = {"second": self.second.plain()} if self.second else {}
        return {"title": self.title, "rows": rows, "notes": list(self.notes)} | more


def span(since: str | None, until: str | None) -> tuple[datetime, datetime]:
    """From the first day to the end of the last one, in Vietnam; without words, this month so far."""
    today = local(now()).date()
    first = today.replace(day=1) if since is None else _date(since)
    last = today if until is None else _date(until)
    if last < first:
        raise Refusal("--to phải từ --from trở đi", usage=True)
    return _midnight(first), _midnight(last + timedelta(days=1))


async def cost(config: Config, since: datetime, until: datetime, by: Sequence[str]) -> Page:
    """What was spent in this time. Raises `Refusal` for a group that is none."""
    groups = list(dict.fromkeys(by)) or list(GROUPS)
    if unknown := [name for name in groups if name not in GROUPS]:
        raise Refusal(f"không chia theo {', '.join(unknown)} được; chỉ có: {', '.join(GROUPS)}", usage=True)
    async with opened_store(config) as store, store.database.reading() as tx:
        costs = Costs(store, prices_of(config), renderer_of(config), config.channels.zalo.templates)
        spent = await store.spending.by(tx, since, until)
        savings = await costs.savings(tx, since, until)
        names = await _names(store, tx, spent)
    return cost_page(spent, savings, groups, names, _title("Chi phí gửi tin", since, until))


async def shadow(config: Config, since: datetime, until: datetime) -> Page:
    """What would have left in this time."""
    async with opened_store(config) as store, store.database.reading() as tx:
        costs = Costs(store, prices_of(config), renderer_of(config), config.channels.zalo.templates)
        found = await costs.shadows(tx, since, until)
    return shadow_page(found, _title("Tin lẽ ra đã gửi khi chạy song song", since, until))


def cost_page(
    spent: Sequence[Cost], savings: Sequence[Saved], groups: Sequence[str], names: Mapping[str, str], title: str
) -> Page:
    """The dearest first; agencies by their `names`, which are given by code."""
    total: dict[tuple[str, ...], list[int]] = {}
    for one in spent:
        key = tuple(_word(one, group, names) for group in groups)
        for place, amount in enumerate((one.messages, one.parts, one.dong, one.unpriced)):
            total.setdefault(key, [0, 0, 0, 0])[place] += amount
    rows: list[list[Value]] = [
        [*key, *amounts] for key, amounts in sorted(total.items(), key=lambda item: (-item[1][2], item[0]))
    ]
    everything = [sum(amounts[place] for amounts in total.values()) for place in range(4)]
    notes = [f"Cộng: {_number(everything[0])} tin, {screen(everything[2])}."]
    if everything[3]:
        notes.append(f"{_number(everything[3])} tin chưa rõ giá: [[prices]] không có giá của đường gửi đó.")
    columns = (*(GROUPS[group] for group in groups), "Số tin", "Phần SMS", "Đồng", "Chưa rõ giá")
    return Page(title=title, columns=columns, rows=rows, notes=notes, second=_savings_page(savings))


def _savings_page(savings: Sequence[Saved]) -> Page:
    rows: list[list[Value]] = [
        [RULES[one.rule], WAYS.get(one.path, one.path), one.messages, one.without, one.cost, one.saved]
        for one in savings
    ]
    return Page(
        title="Mỗi quy tắc tiết kiệm được bao nhiêu",
        columns=("Quy tắc", "Đường gửi", "Số tin", "Nếu không có", "Đã chi", "Tiết kiệm"),
        rows=rows,
        notes=[
            f"Cộng: {screen(sum(one.saved for one in savings))}. So với gửi riêng từng tin bằng SMS; "
            "tin không có số điện thoại hoặc chưa rõ giá thì không tính."
        ],
    )


def shadow_page(found: Sequence[Shadow], title: str) -> Page:
    """Message by message, and what each way would have come to."""
    rows: list[list[Value]] = [
        [
            moment(one.at),
            EVENTS.get(one.message.event, one.message.event),
            masked_code(one.message.body.get("fields", {}).get("code")),
            WAYS.get(one.path or "", "không có đường gửi"),
            one.parts,
            one.price,
            "sẽ bỏ: có trạng thái mới hơn" if one.overtaken else "",
        ]
        for one in found
    ]
    sent = [one for one in found if one.path is not None and not one.overtaken]
    notes = [
        f"{WAYS.get(path, path)}: {_number(len(mine))} tin, {screen(sum(one.price or 0 for one in mine))}"
        + (f" ({_number(unknown)} tin chưa rõ giá)" if (unknown := sum(one.price is None for one in mine)) else "")
        for path in dict.fromkeys(one.path or "" for one in sent)
        for mine in ([one for one in sent if one.path == path],)
    ]
    notes.append(f"Cộng: {_number(len(sent))} tin, {screen(sum(one.price or 0 for one in sent))}.")
    columns = ("Lúc", "Sự kiện", "Mã hồ sơ", "Đường gửi", "Phần SMS", "Đồng", "Ghi chú")
    return Page(title=title, columns=columns, rows=rows, notes=notes)


def masked_code(code: object) -> str:
    """ "000.00.53.H48-220921-0099" → "000.00.53.H48-···-0099": enough to find it beside another list."""
    if not isinstance(code, str) or not code:
        return ""
    office, _, rest = code.partition("-")
    return f"{office}-···-{rest[-4:]}" if rest else f"···{code[-4:]}"


async def _names(store: Store, tx: Tx, spent: Sequence[Cost]) -> dict[str, str]:
    """Agencies by their codes, as people know them."""
    known = await store.agencies.named(tx, sorted({one.agency for one in spent if one.agency}))
    return {code: agency.name for code, agency in known.items()}


def _word(one: Cost, group: str, names: Mapping[str, str]) -> str:
    if group == "event":
        return EVENTS.get(one.event, one.event)
    if group == "path":
        return WAYS.get(one.path, one.path)
    return names.get(one.agency or "", one.agency or "toàn tỉnh")


def _title(what: str, since: datetime, until: datetime) -> str:
    return f"{what} từ {day(since)} đến hết {day(until - timedelta(days=1))}"


def _date(text: str) -> date:
    """ "2026-06-25" or "25/06/2026"."""
    try:
        return date.fromisoformat(text) if "-" in text else datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007
    except ValueError as why:
        raise Refusal(f"{text} không phải ngày; xin ghi như 25/06/2026", usage=True) from why


def _midnight(one: date) -> datetime:
    return datetime.combine(one, time.min, ZONE)


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _shown(value: Value) -> str:
    return "" if value is None else _number(value) if isinstance(value, int) else str(value)


def _plain(value: Value) -> str | int | None:
    return value if isinstance(value, str | int) or value is None else value.isoformat()

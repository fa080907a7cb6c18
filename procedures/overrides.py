"""The province's own word on procedures (tệp ghi đè): fee, time, place, link, suspension, each with basis and dates.

A CSV file that staff edit, with the columns of `COLUMNS`: dates as 2026-07-01 or 01/07/2026, an empty cell changes
nothing, several rows of one procedure for several periods.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from procedures.catalogue import CODE, CatalogueError, Procedure, Standing, Way
from procedures.lines import SUM, without_sums

COLUMNS = ("code", "fee", "time", "place", "link", "suspended", "legal_basis", "valid_from", "valid_until")
LONGEST_CELL = 500
_DATES = ("%Y-%m-%d", "%d/%m/%Y")


class BadOverride(CatalogueError):
    """A row of the file of overrides is wrong; the message names file, row and reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One row: what the province says of a procedure from one day to another (both included, None for open)."""

    code: str
    fee: str = ""
    time: str = ""
    place: str = ""
    link: str = ""
    suspended: str = ""
    legal_basis: str
    valid_from: date | None = None
    valid_until: date | None = None

    def holds(self, today: date) -> bool:
        """Whether it is in force on a day."""
        return (self.valid_from is None or self.valid_from <= today) and not self.past(today)

    def past(self, today: date) -> bool:
        """Whether it was in force before a day and is no more."""
        return self.valid_until is not None and self.valid_until < today


class Overrides:
    """All rows, by procedure."""

    def __init__(self, rows: Iterable[Override] = (), *, stale_after: timedelta = timedelta(days=90)) -> None:
        self._stale_after = stale_after
        self._by_code: dict[str, list[Override]] = {}
        for row in rows:
            self._by_code.setdefault(row.code, []).append(row)

    def of(self, procedure: Procedure, today: date) -> Procedure:
        """The procedure as it stands on a day (in Việt Nam).

        It may have changed where its catalogue is too old or the province's row is past, unless a row is in force.
        """
        rows = self._by_code.get(procedure.code, [])
        row = next((row for row in reversed(rows) if row.holds(today)), None)
        stale = today - procedure.as_of > self._stale_after
        if row is None:
            changed = stale or any(row.past(today) for row in rows)
            return _without_sums(replace(procedure, standing=Standing(changed=True))) if changed else procedure
        standing = Standing(changed=stale and not row.fee, suspended=row.suspended, basis=row.legal_basis)
        own = replace(
            _without_sums(procedure) if standing.changed or row.fee else procedure,
            place=row.place or procedure.place,
            agency=row.place or procedure.agency,
            url=row.link or procedure.url,
            standing=standing,
        )
        return replace(own, ways=_ways(own, row))


def read(path: Path) -> tuple[Override, ...]:
    """The rows of a file.  Raises `BadOverride`, the row named, in Vietnamese: staff read it."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as why:
        raise BadOverride(f"{path.name}: không đọc được tệp (cần CSV, UTF-8)") from why
    reader = csv.DictReader(text.splitlines())
    columns = tuple(name.strip() for name in reader.fieldnames or ())
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown or not {"code", "legal_basis"} <= set(columns):
        raise BadOverride(f"{path.name}: các cột phải là {', '.join(COLUMNS)}")
    return tuple(_row(f"{path.name}, dòng {number}", cells) for number, cells in enumerate(reader, start=2))


def _row(where: str, cells: Mapping[str | None, str | list[str] | None]) -> Override:
    told = {str(name).strip(): value.strip() for name, value in cells.items() if isinstance(value, str)}
    if None in cells:
        raise BadOverride(f"{where}: nhiều ô hơn số cột")
    if not CODE.fullmatch(told["code"]):
        raise BadOverride(f"{where}: code phải là mã thủ tục, ví dụ 1.004873")
    if not told.get("legal_basis"):
        raise BadOverride(f"{where}: thiếu legal_basis (căn cứ pháp lý)")
    if long := next((name for name, value in told.items() if len(value) > LONGEST_CELL), None):
        raise BadOverride(f"{where}: {long} dài quá {LONGEST_CELL} chữ")
    if told.get("link") and not told["link"].startswith("https://"):
        raise BadOverride(f"{where}: link phải bắt đầu bằng https://")
    begins, ends = (_date(where, name, told.get(name, "")) for name in ("valid_from", "valid_until"))
    if begins and ends and begins > ends:
        raise BadOverride(f"{where}: valid_from sau valid_until")
    said = {name: told.get(name, "") for name in ("fee", "time", "place", "link", "suspended")}
    if not any(said.values()):
        raise BadOverride(f"{where}: không nêu lệ phí, thời gian, nơi nộp, đường dẫn hay tạm ngừng nào")
    return Override(code=told["code"], legal_basis=told["legal_basis"], valid_from=begins, valid_until=ends, **said)


def _date(where: str, name: str, text: str) -> date | None:
    if not text:
        return None
    for form in _DATES:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day of the calendar, no moment
        except ValueError:
            continue
    raise BadOverride(f"{where}: {name} phải là ngày, ví dụ 2026-07-01 hoặc 01/07/2026")


def _without_sums(procedure: Procedure) -> Procedure:
    """The source's word without any sum, wherever it stands."""
    return replace(
        procedure,
        ways=tuple(replace(way, fee="", note="" if SUM.search(way.note) else way.note) for way in procedure.ways),
        documents=tuple(without_sums(procedure.documents)),
        steps=tuple(without_sums(procedure.steps)),
    )


def _ways(procedure: Procedure, row: Override) -> tuple[Way, ...]:
    """The source's ways with the province's fee and time; where the source has none, one way that says just these."""
    if not (row.fee or row.time):
        return procedure.ways
    ways = procedure.ways or (Way(channel=""),)
    return tuple(replace(way, fee=row.fee or way.fee, time=row.time or way.time) for way in ways)

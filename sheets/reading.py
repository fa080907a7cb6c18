"""A table that someone made, read whole or refused with a reason: XLSX or CSV, headers in any order.

Nothing is guessed silently: a header is known by its name or an alias, an old font is reported, and each row
keeps the number that Excel shows, so that staff find it again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath
from typing import NamedTuple

from sheets import csv_text, old_fonts, workbook
from sheets.errors import SheetError
from sheets.limits import Limits
from sheets.spelling import name_of, tidied

_TEXT_FILES = {".csv", ".tsv", ".txt"}
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_LINES_BEFORE_HEADERS = 15
_MOST_OLD_FONTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column that is expected: `title` is the name shown to people, `aliases` other names that they use."""

    key: str
    title: str
    aliases: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A column that is there: its key (a declared one, or its own title made a name), title and Excel letter."""

    key: str
    title: str
    letter: str
    declared: bool


class Row(NamedTuple):
    """One row: its number in Excel, and its cells' text by the header's key; an empty cell is ""."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OldFont:
    """A cell that looks typed in an old font: TCVN3 or VNI."""

    row: int
    key: str
    font: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The whole table.  `old_fonts` holds the first hundred suspicious cells."""

    headers: tuple[Header, ...]
    rows: tuple[Row, ...]
    old_fonts: tuple[OldFont, ...] = ()

    def header(self, key: str) -> Header | None:
        """The column of a key, to say "Cột B · Số điện thoại"."""
        return next((header for header in self.headers if header.key == key), None)


def read(data: bytes, filename: str, columns: Sequence[Column] = (), *, limits: Limits = Limits()) -> Sheet:  # noqa: B008 (frozen)
    """The table in a file, by its content rather than by its name.

    Raises SheetError with a reason for staff.  It takes a second for a hundred thousand rows: call it in a thread.
    """
    if len(data) > limits.file_bytes:
        raise SheetError("too_large", megabytes=limits.file_bytes // (1024 * 1024))
    lines = _bounded(_cells(data, filename, limits), limits)
    before = list(islice(lines, _LINES_BEFORE_HEADERS))
    if not before:
        raise SheetError("empty")
    at = _line_of_headers([texts for _, texts in before], columns)
    headers = _headers(before[at][1], columns)
    rows, fonts = _rows([*before[at + 1 :], *lines], headers)
    if not rows:
        raise SheetError("empty")
    return Sheet(headers=tuple(header for header in headers if header), rows=rows, old_fonts=fonts)


def letter(index: int) -> str:
    """Excel's letter of a column, counted from 0: 0 → A, 27 → AB."""
    letters = ""
    while index >= 0:
        letters = chr(ord("A") + index % 26) + letters
        index = index // 26 - 1
    return letters


def _cells(data: bytes, filename: str, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    if data.startswith(_ZIP):
        return workbook.cells(data, limits)
    if data.startswith(_OLE):
        raise SheetError("old_excel")
    if PurePath(filename).suffix.lower() not in _TEXT_FILES:
        raise SheetError("kind" if data else "empty")
    return csv_text.cells(data)


def _bounded(lines: Iterable[tuple[int, list[str]]], limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold something, their cells tidied, within the limits."""
    for count, (number, texts) in enumerate(lines):
        if count > limits.rows:
            raise SheetError("rows", limit=limits.rows)
        while texts and not texts[-1].strip():
            texts.pop()
        if len(texts) > limits.columns:
            raise SheetError("columns", limit=limits.columns)
        for index, text in enumerate(texts):
            if len(text) > limits.cell_characters:
                raise SheetError("cell", cell=f"{letter(index)}{number}", limit=limits.cell_characters)
        if texts:
            yield number, texts


def _line_of_headers(lines: list[list[str]], columns: Sequence[Column]) -> int:
    """The line that names most of the declared columns; without any, the first with two cells, for a title has one."""
    names = _names(columns)
    known = [len({names[name_of(text)] for text in line if name_of(text) in names}) for line in lines]
    if any(known):
        return known.index(max(known))
    return next((at for at, line in enumerate(lines) if sum(bool(text.strip()) for text in line) > 1), 0)


def _headers(texts: list[str], columns: Sequence[Column]) -> list[Header | None]:
    names, declared = _names(columns), {column.key: column for column in columns}
    headers: list[Header | None] = []
    for index, text in enumerate(texts):
        title = " ".join(tidied(text).split())
        key = names.get(name_of(title)) or name_of(title)
        known = declared.get(key)
        headers.append(
            Header(key=key, title=known.title if known else title, letter=letter(index), declared=known is not None)
            if key
            else None
        )
    _refuse_twins(headers)
    found = {header.key for header in headers if header}
    missing = [column.title for column in columns if column.required and column.key not in found]
    if missing:
        raise SheetError("missing", titles=", ".join(missing))
    return headers


def _refuse_twins(headers: list[Header | None]) -> None:
    seen: dict[str, Header] = {}
    for header in headers:
        if header and header.key in seen:
            raise SheetError("twice", title=header.title, first=seen[header.key].letter, second=header.letter)
        if header:
            seen[header.key] = header


def _names(columns: Sequence[Column]) -> dict[str, str]:
    """Every name by which a declared column is known, as compared, and its key."""
    return {name_of(name): column.key for column in columns for name in (column.key, column.title, *column.aliases)}


def _rows(
    lines: Iterable[tuple[int, list[str]]], headers: list[Header | None]
) -> tuple[tuple[Row, ...], tuple[OldFont, ...]]:
    rows: list[Row] = []
    fonts: list[OldFont] = []
    for number, texts in lines:
        cells = {}
        for header, text in zip(headers, [*texts, *[""] * len(headers)], strict=False):
            if header is None:
                continue
            font = old_fonts.suspected(text) if len(fonts) < _MOST_OLD_FONTS else None
            if font:
                fonts.append(OldFont(row=number, key=header.key, font=font))
            cells[header.key] = _tidy(text)
        if any(cells.values()):
            rows.append(Row(number, cells))
    return tuple(rows), tuple(fonts)


def _tidy(text: str) -> str:
    """One spelling, no spaces around, and without the apostrophe by which a spreadsheet marks a harmless text."""
    plain = tidied(text).strip()
    return plain[1:] if plain[:1] == "'" and plain[1:2] in set("=+-@0123456789") else plain

"""The cells of an XLSX file, as text, after its zip has been weighed.

calamine unpacks a sheet in memory and lays it out as a full rectangle, so a small hostile file (a zip bomb, a
lying size, one cell in row 1,048,576) must be refused before it sees it.  Source: LIBRARIES.md, Files.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from sheets.errors import SheetError
from sheets.limits import Limits

_POSITION = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,9})([0-9]{1,9})["']""")
_LONGEST_POSITION = 64
_CHUNK = 1 << 16
_SMALL = 1 << 20
"""Below this size a high ratio is harmless."""

Cell = int | float | str | bool | time | date | datetime | timedelta


def cells(data: bytes, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first visible sheet: the row's number as Excel shows it, and the text of its cells from A on."""
    _weigh(data, limits)
    for number, row in enumerate(_unpacked_rows(data), 1):
        yield number, [_as_text(cell) for cell in row]


def _unpacked_rows(data: bytes) -> list[list[Cell]]:
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        sheet = book.get_sheet_by_index(_first_visible(book))
        return [] if sheet.start is None else sheet.to_python(skip_empty_area=False)
    except (CalamineError, ValueError, OSError) as fault:
        raise SheetError("broken") from fault
    except BaseException as fault:
        if type(fault).__name__ != "PanicException":  # how a failed assertion inside calamine arrives
            raise
        raise SheetError("broken") from fault


def _first_visible(book: CalamineWorkbook) -> int:
    for index, sheet in enumerate(book.sheets_metadata):
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
            return index
    raise SheetError("empty")


def _weigh(data: bytes, limits: Limits) -> None:
    """Unpacks every entry without keeping it, and refuses what is too many, too large, or not as it says."""
    try:
        entries = ZipFile(BytesIO(data)).infolist()
    except (BadZipFile, ValueError, NotImplementedError, struct.error) as fault:
        raise SheetError("broken") from fault
    if len(entries) > limits.entries or len({entry.filename for entry in entries}) < len(entries):
        raise SheetError("unsafe")
    if not any(entry.filename == "xl/workbook.xml" for entry in entries):
        raise SheetError("kind")
    total = 0
    for entry in entries:
        total += _weigh_entry(data, entry, limits, limits.unpacked_bytes - total)


def _weigh_entry(data: bytes, entry: ZipInfo, limits: Limits, room: int) -> int:
    if entry.flag_bits & 0x1 or entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise SheetError("unsafe")
    size, tail = 0, b""
    is_sheet = entry.filename.startswith("xl/worksheets/")
    for piece in _unpacked(data, entry):
        size += len(piece)
        if size > min(room, entry.file_size) or (size > _SMALL and size > limits.ratio * entry.compress_size):
            raise SheetError("unsafe")
        if is_sheet:
            _refuse_far_cells(tail + piece, limits)
            tail = piece[-_LONGEST_POSITION:]
    return size


def _unpacked(data: bytes, entry: ZipInfo) -> Iterator[bytes]:
    """The entry's bytes, piece by piece, by its data alone: the size that it declares is not believed."""
    names = data[entry.header_offset + 26 : entry.header_offset + 30]
    if len(names) < 4:
        raise SheetError("broken")
    start = entry.header_offset + 30 + sum(struct.unpack("<HH", names))
    packed = data[start : start + entry.compress_size]
    if entry.compress_type == ZIP_STORED:
        yield from (packed[at : at + _CHUNK] for at in range(0, len(packed), _CHUNK))
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        while packed and not inflater.eof:
            yield inflater.decompress(packed, _CHUNK)
            packed = inflater.unconsumed_tail
    except zlib.error as fault:
        raise SheetError("broken") from fault


def _refuse_far_cells(xml: bytes, limits: Limits) -> None:
    for column, row in _POSITION.findall(xml):
        if int(row) > limits.rows + 1_000:
            raise SheetError("rows", limit=limits.rows)
        if column and _column_number(column.decode()) > limits.columns:
            raise SheetError("columns", limit=limits.columns)


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _as_text(cell: Cell) -> str:
    """What a person sees in the cell: whole numbers without a point, dates as 25/06/2026."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y}" if cell.time() == time() else f"{cell:%H:%M %d/%m/%Y}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, time):
        return f"{cell:%H:%M}"
    return str(cell)

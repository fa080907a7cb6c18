"""Tables for people: XLSX and CSV that open rightly in Excel, and in which no cell can become a formula."""

import csv as csv_module
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO, StringIO

from sheets.spelling import tidied

Value = str | int | date | None
"""What a cell may hold; a moment comes as text, for only the caller knows on whose clock to write it."""

_LONGEST_CELL = 32_000
_MOST_ROWS = 1_048_575
_WIDEST = 60
_SAMPLE_ROWS = 200
_STARTS_A_FORMULA = tuple("=+-@\t\r")


def xlsx(title: str, headers: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """A workbook of one sheet, its first row frozen and filtered.

    Text stays text (a code keeps its zeros, "=1+1" is shown as it is); numbers are grouped by thousands.
    """
    import xlsxwriter  # it takes 13 MB, and most processes never make a workbook

    file = BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet(_sheet_name(title))
    bold, text, number = (
        book.add_format({"bold": True, "bg_color": "#F6F4EF", "bottom": 1}),
        book.add_format({"num_format": "@"}),
        book.add_format({"num_format": "#,##0"}),
    )
    waiting = list(rows)
    for column, width in enumerate(_widths(headers, waiting[:_SAMPLE_ROWS])):
        sheet.set_column(column, column, width)
    for column, header in enumerate(headers):
        sheet.write_string(0, column, _cell(header), bold)
    for line, row in enumerate(waiting[:_MOST_ROWS], 1):
        for column, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(line, column, value, number)
            else:
                sheet.write_string(line, column, _cell(value), text)
    sheet.freeze_panes(1, 0)
    if headers:
        sheet.autofilter(0, 0, max(1, min(len(waiting), _MOST_ROWS)), len(headers) - 1)
    book.close()
    return file.getvalue()


def csv(headers: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """UTF-8 with BOM, for Excel; a text that would start a formula gets an apostrophe before it."""
    file = StringIO(newline="")
    writer = csv_module.writer(file, lineterminator="\r\n")
    writer.writerow([_harmless(header) for header in headers])
    for row in rows:
        writer.writerow([value if isinstance(value, int) else _harmless(value) for value in row])
    return file.getvalue().encode("utf-8-sig")


def _harmless(value: Value) -> str:
    text = "" if value is None else _cell(value)
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        raise TypeError("a moment must come as text")
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return tidied(str(value))[:_LONGEST_CELL]


def _sheet_name(title: str) -> str:
    """Excel takes 31 characters, without some signs."""
    allowed = "".join(" " if sign in "[]:*?/\\'" else sign for sign in tidied(title))
    return allowed[:31].strip() or "Bảng"


def _widths(headers: Sequence[str], rows: Sequence[Sequence[Value]]) -> list[int]:
    longest = [len(header) for header in headers]
    for row in rows:
        for column, value in enumerate(row[: len(longest)]):
            longest[column] = max(longest[column], len(_cell(value)))
    return [min(_WIDEST, width + 3) for width in longest]

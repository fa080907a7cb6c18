"""Workbooks made by another library than the one that reads them."""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import openpyxl
import pytest

Workbook = Callable[..., bytes]


@pytest.fixture
def workbook() -> Workbook:
    """Makes an XLSX file of one sheet from rows of plain values; `first` is the row in which they begin."""

    def make(rows: Sequence[Sequence[Any]], *, first: int = 1, hidden: bool = False) -> bytes:
        book = openpyxl.Workbook()
        sheet = book.active
        for line, row in enumerate(rows, first):
            for column, value in enumerate(row, 1):
                if value is not None:
                    sheet.cell(line, column, value)
        if hidden:
            sheet.sheet_state = "hidden"
            book.create_sheet("Hiện").append(["Tên", "Số"])
            book["Hiện"].append(["An", 1])
        file = BytesIO()
        book.save(file)
        return file.getvalue()

    return make

"""Tables that we hand out."""

from datetime import UTC, date, datetime
from io import BytesIO

import openpyxl
import pytest

from sheets import writing
from sheets.reading import read

HEADERS = ["Mã hồ sơ", "Số điện thoại", "Số tiền", "Ngày"]
ROW = ["000.00.16.H36-260601-0012", "0912345678", 150_000, date(2026, 6, 30)]

FORMULAS = ["=1+1", "+84912345678", "-2+3", "@SUM(A1)", "\tx", '=HYPERLINK("http://x")', "=cmd|'/c calc'!A1"]


def test_a_workbook_keeps_codes_and_numbers_as_they_are() -> None:
    data = writing.xlsx("Nhắc nộp: tháng 6/2026", HEADERS, [ROW, [None, "", 0, "16:30 30/06/2026"]])

    sheet = openpyxl.load_workbook(BytesIO(data)).active
    assert [cell.value for cell in sheet[2]] == ["000.00.16.H36-260601-0012", "0912345678", 150_000, "30/06/2026"]
    assert sheet["D3"].value == "16:30 30/06/2026"
    assert sheet["C2"].number_format == "#,##0"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:D3"
    assert sheet.title == "Nhắc nộp  tháng 6 2026"


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_becomes_a_formula(text: str) -> None:
    sheet = openpyxl.load_workbook(BytesIO(writing.xlsx("a", ["x"], [[text]]))).active
    line = writing.csv(["x"], [[text]]).decode("utf-8-sig").splitlines()[1].strip('"')

    assert sheet["A2"].data_type == "s"
    assert not line.startswith(("=", "+", "-", "@", "\t"))


def test_what_is_written_is_read_again() -> None:
    rows = [ROW, ["H36.21-260622-0001", "+84912345678", 8_000, date(2026, 7, 1)]]

    for name, data in (("a.xlsx", writing.xlsx("a", HEADERS, rows)), ("a.csv", writing.csv(HEADERS, rows))):
        again = read(data, name)

        assert [header.title for header in again.headers] == HEADERS
        assert [list(row.cells.values()) for row in again.rows] == [
            ["000.00.16.H36-260601-0012", "0912345678", "150000", "30/06/2026"],
            ["H36.21-260622-0001", "+84912345678", "8000", "01/07/2026"],
        ]


def test_excel_sees_that_a_csv_is_unicode() -> None:
    assert writing.csv(["Họ tên"], []).startswith(b"\xef\xbb\xbf")


def test_an_empty_table_has_its_headers() -> None:
    sheet = openpyxl.load_workbook(BytesIO(writing.xlsx("", HEADERS, []))).active

    assert [cell.value for cell in sheet[1]] == HEADERS
    assert sheet.title == "Bảng"


def test_a_moment_without_a_clock_to_write_it_on_is_refused() -> None:
    with pytest.raises(TypeError, match="as text"):
        writing.csv(["Lúc"], [[datetime(2026, 6, 30, 9, 30, tzinfo=UTC)]])

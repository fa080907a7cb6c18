"""Tables as people make them."""

import unicodedata
from collections.abc import Callable
from datetime import date, datetime

import pytest

from sheets.errors import SheetError
from sheets.limits import Limits
from sheets.reading import Column, letter, read

COLUMNS = (
    Column(key="name", title="Họ tên", aliases=("họ và tên", "người nhận")),
    Column(key="phone", title="Số điện thoại", aliases=("sđt", "điện thoại", "di động"), required=True),
    Column(key="code", title="Mã hồ sơ", aliases=("mã hs", "số hồ sơ")),
)
TABLE = "Họ và tên;SĐT;Số tiền\r\nNguyễn Thị Lan;0912345678;150.000\r\nK’ Brịp;0977111310;8.000\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_a_csv_is_read_in_any_encoding_and_with_any_separator(encoding: str, separator: str) -> None:
    data = TABLE.replace(";", separator).encode(encoding)

    sheet = read(data, "danh-sach.csv", COLUMNS)

    assert [header.key for header in sheet.headers] == ["name", "phone", "so_tien"]
    assert sheet.rows[0].cells == {"name": "Nguyễn Thị Lan", "phone": "0912345678", "so_tien": "150.000"}
    assert [row.number for row in sheet.rows] == [2, 3]


def test_a_csv_of_a_vietnamese_windows_comes_out_composed() -> None:
    text = "Họ tên;Số điện thoại\r\nNguyễn Thị Đông;0912345678\r\n"
    data = _as_windows_writes(text)

    sheet = read(data, "danh-sach.csv", COLUMNS)

    assert sheet.rows[0].cells["name"] == unicodedata.normalize("NFC", "Nguyễn Thị Đông")


def _as_windows_writes(text: str) -> bytes:
    """cp1258: base letters with their first mark, the tone as a combining mark after them."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    written = ""
    for sign in unicodedata.normalize("NFC", text):
        apart = unicodedata.normalize("NFD", sign)
        base = "".join(part for part in apart if part not in tones)
        written += unicodedata.normalize("NFC", base) + "".join(part for part in apart if part in tones)
    return written.encode("cp1258")


def test_headers_are_known_in_any_order_and_spelling() -> None:
    data = "MÃ HỒ SƠ,Ghi chú,dien thoai,NGUOI NHAN\nH36.21-260622-0001,,0912345678,An\n".encode()

    sheet = read(data, "a.csv", COLUMNS)

    assert {header.key: header.letter for header in sheet.headers} == {
        "code": "A",
        "ghi_chu": "B",
        "phone": "C",
        "name": "D",
    }
    assert sheet.header("phone").title == "Số điện thoại"


def test_titles_above_the_headers_are_passed_over(workbook: Callable[..., bytes]) -> None:
    rows = [["DANH SÁCH NHẮC NỘP LỆ PHÍ"], [], ["Tháng 6/2026"], ["Họ tên", "Số điện thoại"], ["An", "0912345678"]]

    sheet = read(workbook(rows), "a.xlsx", COLUMNS)

    assert sheet.rows == ((5, {"name": "An", "phone": "0912345678"}),)


def test_cells_of_excel_come_as_people_see_them(workbook: Callable[..., bytes]) -> None:
    rows = [
        ["Số điện thoại", "Số tiền", "Hạn nộp", "Lúc", "Tỷ lệ", "Đã nộp", "CCCD"],
        [912345678.0, 150000, date(2026, 6, 30), datetime(2026, 6, 30, 16, 30), 0.5, True, 67201000123],  # noqa: DTZ001
    ]

    (row,) = read(workbook(rows), "a.xlsx", COLUMNS).rows

    assert list(row.cells.values()) == [
        "912345678",
        "150000",
        "30/06/2026",
        "16:30 30/06/2026",
        "0.5",
        "TRUE",
        "67201000123",
    ]


def test_a_row_keeps_the_number_that_excel_shows(workbook: Callable[..., bytes]) -> None:
    rows = [["Họ tên", "Số điện thoại"], ["An", "0912345678"], [], [], ["Bình", "0987654321"]]

    from_excel = read(workbook(rows, first=3), "a.xlsx", COLUMNS)
    from_csv = read("\n\nHọ tên,SĐT\nAn,0912345678\n\n\nBình,0987654321\n".encode(), "a.csv", COLUMNS)

    assert [row.number for row in from_excel.rows] == [4, 7]
    assert [row.number for row in from_csv.rows] == [4, 7]


def test_a_hidden_sheet_is_not_read(workbook: Callable[..., bytes]) -> None:
    sheet = read(workbook([["bí mật", "x"], ["1", "2"]], hidden=True), "a.xlsx")

    assert sheet.rows[0].cells == {"ten": "An", "so": "1"}


def test_quoted_cells_keep_separators_and_lines() -> None:
    data = 'Họ tên,SĐT\n"Lan; ""Bé""\nThị","=""0912345678"""\n'.encode()

    assert read(data, "a.csv", COLUMNS).rows[0].cells == {"name": 'Lan; "Bé"\nThị', "phone": "0912345678"}


def test_the_separator_that_excel_declares_is_obeyed() -> None:
    assert read("sep=;\r\nHọ tên;SĐT\r\nAn, Bình;0912345678\r\n".encode(), "a.csv", COLUMNS).rows[0].cells == {
        "name": "An, Bình",
        "phone": "0912345678",
    }


def test_text_in_an_old_font_is_reported_and_left_as_it_is() -> None:
    data = "Họ tên,SĐT\nNguyÔn V¨n An,0912345678\nNguyeãn Vaên An,0912345679\nNguyễn Văn An,0912345670\n".encode()

    sheet = read(data, "a.csv", COLUMNS)

    assert [(found.row, found.key, found.font) for found in sheet.old_fonts] == [
        (2, "name", "TCVN3"),
        (3, "name", "VNI"),
    ]
    assert sheet.rows[0].cells["name"] == "NguyÔn V¨n An"


@pytest.mark.parametrize(
    "name",
    ["Hoà Thuê Quý", "Đặng Thị Ấu", "H’ Bluên Ayun", "Loan Oanh", "20°C, 5m²", "Toán", "khoáng", "Cil Múp Ha Klas"],
)
def test_todays_letters_are_not_taken_for_an_old_font(name: str) -> None:
    assert read(f"Họ tên,SĐT\n{name},1\n".encode(), "a.csv", COLUMNS).old_fonts == ()


REFUSED = [
    (b"", "a.csv", "empty"),
    (b"", "a.xlsx", "empty"),
    ("Họ tên,SĐT\n".encode(), "a.csv", "empty"),  # headers alone
    (b"\n\n ;;\n", "a.csv", "empty"),
    ("Họ tên,Mã hồ sơ\nAn,1\n".encode(), "a.csv", "missing"),
    ("Điện thoại,SĐT\n1,2\n".encode(), "a.csv", "twice"),
    (b"PK\x03\x04 not a zip", "a.xlsx", "broken"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "old_excel"),
    (b"%PDF-1.7", "a.pdf", "kind"),
    (b"MZ\x90\x00\x03\x00\x00\x00\x04\x00", "a.csv", "kind"),  # a program with another name
    (b"\xff\xfeA", "a.csv", "broken"),  # half a letter of UTF-16
    ("SĐT\n" + '"' + "x" * 200_000, "a.csv", "broken"),  # a cell that never ends
    ("SĐT,Tên\n0912345678," + "x" * 5_000 + "\n", "a.csv", "cell"),
    ("SĐT" + ",a" * 200 + "\n" + "1," * 200 + "1\n", "a.csv", "columns"),
]


@pytest.mark.parametrize(("data", "filename", "code"), REFUSED)
def test_what_cannot_be_read_is_refused_with_a_reason(data: bytes | str, filename: str, code: str) -> None:
    with pytest.raises(SheetError) as refusal:
        read(data.encode() if isinstance(data, str) else data, filename, COLUMNS)

    assert refusal.value.code == code
    assert refusal.value.reason_vi


def test_a_missing_column_is_named_as_people_know_it() -> None:
    with pytest.raises(SheetError, match="Thiếu cột: Số điện thoại"):
        read("Họ tên,Mã hồ sơ\nAn,1\n".encode(), "a.csv", COLUMNS)


def test_too_many_rows_or_bytes_are_refused() -> None:
    many = ("SĐT\n" + "0912345678\n" * 11).encode()

    with pytest.raises(SheetError, match="nhiều hơn 10 dòng"):
        read(many, "a.csv", COLUMNS, limits=Limits(rows=10))
    with pytest.raises(SheetError, match="lớn hơn 0 MB"):
        read(many, "a.csv", COLUMNS, limits=Limits(file_bytes=100))


@pytest.mark.parametrize("count", [1, 13, 14, 15, 16, 40])
def test_no_row_is_lost_after_the_search_for_headers(count: int) -> None:
    phones = [f"09123456{n:02}" for n in range(count)]

    sheet = read(("SĐT\n" + "\n".join(phones)).encode(), "a.csv", COLUMNS)

    assert [row.cells["phone"] for row in sheet.rows] == phones


def test_the_limit_itself_is_not_too_many() -> None:
    assert len(read(("SĐT\n" + "0912345678\n" * 10).encode(), "a.csv", COLUMNS, limits=Limits(rows=10)).rows) == 10


def test_columns_are_lettered_as_in_excel() -> None:
    assert [letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]

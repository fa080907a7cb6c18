"""Who a bulk notice goes to: a sheet's columns under the names that texts use, its rows as they stand.

`Họ tên`, `Số điện thoại`, `Email` and `Mã hồ sơ` are known in many spellings; any further column becomes a field under
its own name without marks: "Hạn nộp" is `{{ han_nop }}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sheets.errors import SheetError
from sheets.limits import Limits
from sheets.reading import Column, Sheet, read

NAME, PHONE, EMAIL, CODE, AMOUNT = "ho_ten", "so_dien_thoai", "email", "ma_ho_so", "so_tien"
LIMITS = Limits(file_bytes=10 * 1024 * 1024, unpacked_bytes=200 * 1024 * 1024, rows=50_000, columns=30)

COLUMNS = (
    Column(key=NAME, title="Họ tên", aliases=("họ và tên", "tên", "người nộp", "người nhận", "chủ hồ sơ")),
    Column(key=PHONE, title="Số điện thoại", aliases=("điện thoại", "sđt", "số đt", "đt", "di động", "số di động")),
    Column(key=EMAIL, title="Email", aliases=("e-mail", "thư điện tử", "địa chỉ email", "mail")),
    Column(key=CODE, title="Mã hồ sơ", aliases=("số hồ sơ", "số biên nhận", "mã số hồ sơ", "mã hs")),
    Column(key=AMOUNT, title="Số tiền", aliases=("số tiền phải nộp", "tổng tiền", "số tiền (đồng)")),
    Column(key="han_nop", title="Hạn nộp", aliases=("hạn nộp tiền", "hạn thanh toán")),
    Column(key="noi_nhan", title="Nơi nhận", aliases=("nơi nhận kết quả",)),
    Column(key="noi_dung", title="Nội dung", aliases=("nội dung thông báo",)),
)
"""The columns that are known in more than one spelling; the order is that of the sample file."""

TITLES: Mapping[str, str] = {column.key: column.title for column in COLUMNS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One row as it stands in the sheet: its number in Excel, its cells by key, nothing judged yet."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """A sheet of recipients. `columns` are (Excel's letter, key, title), in the sheet's order."""

    columns: tuple[tuple[str, str, str], ...]
    rows: tuple[Person, ...]

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(key for _, key, _ in self.columns)


class SheetRefused(Exception):
    """The whole file cannot be taken; `reason` says why and what to do, in Vietnamese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def gather(data: bytes, filename: str) -> People:
    """The people of an uploaded file. Raises `SheetRefused`. For a thread: large files take a second."""
    try:
        return people_of(read(data, filename, COLUMNS, limits=LIMITS))
    except SheetError as why:
        raise SheetRefused(f"{why.reason_vi}.") from why


def people_of(sheet: Sheet) -> People:
    """The people of a sheet that was read. Raises `SheetRefused`."""
    keys = {header.key for header in sheet.headers}
    if not keys & {PHONE, EMAIL}:
        raise SheetRefused("Tệp không có cột Số điện thoại, cũng không có cột Email. Dòng đầu phải là tên cột.")
    if sheet.old_fonts:
        one = sheet.old_fonts[0]
        raise SheetRefused(
            f"Dòng {one.row} có chữ gõ bằng phông cũ ({one.font}), người dân sẽ không đọc được. "
            "Xin chuyển tệp sang Unicode rồi tải lên lại."
        )
    return People(
        columns=tuple((header.letter, header.key, header.title) for header in sheet.headers),
        rows=tuple(Person(number=row.number, cells=row.cells) for row in sheet.rows),
    )

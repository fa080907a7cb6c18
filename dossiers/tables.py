"""Dossiers as a table that people make: one column a field of the wire, by its path or its Vietnamese name."""

import re
from collections.abc import Mapping
from typing import Any

from sheets.reading import Column

_TITLES = {
    "code": ("Mã hồ sơ", "số hồ sơ"),
    "aliases": ("Mã khác",),
    "source_id": ("Nguồn",),
    "procedure_code": ("Mã thủ tục",),
    "procedure_name": ("Tên thủ tục",),
    "status": ("Trạng thái", "mã trạng thái"),
    "status_at": ("Lúc chuyển trạng thái", "ngày chuyển trạng thái"),
    "filing_channel": ("Kênh nộp",),
    "agency.code": ("Mã cơ quan", "mã đơn vị"),
    "agency.name": ("Tên cơ quan", "cơ quan giải quyết"),
    "agency.level": ("Cấp",),
    "reception_place": ("Nơi tiếp nhận",),
    "department": ("Phòng ban xử lý",),
    "pickup_place": ("Nơi nhận kết quả",),
    "return_by": ("Cách trả kết quả",),
    "applicant.kind": ("Loại chủ hồ sơ",),
    "applicant.name": ("Chủ hồ sơ", "họ tên chủ hồ sơ"),
    "applicant.phone": ("Điện thoại chủ hồ sơ", "số điện thoại"),
    "applicant.email": ("Email chủ hồ sơ", "thư điện tử"),
    "applicant.id_number": ("Số giấy tờ", "số căn cước"),
    "applicant.tax_code": ("Mã số thuế",),
    "delegate.name": ("Người được ủy quyền",),
    "delegate.phone": ("Điện thoại người được ủy quyền",),
    "delegate.email": ("Email người được ủy quyền",),
    "submitted_at": ("Ngày nộp",),
    "received_at": ("Ngày tiếp nhận",),
    "due_at": ("Ngày hẹn trả",),
    "fee.id": ("Mã khoản thu",),
    "fee.kind": ("Loại khoản thu",),
    "fee.name": ("Tên khoản thu",),
    "fee.amount": ("Số tiền",),
    "fee.due_at": ("Hạn nộp",),
    "fee.paid_at": ("Ngày nộp tiền",),
    "supplement.items": ("Giấy tờ cần bổ sung",),
    "supplement.due_at": ("Hạn bổ sung",),
    "public_reason": ("Lý do",),
    "note": ("Ghi chú",),
}
COLUMNS = tuple(
    Column(key=key, title=names[0], aliases=names[1:], required=key in {"code", "status", "status_at"})
    for key, names in _TITLES.items()
)
"""A table holds one fee a dossier; dossiers with several come as JSON."""
_LISTS = frozenset({"aliases", "supplement.items"})
_NUMBERS = frozenset({"status", "fee.amount"})
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}):(\d\d)(?::(\d\d))?)?", re.ASCII)
_LONGEST_NUMBER = 15


def nested(cells: Mapping[str, str]) -> dict[str, object]:
    """A row of the table as the wire has it; an empty cell is no field at all."""
    row: dict[str, Any] = {}
    for key, value in cells.items():
        if not value:
            continue
        outer, _, inner = key.partition(".")
        if inner:
            row.setdefault(outer, {})[inner] = _typed(key, value)
        else:
            row[key] = _typed(key, value)
    if (fee := row.pop("fee", None)) is not None:
        row["fees"] = [{"id": "1", "name": "Phí, lệ phí"} | fee]
    return row


def _typed(key: str, value: str) -> object:
    """A cell as the wire wants it: a number, a list by semicolons, a day as a spreadsheet writes it."""
    if key in _LISTS:
        return [part.strip() for part in value.split(";") if part.strip()]
    if key in _NUMBERS and value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER:
        return int(value)
    if key.endswith("_at") and (day := _DAY.fullmatch(value)) is not None:
        date, month, year, hour, minute, second = (int(part or 0) for part in day.groups())
        return f"{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}"
    return value

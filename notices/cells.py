"""What one cell of a sheet may hold: each function reads a cell, or says why it cannot, in Vietnamese."""

import re
from datetime import date

from vietnam import money, phone

LONGEST = 500
"""Characters of a cell."""

_MAILBOX = re.compile(r"[^\s@,;<>\"()]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}")
_DATE = re.compile(r"(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ROBBED = re.compile(r"[1-9]\d{8}")


class Unfit(ValueError):
    """A cell cannot be used; `reason` begins in lower case, to stand after the cell's value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def phone_of(text: str) -> str:
    """E.164 digits. Raises `Unfit`."""
    try:
        return phone.read(text)
    except phone.PhoneError as why:
        raise Unfit(why.reason) from why


def robbed_of_zero(text: str) -> bool:
    """A phone number from which the spreadsheet took the leading 0; `phone_of` gives it back."""
    return _ROBBED.fullmatch(text) is not None


def email_of(text: str) -> str:
    """An address in lower case. Raises `Unfit`."""
    if len(text) > 254 or not _MAILBOX.fullmatch(text):
        raise Unfit("không phải địa chỉ email, ví dụ: ten@example.vn")
    return text.lower()


def amount_of(text: str) -> int:
    """A sum in đồng, above 0. Raises `Unfit`."""
    try:
        amount = money.read(text)
    except money.MoneyError as why:
        raise Unfit(why.reason if text else "để trống, xin ghi số tiền như 150.000") from why
    if amount <= 0:
        raise Unfit("phải lớn hơn 0")
    return amount


def date_of(text: str, *, today: date, may_be_past: bool) -> date:
    """A day that is real. Raises `Unfit`."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise Unfit("không phải ngày đủ ngày, tháng, năm, ví dụ: 30/06/2026")
    day, month, year = (int(part) for part in found.groups())
    if not 1 <= month <= 12:
        raise Unfit(f"không có tháng {month}")
    if not 1 <= day <= _DAYS[month - 1]:
        raise Unfit(f"tháng {month} không có ngày {day}")
    try:
        read = date(year, month, day)
    except ValueError as why:
        raise Unfit(f"năm {year} tháng {month} không có ngày {day}") from why
    if read < today and not may_be_past:
        raise Unfit(f"đã qua {(today - read).days} ngày")
    return read

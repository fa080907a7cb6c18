"""Sums of money in whole đồng, as people read them, as an SMS carries them, in words, and as people type them."""

import re
from decimal import Decimal

from vietnam import text as vietnamese

LARGEST = 10**15
"""No fee is larger; a typed sum beyond it is a slip of the hand."""

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_SCALES = {"nghin": 10**3, "ngan": 10**3, "k": 10**3, "trieu": 10**6, "tr": 10**6, "ty": 10**9, "ti": 10**9}
_FREE = {"mien phi", "mien", "khong", "khong thu"}
_SUM = re.compile(
    r"(?P<number>[0-9][0-9., ]*)\s*(?P<scale>nghin|ngan|k|trieu|tr|ty|ti)?\s*(?:dong|d|vnd|vnđ)?", re.IGNORECASE
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:(?P<mark>[., ])[0-9]{3})(?:(?P=mark)[0-9]{3})*")
_LONGEST_INPUT = 60
_UNCLEAR = "không rõ số tiền, xin ghi như 1.250.000"


class MoneyError(ValueError):
    """This is not a sum in đồng; `reason` says why, in Vietnamese."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def dong(amount: int) -> str:
    """For a letter or a chat: 1250000 → "1.250.000 đồng"."""
    return f"{_grouped(amount)} đồng"


def sms(amount: int) -> str:
    """For an SMS: 1250000 → "1.250.000d"."""
    return f"{_grouped(amount)}d"


def screen(amount: int) -> str:
    """For a page or a table: 1250000 → "1.250.000 ₫", with a space that does not break."""
    return f"{_grouped(amount)}\u00a0₫"


def in_words(amount: int) -> str:
    """As a receipt spells it: 1250000 → "một triệu hai trăm năm mươi nghìn đồng"."""
    sign = "âm " if amount < 0 else ""
    return f"{sign}{' '.join(_spelled(abs(amount), follows=False)) or 'không'} đồng"


def read(text: str) -> int:
    """A typed sum in đồng: "1.250.000đ", "1,250,000", "15 nghìn", "1,5 triệu", "miễn phí" (0).  Raises MoneyError.

    Dots and commas group thousands when each group has three digits; before "triệu" or "nghìn" they are decimal.
    """
    folded = vietnamese.fold(text)
    if not folded:
        raise MoneyError("chưa có số tiền")
    if folded in _FREE:
        return 0
    typed = _SUM.fullmatch(folded) if len(folded) <= _LONGEST_INPUT else None
    if typed is None:
        raise MoneyError("không phải số tiền, xin ghi như 1.250.000")
    amount = _value(typed["number"].strip(), _SCALES.get(typed["scale"] or "", 1))
    if amount > LARGEST:
        raise MoneyError("số tiền quá lớn")
    return amount


def _grouped(amount: int) -> str:
    return f"{amount:,}".replace(",", ".")


def _spelled(amount: int, *, follows: bool) -> list[str]:
    """The words of a number; `follows` when a larger unit was said before it, so that its hundreds are said too."""
    if amount >= 10**9:
        billions, rest = divmod(amount, 10**9)
        return [*_spelled(billions, follows=follows), "tỷ", *_spelled(rest, follows=True)]
    spoken: list[str] = []
    for size, unit in ((10**6, "triệu"), (10**3, "nghìn"), (1, "")):
        group, amount = divmod(amount, size)
        if group:
            spoken += _three_digits(group, follows=follows or bool(spoken))
            spoken += [unit] if unit else []
    return spoken


def _three_digits(group: int, *, follows: bool) -> list[str]:
    hundreds, rest = divmod(group, 100)
    spoken = [_DIGITS[hundreds], "trăm"] if hundreds or follows else []
    return spoken + _two_digits(rest, after_hundreds=bool(spoken))


def _two_digits(rest: int, *, after_hundreds: bool) -> list[str]:
    """The rules of linh, mười, mươi, mốt, tư and lăm: 104 linh bốn, 21 mươi mốt, 24 mươi tư, 15 and 25 lăm."""
    tens, units = divmod(rest, 10)
    if not tens:
        return (["linh"] if after_hundreds else []) + [_DIGITS[units]] if units else []
    spoken = ["mười"] if tens == 1 else [_DIGITS[tens], "mươi"]
    if not units:
        return spoken
    special = {5: "lăm"} if tens == 1 else {1: "mốt", 4: "tư", 5: "lăm"}
    return [*spoken, special.get(units, _DIGITS[units])]


def _value(number: str, scale: int) -> int:
    grouped = _GROUPED.fullmatch(number)
    if number.isdigit():
        return int(number) * scale
    if grouped and scale == 1:
        return int(re.sub(r"[., ]", "", number))
    whole, _, decimals = re.sub(r"[, ]", ".", number).rpartition(".")
    if scale == 1 and decimals in {"0", "00"}:
        return _value(number[: -len(decimals) - 1], 1)
    if scale == 1 or grouped or not whole.isdigit() or not decimals.isdigit():
        raise MoneyError(_UNCLEAR)
    amount = Decimal(f"{whole}.{decimals}") * scale
    if amount != int(amount):
        raise MoneyError(_UNCLEAR)
    return int(amount)

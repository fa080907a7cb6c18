"""Vietnamese mobile numbers as people write them, and the one form in which they are kept.

Kept: E.164 digits without plus, "84912345678".  Only a number that can receive an SMS is a phone here: a land
line or a service number (1900…) is a fault with its reason, not a phone.  Source: facts/gateways.md 4.4, 4.5.
"""

import re
import unicodedata
from functools import cache

REASONS = {
    "empty": "chưa có số điện thoại",
    "letters": "có chữ hoặc ký tự lạ, không phải số điện thoại",
    "several": "có nhiều hơn một số điện thoại, xin để lại một số",
    "short": "thiếu {missing} chữ số, số di động có 10 chữ số",
    "long": "thừa {extra} chữ số, số di động có 10 chữ số",
    "landline": "là số máy bàn, không nhận được tin nhắn",
    "service": "là số tổng đài, không nhận được tin nhắn",
    "foreign": "là số nước ngoài, không nhận được tin nhắn",
    "unknown": "không thuộc đầu số di động nào đang dùng",
}

_OLD_PREFIXES = {
    **{f"016{last}": f"03{last}" for last in "23456789"},
    "0120": "070",
    "0121": "079",
    "0122": "077",
    "0126": "076",
    "0128": "078",
    "0123": "083",
    "0124": "084",
    "0125": "085",
    "0127": "081",
    "0129": "082",
    "0186": "056",
    "0188": "058",
    "0199": "059",
}
"""Mobile prefixes of 11-digit numbers and what they became on 15/09/2018."""

_LOOK_ALIKES = str.maketrans({"O": "0", "o": "0", "Q": "0", "l": "1", "I": "1", "i": "1", "|": "1"})
_PUNCTUATION = str.maketrans(
    dict.fromkeys(" \t\n\r.-()[]'\"‐‑‒–—−_·•/\u00a0\u202f\u200b\u200c\u200d\u200e\u200f\u202a\u202c\ufeff")
)
_SPELLED = re.compile(
    r"^\s*(?:sđt|sdt|đt|dt|điện thoại|số điện thoại|tel|phone|mobile|di động)\s*[:.]?\s*", re.IGNORECASE
)
_SEVERAL = re.compile(r"\d{8,}\s*(?:[,;/]|hoặc|và|or|-)\s*(?:\+84|84|0)\d{8,}")
_CLEAN = re.compile(r"\+?[0-9]{9,12}")
"""As other systems send it: nothing to clean away."""

_SPREADSHEET_FLOAT = re.compile(r"^(\+?\d{8,12})\.0+$")
_LONGEST_INPUT = 60
_LONGEST_NUMBER = 16
_NATIONAL_DIGITS = 10


class PhoneError(ValueError):
    """This is not a number that can receive a message; `reason` says why, in Vietnamese, to the person who typed it."""

    def __init__(self, code: str, **counts: int) -> None:
        self.code = code
        self.reason = REASONS[code].format(**counts)
        super().__init__(self.reason)


def read(text: str) -> str:
    """A typed number as E.164 digits without plus: "0912 345 678" → "84912345678".  Raises PhoneError.

    Takes the three usual spellings (0…, +84…, 84…), 0084, +84 (0), separators of any kind, letters that look
    like digits, a number that a spreadsheet has robbed of its zero, and the 11-digit numbers of before 2018.
    """
    national = _national_digits(_digits(text))
    national = _OLD_PREFIXES.get(national[:4], national[:4]) + national[4:] if len(national) == 11 else national
    _refuse_what_takes_no_sms(national)
    if len(national) < _NATIONAL_DIGITS:
        raise PhoneError("short", missing=_NATIONAL_DIGITS - len(national))
    if len(national) > _NATIONAL_DIGITS:
        raise PhoneError("long", extra=len(national) - _NATIONAL_DIGITS)
    if not _is_mobile(national):
        raise PhoneError("unknown")
    return "84" + national[1:]


def national(digits: str) -> str:
    """A kept number as people read it: "84912345678" → "0912 345 678"."""
    local = "0" + digits.removeprefix("84")
    return f"{local[:4]} {local[4:7]} {local[7:]}"


def masked(digits: str) -> str:
    """A kept number for logs and pages that may not show it: "84912345678" → "0912 ··· 678"."""
    local = "0" + digits.removeprefix("84")
    return f"{local[:4]} ··· {local[-3:]}" if len(local) == _NATIONAL_DIGITS else "···"


def _digits(text: str) -> str:
    """The digits of what was typed, with a leading plus kept; look-alike letters turned into digits."""
    if _CLEAN.fullmatch(text):
        return text
    if len(text) > _LONGEST_INPUT:
        raise PhoneError("letters")
    typed = unicodedata.normalize("NFKC", text).strip().lstrip("'")
    typed = _SPREADSHEET_FLOAT.sub(r"\1", _SPELLED.sub("", typed))
    if _SEVERAL.search(typed.replace(" ", "").replace(".", "")):
        raise PhoneError("several")
    compact = typed.translate(_PUNCTUATION).translate(_LOOK_ALIKES)
    if not compact:
        raise PhoneError("empty")
    if not re.fullmatch(r"\+?[0-9]+", compact):
        raise PhoneError("letters")
    if len(compact) > _LONGEST_NUMBER:
        raise PhoneError("several")
    return compact


def _national_digits(digits: str) -> str:
    """The number as dialled inside the country, with its leading 0."""
    plus = digits.startswith("+")
    bare = digits.removeprefix("+")
    if bare.startswith("00"):
        plus, bare = True, bare[2:]
    if plus and not bare.startswith("84"):
        raise PhoneError("foreign")
    if plus or (bare.startswith("84") and len(bare) in {11, 12}):
        bare = bare[2:]
    return bare if bare.startswith("0") or _is_service(bare) else "0" + bare


def _refuse_what_takes_no_sms(national: str) -> None:
    if _is_service(national):
        raise PhoneError("service")
    if national.startswith("02") and len(national) in {_NATIONAL_DIGITS, 11}:
        raise PhoneError("landline")


def _is_service(digits: str) -> bool:
    return digits.startswith(("1800", "1900")) and len(digits) in {8, 9, 10}


def _is_mobile(national: str) -> bool:
    return _mobiles().fullmatch(national[1:]) is not None


@cache
def _mobiles() -> re.Pattern[str]:
    """Vietnam's mobile numbers as `phonenumbers` has them; asked for a number's kind, it tries nine more patterns."""
    from phonenumbers import PhoneMetadata  # costs 60 ms, so only who reads a number pays

    vietnam = PhoneMetadata.metadata_for_region("VN")
    assert vietnam is not None  # noqa: S101
    assert vietnam.mobile is not None  # noqa: S101
    return re.compile(vietnam.mobile.national_number_pattern or "")

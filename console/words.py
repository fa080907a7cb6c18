"""How the console writes what it shows: moments, numbers and shares as Vietnam writes them, and what it masks."""

import re
from datetime import datetime

from vietnam import phone
from vietnam.calendar import day, local

_SUM = re.compile(r"\d{1,3}(?:\.\d{3})+(?=\s*(?:(?:đồng|đ|d)\b|₫))|\d+(?=\s*(?:đồng|₫))")
_DOTS = "···"
_LONG_NUMBER = re.compile(r"\d(?:[\d .\-/]{3,}\d)")
_ADDRESS = re.compile(r"\S+@\S+\.\w+|https?://\S+")
_CAPITALS = "A-ZĐÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴ"
_FAMILY = (
    "Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Đoàn|Trịnh|Trương|Lâm|Mai|Tô|Tạ|Cao"
    "|Châu|Lương|Quách|Thái|Nông|Triệu|Hà|Điểu|Ksor|Rơ|Siu|Kpă|Nay|Y|H’|K’|H'|K'|Rmah|Êban|Niê|Nie"
)
_NAME = re.compile(
    rf"\b(?:{_FAMILY}) ?(?:[{_CAPITALS}][\w’']* ?){{1,4}}(?<! )"
    r"|\b(?:nguyễn|trần|lê|phạm|hoàng|huỳnh|phan|vũ|võ|đặng|bùi|đỗ) (?:văn|thị|đức|hữu|minh|ngọc|quốc|thanh|xuân) \w+"
)


def number(value: float) -> str:
    """1250 → "1.250"."""
    return f"{round(value):,}".replace(",", ".")


def percent(share: float) -> str:
    """A share from 0 to 1: 0.974 → "97,4 %"; whole ones without a comma."""
    text = f"{share * 100:.1f}".removesuffix(".0").replace(".", ",")
    return f"{text}\u00a0%"


def clock(moment: datetime) -> str:
    """ "9:42", on Vietnam's clock."""
    here = local(moment)
    return f"{here.hour}:{here:%M}"


def moment(when: datetime) -> str:
    """ "9:42, 25/06/2026"."""
    return f"{clock(when)}, {day(when)}"


def exactly(when: datetime) -> str:
    """ "9:42:07, 25/06/2026", for whoever looks after the machine."""
    return f"{clock(when)}:{local(when):%S}, {day(when)}"


def initials(name: str) -> str:
    """The first letters of the first and last word: "Lê Quốc Bảo" → "LB"."""
    words = [word for word in name.split() if word[0].isalpha()]
    return (words[0][0] + words[-1][0]).upper() if len(words) > 1 else name[:1].upper()


def masked_name(name: str) -> str:
    """ "Điểu K’ Lanh" → "Đ··· K··· L···": enough to tell two people apart, not to know them."""
    return " ".join(f"{word[0]}{_DOTS}" for word in name.split()[:6])


def masked_phone(number_kept: str | None) -> str:
    return phone.masked(number_kept) if number_kept else ""


def masked_email(address: str | None) -> str:
    """ "an.nguyen@example.vn" → "a···@example.vn"."""
    if not address:
        return ""
    name, _, domain = address.partition("@")
    return f"{name[:1]}{_DOTS}@{domain}"


def masked_id(id_number: str | None) -> str:
    """ "067201000123" → "067 ··· 123"."""
    return (
        f"{id_number[:3]} {_DOTS} {id_number[-3:]}" if id_number and len(id_number) > 8 else _DOTS if id_number else ""
    )


def without_people(text: str) -> str:
    """A citizen's message for staff to learn from: numbers of five digits and more, addresses and names masked.

    Names are found by their family name; one that begins otherwise (many of the highlands do) may stay.
    """
    return _NAME.sub(_hidden_name, _LONG_NUMBER.sub(_DOTS, _ADDRESS.sub(_DOTS, text)))


def _hidden_name(found: re.Match[str]) -> str:
    return _DOTS if found[0].islower() else masked_name(found[0])


def without_sums(text: str) -> str:
    """The same text with every sum of money masked."""
    return _SUM.sub(_DOTS, text)

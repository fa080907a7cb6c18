"""Vietnamese text: one spelling to store, one to compare, one for SMS.

Typed text comes composed (NFC), decomposed (NFD) or half of each; Word and Excel add curly quotes, long
dashes and spaces that do not break.  Source of the tables: facts/gateways.md 4.1, facts/vietnam.md section 10.
"""

import re
import unicodedata

_BASES = {
    "a": "àáảãạăằắẳẵặâầấẩẫậ",
    "e": "èéẻẽẹêềếểễệ",
    "i": "ìíỉĩị",
    "o": "òóỏõọôồốổỗộơờớởỡợ",
    "u": "ùúủũụưừứửữự",
    "y": "ỳýỷỹỵ",
    "d": "đ",
}
_MARKS = "\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323"
_INVISIBLE = "".join(
    chr(code)
    for first, last in [
        (0x00, 0x08),
        (0x0B, 0x1F),
        (0x7F, 0x9F),
        (0xAD, 0xAD),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x2069),
        (0xFE00, 0xFE0F),
        (0xFEFF, 0xFEFF),
    ]
    for code in range(first, last + 1)
)
"""Control characters but tab and line feed, soft hyphen, zero-width, direction and variation signs."""
_SPACES = "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_TYPOGRAPHY = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033«»", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u2022\u25cf\u00b7", "-"),
    "\u2026": "...",
    "₫": "d",
    "×": "x",
}

_CLEAN = str.maketrans({**dict.fromkeys(_INVISIBLE, ""), **dict.fromkeys(_SPACES, " ")})
_UNCLEAN = re.compile(f"[{_INVISIBLE}{_SPACES}]")
_UNMARKED = str.maketrans(
    {
        **{marked: base for base, family in _BASES.items() for marked in family},
        **{marked.upper(): base.upper() for base, family in _BASES.items() for marked in family},
        **dict.fromkeys(_MARKS + _INVISIBLE, ""),
        "₫": "d",
    }
)
_ASCII = _UNMARKED | str.maketrans({**dict.fromkeys(_SPACES, " "), **_TYPOGRAPHY})
_WORD = re.compile(r"[^\W_]+")
_LAST_WORD = re.compile(r"\S+\Z")


def nfc(text: str) -> str:
    """The one spelling that is stored and sent: composed letters, no invisible characters, every space a plain one."""
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFC", text)
    return composed.translate(_CLEAN) if _UNCLEAN.search(composed) else composed


def fold(text: str) -> str:
    """What two spellings of the same words share: lower case, no diacritics, đ as d, single spaces."""
    unmarked = unicodedata.normalize("NFKC", text).translate(_UNMARKED).lower()
    return " ".join(_without_marks(unmarked).split())


def words(text: str) -> list[str]:
    """The folded words of a text, in order, punctuation left out: "Đăng ký khai-sinh?" → dang, ky, khai, sinh."""
    return _WORD.findall(fold(text))


def plain(text: str) -> str:
    """The text as an SMS may carry it: case and line breaks kept, no diacritics, typographic signs made plain.

    What has no plain form (an emoji, a foreign script) stays; `vietnam.segments.measure` then counts UCS-2.
    """
    composed = unicodedata.normalize("NFC", text).translate(_ASCII)
    return composed if composed.isascii() else _without_marks(composed)


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut after a whole word and closed by "…"; a text that fits is returned as it is.

    One word longer than half the limit is cut inside, else almost nothing would be left.
    """
    if len(text) <= limit:
        return text
    if limit < 1:
        return ""
    head = text[: limit - 1]
    if text[limit - 1].isalnum():
        whole_words = _LAST_WORD.sub("", head)
        head = whole_words if len(whole_words) * 2 >= limit else head
    return head.rstrip(" \n,;:.-–(") + "…"


def _without_marks(text: str) -> str:
    """Foreign letters lose their marks too (ç → c, ñ → n); scripts without marks are untouched."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(sign for sign in apart if not unicodedata.combining(sign)))

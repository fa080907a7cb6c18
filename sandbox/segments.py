"""How many parts an SMS takes: GSM 03.38 in 160, then 153 a part; anything else as UCS-2 in 70, then 67.

The sandbox counts for itself, as a carrier would: it must not agree with the house by sharing its code.
"""

from typing import NamedTuple

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("^{}\\[~]|€\f")


class Size(NamedTuple):
    """A text as the carrier bills it; `characters` are septets or UTF-16 units."""

    encoding: str
    characters: int
    parts: int


def size(text: str) -> Size:
    """Count one text.  An escaped pair or a surrogate pair is never split over two parts."""
    if all(char in BASIC or char in EXTENSION for char in text):
        return _pack("GSM-7", [2 if char in EXTENSION else 1 for char in text], 160, 153)
    return _pack("UCS-2", [2 if ord(char) > 0xFFFF else 1 for char in text], 70, 67)


def _pack(encoding: str, widths: list[int], single: int, each: int) -> Size:
    total = sum(widths)
    if total <= single:
        return Size(encoding, total, 1)
    parts, room = 1, each
    for width in widths:
        if width > room:
            parts, room = parts + 1, each
        room -= width
    return Size(encoding, total, parts)

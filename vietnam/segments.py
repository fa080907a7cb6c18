"""How an SMS is counted: its alphabet, its length in that alphabet, and the parts that are paid for.

Source: GSM 03.38 and facts/gateways.md 4.1, 4.2.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("^{}\\[~]|€\f")


class Encoding(StrEnum):
    """The alphabet in which the network carries a text; one character outside GSM-7 makes the whole text UCS-2."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


_GSM7 = re.compile(f"[{re.escape(''.join(_BASIC | _ESCAPED))}]*")
_DOUBLE = {
    Encoding.GSM7: re.compile(f"[{re.escape(''.join(_ESCAPED))}]"),
    Encoding.UCS2: re.compile("[\U00010000-\U0010ffff]"),
}
"""The characters that count two."""

_SIZES = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}
"""Characters in a text of one part, and in each part of a longer one (the header of a part takes the difference)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a text costs to send.

    `characters` are septets in GSM-7, where `^ { } \\ [ ~ ] | €` count two, and UTF-16 units in UCS-2, where an
    emoji counts two.  An empty text has no part.
    """

    encoding: Encoding
    characters: int
    parts: int


@lru_cache(maxsize=1024)
def measure(text: str) -> Measure:
    """Counts a text exactly as it stands; fold it first (`vietnam.text.plain`), for "á" alone forces UCS-2.

    Kept for a while: one text is counted when it is chosen, priced, sent and recorded.
    """
    encoding = Encoding.GSM7 if _GSM7.fullmatch(text) else Encoding.UCS2
    double = _DOUBLE[encoding]
    characters = len(text) + len(double.findall(text))
    single, several = _SIZES[encoding]
    if characters <= single:
        parts = 1 if text else 0
    elif characters == len(text):
        parts = -(-characters // several)
    else:
        parts = _filled((2 if double.match(sign) else 1 for sign in text), several)
    return Measure(encoding=encoding, characters=characters, parts=parts)


def foreign(text: str) -> str:
    """The characters that keep a text out of GSM-7, each once, in the order of their first place."""
    return "".join(dict.fromkeys(sign for sign in text if sign not in _BASIC and sign not in _ESCAPED))


def _filled(widths: Iterable[int], several: int) -> int:
    """Fills part after part; an escape pair or a surrogate pair is never split, so a part may hold one less."""
    parts, room = 1, several
    for width in widths:
        if width > room:
            parts, room = parts + 1, several
        room -= width
    return parts

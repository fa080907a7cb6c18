"""How an SMS is counted: its alphabet, its length in that alphabet, and the parts that are paid for.

Source: GSM 03.38 and facts/gateways.md 4.1, 4.2.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("^{}\\[~]|€\f")


class Encoding(StrEnum):
    """The alphabet in which the network carries a text; one character outside GSM-7 makes the whole text UCS-2."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


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


def measure(text: str) -> Measure:
    """Counts a text exactly as it stands; fold it first (`vietnam.text.plain`), for "á" alone forces UCS-2."""
    encoding = Encoding.GSM7 if all(sign in _BASIC or sign in _ESCAPED for sign in text) else Encoding.UCS2
    widths = [_width(sign, encoding) for sign in text]
    return Measure(encoding=encoding, characters=sum(widths), parts=_parts(widths, encoding))


def foreign(text: str) -> str:
    """The characters that keep a text out of GSM-7, each once, in the order of their first place."""
    return "".join(dict.fromkeys(sign for sign in text if sign not in _BASIC and sign not in _ESCAPED))


def _width(sign: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM7:
        return 2 if sign in _ESCAPED else 1
    return 2 if ord(sign) > 0xFFFF else 1


def _parts(widths: Iterable[int], encoding: Encoding) -> int:
    """Fills part after part; an escape pair or a surrogate pair is never split, so a part may hold one less."""
    single, several = _SIZES[encoding]
    signs = list(widths)
    if sum(signs) <= single:
        return 1 if signs else 0
    parts, room = 1, several
    for width in signs:
        if width > room:
            parts, room = parts + 1, several
        room -= width
    return parts

"""Our own ids: 26 letters and digits, in order of time, safe in a URL and in a provider's tracking field."""

import random
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o, u
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]

Clock = Callable[[], datetime]
"""Returns the present moment, aware, UTC."""

Ids = Callable[[], str]


def ids(clock: Clock, chance: random.Random | None = None) -> Ids:
    """48 bits of milliseconds and 80 of chance, as ULIDs are; those made in one millisecond follow one another."""
    source = chance or random.SystemRandom()
    last = 0

    def new() -> str:
        nonlocal last
        now = int(clock().timestamp() * 1000)
        last = (now << 80) | source.getrandbits(80) if now > last >> 80 else last + 1
        return _spelled(last)

    return new


def first(moment: datetime) -> str:
    """The least id of this moment: what was made since then has an id that is not less."""
    return _spelled(int(moment.timestamp() * 1000) << 80)


def _spelled(value: int) -> str:
    """Two letters for ten bits. Ids that follow one another differ in their last letters alone."""
    one, two, three, four = (value >> 30) & 1023, (value >> 20) & 1023, (value >> 10) & 1023, value & 1023
    return f"{_begun(value >> 40)}{_PAIRS[one]}{_PAIRS[two]}{_PAIRS[three]}{_PAIRS[four]}"


@lru_cache(maxsize=64)
def _begun(value: int) -> str:
    return "".join([_PAIRS[(value >> shift) & 1023] for shift in range(80, -1, -10)])

"""What happened, step by step: a hash that two runs of one seed share, the last lines to read, and the breach."""

import hashlib
from collections import deque
from collections.abc import Callable

_KEPT = 60
"""Lines that a failing seed shows."""


class Breach(Exception):
    """An invariant does not hold. The text says which, and of which message."""


class Trace:
    """Every line goes into the hash; the last ones, or all, are kept to be read."""

    def __init__(self, time: Callable[[], float], *, whole: bool = False) -> None:
        self._time = time
        self._hash = hashlib.blake2b(digest_size=8)
        self._lines: deque[str] = deque(maxlen=None if whole else _KEPT)

        self.steps = 0

    def __call__(self, who: str, what: str) -> None:
        self.steps += 1
        line = f"{self._time():12.3f} {who:<8} {what}"
        self._hash.update(line.encode())
        self._lines.append(line)

    @property
    def digest(self) -> str:
        """The hash over all that happened so far."""
        return self._hash.hexdigest()

    @property
    def lines(self) -> list[str]:
        return list(self._lines)

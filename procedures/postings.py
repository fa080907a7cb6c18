"""Which names hold a word or a pair of words, and how heavy it is in each: a stretch of two long arrays for every one.

Lists of pairs would take eight times the memory, which each process of the service holds for as long as it runs.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

_NOWHERE = (0, 0)


class Postings:
    """Made of the names' own weights by word, the names by their number in order."""

    def __init__(self, vectors: Sequence[Mapping[str, float]], frequency: Mapping[str, int]) -> None:
        ends = list(accumulate(frequency.values()))
        starts = [end - count for end, count in zip(ends, frequency.values(), strict=True)]
        self._stretches = dict(zip(frequency, zip(starts, ends, strict=True), strict=True))
        self._numbers = array("L", bytes(array("L").itemsize * (ends[-1] if ends else 0)))
        self._weights = array("d", bytes(array("d").itemsize * len(self._numbers)))
        following = dict(zip(frequency, starts, strict=True))
        for number, vector in enumerate(vectors):
            for feature, weight in vector.items():
                at = following[feature]
                following[feature] = at + 1
                self._numbers[at], self._weights[at] = number, weight

    def count(self, feature: str) -> int:
        """How many names hold it."""
        start, end = self._stretches.get(feature, _NOWHERE)
        return end - start

    def of(self, feature: str) -> Iterable[tuple[int, float]]:
        """The numbers of the names that hold it, in order, each with its weight there."""
        start, end = self._stretches.get(feature, _NOWHERE)
        return zip(self._numbers[start:end], self._weights[start:end], strict=True)

"""Which words of a message tell what it is about: not the fillers around a question, less the background of a story.

A long message is weighed: the words after a wish ("muốn", "xin", "cần") count whole, the others a third.
"""

from collections.abc import Iterable, Sequence

LONG = 12
"""Content words from which a message is a story."""
WISHES = frozenset({"muon", "xin", "can", "dinh", "tinh", "doi"})
REACH = 14
"""Words that a wish reaches, itself included."""
BACKGROUND = 0.3


class Telling:
    """The fillers of a list, ready to be found in messages."""

    def __init__(self, fillers: Iterable[str]) -> None:
        self._fillers: dict[str, list[tuple[str, ...]]] = {}
        for filler in sorted((tuple(line.split()) for line in fillers), key=len, reverse=True):
            self._fillers.setdefault(filler[0], []).append(filler)

    def mask(self, tokens: Sequence[str]) -> list[bool]:
        """Which words are fillers; none where all would be."""
        mask = self._all(tokens)
        return mask if not all(mask) else [False] * len(tokens)

    def says_nothing(self, tokens: Sequence[str]) -> bool:
        """Whether a message is of fillers only ("thủ tục ở xã thế nào")."""
        return all(self._all(tokens))

    def _all(self, tokens: Sequence[str]) -> list[bool]:
        mask = [False] * len(tokens)
        at = 0
        while at < len(tokens):
            length = 1
            for filler in self._fillers.get(tokens[at], ()):
                if tuple(tokens[at : at + len(filler)]) == filler:
                    length = len(filler)
                    mask[at : at + length] = [True] * length
                    break
            at += length
        return mask


def emphasis(tokens: Sequence[str], mask: Sequence[bool]) -> list[float]:
    """How much each word of a message counts: all alike in a short one, and in a story that wishes nothing."""
    even = [1.0] * len(tokens)
    if len(tokens) - sum(mask) < LONG:
        return even
    weights = [BACKGROUND] * len(tokens)
    for at, token in enumerate(tokens):
        if token in WISHES:
            reached = min(len(tokens), at + REACH)
            weights[at:reached] = even[at:reached]
    return weights if max(weights) == 1.0 else even

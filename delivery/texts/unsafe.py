"""Words that another word looks like once the diacritics are gone ("dung": dừng, đúng, đừng, dùng).

The list is `delivery/unsafe_words.csv`, for staff to extend: word, what it could be read as, what to write
instead, and the phrases in which it is clear.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from vietnam.text import plain

_AROUND = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsafeWord:
    """One row of the list; `allowed` are the phrases, without diacritics, in which the word is clear."""

    word: str
    read_as: str
    write: str
    allowed: tuple[str, ...]


def found(text: str) -> Iterator[tuple[UnsafeWord, str]]:
    """Each unsafe word of an SMS with some letters around it; part of an allowed phrase or of a proper name is safe."""
    sent = " ".join(plain(text).split())
    for unsafe in words():
        for match in re.finditer(rf"\b{unsafe.word}\b", sent, re.IGNORECASE):
            if not _is_clear(sent, match, unsafe):
                yield unsafe, sent[max(0, match.start() - _AROUND) : match.end() + _AROUND]


@cache
def words() -> tuple[UnsafeWord, ...]:
    """The list, read once."""
    with (files("delivery") / "unsafe_words.csv").open(encoding="utf-8") as file:
        return tuple(
            UnsafeWord(
                word=row["word"],
                read_as=row["read_as"],
                write=row["write"],
                allowed=tuple(phrase.strip() for phrase in row["allowed"].split(";") if phrase.strip()),
            )
            for row in csv.DictReader(file)
        )


def _is_clear(sent: str, match: re.Match[str], unsafe: UnsafeWord) -> bool:
    return _is_in_a_proper_name(sent, match) or any(
        inner.start() <= match.start() and match.end() <= inner.end()
        for phrase in unsafe.allowed
        for inner in re.finditer(rf"\b{phrase}\b", sent, re.IGNORECASE)
    )


def _is_in_a_proper_name(sent: str, match: re.Match[str]) -> bool:
    """Lam Dong, Dong Nai: the word and its neighbour both begin with a capital, and neither is all capitals."""
    if not match[0][0].isupper() or match[0].isupper():
        return False
    before, after = sent[: match.start()].split(" ")[-2:-1], sent[match.end() :].split(" ")[1:2]
    return any(word[:1].isupper() and word[-1:] not in ".:;" for word in before) or any(
        word[:1].isupper() for word in after
    )

"""What a citizen typed, as the words that they meant: abbreviations, Telex keys left undone, slips of the finger.

All of it works on folded words (no diacritics), against the vocabulary of the catalogue's own phrases: a word is
repaired only into one that is known there, and beside a neighbour only into a pair that is known there.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise

from vietnam.text import words

_TELEX_PAIRS = (("dd", "d"), ("aa", "a"), ("ee", "e"), ("oo", "o"), ("aw", "a"), ("ow", "o"), ("uw", "u"))
_TELEX_TONES = frozenset("sfrxj")

_RARE = 5
"""A word that the phrases have at most so often may itself be a slip ("khia" for "khai")."""
_TRUSTED_PAIR = 3
_STRONG_PAIR = 9
"""How often the phrases must have the mended pair: of a word that Vietnamese cannot have, and of one that it can."""
_SYLLABLE = re.compile(
    r"(?:b|ch?|d|gh?|gi|h|kh?|l|m|ngh?|nh?|ph?|qu|r|s|th?|tr?|v|x)?"
    r"(?:a|ac|ach|ai|am|an|ang|anh|ao|ap|at|au|ay|e|ec|ech|em|en|eng|enh|eo|ep|et|eu|i|ia|ich|iec|iem|ien|ieng|iep|iet|ieu|im|in|inh|ip|it|iu"
    r"|o|oa|oac|oach|oai|oam|oan|oang|oanh|oat|oay|oc|oe|oen|oeo|oi|om|on|ong|ooc|oong|op|ot"
    r"|u|ua|uan|uang|uat|uay|uc|ue|uech|uenh|ui|um|un|ung|uo|uoc|uoi|uom|uon|uong|uop|uot|uou|up|ut|uu|uy|uya|uych|uyen|uyet|uynh|uyt|y|yem|yen|yet|yeu)"
)


class Spelling:
    """Repairs folded words by abbreviations and synonyms, and by the words of the phrases that it is given."""

    def __init__(self, phrases: Iterable[list[str]], abbreviations: Mapping[tuple[str, ...], tuple[str, ...]]) -> None:
        self._abbreviations = abbreviations
        self._longest: dict[str, int] = {}
        for written in abbreviations:
            self._longest[written[0]] = max(len(written), self._longest.get(written[0], 0))
        self._words: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        for phrase in phrases:
            self._words.update(phrase)
            self._pairs.update(pairwise(phrase))
        self._shortened: dict[str, list[str]] = {}
        for word in self._words:
            for short in {word, *_one_less(word)}:
                self._shortened.setdefault(short, []).append(word)

    def written_out(self, text: str) -> list[str]:
        """The words of a text, Telex keys done and abbreviations written out."""
        return self.expand([self._telex(word) for word in words(text)])

    def tokens(self, text: str) -> list[str]:
        """The same words, slips of the finger mended too."""
        return self.mended(self.written_out(text))

    def expand(self, tokens: list[str]) -> list[str]:
        """Abbreviations written out, the longest first."""
        out: list[str] = []
        at = 0
        while at < len(tokens):
            for length in range(min(self._longest.get(tokens[at], 0), len(tokens) - at), 0, -1):
                meant = self._abbreviations.get(tuple(tokens[at : at + length]))
                if meant is not None:
                    out += meant
                    at += length
                    break
            else:
                out.append(tokens[at])
                at += 1
        return out

    def _telex(self, word: str) -> str:
        if word in self._words or (word,) in self._abbreviations or not word.isascii() or len(word) > 9:
            return word
        plain = word
        for keys, letter in _TELEX_PAIRS:
            plain = plain.replace(keys, letter)
        for candidate in (plain, *(_without(plain, tone) for tone in _TELEX_TONES if tone in plain[1:])):
            if candidate != word and candidate in self._words:
                return candidate
        return word

    def mended(self, tokens: list[str]) -> list[str]:
        """A word that makes no known pair with its neighbours gives way to a near one that does."""
        fixed = list(tokens)
        for at, word in enumerate(fixed):
            if len(word) < 3 or word.isdigit():
                continue
            before, after = fixed[at - 1] if at else "", fixed[at + 1] if at + 1 < len(fixed) else ""
            if self._support(before, word, after):
                continue
            near, support = self._best_near(before, word, after)
            if support >= (_STRONG_PAIR if _SYLLABLE.fullmatch(word) else _TRUSTED_PAIR):
                fixed[at] = near
        return fixed

    def _best_near(self, before: str, word: str, after: str) -> tuple[str, int]:
        """The nearest known word by its pairs; a common word is only ever a slip of two swapped letters."""
        near = _swapped(word) & self._words.keys() if self._words[word] > _RARE else self._near(word)
        return max(
            ((other, self._support(before, other, after)) for other in near),
            key=lambda found: found[1],
            default=(word, 0),
        )

    def _support(self, before: str, word: str, after: str) -> int:
        return self._pairs[before, word] + self._pairs[word, after]

    def _near(self, word: str) -> set[str]:
        """Known words one slip away: a letter more, less, other, or two swapped."""
        found: set[str] = set()
        for short in {word, *_one_less(word)}:
            found.update(other for other in self._shortened.get(short, ()) if abs(len(other) - len(word)) <= 1)
        found.discard(word)
        return found


def _one_less(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def _swapped(word: str) -> set[str]:
    return {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)} - {word}


def _without(word: str, tone: str) -> str:
    """The word without the last of a tone key: Telex puts it after its vowel, mostly at the end."""
    at = word.rindex(tone)
    return word[:at] + word[at + 1 :]

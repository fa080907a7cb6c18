"""A citizen's own words find procedures: every name that a procedure has is a short text, and the nearest ones win.

Two stages: an inverted index of folded words and word pairs finds the nearest names (rare words weigh more), then
facets, words of siblings, what people mostly ask and how much of the message is explained order them.
"""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from sys import intern

from procedures.catalogue import Catalogue
from procedures.facets import Asked, Cues, has_marks
from procedures.names import ABSENT, Name, entries, of_all
from procedures.postings import Postings
from procedures.ranking import Evidence, measures, reasons, score
from procedures.spelling import Spelling
from procedures.telling import LONG, Telling, emphasis
from procedures.wording import Wording
from vietnam.text import fold, nfc, words

LONGEST_TEXT = 600
"""Characters of a message that are read: a longer story has said what it wants."""
CANDIDATES = 24
WORK = 800
"""Postings read to find candidates, rare words first; the common words then only order the candidates."""
NEAR_NAMES = 80
MOST_NEAR, TOGETHER = 120, 8
"""Procedures that are looked at, and those of them that a story adds to the candidates."""
PAIR_WEIGHT = 1.3
FILLER_WEIGHT = 0.12
UNKNOWN_RARITY = 4.0
MOST_FEATURES = 32
"""Words and pairs of a message that are compared, the heaviest: a long story takes no longer than a short one."""
TELLING_WORDS = 12
"""A message is as long as its so many heaviest words and pairs: a longer story is not less near."""
FEW_WORDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A procedure (or `absent:N`) found: its score (0 to about 4), the share of the message explained, and why."""

    code: str
    score: float
    explained: float
    why: tuple[str, ...]
    measures: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The hits of a message, best first, with what was read of it.

    `said` are its folded words with abbreviations written out, `content` the mended ones without fillers.
    """

    hits: tuple[Hit, ...]
    said: tuple[str, ...]
    content: tuple[str, ...]
    asked: Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    """A message as it is compared: the weights of its words and pairs (length 1), its telling words."""

    vector: Mapping[str, float]
    telling: Mapping[str, float]
    content: tuple[str, ...]
    joined: str
    marks: Mapping[str, str]
    asked: Asked
    without: frozenset[int]


class Index:
    """All names of all procedures, ready to be searched; never changed once built: a new one takes its place."""

    def __init__(self, catalogue: Catalogue, wording: Wording) -> None:
        self.absent = wording.absent
        self.names: Sequence[Name] = list(of_all(catalogue, wording.spoken, wording.colloquial, wording.absent))
        self._unknown = math.log(1 + len(self.names))
        self._owners = [name.code for name in self.names]
        self._cues = Cues(wording.cues)
        typed = [[intern(word) for word in words(name.text)] for name in self.names]
        self._spelling = Spelling(typed, wording.written)
        self._telling = Telling(wording.fillers)
        self._entries = entries(catalogue, wording.spoken, wording.absent)
        self._rarity: dict[str, float] = {}
        self._marked: dict[int, Mapping[str, str]] = {}
        self._vectors: list[Mapping[str, float]] = []
        self._postings = self._build(typed)

    def search(self, text: str, limit: int = 10) -> list[Hit]:
        """The procedures nearest to the words of a message, best first."""
        return list(self.find(text).hits[:limit])

    def find(self, text: str, without: frozenset[int] = frozenset(), most: int = CANDIDATES) -> Found:
        """At most so many hits, with what was read; `without` leaves names out (to measure on the names themselves)."""
        text = nfc(text)[:LONGEST_TEXT]
        said = self._spelling.written_out(text)
        message = self._message(text, self._spelling.mended(said), without)
        hits = self._rank(self._nearest(message, most), message)
        return Found(hits=tuple(hits), said=tuple(said), content=message.content, asked=message.asked)

    def content(self, text: str) -> list[str]:
        """The folded words of a message without fillers; none where all of them are."""
        tokens = self._spelling.written_out(nfc(text)[:LONGEST_TEXT])
        return [] if self._telling.says_nothing(tokens) else _content(tokens, self._telling.mask(tokens))

    def often(self, code: str) -> int:
        """How often a procedure is asked, 5 (every day) to 0 (not judged)."""
        return self._entries[code].often

    def _build(self, typed: Sequence[list[str]]) -> Postings:
        counted: list[Mapping[str, int]] = []
        frequency: Counter[str] = Counter()
        for name, said in zip(self.names, typed, strict=True):
            tokens = self._spelling.expand(said)
            mask = self._telling.mask(tokens)
            features: Mapping[str, int] = {intern(word): count for word, count in _counted(tokens, mask).items()}
            counted.append(features)
            frequency.update(features.keys())
            self._entries[name.code].bag.update(feature for feature in features if " " not in feature)
        total = len(self.names)
        self._rarity = {feature: math.log(1 + total / count) for feature, count in frequency.items()}
        for number, features in enumerate(counted):
            self._add(number, self._weighted(features))
        for entry in self._entries.values():
            entry.length = _length(entry.gathered.values())
        return Postings(self._vectors, frequency)

    def _add(self, number: int, weights: Mapping[str, float]) -> None:
        length = _length(weights.values())
        vector = {feature: weight / length for feature, weight in weights.items()}
        self._vectors.append(vector)
        entry = self._entries[self.names[number].code]
        entry.names.append(number)
        gathered = entry.gathered
        for feature, weight in vector.items():
            gathered[feature] = gathered.get(feature, 0.0) + weight

    def _message(self, text: str, tokens: list[str], without: frozenset[int]) -> _Message:
        mask = self._telling.mask(tokens)
        heed = emphasis(tokens, mask)
        weights = self._weighted(_counted(tokens, mask))
        telling: dict[str, float] = {}
        for at, token in enumerate(tokens):
            pair = f"{tokens[at - 1]} {token}" if at else ""
            if heed[at] < 1:
                weights |= {feature: weights[feature] * heed[at] for feature in (token, pair) if feature in weights}
            if not mask[at] and not token.isdigit():
                rarity = self._rarity.get(token, UNKNOWN_RARITY) * heed[at]
                telling[token] = max(rarity, telling.get(token, 0.0))
        if len(weights) > MOST_FEATURES:
            weights = dict(heapq.nlargest(MOST_FEATURES, weights.items(), key=itemgetter(1)))
        length = _length(heapq.nlargest(TELLING_WORDS, weights.values()))
        return _Message(
            vector={feature: weight / length for feature, weight in weights.items()},
            telling=telling,
            content=tuple(_content(tokens, mask)),
            joined=f" {' '.join(tokens)} ",
            marks=_marked(text) if has_marks(text) else {},
            asked=self._cues.read(text, tokens),
            without=without,
        )

    def _weighted(self, features: Mapping[str, int]) -> dict[str, float]:
        unknown = self._unknown
        return {
            feature: self._rarity.get(feature, unknown)
            * (PAIR_WEIGHT if " " in feature else 1 if count else FILLER_WEIGHT)
            for feature, count in features.items()
            if " " not in feature or feature in self._rarity
        }

    def _nearest(self, message: _Message, most: int) -> dict[str, list[tuple[float, int]]]:
        scores: dict[int, float] = {}
        rest: list[tuple[str, float]] = []
        work = 0
        for feature, weight in sorted(message.vector.items(), key=lambda item: self._postings.count(item[0])):
            work += self._postings.count(feature)
            if work > WORK and scores:
                rest.append((feature, weight))
                continue
            for number, other in self._postings.of(feature):
                scores[number] = scores.get(number, 0.0) + weight * other
        for number in message.without:
            scores.pop(number, None)
        exact = []
        story = len(message.content) >= LONG
        near = heapq.nlargest(NEAR_NAMES, scores, key=scores.__getitem__)
        others = self._near_by_all(scores).difference(near) if story else ()
        for number in (*near, *others):
            vector = self._vectors[number]
            exact.append((scores[number] + sum(weight * vector.get(feature, 0.0) for feature, weight in rest), number))
        exact.sort(reverse=True)
        found: dict[str, list[tuple[float, int]]] = {}
        for likeness, number in exact:
            name = self.names[number]
            if name.code in found or len(found) < most or number in others:
                found.setdefault(name.code, []).append((likeness * name.weight, number))
        return found

    def _near_by_all(self, scores: Mapping[int, float]) -> set[int]:
        """All names of the procedures that are near by their names together: a story is near to no single one."""
        together: defaultdict[str, float] = defaultdict(float)
        owners = self._owners
        for number, likeness in scores.items():
            together[owners[number]] += likeness
        near = heapq.nlargest(MOST_NEAR, together, key=together.__getitem__)
        best = heapq.nlargest(TOGETHER, near, key=lambda code: together[code] / self._entries[code].length)
        return {number for code in best for number in self._entries[code].names if number in scores}

    def _rank(self, nearest: dict[str, list[tuple[float, int]]], message: _Message) -> list[Hit]:
        hits = []
        for code, names in nearest.items():
            names.sort(reverse=True)
            evidence = self._evidence(code, names, message)
            found = measures(evidence, message.asked, message.joined)
            why = (f"gần với “{self.names[names[0][1]].text}”", *reasons(found))
            hits.append(Hit(code=code, score=score(found), explained=evidence.explained, why=why, measures=found))
        hits.sort(key=lambda hit: (-hit.score, hit.code))
        return hits

    def _marks_of(self, number: int) -> Mapping[str, str]:
        """The diacritics of a name, found when it is first compared: most names never are."""
        found = self._marked.get(number)
        if found is None:
            found = self._marked[number] = _marked(self.names[number].text)
        return found

    def _evidence(self, code: str, names: list[tuple[float, int]], message: _Message) -> Evidence:
        entry = self._entries[code]
        best, number = names[0]
        own = next((one for one in message.without if self.names[one].code == code), None)
        left_out = {} if own is None else self._vectors[own]
        pooled = sum(w * (entry.gathered.get(f, 0.0) - left_out.get(f, 0.0)) for f, w in message.vector.items())
        held = sum(weight for word, weight in message.telling.items() if entry.bag[word] > (word in left_out))
        vector, marks, marked = self._vectors[number], message.marks, self._marks_of(number) if message.marks else {}
        few = len(message.content) <= FEW_WORDS
        return Evidence(
            nearest=best,
            next=sum(likeness for likeness, _ in names[1:3]) / 2,
            explained=held / (sum(message.telling.values()) or 1),
            covered=sum(weight * weight for feature, weight in vector.items() if feature in message.vector),
            pooled=pooled / entry.length,
            marked=sum(marked.get(word) == form for word, form in marks.items()) / (len(marks) or 1),
            clashes=sum(
                vector.get(word, 0.0) ** 2
                for word in marks.keys() & marked.keys()
                if "" != marks[word] != marked[word] != ""
            ),
            often=entry.often / 5,
            often_short=entry.often / 5 if few else 0.0,
            absent=code.startswith(ABSENT),
            facets=entry.facets,
        )


def _counted(tokens: list[str], mask: list[bool]) -> Counter[str]:
    """Words and word pairs; fillers count little, pairs of fillers not at all."""
    features: Counter[str] = Counter()
    for at, token in enumerate(tokens):
        features[token] = 1 if not mask[at] else max(features[token], 0)
        if at and not (mask[at] and mask[at - 1]):
            features[f"{tokens[at - 1]} {token}"] = 1
    return features


def _content(tokens: list[str], mask: list[bool]) -> list[str]:
    return [token for token, filler in zip(tokens, mask, strict=True) if not filler]


def _marked(text: str) -> dict[str, str]:
    """The words with diacritics, by their folded form; of two that fold alike, neither."""
    found: dict[str, str] = {}
    for word in nfc(text).lower().replace(",", " ").replace(".", " ").replace("?", " ").split():
        if not word.isascii() and (folded := _folded(word)) != word:
            found[folded] = word if found.get(folded, word) == word else ""
    return found


_folded = lru_cache(maxsize=8192)(fold)


def _length(weights: Iterable[float]) -> float:
    return math.sqrt(sum(weight * weight for weight in weights)) or 1.0

"""A citizen's own words find procedures: every name that a procedure has is a short text, and the nearest ones win.

Two stages: an inverted index of folded words and word pairs finds the nearest names (rare words weigh more), then
facets, words of siblings, what people mostly ask and how much of the message is explained order the procedures.
"""

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from procedures.catalogue import Catalogue, Procedure
from procedures.facets import Asked, Cues, Facets, has_marks, of_procedure
from procedures.ranking import Evidence, measures, reasons, score
from procedures.spelling import Spelling, read_abbreviations
from procedures.wording import (
    DATA,
    Absent,
    Spoken,
    read_absent,
    read_colloquial,
    read_cues,
    read_list,
    read_spoken,
)
from vietnam.text import fold, nfc, words

ABSENT = "absent:"
LONGEST_TEXT = 600
"""Characters of a message that are read: a longer story has said what it wants."""
CANDIDATES = 40
WORK = 1000
"""Postings read to find candidates, rare words first; the common words then only order the candidates."""
NEAR_NAMES = 100
PAIR_WEIGHT = 1.3
NAME_WEIGHT = 0.86
FILLER_WEIGHT = 0.12
UNKNOWN_RARITY = 4.0


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


@dataclass(slots=True)
class _Entry:
    code: str
    facets: Facets
    weight: int
    bag: Counter[str] = field(default_factory=Counter)
    gathered: dict[str, float] = field(default_factory=dict)
    length: float = 1.0


class Index:
    """All names of all procedures, ready to be searched; never changed once built: a new one takes its place."""

    def __init__(
        self,
        catalogue: Catalogue,
        spoken: Sequence[Spoken] = (),
        colloquial: Sequence[tuple[str, str]] = (),
        absent: Sequence[Absent] = (),
    ) -> None:
        self.absent = tuple(absent)
        self._cues = Cues(read_cues(DATA / "facets.csv"))
        texts = list(_texts(catalogue, spoken, colloquial, absent))
        abbreviations = read_abbreviations(DATA / "abbreviations.csv")
        self._spelling = Spelling((words(text) for _, text, _ in texts), abbreviations)
        self._fillers: dict[str, list[tuple[str, ...]]] = {}
        for filler in sorted((tuple(line.split()) for line in read_list(DATA / "fillers.txt")), key=len, reverse=True):
            self._fillers.setdefault(filler[0], []).append(filler)
        self._entries = _entries(catalogue, spoken, absent)
        self._names: list[tuple[str, str, float]] = []
        self._postings: dict[str, list[tuple[int, float]]] = {}
        self._rarity: dict[str, float] = {}
        self._marked: list[frozenset[str]] = []
        self._vectors: list[dict[str, float]] = []
        self._build(texts)

    def search(self, text: str, limit: int = 10) -> list[Hit]:
        """The procedures nearest to the words of a message, best first."""
        return list(self.find(text).hits[:limit])

    def find(self, text: str, without: int | None = None) -> Found:
        """The hits with what was read; `without` leaves one name out (to measure on the names themselves)."""
        text = nfc(text)[:LONGEST_TEXT]
        said = self._spelling.written_out(text)
        tokens = self._spelling.mended(said)
        features = self._features(tokens)
        nearest = self._nearest(features, without)
        asked = self._cues.read(text, tokens)
        hits = self._rank(nearest, features, tokens, asked, text, without)
        content = tuple(token for token, filler in zip(tokens, self._filler_mask(tokens), strict=True) if not filler)
        return Found(hits=tuple(hits), said=tuple(said), content=content, asked=asked)

    @property
    def names(self) -> Sequence[tuple[str, str, float]]:
        """(code, name, weight) of every name in the index."""
        return self._names

    def often(self, code: str) -> int:
        """How often a procedure is asked, 5 (every day) to 0 (not judged)."""
        return self._entries[code].weight

    def _build(self, texts: list[tuple[str, str, float]]) -> None:
        counted: list[Counter[str]] = []
        frequency: Counter[str] = Counter()
        for code, text, weight in texts:
            tokens = self._spelling.expand(words(text))
            features = self._counted(tokens)
            counted.append(features)
            frequency.update(features.keys())
            self._names.append((code, text, weight))
            self._entries[code].bag.update(features.keys())
            self._marked.append(frozenset(nfc(text).lower().split()) if text != fold(text) else frozenset())
        total = len(texts)
        self._rarity = {feature: math.log(1 + total / count) for feature, count in frequency.items()}
        for number, features in enumerate(counted):
            vector = self._weighted(features)
            self._vectors.append(vector)
            gathered = self._entries[texts[number][0]].gathered
            for feature, weight in vector.items():
                self._postings.setdefault(feature, []).append((number, weight))
                gathered[feature] = gathered.get(feature, 0.0) + weight
        for entry in self._entries.values():
            entry.length = math.sqrt(sum(weight * weight for weight in entry.gathered.values())) or 1.0

    def _counted(self, tokens: list[str]) -> Counter[str]:
        """Words and word pairs; fillers count little, pairs with a filler not at all."""
        mask = self._filler_mask(tokens)
        features: Counter[str] = Counter()
        for at, token in enumerate(tokens):
            features[token] = 1 if not mask[at] else max(features[token], 0)
            if at and not (mask[at] and mask[at - 1]):
                features[f"{tokens[at - 1]} {token}"] = 1
        return features

    def _features(self, tokens: list[str]) -> dict[str, float]:
        return self._weighted(self._counted(tokens))

    def _weighted(self, features: Counter[str]) -> dict[str, float]:
        unknown = math.log(1 + len(self._names))
        vector = {
            feature: self._rarity.get(feature, unknown)
            * (PAIR_WEIGHT if " " in feature else 1 if count else FILLER_WEIGHT)
            for feature, count in features.items()
            if " " not in feature or feature in self._rarity
        }
        length = math.sqrt(sum(weight * weight for weight in vector.values())) or 1
        return {feature: weight / length for feature, weight in vector.items()}

    def _filler_mask(self, tokens: list[str]) -> list[bool]:
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
        return mask if not all(mask) else [False] * len(tokens)

    def _nearest(self, features: dict[str, float], without: int | None) -> dict[str, list[tuple[float, int]]]:
        scores: dict[int, float] = {}
        rest: list[tuple[str, float]] = []
        work = 0
        for feature, weight in sorted(features.items(), key=lambda item: len(self._postings.get(item[0], ()))):
            postings = self._postings.get(feature, ())
            work += len(postings)
            if work > WORK and scores:
                rest.append((feature, weight))
                continue
            for number, other in postings:
                scores[number] = scores.get(number, 0.0) + weight * other
        if without is not None:
            scores.pop(without, None)
        exact = []
        for number in heapq.nlargest(NEAR_NAMES, scores, key=scores.__getitem__):
            vector = self._vectors[number]
            exact.append((scores[number] + sum(weight * vector.get(feature, 0.0) for feature, weight in rest), number))
        exact.sort(reverse=True)
        found: dict[str, list[tuple[float, int]]] = {}
        for likeness, number in exact:
            code, _, weight = self._names[number]
            if code in found or len(found) < CANDIDATES:
                found.setdefault(code, []).append((likeness * weight, number))
        return found

    def _rank(
        self,
        nearest: dict[str, list[tuple[float, int]]],
        features: dict[str, float],
        tokens: list[str],
        asked: Asked,
        text: str,
        without: int | None,
    ) -> list[Hit]:
        joined = f" {' '.join(tokens)} "
        telling = self._telling(tokens)
        marks = frozenset(nfc(text).lower().split()) if has_marks(text) else frozenset[str]()
        hits = []
        for code, names in nearest.items():
            names.sort(reverse=True)
            own = without if without is not None and self._names[without][0] == code else None
            evidence = self._evidence(code, names, features, telling, marks, own)
            found = measures(evidence, asked, joined)
            why = (f"gần với “{self._names[names[0][1]][1]}”", *reasons(found))
            hits.append(Hit(code=code, score=score(found), explained=evidence.explained, why=why, measures=found))
        hits.sort(key=lambda hit: (-hit.score, hit.code))
        return hits

    def _evidence(
        self,
        code: str,
        names: list[tuple[float, int]],
        features: dict[str, float],
        telling: dict[str, float],
        marks: frozenset[str],
        without: int | None,
    ) -> Evidence:
        entry = self._entries[code]
        best, number = names[0]
        left_out: Mapping[str, float] = self._vectors[without] if without is not None else {}
        pooled = sum(weight * (entry.gathered.get(f, 0.0) - left_out.get(f, 0.0)) for f, weight in features.items())
        held = sum(weight for word, weight in telling.items() if entry.bag[word] > (word in left_out))
        return Evidence(
            nearest=best,
            next=sum(likeness for likeness, _ in names[1:3]) / 2,
            explained=held / (sum(telling.values()) or 1),
            pooled=pooled / entry.length,
            marked=len(marks & self._marked[number]) / len(marks) if marks and self._marked[number] else 0.0,
            often=entry.weight / 5,
            absent=code.startswith(ABSENT),
            facets=entry.facets,
        )

    def _telling(self, tokens: list[str]) -> dict[str, float]:
        """The words that say what a message is about, by their rarity; an unknown word counts as a common one."""
        mask = self._filler_mask(tokens)
        return {
            token: self._rarity.get(token, UNKNOWN_RARITY)
            for token, filler in zip(tokens, mask, strict=True)
            if not filler and not token.isdigit()
        }


def shipped(catalogue: Catalogue) -> Index:
    """The index of a catalogue with the shipped wording files."""
    return Index(catalogue, read_spoken(), read_colloquial(), read_absent())


def _texts(
    catalogue: Catalogue,
    spoken: Iterable[Spoken],
    colloquial: Iterable[tuple[str, str]],
    absent: Iterable[Absent],
) -> Iterable[tuple[str, str, float]]:
    for procedure in catalogue:
        yield procedure.code, _bare(procedure), NAME_WEIGHT
    for row in spoken:
        if row.code in catalogue:
            yield from ((row.code, phrase, 1.0) for phrase in row.phrases)
    for phrase, code in colloquial:
        if code in catalogue:
            yield code, phrase, 1.0
    for number, need in enumerate(absent):
        yield from ((f"{ABSENT}{number}", phrase, 1.0) for phrase in (need.subject, *need.phrases))


def _bare(procedure: Procedure) -> str:
    name = procedure.name
    for start in ("Thủ tục ", "TTHC ", "thủ tục "):
        name = name.removeprefix(start)
    return name


def _entries(catalogue: Catalogue, spoken: Sequence[Spoken], absent: Sequence[Absent]) -> dict[str, _Entry]:
    judged = {row.code: row for row in spoken}
    entries = {}
    for procedure in catalogue:
        row = judged.get(procedure.code)
        weight = row.weight if row else 0
        entries[procedure.code] = _Entry(code=procedure.code, facets=of_procedure(procedure, row), weight=weight)
    nothing = Facets(action="", foreign=False, who="any", unlike=())
    for number in range(len(absent)):
        entries[f"{ABSENT}{number}"] = _Entry(code=f"{ABSENT}{number}", facets=nothing, weight=2)
    return entries

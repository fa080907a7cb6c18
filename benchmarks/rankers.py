"""Plain rankers over the same names, to compare with: SQLite FTS5, rapidfuzz, BM25."""

import math
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from rapidfuzz import fuzz, process

from procedures.catalogue import Catalogue
from procedures.wording import read
from vietnam.text import fold, words

Ranker = Callable[[str], Sequence[str]]


def peers(catalogue: Catalogue) -> dict[str, Ranker]:
    """The baselines: on official names, and on all the names that we use."""
    official = [(row.code, row.name) for row in catalogue]
    wording = read()
    spoken = [(row.code, phrase) for row in wording.spoken for phrase in row.phrases]
    every = [*official, *spoken, *((code, phrase) for phrase, code in wording.colloquial)]
    return {
        f"{peer}, {which}": make(names)
        for which, names in (("official names", official), ("all names", every))
        for peer, make in (("FTS5", fts5), ("rapidfuzz", rapid), ("BM25", bm25))
    }


def fts5(names: Sequence[tuple[str, str]]) -> Ranker:
    """SQLite's full text search on folded words, any of them, by its own BM25."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE names USING fts5(code UNINDEXED, name)")
    database.executemany("INSERT INTO names VALUES (?, ?)", [(code, fold(name)) for code, name in names])
    query = "SELECT code FROM names WHERE names MATCH ? ORDER BY rank LIMIT 60"

    def rank(text: str) -> list[str]:
        wanted = " OR ".join(f'"{word}"' for word in words(text))
        return _distinct(code for (code,) in database.execute(query, [wanted or '"-"']))

    return rank


def rapid(names: Sequence[tuple[str, str]]) -> Ranker:
    """rapidfuzz's token_set_ratio over all names, folded."""
    folded = [fold(name) for _, name in names]

    def rank(text: str) -> list[str]:
        hits = process.extract(fold(text), folded, scorer=fuzz.token_set_ratio, limit=60)
        return _distinct(names[at][0] for _, _, at in hits)

    return rank


def bm25(names: Sequence[tuple[str, str]], k1: float = 1.2, b: float = 0.75) -> Ranker:
    """Okapi BM25 on folded words."""
    bags = [Counter(words(name)) for _, name in names]
    frequency = Counter(word for bag in bags for word in bag)
    mean = sum(bag.total() for bag in bags) / len(bags)
    postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for at, bag in enumerate(bags):
        for word, count in bag.items():
            rarity = math.log(1 + (len(bags) - frequency[word] + 0.5) / (frequency[word] + 0.5))
            share = count * (k1 + 1) / (count + k1 * (1 - b + b * bag.total() / mean))
            postings[word].append((at, rarity * share))

    def rank(text: str) -> list[str]:
        scores: dict[int, float] = defaultdict(float)
        for word in words(text):
            for at, weight in postings.get(word, ()):
                scores[at] += weight
        return _distinct(names[at][0] for at in sorted(scores, key=lambda at: -scores[at])[:60])

    return rank


def _distinct(codes: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(codes))

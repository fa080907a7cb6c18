"""`make eval`: how well citizens' questions are understood, beside SQLite FTS5, rapidfuzz and BM25.

Two sets of questions, neither in any file that the look-up reads: queries-dev.jsonl (the maintainers', for building)
and queries-own.jsonl (ours).  Prints a table, by style too, with 95 % Wilson intervals; writes understanding.json.
"""

import json
import math
import resource
import sqlite3
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from bot.lookup import Lookup
from bot.understanding import Understood
from procedures.catalogue import Catalogue
from procedures.wording import read_colloquial, read_spoken
from vietnam.text import fold, words

HERE = Path(__file__).parent
SETS = {name: HERE.parent / "tests" / "data" / f"queries-{name}.jsonl" for name in ("dev", "own")}
TODAY = datetime(2026, 11, 24, 3, tzinfo=UTC)
KINDS = {"dossier_status": "dossier", "fee_question": "fee"}
Query = dict[str, Any]
Ranker = Callable[[str], Sequence[str]]


def main() -> int:
    """Scores both sets, prints and writes; 0 always: it measures, the tests hold the floors."""
    started = time.perf_counter()
    lookup = Lookup(lambda: TODAY)
    report: dict[str, Any] = {"start_up_s": round(time.perf_counter() - started, 2), "sets": {}}
    for name, path in SETS.items():
        queries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        report["sets"][name] = {
            "ours": measured(queries, lookup),
            "by_style": by_style(queries, lookup),
            "baselines": {peer: ranked(queries, ranker) for peer, ranker in peers(lookup.catalogue).items()},
        }
        show(name, report["sets"][name])
    report["latency_ms"] = latency(lookup)
    report["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"start-up {report['start_up_s']} s, latency {report['latency_ms']}, memory {report['memory_mb']} MB")
    (HERE / "understanding.json").write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


def measured(queries: Sequence[Query], lookup: Lookup) -> dict[str, tuple[int, int]]:
    """(count, of how many) of each figure."""
    counts: Counter[str] = Counter()
    for query in queries:
        counts.update(judged(query, lookup.understanding.understand(query["text"], today=TODAY.date())))
    asked, foreign = counts["procedure"], counts["foreign"]
    return {
        "right first": (counts["first"], asked),
        "in three": (counts["three"], asked),
        "sure and right": (counts["sure right"], asked),
        "sure and wrong": (counts["sure wrong"], asked),
        "out of scope, answered": (counts["foreign answered"], foreign),
        "out of scope, offered": (counts["foreign offered"], foreign),
        "other intents": (counts["intent right"], counts["intent"]),
        "dossier codes read": (counts["code right"], counts["code"]),
        "all needs found": (counts["needs right"], counts["needs"]),
    }


def judged(query: Query, understood: Understood) -> list[str]:
    """The counters that one answer moves."""
    moved = []
    if query.get("dossier_code"):
        moved += ["code", *(["code right"] if understood.dossier_code == query["dossier_code"] else [])]
    if query.get("needs"):
        found = len(understood.needs) == len(query["needs"]) and all(
            any(set(need) & set(group) for group in understood.needs) for need in query["needs"]
        )
        moved += ["needs", *(["needs right"] if found else [])]
    if query["intent"] == "procedure":
        return [*moved, "procedure", *_procedure(query, understood)]
    if query["intent"] == "out_of_scope":
        offered = {"answer": ["foreign answered"], "choices": ["foreign offered"]}.get(understood.kind, [])
        return [*moved, "foreign", *offered]
    right = understood.kind == KINDS.get(query["intent"], query["intent"])
    return [*moved, "intent", *(["intent right"] if right else [])]


def by_style(queries: Sequence[Query], lookup: Lookup) -> dict[str, tuple[int, int]]:
    """(right, of how many) of each style: the right procedure first, the right kind, or a refusal."""
    styles: dict[str, list[bool]] = defaultdict(list)
    for query in queries:
        moved = judged(query, lookup.understanding.understand(query["text"], today=TODAY.date()))
        right = "first" in moved or "intent right" in moved
        refused = "foreign" in moved and not {"foreign answered", "foreign offered"} & set(moved)
        styles[query["style"]].append(right or refused)
    return {style: (sum(results), len(results)) for style, results in sorted(styles.items())}


def ranked(queries: Sequence[Query], ranker: Ranker) -> dict[str, tuple[int, int]]:
    """Right first and in three of a plain ranker, on the questions about procedures."""
    asked = [query for query in queries if query["intent"] == "procedure"]
    found = [(list(ranker(query["text"])), set(query["codes"])) for query in asked]
    return {
        "right first": (sum(bool(set(codes[:1]) & right) for codes, right in found), len(asked)),
        "in three": (sum(bool(set(codes[:3]) & right) for codes, right in found), len(asked)),
    }


def peers(catalogue: Catalogue) -> dict[str, Ranker]:
    """The baselines: on official names, and on all the names that we use."""
    official = [(row.code, row.name) for row in catalogue]
    spoken = [(row.code, phrase) for row in read_spoken() for phrase in row.phrases]
    every = [*official, *spoken, *((code, phrase) for phrase, code in read_colloquial())]
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


def latency(lookup: Lookup) -> dict[str, float]:
    """Milliseconds an understanding takes, over both sets twice."""
    texts = [json.loads(line)["text"] for path in SETS.values() for line in path.read_text("utf-8").splitlines()]
    taken = []
    for text in texts * 2:
        started = time.perf_counter()
        lookup.understanding.understand(text, today=date(2026, 11, 24))
        taken.append((time.perf_counter() - started) * 1000)
    taken.sort()
    return {"p50": round(taken[len(taken) // 2], 2), "p99": round(taken[len(taken) * 99 // 100], 2)}


def wilson(good: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share, in percent."""
    if not of:
        return 0.0, 100.0
    z, share = 1.96, good / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return 100 * (middle - half), 100 * (middle + half)


def show(name: str, scores: dict[str, dict[str, Any]]) -> None:
    """Prints one set's table."""
    print(f"\n{name}\n{'':38}  share  95 % interval    of")
    for label, (good, of) in scores["ours"].items():
        _line(label, good, of)
    for peer, figures in scores["baselines"].items():
        for label, (good, of) in figures.items():
            _line(f"{peer}: {label}", good, of)
    print("by style: " + ", ".join(f"{style} {good}/{of}" for style, (good, of) in scores["by_style"].items()))


def _line(label: str, good: int, of: int) -> None:
    low, high = wilson(good, of)
    share = f"{100 * good / of:5.1f}%" if of else "     -"
    print(f"{label:38} {share}  {low:5.1f} - {high:5.1f}%  {of:4}")


def _procedure(query: Query, understood: Understood) -> list[str]:
    place = next((at for at, code in enumerate(understood.codes) if code in query["codes"]), None)
    moved = [*(["first"] if place == 0 else []), *(["three"] if place is not None and place < 3 else [])]
    if understood.kind == "answer":
        moved.append("sure right" if place == 0 else "sure wrong")
    return moved


def _distinct(codes: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(codes))


if __name__ == "__main__":
    sys.exit(main())

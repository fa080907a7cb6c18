"""`make eval`: how well citizens' questions are understood, beside SQLite FTS5, rapidfuzz and BM25.

Three sets, none in any file that the look-up reads: queries-dev.jsonl (the maintainers', for building),
queries-own.jsonl (ours, frozen: never tuned to) and queries-early.jsonl (ours, looked at while building).  Prints
tables with 95 % Wilson intervals, by style too, what each technique gives, and the speed; writes understanding.json.
"""

import gc
import json
import math
import random
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from rankers import Ranker, peers

from bot.understanding import Understanding, Understood
from procedures.book import Book
from procedures.catalogue import Catalogue, load
from procedures.wording import Wording, read

HERE = Path(__file__).parent
SETS = {name: HERE.parent / "tests" / "data" / f"queries-{name}.jsonl" for name in ("dev", "own", "early")}
TODAY = date(2026, 11, 24)
KINDS = {"dossier_status": "dossier", "fee_question": "fee"}
MANY = 10_000
ADDED = ("cấp tỉnh", "cấp xã", "mới", "lại", "sửa đổi", "vùng", "nông thôn", "đô thị", "trực tuyến")
Query = dict[str, Any]
Figures = dict[str, tuple[int, int]]


def main() -> int:
    """Scores the sets, prints and writes; 0 always: it measures, the tests hold the floors."""
    started = time.perf_counter()
    catalogue, words = load(), read()
    understanding = Understanding(Book(catalogue, words))
    report: dict[str, Any] = {"start_up_s": round(time.perf_counter() - started, 2), "sets": {}}
    report["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    queries = {name: [json.loads(line) for line in path.read_text("utf-8").splitlines()] for name, path in SETS.items()}
    report["latency_ms"] = latency(understanding, queries)
    for name, asked in queries.items():
        compared = peers(catalogue) if name != "early" else {}
        report["sets"][name] = {
            "ours": measured(asked, understanding),
            "by_style": by_style(asked, understanding),
            "baselines": {peer: ranked(asked, ranker) for peer, ranker in compared.items()},
        }
        show(name, report["sets"][name])
    report["without"] = ablation(catalogue, words, queries)
    report["latency_of_10000_ms"] = latency(Understanding(Book(many(catalogue), words)), queries)
    print(f"\nstart-up {report['start_up_s']} s, memory {report['memory_mb']} MB, a message {report['latency_ms']} ms,")
    print(f"over {MANY:,} procedures {report['latency_of_10000_ms']} ms")
    (HERE / "understanding.json").write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


def measured(queries: Sequence[Query], understanding: Understanding) -> Figures:
    """(count, of how many) of each figure."""
    counts: Counter[str] = Counter()
    for query in queries:
        counts.update(judged(query, understanding.understand(query["text"], today=TODAY)))
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


def by_style(queries: Sequence[Query], understanding: Understanding) -> Figures:
    """(right, of how many) of each style: the right procedure first, the right kind, or a refusal."""
    styles: dict[str, list[bool]] = defaultdict(list)
    for query in queries:
        moved = judged(query, understanding.understand(query["text"], today=TODAY))
        right = "first" in moved or "intent right" in moved
        refused = "foreign" in moved and not {"foreign answered", "foreign offered"} & set(moved)
        styles[query["style"]].append(right or refused)
    return {style: (sum(results), len(results)) for style, results in sorted(styles.items())}


def ranked(queries: Sequence[Query], ranker: Ranker) -> Figures:
    """Right first and in three of a plain ranker, on the questions about procedures."""
    asked = [query for query in queries if query["intent"] == "procedure"]
    found = [(list(ranker(query["text"])), set(query["codes"])) for query in asked]
    return {
        "right first": (sum(bool(set(codes[:1]) & right) for codes, right in found), len(asked)),
        "in three": (sum(bool(set(codes[:3]) & right) for codes, right in found), len(asked)),
    }


WITHOUT: Mapping[str, Callable[[Wording], Wording]] = {
    "everything": lambda words: words,
    "spoken and colloquial names": lambda words: replace(words, spoken=(), colloquial=()),
    "facets, weights, sibling words": lambda words: replace(words, cues={}, spoken=tuple(map(_bare, words.spoken))),
    "asking back": lambda words: replace(words, questions=()),
    "abbreviations and synonyms": lambda words: replace(words, written={}),
    "fillers": lambda words: replace(words, fillers=("nhe",)),
    "absent subjects, other themes": lambda words: replace(words, absent=()),
}


def ablation(catalogue: Catalogue, words: Wording, queries: Mapping[str, list[Query]]) -> dict[str, dict[str, Figures]]:
    """The figures with one technique taken away at a time, on the maintainers' set and on the frozen one."""
    columns = ("right first", "in three", "sure and right", "sure and wrong", "out of scope, offered")
    print(f"\nwithout, in % of dev / own{'':6}" + "".join(f"{column:>24}" for column in columns))
    found: dict[str, dict[str, Figures]] = {}
    for name, taken in WITHOUT.items():
        understanding = Understanding(Book(catalogue, taken(words)))
        found[name] = {each: measured(queries[each], understanding) for each in ("dev", "own")}
        shares = [
            "  / ".join(f"{_percent(found[name][each][column]):5.1f}" for each in found[name]) for column in columns
        ]
        print(f"{name:32}" + "".join(f"{share:>24}" for share in shares))
    return found


def latency(understanding: Understanding, queries: Mapping[str, Sequence[Query]]) -> dict[str, float]:
    """Milliseconds of this process that a whole message takes, over all sets twice."""
    gc.collect()
    gc.freeze()
    taken = []
    for query in [query for asked in queries.values() for query in asked] * 2:
        started = time.process_time()
        understanding.understand(query["text"], today=TODAY)
        taken.append((time.process_time() - started) * 1000)
    taken.sort()
    return {"p50": round(taken[len(taken) // 2], 2), "p99": round(taken[len(taken) * 99 // 100], 2)}


def many(catalogue: Catalogue) -> Catalogue:
    """The catalogue with copies of its procedures, words added to their names, until there are `MANY`."""
    chance = random.Random(1)
    rows = {row.code: row for row in catalogue}
    originals = list(rows.values())
    while len(rows) < MANY:
        one = chance.choice(originals)
        names = one.name.split()
        for _ in range(2):
            names.insert(chance.randrange(len(names) + 1), chance.choice(ADDED))
        code = f"9.{len(rows):06}"
        rows[code] = replace(one, code=code, name=" ".join(names))
    return Catalogue(rows)


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


def _percent(figure: tuple[int, int]) -> float:
    return 100 * figure[0] / figure[1] if figure[1] else 0.0


def _bare(spoken: Any) -> Any:
    """A spoken row with nothing but its phrases."""
    return replace(spoken, action="", foreign=False, who="any", unlike=(), weight=0)


def _procedure(query: Query, understood: Understood) -> list[str]:
    place = next((at for at, code in enumerate(understood.codes) if code in query["codes"]), None)
    moved = [*(["first"] if place == 0 else []), *(["three"] if place is not None and place < 3 else [])]
    if understood.kind == "answer":
        moved.append("sure right" if place == 0 else "sure wrong")
    return moved


if __name__ == "__main__":
    sys.exit(main())

"""How weights are learned: `python -m procedures.learning` prints `ranking.WEIGHTS`, `deciding.SURE_BY`, `OURS_BY` and
`needs.SEVERAL_BY`.

From practice questions alone (`procedures/practice.py`).  They are harder than life, so the ranking learned is blended
with the start.
"""

import math
import random
import sys
from collections.abc import Callable, Mapping, Sequence

from procedures.catalogue import load
from procedures.deciding import OURS_BY, SURE_BY, told
from procedures.names import ABSENT
from procedures.needs import SEVERAL_BY
from procedures.practice import Practice, of_names, of_others, of_pairs
from procedures.ranking import WEIGHTS, score
from procedures.search import Index
from procedures.wording import read

START: Mapping[str, float] = {
    "nearest": 1.0,
    "next": 0.15,
    "pooled": 0.3,
    "explained": 0.25,
    "covered": 0.1,
    "marked": 0.1,
    "clashes": -0.1,
    "often": 0.1,
    "often_short": 0.05,
    "same_action": 0.06,
    "other_action": -0.06,
    "plain_same": 0.06,
    "unsaid_action": -0.1,
    "not_first": -0.2,
    "foreign_extra": -0.12,
    "foreign_missing": -0.06,
    "other_who": -0.06,
    "sibling": -0.08,
    "absent": 0.0,
}
BLEND = 0.3
RATE = 0.015
SHARPNESS = 12.0
ROUNDS = 8
MOST_RIVALS = 20
Rows = Sequence[tuple[Mapping[str, float], bool]]


def main(argv: Sequence[str]) -> int:
    """Prints what was learned from so many names (2,600 unless told)."""
    chance = random.Random(7)  # noqa: S311 - a sample, not a secret
    index = Index(load(), read())
    asked = of_names(index, int(argv[0]) if argv else 2600, chance)
    cut = len(asked) * 3 // 4
    learned = weights(asked[:cut], chance)
    blended = {name: (1 - BLEND) * START[name] + BLEND * learned[name] / learned["nearest"] for name in START}
    for label, used in (("start", START), ("shipped", WEIGHTS), ("blended", blended)):
        sys.stdout.write(f"{label}: first {first(asked[cut:], used):.3f}\n")
    sys.stdout.write(f"WEIGHTS {_short(blended)}\n")
    harder = _procedures(of_names(index, len(asked), chance, left_out=1.0))
    sys.stdout.write(f"SURE_BY {_short(logistic(rows(harder, _first_is_right), SURE_BY))}\n")
    every = [*_procedures(asked), *of_others(index, chance)]
    sys.stdout.write(f"OURS_BY {_short(logistic(rows(every, _is_ours), OURS_BY))}\n")
    several = logistic(of_pairs(index, len(asked), chance), SEVERAL_BY)
    sys.stdout.write(f"SEVERAL_BY {_short(several)}\n")
    return 0


def first(asked: Sequence[Practice], used: Mapping[str, float]) -> float:
    """The share of questions whose right code comes first with these weights."""
    right = 0
    for one in asked:
        best = max(one.found.hits, key=lambda hit: score(hit.measures, used), default=None)
        right += best is not None and best.code == one.code
    return right / len(asked)


def weights(asked: Sequence[Practice], chance: random.Random) -> dict[str, float]:
    """A softmax over the rivals of each question, learned by gradient descent from `START`."""
    learned = dict(START)
    rivalries = [rivals for one in asked if (rivals := _rivals(one))]
    for turn in range(ROUNDS):
        chance.shuffle(rivalries)
        for rivals in rivalries:
            raw = [SHARPNESS * score(measures, learned) for measures in rivals]
            shares = [math.exp(value - max(raw)) for value in raw]
            for at, measures in enumerate(rivals):
                error = shares[at] / sum(shares) - (at == 0)
                for name, value in measures.items():
                    learned[name] -= RATE / (1 + turn) * error * value
    return learned


def rows(asked: Sequence[Practice], good: Callable[[Practice], bool]) -> Rows:
    """What tells of the first hit of each question, and whether it is good."""
    first = [(one, one.found.hits[0].code) for one in asked if one.found.hits]
    return [(told(one.found), good(one)) for one, code in first if not code.startswith(ABSENT)]


def logistic(known: Rows, names: Mapping[str, float]) -> dict[str, float]:
    """A logistic regression, by gradient descent."""
    learned = dict.fromkeys(names, 0.0)
    for _ in range(400):
        slope = dict.fromkeys(learned, 0.0)
        for measures, good in known:
            error = 1 / (1 + math.exp(-sum(learned[name] * measures[name] for name in names))) - good
            for name in names:
                slope[name] += error * measures[name]
        learned = {name: value - 2.0 * slope[name] / len(known) for name, value in learned.items()}
    return learned


def _rivals(one: Practice) -> list[Mapping[str, float]]:
    """The right hit's measures first, then the others'; nothing where the right one was not found."""
    right = next((hit for hit in one.found.hits if hit.code == one.code), None)
    others = [hit.measures for hit in one.found.hits[:MOST_RIVALS] if hit.code != one.code]
    return [] if right is None else [right.measures, *others]


def _procedures(asked: Sequence[Practice]) -> list[Practice]:
    return [one for one in asked if not one.code.startswith(ABSENT)]


def _first_is_right(one: Practice) -> bool:
    return one.found.hits[0].code == one.code


def _is_ours(one: Practice) -> bool:
    return bool(one.code)


def _short(found: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in found.items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

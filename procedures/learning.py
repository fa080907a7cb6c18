"""How weights are learned: `python -m procedures.learning` prints `ranking.WEIGHTS` and `deciding.CONFIDENCE`.

Every spoken name in turn is taken out of the index and asked as a question, with the noise of real ones (a greeting, a
filler, no diacritics, two letters swapped); often asked procedures more often.  No test question is used.  The names
are made to be unlike each other, so leaving one out is harder than life: what is learned is blended with the start.
"""

import math
import random
import sys
from collections.abc import Mapping, Sequence

from procedures.catalogue import load
from procedures.deciding import CONFIDENCE, told
from procedures.ranking import WEIGHTS, score
from procedures.search import ABSENT, Found, Index, shipped
from vietnam.text import fold

START: Mapping[str, float] = {
    "nearest": 1.0,
    "next": 0.15,
    "pooled": 0.3,
    "explained": 0.25,
    "marked": 0.1,
    "often": 0.1,
    "same_action": 0.06,
    "other_action": -0.06,
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
BEFORE = ("", "", "", "cho em hỏi", "em muốn", "tôi cần", "ad ơi")
AFTER = ("", "", "", "cần giấy tờ gì", "nộp ở đâu", "mất bao lâu", "bao nhiêu tiền vậy ạ", "thì làm sao")

Asked = tuple[str, Found]


def main(argv: Sequence[str]) -> int:
    """Prints what was learned from so many names (2,600 unless told)."""
    chance = random.Random(7)  # noqa: S311 - a sample, not a secret
    asked = questions(shipped(load()), int(argv[0]) if argv else 2600, chance)
    cut = len(asked) * 3 // 4
    learned = weights(asked[:cut], chance)
    blended = {name: (1 - BLEND) * START[name] + BLEND * learned[name] / learned["nearest"] for name in START}
    for label, used in (("start", START), ("shipped", WEIGHTS), ("blended", blended)):
        sys.stdout.write(f"{label}: first {first(asked[cut:], used):.3f}\n")
    sys.stdout.write(f"WEIGHTS { ({name: round(value, 2) for name, value in blended.items()}) }\n")
    sys.stdout.write(f"CONFIDENCE {confidence_weights(asked)}\n")
    return 0


def questions(index: Index, count: int, chance: random.Random) -> list[Asked]:
    """(right code, what was found) of names that were left out of the index while they were asked."""
    often = [1.0 if code.startswith(ABSENT) else index.often(code) for code, _, _ in index.names]
    picked = chance.choices(range(len(often)), [2.0**weight / 4 if weight else 0.0 for weight in often], k=count)
    return [(index.names[at][0], index.find(noisy(index.names[at][1], chance), without=at)) for at in picked]


def noisy(name: str, chance: random.Random) -> str:
    """A name as somebody might type it."""
    text = f"{chance.choice(BEFORE)} {name} {chance.choice(AFTER)}".strip()
    if chance.random() < 0.45:
        text = fold(text)
    if chance.random() < 0.12 and len(text) > 8:
        at = chance.randrange(1, len(text) - 2)
        text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text


def first(asked: Sequence[Asked], used: Mapping[str, float]) -> float:
    """The share of questions whose right code comes first with these weights."""
    right = 0
    for code, found in asked:
        best = max(found.hits, key=lambda hit: score(hit.measures, used), default=None)
        right += best is not None and best.code == code
    return right / len(asked)


def weights(asked: Sequence[Asked], chance: random.Random) -> dict[str, float]:
    """A softmax over the rivals of each question, learned by gradient descent from `START`."""
    learned = dict(START)
    rows = [row for code, found in asked if (row := _rivals(code, found))]
    for turn in range(ROUNDS):
        chance.shuffle(rows)
        for right, rivals in rows:
            raw = [SHARPNESS * score(measures, learned) for measures in rivals]
            shares = [math.exp(value - max(raw)) for value in raw]
            for at, measures in enumerate(rivals):
                error = shares[at] / sum(shares) - (at == right)
                for name, value in measures.items():
                    learned[name] -= RATE / (1 + turn) * error * value
    return learned


def confidence_weights(asked: Sequence[Asked]) -> dict[str, float]:
    """A logistic regression of "the first hit is right" on the measures of `deciding.told`."""
    rows = [(told(found), found.hits[0].code == code) for code, found in asked if found.hits]
    learned = dict.fromkeys(CONFIDENCE, 0.0)
    for _ in range(300):
        slope = dict.fromkeys(learned, 0.0)
        for measures, right in rows:
            error = _logistic(sum(learned[name] * value for name, value in measures.items())) - right
            for name, value in measures.items():
                slope[name] += error * value
        learned = {name: value - 2.0 * slope[name] / len(rows) for name, value in learned.items()}
    return {name: round(value, 2) for name, value in learned.items()}


def _rivals(code: str, found: Found) -> tuple[int, list[Mapping[str, float]]] | None:
    hits = [hit for hit in found.hits[:MOST_RIVALS] if hit.code != code]
    right = next((hit for hit in found.hits if hit.code == code), None)
    return None if right is None else (0, [right.measures, *(hit.measures for hit in hits)])


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

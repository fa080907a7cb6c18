"""From hits to a decision: a sure procedure, a choice, a question back, a subject that the catalogue lacks, or nothing.

The confidence is a logistic of five measures, learned by `python -m procedures.learning` on the procedures' own names,
each left out in turn; the thresholds were set where the development questions have one wrong sure answer in a hundred.
A mistake must cost one more tap, never a wrong answer.
"""

import math
from dataclasses import dataclass

from procedures.search import ABSENT, Found, Hit, Index
from procedures.wording import Question

SURE = 0.55
"""The confidence from which one procedure is the answer."""
OFFER_SCORE = 1.25
OFFER_EXPLAINED = 0.45
OFFER_ANYWAY = 1.5
"""A score from which procedures are offered however little of a long story they explain."""
ABSENT_SCORE = 1.6
ABSENT_MARGIN = 0.1
"""An absent subject so near behind a procedure of a weak score goes first."""
WEAK_SCORE = 1.8
MOST_CHOICES = 3
CONFIDENCE = {"bias": -2.35, "score": 0.96, "margin": 3.53, "explained": 0.48, "nearest": -2.16, "short": 0.65}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sure:
    """One procedure, given as the answer."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Up to three procedures to choose from, best first."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskBack:
    """A good officer's question, and (label, code) of each answer."""

    question: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A need that the catalogue lacks: its official subject, and who serves it."""

    subject: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """No procedure is near enough to be offered."""


Decision = Sure | Choices | AskBack | Absent | Nothing


class Questions:
    """The questions to ask back, found by the words of a short message."""

    def __init__(self, questions: list[Question], index: Index) -> None:
        self._by_words = {
            frozenset(index.find(phrase).content): question for question in questions for phrase in question.phrases
        }

    def asked(self, content: tuple[str, ...]) -> Question | None:
        """The question for a message of just these words, or None."""
        return self._by_words.get(frozenset(content)) if content else None


def decide(found: Found, index: Index, questions: Questions) -> Decision:
    """The decision on what was found."""
    question = questions.asked(found.content)
    if question is not None:
        return AskBack(question=question.ask, options=question.options)
    if not found.hits:
        return Nothing()
    best = found.hits[0]
    second = found.hits[1] if len(found.hits) > 1 else best
    if second.code.startswith(ABSENT) and best.score < WEAK_SCORE and best.score - second.score < ABSENT_MARGIN:
        return _absent(second, index)
    if best.code.startswith(ABSENT):
        return _absent(best, index) if best.score >= ABSENT_SCORE else Nothing()
    if confidence(found) >= SURE and is_near(best):
        return Sure(code=best.code)
    if is_near(best):
        return Choices(codes=procedures(found))
    return Nothing()


def procedures(found: Found) -> tuple[str, ...]:
    """The first procedures of what was found, absent subjects left out."""
    return tuple(hit.code for hit in found.hits if not hit.code.startswith(ABSENT))[:MOST_CHOICES]


def is_near(best: Hit) -> bool:
    """Whether a hit is near enough to be offered at all."""
    return best.score >= OFFER_ANYWAY or (best.score >= OFFER_SCORE and best.explained >= OFFER_EXPLAINED)


def confidence(found: Found) -> float:
    """How likely the first hit is the right one, 0 to 1; 0 where there is none."""
    if not found.hits:
        return 0.0
    return 1 / (1 + math.exp(-sum(CONFIDENCE[name] * value for name, value in told(found).items())))


def told(found: Found) -> dict[str, float]:
    """The measures of the first hit that tell whether it is right; there must be one."""
    best = found.hits[0]
    return {
        "bias": 1.0,
        "score": best.score,
        "margin": best.score - (found.hits[1].score if len(found.hits) > 1 else 0.0),
        "explained": best.explained,
        "nearest": best.measures["nearest"],
        "short": 1 / max(1, len(found.content)),
    }


def _absent(hit: Hit, index: Index) -> Absent:
    need = index.absent[int(hit.code.removeprefix(ABSENT))]
    return Absent(subject=need.subject, who=need.who)

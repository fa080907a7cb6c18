"""From hits to a decision: a sure procedure, a choice, a question back, a subject that the catalogue lacks, or nothing.

How sure the first hit is, and how likely a message is ours at all, are logistics of a few measures, learned by
`python -m procedures.learning` on practice questions; the thresholds were set on the development questions.
A mistake must cost one more tap, never a wrong answer.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from procedures.names import ABSENT
from procedures.search import Found, Hit, Index
from procedures.telling import LONG
from procedures.wording import Question

SURE = 0.48
"""The confidence from which one procedure is the answer."""
DOUBTS = frozenset({"sibling", "not_first", "foreign_extra", "foreign_missing", "other_who"})
"""Where a word of the message speaks for a sibling, nothing is sure."""
OURS = 0.4
"""The likelihood of being ours from which procedures are offered."""
WANTS = frozenset({"muon", "xin", "can", "dinh", "nop", "lam", "giay"})
STORYS_OURS = 0.2
"""The same for a story, of which no name is near as a whole."""
SURELY_OURS = 0.7
"""The likelihood of being ours from which one may be the answer."""
ABSENT_SCORE = 1.45
SAME = 0.97
"""A likeness from which a message is an absent subject's very name: it goes before a procedure of the same name."""
BESIDE = 0.12
"""An absent subject that is so little behind goes before a procedure: nothing is said where it may be another's."""
FAR = -1.5
"""An absent subject that is so far behind says nothing more."""
MOST_CHOICES = 3
SURE_BY: Mapping[str, float] = {
    "bias": -2.24,
    "score": 1.14,
    "margin": 3.61,
    "nearest": -1.85,
    "covered": 0.15,
    "short": 1.07,
}
OURS_BY: Mapping[str, float] = {
    "bias": -1.46,
    "score": 0.45,
    "margin": -0.14,
    "nearest": 0.04,
    "covered": 1.81,
    "absent": -2.05,
}


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

    def __init__(self, questions: Sequence[Question], index: Index) -> None:
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
    lacking = next((hit for hit in found.hits[:2] if hit.code.startswith(ABSENT)), None)
    if lacking is not None and (best.score - lacking.score <= BESIDE or lacking.measures["nearest"] >= SAME):
        if lacking.score >= ABSENT_SCORE or not (is_story(found) and procedures(found)):
            return _absent(lacking, index) if lacking.score >= ABSENT_SCORE else Nothing()
        return Choices(codes=procedures(found))
    likely = ours(found)
    if likely < (STORYS_OURS if is_story(found) else OURS):
        return Nothing()
    sure = confidence(found) >= SURE and likely >= SURELY_OURS and not best.measures.keys() & DOUBTS
    return Sure(code=best.code) if sure else Choices(codes=procedures(found))


def is_story(found: Found) -> bool:
    """Whether a message tells a story and wants something: it says much beside that, so it is not lightly refused."""
    return len(found.content) >= LONG and not WANTS.isdisjoint(found.said)


def procedures(found: Found) -> tuple[str, ...]:
    """The first procedures of what was found, absent subjects left out."""
    return tuple(hit.code for hit in found.hits if not hit.code.startswith(ABSENT))[:MOST_CHOICES]


def confidence(found: Found) -> float:
    """How likely the first hit is the right one, 0 to 1; 0 where there is none."""
    return _likely(found, SURE_BY)


def ours(found: Found) -> float:
    """How likely a message is about a procedure of the catalogue, 0 to 1; 0 where nothing was found."""
    return _likely(found, OURS_BY)


def told(found: Found) -> dict[str, float]:
    """The measures of the first hit that tell whether it is right; there must be one."""
    best = found.hits[0]
    absent = next((hit.score - best.score for hit in found.hits if hit.code.startswith(ABSENT)), FAR)
    return {
        "bias": 1.0,
        "score": best.score,
        "margin": best.score - (found.hits[1].score if len(found.hits) > 1 else 0.0),
        "nearest": best.measures["nearest"],
        "covered": best.measures["covered"],
        "short": 1 / max(1, len(found.content)),
        "absent": max(absent, FAR),
    }


def _likely(found: Found, weights: Mapping[str, float]) -> float:
    if not found.hits:
        return 0.0
    measures = told(found)
    return 1 / (1 + math.exp(-sum(weight * measures[name] for name, weight in weights.items())))


def _absent(hit: Hit, index: Index) -> Absent | Nothing:
    need = index.absent[int(hit.code.removeprefix(ABSENT))]
    if not need.who:
        return Nothing()
    return Absent(subject=need.subject, who=need.who)

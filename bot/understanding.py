"""What a citizen's message asks for: deterministic, explainable, and never an invention.

In this order: a dossier's code, a procedure's code, words that show an intent by themselves, several needs in one
message, the search of the catalogue with its decision.  Words that only hint at an intent yield to a clear procedure.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import assert_never

from bot import intents
from bot.intents import Intent
from dossiers import codes as dossier_codes
from procedures.book import Book, Shelf
from procedures.catalogue import CODE
from procedures.deciding import (
    MOST_CHOICES,
    Absent,
    AskBack,
    Choices,
    Decision,
    Nothing,
    Sure,
    decide,
    is_story,
    procedures,
)
from procedures.names import ABSENT
from procedures.needs import Need, needs
from procedures.search import Found

LONGEST_TEXT = 4000
CLEAR_SCORE = 1.9
"""A score at which a message is about a procedure, whatever other words it holds."""
LEGAL_SCORE = 2.1
DOSSIER_SCORE = 2.35
VAGUE_SCORE = 2.5
CLEAR_EXPLAINED = 0.75
_PROCEDURE_CODE = re.compile(rf"(?<![\d.]){CODE.pattern}(?!\d)")


class Kind(StrEnum):
    """What is answered, as in `motcua lookup --jsonl`."""

    ANSWER = "answer"
    CHOICES = "choices"
    DOSSIER = "dossier"
    FEE = "fee"
    SURVEY = "survey"
    HUMAN = "human"
    GREETING = "greeting"
    HELP = "help"
    STOP = "stop"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A message understood.

    `codes` are procedures (one if answered, up to three if offered), `needs` one list for each need where there are
    several, `labels` the words of each choice where an officer's question is asked back, `why` what was recognised,
    for staff.
    """

    kind: Kind
    codes: tuple[str, ...] = ()
    needs: tuple[tuple[str, ...], ...] = ()
    question: str = ""
    labels: tuple[str, ...] = ()
    absent: Absent | None = None
    dossier_code: str | None = None
    problem: dossier_codes.Problem | None = None
    why: tuple[str, ...] = field(default=())


class Understanding:
    """Understands messages by the shelf that its book has in force."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def understand(self, text: str, *, today: date) -> Understood:
        """What a message asks for.  `today` (in Việt Nam) judges the date inside a dossier code."""
        text = text[:LONGEST_TEXT]
        shelf = self._book.shelf
        code = dossier_codes.find(text, today)
        if code.code or code.problem == "impossible_date":
            return _dossier(code, shelf.index.find(text))
        named = [found for found in _PROCEDURE_CODE.findall(text) if found in shelf.catalogue]
        if named:
            return _procedures(tuple(dict.fromkeys(named)), f"mã thủ tục {named[0]}")
        found = shelf.index.find(text)
        intent = intents.of(found.said, text)
        if intent is not None and not _is_clear(found, VAGUE_SCORE):
            return _plain(intent, "từ ngữ của cả tin")
        if code.problem:
            return Understood(kind=Kind.DOSSIER, problem=code.problem, why=("mã hồ sơ chưa đủ",))
        return _by_search(text, found, shelf)


def _dossier(code: dossier_codes.Found, found: Found) -> Understood:
    kind = Kind.FEE if intents.about_a_dossier(found.said) is Intent.FEE else Kind.DOSSIER
    return Understood(kind=kind, dossier_code=code.code, problem=code.problem, why=("có mã hồ sơ",))


def _by_search(text: str, found: Found, shelf: Shelf) -> Understood:
    about = intents.about_a_dossier(found.said)
    if about is not None and not _is_clear(found, DOSSIER_SCORE):
        return _plain(about, "từ ngữ về một hồ sơ")
    if intents.is_vague(found.said) and not _is_clear(found, VAGUE_SCORE):
        return _plain(Intent.HELP, "tin chưa nói rõ việc gì")
    several = needs(text, found, shelf.index)
    if several:
        return _several(several)
    if intents.is_small_talk(found.said) and not is_story(found) and not _is_clear(found, CLEAR_SCORE):
        return _plain(Intent.OUT_OF_SCOPE, "chuyện ngoài thủ tục hành chính")
    decision = decide(found, shelf.index, shelf.questions)
    if intents.is_legal_advice(found.said) and not isinstance(decision, AskBack):
        return _on_the_law(decision, found)
    return _decided(decision, found)


def _several(several: tuple[Need, ...]) -> Understood:
    first = tuple(dict.fromkeys(need.codes[0] for need in several))
    wanted = tuple(need.codes for need in several)
    return Understood(
        kind=Kind.CHOICES, codes=first[:MOST_CHOICES], needs=wanted, why=(f"{len(several)} việc trong một tin",)
    )


def _is_clear(found: Found, score: float) -> bool:
    """Whether a message is about a procedure whatever else its words may mean."""
    best = found.hits[0] if found.hits else None
    clear = best is not None and best.score >= score and best.explained >= CLEAR_EXPLAINED
    return clear and best is not None and not best.code.startswith(ABSENT)


def _on_the_law(decision: Decision, found: Found) -> Understood:
    """A question about what the law says: answered only where it is plainly a procedure's, else offered or refused."""
    why = ("hỏi về quy định của luật", *_reasons(found))
    if isinstance(decision, Sure | Absent) and (isinstance(decision, Absent) or _is_clear(found, LEGAL_SCORE)):
        return _decided(decision, found)
    if _is_clear(found, CLEAR_SCORE) or (is_story(found) and isinstance(decision, Sure | Choices)):
        return Understood(kind=Kind.CHOICES, codes=procedures(found), why=why)
    return Understood(kind=Kind.OUT_OF_SCOPE, why=why)


def _procedures(codes: tuple[str, ...], why: str) -> Understood:
    if len(codes) == 1:
        return Understood(kind=Kind.ANSWER, codes=codes, why=(why,))
    return Understood(kind=Kind.CHOICES, codes=codes[:MOST_CHOICES], needs=tuple((code,) for code in codes), why=(why,))


def _plain(intent: Intent, why: str) -> Understood:
    return Understood(kind=Kind(intent.value), why=(why,))


def _reasons(found: Found) -> tuple[str, ...]:
    return tuple(f"{hit.code} {hit.score:.2f}: {', '.join(hit.why)}" for hit in found.hits[:3])


def _decided(decision: Decision, found: Found) -> Understood:
    why = _reasons(found)
    match decision:
        case Sure(code=code):
            return Understood(kind=Kind.ANSWER, codes=(code,), why=why)
        case Choices(codes=codes):
            return Understood(kind=Kind.CHOICES, codes=codes, why=why)
        case AskBack(question=question, options=options):
            labels, codes = zip(*options, strict=True)
            return Understood(
                kind=Kind.CHOICES,
                codes=codes[:MOST_CHOICES],
                labels=labels[:MOST_CHOICES],
                question=question,
                why=("hỏi lại", *why),
            )
        case Absent() as absent:
            return Understood(kind=Kind.OUT_OF_SCOPE, absent=absent, why=("không có trong danh mục", *why))
        case Nothing():
            return Understood(kind=Kind.OUT_OF_SCOPE, why=("không gần thủ tục nào", *why))
        case _:
            assert_never(decision)

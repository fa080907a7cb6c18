"""What a message wants besides a procedure: a greeting, help, a person, no more messages, a survey, a dossier, a fee.

A short message is judged by all of its words, a long one by telling phrases (`bot/cues.py`).
"""

import re
from enum import StrEnum

from bot import cues

LONGEST_GREETING = 8
LONGEST_STOP = 14
_STOP_ALONE = frozenset({"tc", "huy", "tat", "dung", "stop"})
_LINK = re.compile(r"https?://|www\.|bit\.ly", re.IGNORECASE)
_PORTAL = "dichvucong"


class Intent(StrEnum):
    """What a message wants."""

    GREETING = "greeting"
    HELP = "help"
    HUMAN = "human"
    STOP = "stop"
    SURVEY = "survey"
    FEE = "fee"
    DOSSIER = "dossier"
    OUT_OF_SCOPE = "out_of_scope"


def of(tokens: tuple[str, ...], text: str) -> Intent | None:
    """The intent that the words show by themselves, before any procedure is thought of; None if they show none."""
    joined = " ".join(tokens)
    if not tokens:
        return Intent.HELP
    if set(tokens) <= cues.GREETING_WORDS and len(tokens) <= LONGEST_GREETING and cues.GREETING.search(joined):
        return Intent.GREETING
    if joined in _STOP_ALONE or (cues.STOP.search(joined) and len(tokens) <= LONGEST_STOP):
        return Intent.STOP
    if cues.HOSTILE.search(joined) or (_LINK.search(text) and _PORTAL not in text):
        return Intent.OUT_OF_SCOPE
    if cues.HUMAN.search(joined):
        return Intent.HUMAN
    return Intent.HELP if cues.HELP.search(joined) else None


def is_vague(tokens: tuple[str, ...]) -> bool:
    """Whether a message says nothing to act on ("làm giấy", "thủ tục này làm sao")."""
    return set(tokens) <= cues.VAGUE_WORDS


def about_a_dossier(tokens: tuple[str, ...]) -> Intent | None:
    """A dossier's state, what is owed for it, or a mark to give: words that a procedure's question seldom has."""
    joined = " ".join(tokens)
    if cues.SURVEY.search(joined):
        return Intent.SURVEY
    if cues.FEE.search(joined):
        return Intent.FEE
    if cues.DOSSIER.search(joined):
        return Intent.DOSSIER
    if set(tokens) <= cues.ONLY_DOSSIER_WORDS:
        return (
            Intent.FEE if cues.ANY_MONEY.search(joined) else Intent.DOSSIER if cues.ANY_STATE.search(joined) else None
        )
    return None


def is_legal_advice(tokens: tuple[str, ...]) -> bool:
    """Whether a message asks what the law says, not how something is done."""
    return bool(cues.LEGAL.search(" ".join(tokens)))


def is_small_talk(tokens: tuple[str, ...]) -> bool:
    """Whether a message is of the world at large: weather, games, office hours, who is who."""
    return bool(cues.SMALL_TALK.search(" ".join(tokens)))

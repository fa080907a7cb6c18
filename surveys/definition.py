"""A survey's questions, their answers in words, and when each is asked: read from a TOML file, checked at once."""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field, model_validator

from vietnam.text import fold, words

SATISFACTION = "satisfaction"
"""The question whose five marks the headline is made of."""

_NUMBER = re.compile(r"(?:muc|so|chon|cho)?\s*(?P<digit>[0-9])\s*(?:sao|diem|/ ?5)?")
_FILLING = re.compile(
    r"^(?:(?:da|vang|toi|minh|em|con|thay|cam thay|la)\s+)+(?=\S+ \S|\S*\d)|(?:\s+(?:a|nhe|nha|lam|luon))+$"
)


class _Part(BaseModel, frozen=True, extra="forbid"):
    """Part of the file; an unknown key is a slip of the hand."""


class Choice(_Part):
    """One answer: `title` on the button, `words` in which people also say it."""

    value: str
    title: str = Field(max_length=20)
    words: tuple[str, ...] = ()


class Condition(_Part):
    """Asked only when an earlier question was answered by one of these."""

    question: str
    among: tuple[str, ...]


class Question(_Part):
    """One question. With `answers` it is chosen from; without, the citizen writes up to `longest` characters."""

    id: str
    text: str
    answers: tuple[Choice, ...] = Field(default=(), max_length=6)
    only_if: Condition | None = None
    longest: int = Field(default=500, le=500)
    skip: Choice | None = None

    def read(self, text: str) -> Choice | None:
        """The answer that a text gives: its number, its words with or without diacritics, an emoji; None if none.

        "5", "5 sao", "rất hài lòng", "hl", "ok tốt", "👍" are all answers.
        """
        typed = _FILLING.sub("", fold(text).strip(" .!?,;"))
        number = _NUMBER.fullmatch(typed)
        if number is not None:
            place = int(number["digit"])
            return self.answers[place - 1] if 1 <= place <= len(self.answers) else None
        said = " ".join(words(typed)) or "".join(dict.fromkeys(typed.replace("\ufe0f", "")))
        choices = (*self.answers, *((self.skip,) if self.skip else ()))
        return next((choice for choice in choices if said in _ways(choice)), None)


class Definition(_Part):
    """A whole survey in one language."""

    id: str
    version: str
    language: str
    thanks: str
    thanks_low: str
    questions: tuple[Question, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        seen: set[str] = set()
        for question in self.questions:
            if question.id in seen:
                raise ValueError(f"question {question.id} stands twice")
            if question.only_if is not None and question.only_if.question not in seen:
                raise ValueError(f"question {question.id} depends on one that is not asked before it")
            seen.add(question.id)
            _no_word_twice(question)
        return self

    def next_after(self, answers: Mapping[str, str]) -> Question | None:
        """The first question that is still to be asked, given the answers so far; None when all is said."""
        return next((one for one in self.questions if one.id not in answers and _is_due(one, answers)), None)

    def question(self, question_id: str) -> Question | None:
        return next((one for one in self.questions if one.id == question_id), None)


def load(path: Path | Traversable | None = None) -> Definition:
    """The shipped satisfaction survey, or another file. Raises pydantic's ValidationError, which names every fault."""
    source = path or files("surveys") / "satisfaction.toml"
    return Definition.model_validate(tomllib.loads(source.read_text(encoding="utf-8")))


def _ways(choice: Choice) -> set[str]:
    """All ways to say a choice, folded; a sign without letters (an emoji) stands for itself."""
    return {" ".join(words(way)) or way for way in (choice.title, *choice.words)}


def _is_due(question: Question, answers: Mapping[str, str]) -> bool:
    condition = question.only_if
    return condition is None or answers.get(condition.question) in condition.among


def _no_word_twice(question: Question) -> None:
    said: dict[str, str] = {}
    for choice in question.answers:
        for way in _ways(choice):
            if said.setdefault(way, choice.value) != choice.value:
                raise ValueError(f"question {question.id}: “{way}” means two answers")

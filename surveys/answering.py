"""A survey's answers as they come in: one question at a time, in words, digits, signs or a button's text."""

from dataclasses import dataclass, replace
from datetime import datetime

from store.database import Tx
from store.nouns import Store
from store.surveys import Survey
from surveys.definition import SATISFACTION, Definition, Question

LOW = frozenset({"1", "2", "3"})
"""Marks that are answered with an apology."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What comes next in a survey: a question, or, when all is said, the thanks."""

    survey: Survey
    question: Question | None
    thanks: str = ""

    @property
    def text(self) -> str:
        """What the citizen reads."""
        if self.question is None:
            return self.thanks
        return self.question.text.replace("{code}", self.survey.dossier_code)


class Answering:
    """Takes answers. Every write is in the caller's transaction."""

    def __init__(self, store: Store, definition: Definition) -> None:
        self._store = store
        self._definition = definition

    async def open_of(self, tx: Tx, person_id: str, at: datetime, *, code: str | None = None) -> Asked | None:
        """The survey that this person can answer now, at its next question; the one about `code` where it is given."""
        survey = await self._store.surveys.open_of(tx, person_id, at, code=code)
        return None if survey is None else self._asked(survey)

    def again(self, asked: Asked) -> Asked:
        """The same survey at its first question, to be answered anew."""
        return replace(asked, question=self._definition.questions[0])

    async def take(self, tx: Tx, asked: Asked, text: str, at: datetime) -> Asked | None:
        """The answer to the question that was asked, kept, and what comes next; None if the text is no answer."""
        question = asked.question
        if question is None:
            return None
        choice = question.read(text)
        if question.answers and choice is None:
            return None
        value = "" if choice is None else choice.value
        words = text.strip()[: question.longest] if choice is None else None
        await self._store.surveys.answer(
            tx, asked.survey.id, question.id, choice=value or None, words=words or None, at=at
        )
        survey = _with(asked.survey, question.id, value)
        following = self._asked(survey)
        if following.question is None:
            await self._store.surveys.finish(tx, survey.id, at)
        return following

    def _asked(self, survey: Survey) -> Asked:
        question = self._definition.next_after(survey.answers)
        low = survey.answers.get(SATISFACTION) in LOW
        thanks = self._definition.thanks_low if low else self._definition.thanks
        return Asked(survey=survey, question=question, thanks=thanks)


def _with(survey: Survey, question: str, value: str) -> Survey:
    return replace(survey, answers={**survey.answers, question: value})

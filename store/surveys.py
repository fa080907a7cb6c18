"""Surveys (khảo sát): one a dossier, its answers, and the counts that reports stand on.

Marks are open, a citizen's own words are sealed; no name and no number of the person stands beside either.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, Select, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Field, SQLModel

from store.columns import Sealed, UtcTime, table
from store.database import Dialect, Tx
from store.ids import Ids
from store.personal import Seal
from store.prepared import run


class SurveyTable(SQLModel, table=True):
    __tablename__ = "survey"
    __table_args__ = (
        Index("uq_survey_dossier_id", "dossier_id", unique=True),
        Index(None, "person_id", "invited_at"),
        Index(None, "invited_at"),
    )

    id: str = Field(primary_key=True)
    dossier_id: str
    dossier_code: str
    person_id: str
    agency: str
    version: str
    invited_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    asked: bool = True  # False: never sent (opted out, nobody to reach); counts nowhere
    finished_at: datetime | None = Field(default=None, sa_type=UtcTime)


class SurveyAnswerTable(SQLModel, table=True):
    __tablename__ = "survey_answer"
    __table_args__ = (Index("uq_survey_answer_survey_question", "survey_id", "question", unique=True),)

    id: str = Field(primary_key=True)
    survey_id: str = Field(foreign_key="survey.id")
    question: str
    choice: str | None = None
    sealed: bytes | None = Field(default=None, sa_type=Sealed)
    answered_at: datetime = Field(sa_type=UtcTime)


_survey = table(SurveyTable)
_answer = table(SurveyAnswerTable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A dossier whose applicant is to be asked."""

    dossier_id: str
    dossier_code: str
    person_id: str
    agency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """One survey; `answers` are the choices given so far, by question."""

    id: str
    dossier_id: str
    dossier_code: str
    person_id: str
    agency: str
    version: str
    invited_at: datetime
    expires_at: datetime
    finished_at: datetime | None
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How one agency's people chose for one question: count by choice."""

    agency: str
    counts: Mapping[str, int]


class Surveys:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self._ids = ids

    async def invite(
        self, tx: Tx, invitations: Iterable[Invitation], *, version: str, at: datetime, expires_at: datetime
    ) -> list[Survey]:
        """A survey for each dossier that never had one; those are returned. The unique index on dossier_id decides."""
        rows = [
            {"id": self._ids(), "dossier_id": one.dossier_id, "dossier_code": one.dossier_code}
            | {"person_id": one.person_id, "agency": one.agency, "version": version, "asked": True}
            | {"invited_at": at, "expires_at": expires_at, "finished_at": None}
            for one in invitations
        ]
        if not rows:
            return []
        put = upsert(SurveyTable).on_conflict_do_nothing(index_elements=["dossier_id"]).returning(_survey.c.id)
        new = {row.id for row in await tx.execute(put.values(rows))}
        return [
            Survey(**{name: row[name] for name in Survey.__dataclass_fields__ if name in row}, answers={})  # type: ignore[arg-type]
            for row in rows
            if row["id"] in new
        ]

    async def not_sent(self, tx: Tx, survey_ids: Collection[str]) -> None:
        """Nobody could be asked: the dossier is not asked about again, and no report counts it."""
        if survey_ids:
            await tx.execute(update(_survey).where(_survey.c.id.in_(survey_ids)).values(asked=False))

    async def invited(self, tx: Tx, dossier_ids: Collection[str]) -> set[str]:
        """Which of these dossiers had their survey already. Served by the unique index on dossier_id."""
        if not dossier_ids:
            return set()
        query = select(_survey.c.dossier_id).where(_survey.c.dossier_id.in_(dossier_ids))
        return set((await tx.execute(query)).scalars())

    async def ignored(self, tx: Tx, person_ids: Collection[str], at: datetime) -> Mapping[str, int]:
        """How many surveys each of these people let pass without one answer. Served by (person_id, invited_at)."""
        if not person_ids:
            return {}
        answered = select(_answer.c.id).where(_answer.c.survey_id == _survey.c.id).exists()
        passed = _survey.c.asked & (_survey.c.expires_at <= at) & ~answered
        query = select(_survey.c.person_id, func.count()).where(_survey.c.person_id.in_(person_ids), passed)
        return {row[0]: row[1] for row in await tx.execute(query.group_by(_survey.c.person_id))}

    async def open_of(self, tx: Tx, person_id: str, at: datetime, *, code: str | None = None) -> Survey | None:
        """The person's newest survey that can still be answered, or the one about this dossier."""
        bound = {"person_id": person_id, "at": at, "code": code}
        found = await run(tx, _newest if code is None else _about, bound)
        if not found:
            return None
        row = found[0]
        answers = select(_answer.c.question, _answer.c.choice).where(_answer.c.survey_id == row.id)
        given = {answer.question: answer.choice or "" for answer in await tx.execute(answers)}
        return Survey(
            **{name: getattr(row, name) for name in Survey.__dataclass_fields__ if name != "answers"}, answers=given
        )

    async def answer(
        self,
        tx: Tx,
        survey_id: str,
        question: str,
        *,
        choice: str | None = None,
        words: str | None = None,
        at: datetime,
    ) -> None:
        """An answer; given again, the newer one holds. `words` are the citizen's own and are sealed."""
        row_id = self._ids()
        sealed = None if words is None else self._seal.seal("survey_answer.sealed", row_id, words)
        row: dict[str, object] = {"id": row_id, "survey_id": survey_id, "question": question}
        row |= {"choice": choice, "sealed": sealed, "answered_at": at}
        put = upsert(SurveyAnswerTable).values(row)
        newer = {name: row[name] for name in ("id", "choice", "sealed", "answered_at")}
        await tx.execute(put.on_conflict_do_update(index_elements=["survey_id", "question"], set_=newer))

    async def finish(self, tx: Tx, survey_id: str, at: datetime) -> None:
        await tx.execute(update(_survey).where(_survey.c.id == survey_id).values(finished_at=at))

    async def asked(self, tx: Tx, since: datetime, until: datetime) -> Mapping[str, int]:
        """How many were asked, by agency. Served by the index on invited_at."""
        within = _survey.c.asked, _survey.c.invited_at >= since, _survey.c.invited_at < until
        query = select(_survey.c.agency, func.count()).where(*within).group_by(_survey.c.agency)
        return {row[0]: row[1] for row in await tx.execute(query)}

    async def tallies(self, tx: Tx, question: str, since: datetime, until: datetime) -> list[Tally]:
        """The choices for one question, by agency, over surveys invited in this time."""
        within = _survey.c.asked, _survey.c.invited_at >= since, _survey.c.invited_at < until
        query = (
            select(_survey.c.agency, _answer.c.choice, func.count())
            .join(_answer, _answer.c.survey_id == _survey.c.id)
            .where(*within, _answer.c.question == question, _answer.c.choice.is_not(None))
            .group_by(_survey.c.agency, _answer.c.choice)
            .order_by(_survey.c.agency)
        )
        found: dict[str, dict[str, int]] = {}
        for agency, choice, count in await tx.execute(query):
            found.setdefault(agency, {})[choice] = count
        return [Tally(agency=agency, counts=counts) for agency, counts in found.items()]

    async def words_of(self, tx: Tx, survey_id: str, question: str) -> str | None:
        """A citizen's own words, opened."""
        of_one = _answer.c.survey_id == survey_id, _answer.c.question == question
        row = (await tx.execute(select(_answer.c.id, _answer.c.sealed).where(*of_one))).one_or_none()
        if row is None or row.sealed is None:
            return None
        return self._seal.open("survey_answer.sealed", row.id, row.sealed)


def _newest(_dialect: Dialect) -> Select[Any]:
    """Of one person, and open."""
    mine = _survey.c.person_id == bindparam("person_id"), _survey.c.asked, _survey.c.finished_at.is_(None)
    query = select(_survey).where(*mine, _survey.c.expires_at > bindparam("at", type_=UtcTime()))
    return query.order_by(_survey.c.invited_at.desc()).limit(1)


def _about(dialect: Dialect) -> Select[Any]:
    return _newest(dialect).where(_survey.c.dossier_code == bindparam("code"))

"""Reminders of unpaid fees (nhắc nộp phí, lệ phí): a few days before the last day, once for each dossier and day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from delivery.event import Event, EventName, FilingChannel, Planned
from dossiers.agencies import named, offices
from dossiers.naming import Naming
from dossiers.telling import address, fee_lines, fields, recipient
from store.agencies import Agency
from store.database import Tx
from store.dossier import Dossier, Fee
from store.dossiers import Stored
from store.ids import Clock
from store.nouns import Store
from store.people import Kind
from vietnam.calendar import local

BEFORE = timedelta(days=2)
"""How long before the last day people are reminded."""

PAGE = 500


class Planner(Protocol):
    """`delivery.planner.Planner` is one."""

    async def plan(self, tx: Tx, events: Sequence[Event], /) -> list[Planned]: ...


class FeeReminders:
    def __init__(
        self, store: Store, planner: Planner, naming: Naming, *, before: timedelta = BEFORE, clock: Clock
    ) -> None:
        self._store = store
        self._planner = planner
        self._naming = naming
        self._before = before
        self._clock = clock

    async def remind_due(self) -> int:
        """Reminds of what is unpaid and due soon, not of what is overdue already; how many messages were planned.

        Run again, it repeats nothing: the day it is due is the occurrence.
        """
        now = self._clock()
        planned, after = 0, ""
        while True:
            async with self._store.database.transaction() as tx:
                page = await self._store.dossiers.unpaid_due(tx, now + self._before, after=after, limit=PAGE)
                planned += await self._remind(tx, page, now)
            if len(page) < PAGE:
                break
            after = page[-1].id
        if planned:
            await self._store.wakeup.wake("outbox")
        return planned

    async def _remind(self, tx: Tx, page: Sequence[Stored], now: datetime) -> int:
        due = [(one, fees) for one in page for fees in self._due(one.dossier, now) if address(one.dossier.told)]
        if not due:
            return 0
        told = {one.id: reached for one, _ in due if (reached := address(one.dossier.told))}
        people = await self._store.people.ensure(tx, told.values(), now)
        directory = await offices(self._store.agencies, tx, {one.dossier.agency.code for one, _ in due})
        events = [self._event(one, fees, told[one.id], people, directory, now) for one, fees in due]
        return sum(plan.outcome == "planned" for plan in await self._planner.plan(tx, events))

    def _due(self, dossier: Dossier, now: datetime) -> list[tuple[Fee, ...]]:
        """The unpaid fees that fall due soon, together by their last day."""
        by_day: dict[date, list[Fee]] = {}
        for fee in dossier.unpaid:
            if fee.due_at is not None and now <= fee.due_at <= now + self._before:
                by_day.setdefault(local(fee.due_at).date(), []).append(fee)
        return [tuple(fees) for fees in by_day.values()]

    def _event(
        self,
        one: Stored,
        fees: tuple[Fee, ...],
        told: tuple[Kind, str],
        people: Mapping[tuple[Kind, str], str],
        directory: Mapping[str, Agency],
        now: datetime,
    ) -> Event:
        dossier = one.dossier
        due_at = min(fee.due_at for fee in fees if fee.due_at)
        sums = {
            "fee_lines": fee_lines(fees, sensitive=self._naming.is_sensitive(dossier)),
            "total": sum(fee.amount for fee in fees),
            "fee_due_at": due_at,
        }
        return Event(
            name=EventName.FEE_REMINDER,
            about=one.id,
            occurrence=local(due_at).date().isoformat(),
            at=now,
            recipient=recipient(dossier, people[told]),
            fields=fields(dossier, named(dossier.agency, dict(directory)), self._naming) | sums,
            agency=dossier.agency.code,
            filing_channel=FilingChannel(dossier.filing_channel) if dossier.filing_channel else None,
            dossier_id=one.id,
        )

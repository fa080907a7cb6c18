"""An approved notice goes out: rows become events, a thousand at a time, each row once, also after a crash.

A row is marked as planned in the transaction that plans it, and its event has the row's id in its natural key: a
process that dies between two batches leaves nothing half done, and `carry_on` takes up where it stopped.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from delivery.event import Event, EventName, Planned, Recipient
from delivery.texts.render import RenderError
from notices import cells
from notices.people import EMAIL, PHONE
from notices.texts import Texts
from store.audit import SYSTEM
from store.database import Tx
from store.ids import Clock
from store.notices import Notice, NoticeRow, State
from store.nouns import Store
from store.outbox.tables import State as Outgoing

SAID_WITHIN = timedelta(days=30)
"""The same words to the same person within this time are a repetition."""

_BATCH = 1_000
_UNDER_WAY = (Outgoing.WAITING, Outgoing.SENDING)
_log = structlog.get_logger(__name__)


class Unfitting(Exception):
    """This cannot be done with the notice now; `reason` says why, in Vietnamese."""

    reason = ""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NotUnderWay(Unfitting):
    """The notice is not being sent, or no longer."""

    reason = "Thông báo này không còn đang gửi. Xin tải lại trang."


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Who does it: a staff id (or the command's), and the agency whose notices alone they may touch."""

    id: str
    agency: str | None = None

    def may_touch(self, notice: Notice) -> bool:
        return self.agency is None or notice.agency == self.agency


class Planner(Protocol):
    """What is asked of `delivery.planner`."""

    async def plan(self, tx: Tx, events: Sequence[Event]) -> list[Planned]: ...


class Sending:
    """Plans approved notices in the background. `not_before` moves a moment out of the quiet hours."""

    def __init__(
        self,
        store: Store,
        planner: Planner,
        texts: Texts,
        *,
        clock: Clock,
        not_before: Callable[[datetime], datetime] = lambda moment: moment,
        batch: int = _BATCH,
    ) -> None:
        self._store = store
        self._planner = planner
        self._texts = texts
        self._clock = clock
        self._not_before = not_before
        self._batch = batch
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    def begin(self, notice_id: str) -> None:
        """Starts planning and returns at once; what is left when this process ends is for `carry_on`."""
        task = asyncio.create_task(self._run(notice_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Ends after the batch that is under way: a task cut off inside a transaction would leave SQLite locked."""
        self._closing = True
        await self.finish()

    async def finish(self) -> None:
        """Until all that was begun here is planned: for a command that must not exit before."""
        await asyncio.gather(*self._tasks)

    async def carry_on(self) -> str:
        """What the clock calls: takes up what a dead process left, and closes what is through; a sentence on it."""
        async with self._store.database.reading() as tx:
            under_way = await self._store.notices.newest(tx, states=[State.SENDING], limit=100)
        for notice in under_way:
            await self._run(notice.id)
        closed = [notice.id for notice in under_way if await self.close_if_through(notice.id)]
        return f"{len(under_way)} thông báo đang gửi, {len(closed)} vừa gửi xong"

    async def pause(self, notice_id: str, by: Hand) -> None:
        """Holds what has not left. Raises `NotUnderWay`."""
        async with self._store.database.transaction() as tx:
            notice = await self._under_way(tx, notice_id, by, State.SENDING)
            await self._store.notices.move(tx, notice_id, State.PAUSED)
            held = await self._store.notices.hold(tx, notice_id)
            await self._note(tx, by, "notice.paused", notice, {"held": held})

    async def resume(self, notice_id: str, by: Hand) -> None:
        """Goes on where it was paused. Raises `NotUnderWay`."""
        async with self._store.database.transaction() as tx:
            notice = await self._under_way(tx, notice_id, by, State.PAUSED)
            await self._store.notices.move(tx, notice_id, State.SENDING)
            freed = await self._store.notices.release(tx, notice_id, self._not_before(self._clock()))
            await self._note(tx, by, "notice.resumed", notice, {"freed": freed})
        await self._store.wakeup.wake("outbox")
        self.begin(notice_id)

    async def cancel(self, notice_id: str, by: Hand, reason: str) -> int:
        """Cancels all that has not left, for good; how many were queued. Raises `NotUnderWay`."""
        now = self._clock()
        async with self._store.database.transaction() as tx:
            notice = await self._under_way(tx, notice_id, by, State.SENDING, State.PAUSED)
            await self._store.notices.move(tx, notice_id, State.CANCELLED, ended_at=now)
            gone = await self._store.outbox.cancel(tx, at=now, detail="thông báo đã hủy", notice_id=notice_id)
            await self._note(tx, by, "notice.cancelled", notice, {"queued": gone, "reason": reason})
        return gone

    async def close_if_through(self, notice_id: str) -> bool:
        """A notice of which nothing waits any more is done."""
        async with self._store.database.transaction() as tx:
            notice = await self._store.notices.get(tx, notice_id, lock=True)
            if notice is None or notice.state is not State.SENDING:
                return False
            if await self._store.notices.unplanned(tx, notice_id, limit=1):
                return False
            counts = await self._store.outbox.counts_of_notice(tx, notice_id)
            if any(count for (_, state), count in counts.items() if state in _UNDER_WAY):
                return False
            await self._store.notices.move(tx, notice_id, State.DONE, ended_at=self._clock())
            await self._note(tx, Hand(id=SYSTEM), "notice.done", notice, {})
        return True

    async def _run(self, notice_id: str) -> None:
        try:
            while not self._closing and await self._plan_some(notice_id):
                await self._store.wakeup.wake("outbox")
        except Exception as why:
            _log.error("notice.planning_stopped", notice=notice_id, why=type(why).__name__)

    async def _plan_some(self, notice_id: str) -> bool:
        """One batch in one transaction; whether there may be more. The notice's row is held, so that a pause waits."""
        async with self._store.database.transaction() as tx:
            notice = await self._store.notices.get(tx, notice_id, lock=True)
            if notice is None or notice.state is not State.SENDING:
                return False
            rows = await self._store.notices.unplanned(tx, notice_id, limit=self._batch)
            if not rows:
                return False
            outcomes = await self._plan(tx, notice, rows)
            await self._store.notices.planned(tx, outcomes, self._clock())
        return True

    async def _plan(self, tx: Tx, notice: Notice, rows: Sequence[NoticeRow]) -> dict[str, str]:
        """The outcome of each row, by its id."""
        people = await self._people(tx, rows)
        surroundings = await around(self._store, tx, notice.agency)
        events: dict[str, Event] = {}
        outcomes: dict[str, str] = {}
        for row in rows:
            try:
                fields = self._texts.fields(notice.template, row.cells, surroundings)
            except RenderError:
                outcomes[row.id] = "no_text"
                continue
            events[row.id] = self._event(notice, row, people[row.id], fields)
        planned = await self._planner.plan(tx, list(events.values())) if events else []
        return outcomes | {row_id: one.outcome for row_id, one in zip(events, planned, strict=True)}

    def _event(self, notice: Notice, row: NoticeRow, to: Recipient, fields: dict[str, object]) -> Event:
        return Event(
            name=EventName.NOTICE,
            about=row.id,
            occurrence=notice.id,
            at=self._clock(),
            recipient=to,
            fields=fields,
            agency=notice.agency,
            dossier_id=row.dossier_id,
            notice_id=notice.id,
            channel=notice.channel,
        )

    async def _people(self, tx: Tx, rows: Sequence[NoticeRow]) -> dict[str, Recipient]:
        """Who stands behind each row: the person of the phone, where there is one, else of the email."""
        reached = {row.id: _addresses(row) for row in rows}
        keys = {row_id: ("phone", phone) if phone else ("email", email) for row_id, (phone, email) in reached.items()}
        known = await self._store.people.ensure(
            tx, [("phone" if kind == "phone" else "email", value or "") for kind, value in keys.values()], self._clock()
        )
        found = {(str(kind), value): person_id for (kind, value), person_id in known.items()}
        return {
            row_id: Recipient(person_id=found[kind, value or ""], phone=reached[row_id][0], email=reached[row_id][1])
            for row_id, (kind, value) in keys.items()
        }

    async def _under_way(self, tx: Tx, notice_id: str, by: Hand, *states: State) -> Notice:
        notice = await self._store.notices.get(tx, notice_id, lock=True)
        if notice is None or not by.may_touch(notice) or notice.state not in states:
            raise NotUnderWay
        return notice

    async def _note(self, tx: Tx, by: Hand, action: str, notice: Notice, detail: dict[str, object]) -> None:
        await self._store.audit.record(tx, by.id, action, f"notice:{notice.id}", detail, at=self._clock())


async def around(store: Store, tx: Tx, agency: str | None) -> dict[str, str]:
    """The agency's own words beside every text: its name and the phone to ask; nothing for a notice of the province."""
    if agency is None:
        return {}
    found = (await store.agencies.named(tx, [agency])).get(agency)
    if found is None:
        return {}
    words = {"agency": found.name, "agency_short": found.short_name, "hotline": found.hotline}
    return {name: value for name, value in words.items() if value}


def _addresses(row: NoticeRow) -> tuple[str | None, str | None]:
    phone, email = row.cells.get(PHONE), row.cells.get(EMAIL)
    return cells.phone_of(phone) if phone else None, cells.email_of(email) if email else None

"""What became of messages: one whole, those of a dossier or a notice, and the day's figures."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from store.database import Tx
from store.outbox.moves import step_of
from store.outbox.tables import OutboxMessage, State, Step, attempt, message, queue
from store.outbox.waits import Waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many messages are in a state of the queue, by lane, and since when the oldest waits."""

    lane: int
    state: State
    channel: str | None
    count: int
    oldest_due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How many messages of a channel ended in a state."""

    channel: str | None
    state: State
    count: int


class Outbox(Waits):
    """The queue and its history, as the rooms above see them."""

    async def get(self, tx: Tx, message_id: str) -> OutboxMessage | None:
        found = await self._messages(tx, select(message).where(message.c.id == message_id))
        return found[0] if found else None

    async def several(self, tx: Tx, message_ids: Collection[str]) -> list[OutboxMessage]:
        """Those that stand, in the order of their ids."""
        return await self._messages(tx, select(message).where(message.c.id.in_(message_ids)).order_by(message.c.id))

    async def of_dossier(self, tx: Tx, dossier_id: str, limit: int = 50) -> list[OutboxMessage]:
        """Newest first. Served by the index on (dossier_id, id)."""
        query = select(message).where(message.c.dossier_id == dossier_id).order_by(message.c.id.desc())
        return await self._messages(tx, query.limit(limit))

    async def of_notice(self, tx: Tx, notice_id: str, *, after: str = "", limit: int = 100) -> list[OutboxMessage]:
        """A page of a notice's messages in order, after an id. Served by the index on (notice_id, id)."""
        query = select(message).where(message.c.notice_id == notice_id, message.c.id > after).order_by(message.c.id)
        return await self._messages(tx, query.limit(limit))

    async def recent(self, tx: Tx, limit: int = 20) -> list[OutboxMessage]:
        return await self._messages(tx, select(message).order_by(message.c.id.desc()).limit(limit))

    async def by_provider_ids(self, tx: Tx, provider_ids: Collection[str]) -> dict[tuple[str, str], str]:
        """(channel, a provider's id) → the message that it stands for. Served by the index on provider_id."""
        query = select(attempt.c.channel, attempt.c.provider_id, attempt.c.message_id)
        rows = await tx.execute(query.where(attempt.c.provider_id.in_(provider_ids)).order_by(attempt.c.id))
        return {(row.channel, row.provider_id): row.message_id for row in rows}

    async def existing(self, tx: Tx, message_ids: Collection[str]) -> set[str]:
        """Which of these are messages of ours."""
        return set((await tx.execute(select(message.c.id).where(message.c.id.in_(message_ids)))).scalars())

    async def last_sent(self, tx: Tx, message_id: str) -> Step | None:
        """The last attempt that left us: which channel and path a receipt or an answer belongs to."""
        query = select(attempt).where(attempt.c.message_id == message_id, attempt.c.step == "sending")
        row = (await tx.execute(query.order_by(attempt.c.id.desc()).limit(1))).one_or_none()
        return None if row is None else step_of(row)

    async def waiting(self, tx: Tx) -> list[Waiting]:
        """What is under way, by lane, state and channel: the queue is narrow, so counting it is cheap."""
        query = select(
            queue.c.lane,
            queue.c.state,
            queue.c.channel,
            func.count().label("n"),
            func.min(queue.c.due_at).label("due"),
        ).group_by(queue.c.lane, queue.c.state, queue.c.channel)
        return [
            Waiting(lane=row.lane, state=State(row.state), channel=row.channel, count=row.n, oldest_due_at=row.due)
            for row in await tx.execute(query.order_by(queue.c.lane, queue.c.state))
        ]

    async def ended(self, tx: Tx, since: datetime, until: datetime, agency: str | None = None) -> list[Ended]:
        """Messages that ended in this time, by the channel of their end. Served by ix_attempt_final."""
        query = (
            select(attempt.c.channel, attempt.c.final_state, func.count().label("n"))
            .where(attempt.c.final_state.is_not(None), attempt.c.at >= since, attempt.c.at < until)
            .group_by(attempt.c.channel, attempt.c.final_state)
        )
        if agency is not None:
            query = query.join(message, message.c.id == attempt.c.message_id).where(message.c.agency == agency)
        return [
            Ended(channel=row.channel, state=State(row.final_state), count=row.n) for row in await tx.execute(query)
        ]

    async def failures(self, tx: Tx, since: datetime, until: datetime, limit: int = 6) -> list[tuple[str, int]]:
        """Why messages failed in this time, the commonest first: (code of the last refusal, how many)."""
        query = (
            select(attempt.c.code, func.count().label("n"))
            .where(attempt.c.final_state == State.FAILED, attempt.c.at >= since, attempt.c.at < until)
            .group_by(attempt.c.code)
            .order_by(func.count().desc())
        )
        return [(row.code, row.n) for row in await tx.execute(query.limit(limit))]

    async def counts_of_notice(self, tx: Tx, notice_id: str) -> dict[tuple[str | None, State], int]:
        """(channel, state) → how many of a notice's messages, under way and ended alike."""
        under_way = select(queue.c.channel, queue.c.state, func.count()).where(queue.c.notice_id == notice_id)
        ended = (
            select(attempt.c.channel, attempt.c.final_state, func.count())
            .join(message, message.c.id == attempt.c.message_id)
            .where(message.c.notice_id == notice_id, attempt.c.final_state.is_not(None))
        )
        counts: dict[tuple[str | None, State], int] = {}
        for query in (
            under_way.group_by(queue.c.channel, queue.c.state),
            ended.group_by(attempt.c.channel, attempt.c.final_state),
        ):
            for channel, state, count in await tx.execute(query):
                counts[channel, State(state)] = counts.get((channel, State(state)), 0) + count
        return counts

    async def failures_of_notice(self, tx: Tx, notice_id: str) -> list[tuple[str | None, str, int]]:
        """(channel, code, how many) of a notice's failed messages, the commonest first."""
        query = (
            select(attempt.c.channel, attempt.c.code, func.count().label("n"))
            .join(message, message.c.id == attempt.c.message_id)
            .where(message.c.notice_id == notice_id, attempt.c.final_state == State.FAILED)
            .group_by(attempt.c.channel, attempt.c.code)
            .order_by(func.count().desc())
        )
        return [(row.channel, row.code, row.n) for row in await tx.execute(query)]

    async def sent_by_day(self, tx: Tx, days: Sequence[tuple[datetime, datetime]]) -> list[dict[str, int]]:
        """For each (from, until) the accepted or delivered messages by channel."""
        good = [State.ACCEPTED, State.DELIVERED, State.UNKNOWN]
        result = []
        for since, until in days:
            ended = await self.ended(tx, since, until)
            counts: dict[str, int] = {}
            for row in ended:
                if row.state in good and row.channel:
                    counts[row.channel] = counts.get(row.channel, 0) + row.count
            result.append(counts)
        return result

    async def _messages(self, tx: Tx, query: Select[Any]) -> list[OutboxMessage]:
        rows = (await tx.execute(query)).all()
        ids = [row.id for row in rows]
        live = {row.message_id: row for row in await tx.execute(select(queue).where(queue.c.message_id.in_(ids)))}
        history: dict[str, list[Any]] = {message_id: [] for message_id in ids}
        for row in await tx.execute(select(attempt).where(attempt.c.message_id.in_(ids)).order_by(attempt.c.id)):
            history[row.message_id].append(row)
        carriers = await self.carriers(tx, [i for i in ids if i not in live])
        carrying = select(message).where(message.c.id.in_(set(carriers.values())))
        carried_by = {one.id: one for one in await self._messages(tx, carrying)} if carriers else {}
        return [
            _inside(self._whole(row, _WAITS, history[row.id]), carried_by[carriers[row.id]])
            if row.id in carriers
            else self._whole(row, live.get(row.id), history[row.id])
            for row in rows
        ]

    def _whole(self, row: Any, live: Any, history: list[Any]) -> OutboxMessage:
        ended = [step.final_state for step in history if step.final_state]
        last_channel = next((step.channel for step in reversed(history) if step.channel), None)
        return OutboxMessage(
            id=row.id,
            event=row.event,
            about=row.about,
            person_id=row.person_id,
            dossier_id=row.dossier_id,
            notice_id=row.notice_id,
            agency=row.agency,
            filing_channel=row.filing_channel,
            lane=row.lane,
            state=State(live.state if live is not None else ended[-1]),
            created_at=row.created_at,
            due_at=None if live is None else live.due_at,
            channel=last_channel,
            body=self._open(row.id, row.sealed)[0],
            history=tuple(step_of(step) for step in history),
        )


@dataclass(frozen=True, slots=True)
class _Waits:
    """A queue row's place for a message that has none, because another carries it."""

    state: State = State.WAITING
    due_at: datetime | None = None


_WAITS = _Waits()


def _inside(one: OutboxMessage, carrier: OutboxMessage) -> OutboxMessage:
    """A joined message as its carrier fares: its steps follow its own, and what they cost stands with the carrier."""
    theirs = tuple(replace(step, price=None) for step in carrier.history if step.step != "planned")
    return replace(
        one,
        state=carrier.state,
        due_at=carrier.due_at,
        channel=carrier.channel or one.channel,
        history=one.history + theirs,
        joined_into=carrier.id,
        told=(carrier.event, carrier.body) if carrier.agency == one.agency else None,
    )

"""How each provider account stands, and how its rate is shared: seen and written by all processes alike.

A share is a lease: what a dead worker held is free again soon. Written once in a while, never on the way of a message.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import and_, exists, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Field, SQLModel

from store.columns import UtcTime, table
from store.database import Database, Tx
from store.ids import Ids, first
from store.outbox.tables import State, attempt, queue
from store.personal import Seal


class ProviderTable(SQLModel, table=True):
    __tablename__ = "provider"

    name: str = Field(primary_key=True)
    ceiling: float | None = None  # messages a second
    ceiling_at: datetime | None = Field(default=None, sa_type=UtcTime)
    rest_from: datetime | None = Field(default=None, sa_type=UtcTime)
    rest_until: datetime | None = Field(default=None, sa_type=UtcTime)
    broken_at: datetime | None = Field(default=None, sa_type=UtcTime)
    probe_at: datetime | None = Field(default=None, sa_type=UtcTime)
    probes: int = 0
    why: str = ""
    choice: str | None = None
    choice_why: str = ""


class ShareTable(SQLModel, table=True):
    __tablename__ = "provider_share"

    provider: str = Field(primary_key=True)
    worker: str = Field(primary_key=True)
    held: int
    wants: int
    until: datetime = Field(sa_type=UtcTime)


_provider = table(ProviderTable)
_share = table(ShareTable)
_everybody = select(_share).order_by(_share.c.worker)
_put = upsert(_share)
_hold = _put.on_conflict_do_update(
    index_elements=["provider", "worker"],
    set_={"held": _put.excluded.held, "wants": _put.excluded.wants, "until": _put.excluded.until},
)
_alone = select(func.pg_try_advisory_xact_lock(func.hashtext("motcua.rates")))
_LONGEST_WHY = 300
_LOOKED_THROUGH = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a provider account stands. Named by its channel, or `channel/gateway` where a channel has several.

    `ceiling`: messages a second that it bore when it last complained, at `ceiling_at`; None: no complaint.
    It rests in [`rest_from`, `rest_until`). Broken since `broken_at`, tried again from `probe_at` on, `probes` in vain.
    `choice`: the gateway that a channel prefers now.
    """

    name: str
    ceiling: float | None = None
    ceiling_at: datetime | None = None
    rest_from: datetime | None = None
    rest_until: datetime | None = None
    broken_at: datetime | None = None
    probe_at: datetime | None = None
    probes: int = 0
    why: str = ""
    choice: str | None = None
    choice_why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of a provider's rate one worker holds, and how much it could use; valid until `until`."""

    provider: str
    worker: str
    held: int
    wants: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Of the messages that a gateway took: how many, and how many of them arrived by its own word."""

    taken: int
    arrived: int


class Rates:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._ids = ids

    async def alone(self, tx: Tx, database: Database) -> bool:
        """Whether this transaction alone changes rates now. It never waits: who comes second asks again later."""
        if database.dialect == "sqlite":
            return True  # one writer at a time
        return bool((await tx.execute(_alone)).scalar_one())

    async def standings(self, tx: Tx) -> dict[str, Standing]:
        """All providers that ever had a complaint, by name: a handful of rows."""
        return {row.name: Standing(**row._mapping) for row in await tx.execute(select(_provider))}

    async def stand(self, tx: Tx, standings: Collection[Standing]) -> None:
        """These stand so from now on."""
        for standing in standings:
            values = asdict(standing) | {"why": standing.why[:_LONGEST_WHY]}
            put = upsert(ProviderTable).values(values)
            await tx.execute(put.on_conflict_do_update(index_elements=["name"], set_=values))

    async def shares(self, tx: Tx) -> list[Share]:
        """Every worker's shares, ended leases included."""
        return [Share(**row._mapping) for row in await tx.execute(_everybody)]

    async def hold(self, tx: Tx, shares: Sequence[Share]) -> None:
        """These shares are held from now on."""
        if shares:
            await tx.execute(_hold, [asdict(share) for share in shares])

    async def drop(self, tx: Tx, workers: Collection[str]) -> None:
        """The shares of workers that are gone."""
        if workers:
            await tx.execute(_share.delete().where(_share.c.worker.in_(workers)))

    async def arrivals(
        self, tx: Tx, channel: str, *, since: datetime, until: datetime, newest: int
    ) -> dict[str, Tally]:
        """What became of the `newest` messages that each of a channel's gateways took in this time, by gateway.

        Looks at the last few thousand lines of history alone: their ids are in the order of time.
        """
        lately = select(attempt.c.id, attempt.c.message_id, attempt.c.channel, attempt.c.step, attempt.c.provider_id)
        lately = lately.where(attempt.c.id.between(first(since), first(until)))
        lines = lately.order_by(attempt.c.id.desc()).limit(_LOOKED_THROUGH).subquery()
        arrived = exists().where(
            attempt.c.message_id == lines.c.message_id,
            attempt.c.channel == channel,
            attempt.c.step.in_(["delivered", "seen"]),
        )
        taken = and_(lines.c.channel == channel, lines.c.step == "accepted", lines.c.provider_id.like("%:%"))
        query = select(lines.c.provider_id, arrived.label("arrived")).where(taken).order_by(lines.c.id.desc())
        words: dict[str, list[bool]] = {}
        for row in await tx.execute(query):
            words.setdefault(row.provider_id.partition(":")[0], []).append(bool(row.arrived))
        return {name: Tally(taken=len(each[:newest]), arrived=sum(each[:newest])) for name, each in words.items()}

    async def stuck(self, tx: Tx, channel: str, *, after: str, limit: int) -> list[str]:
        """Messages, not replies, that wait for a channel, in the order of their ids. Looks at all that waits."""
        waiting = and_(queue.c.state == State.WAITING, queue.c.channel == channel, queue.c.lane > 0)
        query = select(queue.c.message_id).where(waiting, queue.c.message_id > after)
        return list((await tx.execute(query.order_by(queue.c.message_id).limit(limit))).scalars())

"""Hold and resume (dừng gửi, gửi tiếp): everything, or a channel, an event, an agency, a filing channel alone.

What is held is planned and waits. What went stale meanwhile is dropped on resuming, and counted by why.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from delivery.hours import Hours, is_urgent
from delivery.policy import Lane
from delivery.silence import expiring
from store.database import Tx
from store.ids import Clock
from store.nouns import Store
from store.outbox.tables import Claimed
from store.switches import Switch

HOLD = "hold"
PAGE = 500
A_MINUTE = 20
"""So many notices a minute are no storm: a small backlog is not spread over the whole time of the setting."""


class Kind(StrEnum):
    """What a switch of its own can hold."""

    CHANNEL = "channel"
    EVENT = "event"
    AGENCY = "agency"
    FILING = "filing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is held: without a kind, everything. `value` is a channel's name, an event's, an agency's code, …"""

    kind: Kind | None = None
    value: str = ""

    @property
    def name(self) -> str:
        """The switch's own name."""
        return HOLD if self.kind is None else f"{HOLD}:{self.kind.value}:{self.value}"


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What may not leave now."""

    everything: bool = False
    values: Mapping[Kind, frozenset[str]] = field(default_factory=dict)

    @property
    def channels(self) -> frozenset[str]:
        return self.of(Kind.CHANNEL)

    def of(self, kind: Kind) -> frozenset[str]:
        return self.values.get(kind, frozenset())

    def stops(self, row: Claimed) -> bool:
        """Its event, its agency or its filing channel is held; the channel is looked at when its way is known."""
        return (
            row.event in self.of(Kind.EVENT)
            or row.agency in self.of(Kind.AGENCY)
            or row.filing_channel in self.of(Kind.FILING)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """What came of it: how many stale messages were dropped, by event; how many go now, and over how long."""

    stale: Mapping[str, int]
    going: int = 0
    within: timedelta = timedelta(0)

    @property
    def dropped(self) -> int:
        return sum(self.stale.values())


async def held(store: Store, tx: Tx) -> Held:
    """What is held now: one statement."""
    return _held(await store.switches.thrown(tx, HOLD))


async def thrown(store: Store) -> list[tuple[Scope, Switch]]:
    """Every switch that is on, with who threw it, when and why."""
    async with store.database.reading() as tx:
        return [(scope_of(switch.name), switch) for switch in await store.switches.thrown(tx, HOLD)]


async def stop(store: Store, clock: Clock, *, by: str, why: str = "", scope: Scope = EVERYTHING) -> None:
    """From the next claim on, within a second, nothing of the scope leaves; what is under way is finished."""
    async with store.database.transaction() as tx:
        await store.switches.throw(tx, scope.name, on=True, at=clock(), by=by, why=why)


async def resume(
    store: Store, clock: Clock, *, by: str, scope: Scope = EVERYTHING, hours: Hours | None = None
) -> Resumed:
    """Sends again; what has gone stale is dropped first. With `hours`, the notices that waited go spread.

    Cut off half-way it holds still, and can be run again.
    """
    stale = await _drop_stale(store, clock)
    going, within = 0, timedelta(0)
    if hours is not None and scope.kind in (None, Kind.CHANNEL):  # what other parts hold comes back by and by
        going, within = await _spread(store, clock, hours, channel=scope.value or None)
    async with store.database.transaction() as tx:
        await store.switches.throw(tx, scope.name, on=False, at=clock(), by=by)
    await store.wakeup.wake("outbox")
    return Resumed(stale=stale, going=going, within=within)


def scope_of(name: str) -> Scope:
    """The scope of a switch's name."""
    _, _, rest = name.partition(":")
    kind, _, value = rest.partition(":")
    return Scope(kind=Kind(kind), value=value) if kind in set(Kind) else EVERYTHING


def _held(switches: list[Switch]) -> Held:
    values: dict[Kind, set[str]] = {}
    for switch in switches:
        scope = scope_of(switch.name)
        if scope.kind is not None:
            values.setdefault(scope.kind, set()).add(scope.value)
    everything = any(switch.name == HOLD for switch in switches)
    return Held(everything=everything, values={kind: frozenset(names) for kind, names in values.items()})


async def _drop_stale(store: Store, clock: Clock) -> Counter[str]:
    """Waiting messages whose life has ended become expired; how many, by event."""
    dropped: Counter[str] = Counter()
    while True:
        now = clock()
        async with store.database.transaction() as tx:
            rows = await store.outbox.expired(tx, now=now, limit=PAGE)
            await store.outbox.end(tx, [expiring(row, now) for row in rows])
        dropped.update(row.event for row in rows)
        if len(rows) < PAGE:
            return dropped


async def _spread(store: Store, clock: Clock, hours: Hours, *, channel: str | None) -> tuple[int, timedelta]:
    """Notices that are due go one after the other; replies, what is urgent and bulk notices have their own order."""
    now = clock()
    async with store.database.reading() as tx:
        backlog = await store.outbox.backlog(tx, now)
    waiting = sum(one.due for one in backlog if one.lane == Lane.NOTICE and channel in (None, one.channel))
    within = min(hours.whole, timedelta(minutes=1) * waiting / A_MINUTE)
    after = ""
    while within:
        async with store.database.transaction() as tx:
            page = await store.outbox.due(tx, now=now, lane=Lane.NOTICE, after=after, limit=PAGE)
            mine = [row for row in page if channel in (None, row.channel) and not _urgent(row, now)]
            later = {row.message_id: now + hours.share(row.recipient, within) for row in mine}
            await store.outbox.put_off(tx, later)
        if len(page) < PAGE:
            break
        after = page[-1].message_id
    return waiting, within


def _urgent(row: Claimed, now: datetime) -> bool:
    fields = row.body.get("fields")
    return is_urgent(row.event, fields if isinstance(fields, dict) else {}, now)

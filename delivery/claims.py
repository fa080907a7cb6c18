"""Which messages leave in this tick: only what leaves in a moment is marked; the rest waits, moves on, or ends."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from delivery.event import EventName
from delivery.hours import Hours, is_urgent
from delivery.joining import Joining
from delivery.money.budgets import Budgets
from delivery.outcome import OURS_PAUSE, SOFT, STUCK, Attempt, counted, marked_by, rerouted
from delivery.policy import ASKED_FOR, Lane, RoutingSettings, Settings
from delivery.providers.account import channel_of
from delivery.providers.detour import Detours
from delivery.providers.limits import Limits
from delivery.routing import Route
from delivery.switch import Held, held
from delivery.ways import Open, Ways
from store.database import Tx
from store.nouns import Store
from store.outbox.ends import cancelling
from store.outbox.tables import Claimed, Move, State

_log = structlog.get_logger(__name__)
LONGEST_HELD = timedelta(hours=1)
"""How long a message waits at most between two looks whether a fault of ours is mended."""

HELD_PAUSE = timedelta(minutes=1)
"""How soon a message whose own switch is off is looked at again."""

STUCK_PAUSE = timedelta(seconds=20)
"""How soon a message is looked at again whose gateway, which may have it, is down while another takes the rest."""

LOOK_AHEAD = timedelta(minutes=1)
"""How often it is looked whether messages were made by a clock that was ahead."""

_EVENTS = {event.value for event in EventName}
_AT_ONCE = Settings(mode="live", settling=False)
"""Where there are no settings: nothing is joined, and what was put off is spread as by default."""


class Claims:
    """The places of one worker's senders: most for notices, fewer for bulk, always some for replies."""

    def __init__(
        self,
        store: Store,
        ways: Ways,
        limits: Limits,
        budgets: Budgets,
        *,
        senders: int,
        routing: RoutingSettings,
        settings: Settings | None = None,
    ) -> None:
        self._store = store
        self._ways = ways
        self._limits = limits
        self._budgets = budgets
        self._senders = self._places = senders
        self._settings = settings
        self._hours = Hours(settings or _AT_ONCE, routing)
        self._joining = Joining(store, ways, settings or _AT_ONCE)
        self._looked_at: datetime | None = None
        self._detours = Detours(store, ways, limits, within=timedelta(minutes=routing.fallback_after_minutes))

    async def take(
        self,
        tx: Tx,
        now: datetime,
        under_way: Sequence[Attempt],
        ahead: Mapping[str, int],
        lanes: Collection[Lane] = tuple(Lane),
    ) -> tuple[list[Attempt], int]:
        """The attempts that leave now, which the caller marks; and how many others were moved, or set aside, here.

        `ahead`: how many each channel may be given beyond its connections, for it sends them in a moment.
        """
        self._places = self._senders + sum(ahead.values())
        if len(under_way) >= self._places or (holding := await held(self._store, tx)).everything:
            return [], 0
        self._limits.count(Counter(attempt.account for attempt in under_way), ahead)
        await self._look_ahead(tx, now)
        await self._store.outbox.move(tx, await self._detours.made(tx, now))
        taken = Counter(Lane(attempt.claimed.lane) for attempt in under_way)
        due = await self._due(tx, now, lanes, holding, taken)
        later = {row.message_id: until for row in due if (until := self._set_aside(row, holding, now)) > now}
        await self._store.outbox.put_off(tx, later)
        rows = [row for row in due if row.message_id not in later]
        rows = await self._joining.gathered(tx, rows, holding, now)
        attempts: list[Attempt] = []
        moves: list[Move] = []
        ends: list[Move] = []
        ways = await self._ways.of(tx, rows, now)
        purse = await self._budgets.opened(tx, ways, now)
        for way in ways:
            row, routes = way.row, purse.within(way)
            if (why := _called_off(way)) is not None:
                ends.append(cancelling(row.message_id, row.attempt, now, why))
            elif not way.routes and SOFT not in row.tried.values():
                ends.append(_no_way(row, now))
            elif not way.routes:
                moves.append(_held_up(row, now))
            elif not routes:
                moves += purse.over(row)
            elif routes[0].channel not in holding.channels and (account := self._taken(row, routes[0])):
                reserved = purse.pay(row, routes[0])
                marked = marked_by(row, account)
                attempts.append(
                    Attempt(claimed=marked, route=routes[0], number=row.attempt + 1, at=now, reserved=reserved)
                )
            elif row.channel != routes[0].channel:  # planned for another channel: seen by its limit from now on
                moves.append(rerouted(row, routes[0], at=now, tried=row.tried, tries=row.tries))
        await self._store.outbox.move(tx, moves)
        await self._store.outbox.end(tx, await self._joining.apart(tx, ends, now))
        await purse.close(tx)
        return attempts, len(due) - len(rows) + len(moves) + len(ends) + purse.waiting

    async def _look_ahead(self, tx: Tx, now: datetime) -> None:
        """At once when the clock has been put back, and now and then: another's may have been."""
        if self._looked_at is None or not timedelta(0) <= now - self._looked_at < LOOK_AHEAD:
            await self._store.outbox.due_at_once(tx, now)
            self._looked_at = now

    async def _due(
        self, tx: Tx, now: datetime, lanes: Collection[Lane], holding: Held, taken: Counter[Lane]
    ) -> list[Claimed]:
        """Lane by lane, as many as have a place."""
        rows: list[Claimed] = []
        for lane in lanes:
            without = {*self._limits.exhausted(lane), *holding.channels}
            if (room := self._room(lane, taken)) > 0:
                found = await self._store.outbox.claim(tx, now=now, limit=room, without=without, lanes=(lane,))
                found = _one_a_person(found)
                rows += found
                taken[lane] += len(found)
        return rows

    def _taken(self, row: Claimed, route: Route) -> str | None:
        """The provider account that it leaves by; the one that may have it already, and no other."""
        stuck = row.tried.get(STUCK, "")
        by = stuck if channel_of(stuck) == route.channel else None
        return self._limits.take(route.channel, Lane(row.lane), by=by)

    def _room(self, lane: Lane, taken: Mapping[Lane, int]) -> int:
        """Replies always find a place soon, and bulk is delayed and never starved."""
        free = self._places - sum(taken.values())
        spare = self._places // 8
        match lane:
            case Lane.REPLY:
                return free
            case Lane.NOTICE:
                return free - spare - (1 if self._places >= 4 and not taken.get(Lane.BULK) else 0)
            case Lane.BULK:
                return min(free - spare, max(1, self._places * 3 // 4) - taken.get(Lane.BULK, 0))

    def _set_aside(self, row: Claimed, holding: Held, now: datetime) -> datetime:
        """Until when it waits: held, a mode that is not live, its hours, what this program cannot read; else now."""
        if not row.readable or row.event not in _EVENTS:
            _log.error("outbox.unreadable", message=row.message_id)
            return now + OURS_PAUSE
        if holding.stops(row):
            return now + HELD_PAUSE
        if self._settings is not None and self._settings.mode_of(row.event, row.agency) != "live":
            return now + OURS_PAUSE
        if (stuck := row.tried.get(STUCK)) and channel_of(stuck) == row.channel and not self._limits.answers(stuck):
            return now + STUCK_PAUSE
        urgent = is_urgent(row.event, row.body.get("fields") or {}, now)
        return self._hours.allowed(EventName(row.event), now, row.recipient, urgent=urgent)


def _one_a_person(rows: Sequence[Claimed]) -> list[Claimed]:
    """Of one lane. Messages that had no way open hold nobody up, but two of them do not leave side by side."""
    first = {row.recipient: row.message_id for row in reversed(rows)}
    return [row for row in rows if first[row.recipient] == row.message_id]


def _called_off(way: Open) -> str | None:
    """Why it is not to be sent after all: erased, or the person has opted out since it was planned."""
    if way.reach is None or not way.row.body:
        return "erased"
    if way.reach.opted_out_at is not None and EventName(way.row.event) not in ASKED_FOR:
        return "opted_out"
    return None


def _no_way(row: Claimed, now: datetime) -> Move:
    """Every way was tried and refused for good; what a provider may have all the same stays in doubt."""
    doubtful = STUCK in row.tried
    return Move(
        message_id=row.message_id,
        at=now,
        step="never_known" if doubtful else "failed",
        state=State.UNKNOWN if doubtful else State.FAILED,
        attempt=row.attempt,
        channel=row.channel,
        path=row.path,
        code="" if row.tried else "no_route",
    )


def _held_up(row: Claimed, now: datetime) -> Move:
    """The fault may be mended while the message lives: it tries all again, and without a channel holds nobody up."""
    times, tried = counted(row.tried, "held")
    return Move(
        message_id=row.message_id,
        at=now,
        step="held_up",
        state=State.WAITING,
        attempt=row.attempt,
        due_at=now + min(OURS_PAUSE * (1 << min(times - 1, 8)), LONGEST_HELD),
        tried={path: why for path, why in tried.items() if why != SOFT},
    )

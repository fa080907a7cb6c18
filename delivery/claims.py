"""Which messages leave in this tick: only what may leave at once is marked; the rest waits, moves on, or ends."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from delivery.event import EventName
from delivery.limits import Limits
from delivery.outcome import OURS_PAUSE, SOFT, Attempt, counted
from delivery.policy import ASKED_FOR, POLICIES, Lane, RoutingSettings, Settings
from delivery.switch import held
from delivery.ways import Open, Ways
from store.database import Tx
from store.nouns import Store
from store.outbox.ends import cancelling
from store.outbox.tables import Claimed, Move, State

_log = structlog.get_logger(__name__)
LONGEST_HELD = timedelta(hours=1)
"""How long a message waits at most between two looks whether a fault of ours is mended."""

_EVENTS = {event.value for event in EventName}


class Claims:
    """The places of one worker's senders: most for notices, fewer for bulk, always some for replies."""

    def __init__(
        self,
        store: Store,
        ways: Ways,
        limits: Limits,
        *,
        senders: int,
        routing: RoutingSettings,
        settings: Settings | None = None,
    ) -> None:
        self._store = store
        self._ways = ways
        self._limits = limits
        self._senders = senders
        self._routing = routing
        self._settings = settings

    async def take(self, tx: Tx, now: datetime, under_way: Sequence[Attempt]) -> tuple[list[Attempt], int]:
        """The attempts that leave now, which the caller marks; and how many others were moved, or set aside, here."""
        if len(under_way) >= self._senders or await held(self._store, tx):
            return [], 0
        self._limits.count(Counter(attempt.route.channel for attempt in under_way))
        due = await self._due(tx, now, Counter(Lane(attempt.claimed.lane) for attempt in under_way))
        rows = [row for row in due if not await self._set_aside(tx, row, now)]
        attempts: list[Attempt] = []
        moves: list[Move] = []
        ends: list[Move] = []
        for way in await self._ways.of(tx, rows, now):
            row, routes = way.row, way.routes
            if (why := _called_off(way)) is not None:
                ends.append(cancelling(row.message_id, row.attempt, now, why))
            elif not routes and SOFT not in row.tried.values():
                ends.append(_no_way(row, now))
            elif not routes:
                moves.append(_held_up(row, now))
            elif self._limits.take(routes[0].channel):
                attempts.append(Attempt(claimed=row, route=routes[0], number=row.attempt + 1, at=now))
            elif row.channel != routes[0].channel:  # planned for another channel: seen by its limit from now on
                moves.append(_rerouted(row, routes[0].channel, routes[0].path.value, now))
        await self._store.outbox.move(tx, moves)
        await self._store.outbox.end(tx, ends)
        return attempts, len(due) - len(rows) + len(moves) + len(ends)

    async def _due(self, tx: Tx, now: datetime, taken: Counter[Lane]) -> list[Claimed]:
        """Lane by lane, as many as have a place."""
        without = self._limits.exhausted()
        rows: list[Claimed] = []
        for lane in Lane:
            if (room := self._room(lane, taken)) > 0:
                found = await self._store.outbox.claim(tx, now=now, limit=room, without=without, lanes=(lane,))
                rows += found
                taken[lane] += len(found)
        return rows

    def _room(self, lane: Lane, taken: Mapping[Lane, int]) -> int:
        """Replies always find a place soon, and bulk is delayed and never starved."""
        free = self._senders - sum(taken.values())
        spare = self._senders // 8
        match lane:
            case Lane.REPLY:
                return free
            case Lane.NOTICE:
                return free - spare - (1 if self._senders >= 4 and not taken.get(Lane.BULK) else 0)
            case Lane.BULK:
                return min(free - spare, max(1, self._senders * 3 // 4) - taken.get(Lane.BULK, 0))

    async def _set_aside(self, tx: Tx, row: Claimed, now: datetime) -> bool:
        """Not now: a mode that is not live, the quiet hours, or what this program cannot read (another key, newer)."""
        until = now
        if not row.readable or row.event not in _EVENTS:
            _log.error("outbox.unreadable", message=row.message_id)
            until = now + OURS_PAUSE
        elif self._settings is not None and self._settings.mode_of(row.event, row.agency) != "live":
            until = now + OURS_PAUSE
        elif POLICIES[EventName(row.event)].quiet:
            until = self._routing.after_quiet(now)
        if until > now:
            await self._store.outbox.postpone(tx, [row.message_id], until)
        return until > now


def _called_off(way: Open) -> str | None:
    """Why it is not to be sent after all: erased, or the person has opted out since it was planned."""
    if way.reach is None or not way.row.body:
        return "erased"
    if way.reach.opted_out_at is not None and EventName(way.row.event) not in ASKED_FOR:
        return "opted_out"
    return None


def _no_way(row: Claimed, now: datetime) -> Move:
    """Every way was tried and refused for good."""
    return Move(
        message_id=row.message_id,
        at=now,
        step="failed",
        state=State.FAILED,
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


def _rerouted(row: Claimed, channel: str, path: str, now: datetime) -> Move:
    return Move(
        message_id=row.message_id,
        at=now,
        step="rerouted",
        state=State.WAITING,
        attempt=row.attempt,
        due_at=row.due_at,
        channel=channel,
        path=path,
        tried=row.tried,
        tries=row.tries,
    )

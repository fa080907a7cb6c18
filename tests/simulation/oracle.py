"""What must always hold, looked at after every commit: a model of a message's life, apart from the code that moves it.

It reads the rows, and what was asked for; it shares no code with the queue or the dispatcher.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from delivery.event import Event, EventName
from delivery.policy import OVERTAKEN, POLICIES, Policy, RoutingSettings
from store.outbox.tables import State
from tests.simulation.loop import VirtualClock
from tests.simulation.process import Process
from tests.simulation.trace import Breach

W, S, A, U, D, F, E, C = (
    State.WAITING,
    State.SENDING,
    State.ACCEPTED,
    State.UNKNOWN,
    State.DELIVERED,
    State.FAILED,
    State.EXPIRED,
    State.CANCELLED,
)
UNDER_WAY: Mapping[State | None, frozenset[State]] = {
    None: frozenset({W, S, F, C}),  # what carries others is made as it leaves
    W: frozenset({W, S, A, U, D, F, E, C}),
    S: frozenset({W, S, A, U, D, F, C}),
    A: frozenset({A, W, D, F, U, C}),
    U: frozenset({U, W, A, D, F, C}),
}
"""From a state in the queue (None: from nowhere) to which others by one commit, in the queue or at the end.

One commit holds an outcome and the next claim, so what was on its way may be on its way again, as a new attempt.
"""

BETTER: Mapping[State, frozenset[State]] = {
    D: frozenset(),
    A: frozenset({D, F}),
    U: frozenset({D, A, F}),
    F: frozenset({D}),
    E: frozenset({D, A}),
    C: frozenset({D, A}),
}
"""An end is left for these alone."""

_SLACK = timedelta(seconds=60)
"""Between the look at the clock and the commit; a transaction may wait for its turn and be slow."""


_STEADY = 595.0
"""Seconds after a jump of the clock in which a process that saw it takes nobody's life for over."""


_STEADY_FOR_REPLIES = 55.0
"""As that, for a reply."""


class Row(NamedTuple):
    """A message as the disk has it. `end`: it is not in the queue any more."""

    id: str
    state: State
    end: bool
    attempt: int = 0
    lane: int = 0
    recipient: bytes = b""
    due_at: str = ""
    expires_at: str = ""
    channel: str | None = None
    carrier: str | None = None  # the message inside which it travels, and whose state is its own


@dataclass(frozen=True, slots=True)
class Told:
    """A message, and what it was planned for; None for one that carries others."""

    id: str
    name: EventName
    event: Event | None

    @property
    def policy(self) -> Policy:
        return POLICIES[self.name]


class Oracle:
    """Knows what was accepted, and the rows as they were at the last commit."""

    def __init__(self, sql: sqlite3.Connection, clock: VirtualClock, routing: RoutingSettings) -> None:
        self.asked: dict[tuple[str, str], Event] = {}  # (about, event): all that anybody wanted to tell
        self.accepted: set[str] = set()  # the ids whose acceptance was answered with success
        self.told: dict[str, Told] = {}
        self.rows: dict[str, Row] = {}
        self.calm_since: datetime | None = None
        self._sql = sql
        self._clock = clock
        self._routing = routing
        self.moves = 0
        self._held = False

    def look(self, by: Process) -> None:
        """After a commit. Raises `Breach`."""
        rows = self._read()
        now = written(self._clock())
        for message_id in sorted(self.accepted - rows.keys()):
            raise Breach(f"lost: {message_id} was accepted and is nowhere")
        for row in rows.values():
            before = self.rows.get(row.id)
            if before == row:
                continue
            self.moves += 1
            _follows(before, row)
            if row.state is S and row.carrier is None and (before is None or before.attempt != row.attempt):
                self._may_leave(row, rows)
            if row.state is E and row.end and (before is None or not before.end):
                self._may_expire(row, before, now, by)
        self._held = bool(self._sql.execute("SELECT 1 FROM switch WHERE name = 'hold' AND \"on\"").fetchone())
        self.rows = rows

    def _read(self) -> dict[str, Row]:
        query = "SELECT message_id, state, 0, attempt, lane, recipient, due_at, expires_at, channel FROM queue"
        rows = {row[0]: Row(row[0], State(row[1]), False, *row[3:]) for row in self._sql.execute(query)}
        for message_id, about, event in self._sql.execute("SELECT id, about, event FROM message"):
            if message_id not in self.told:
                self.told[message_id] = Told(message_id, EventName(event), self.asked.get((about, event)))
        ends = "SELECT message_id, final_state FROM attempt WHERE final_state IS NOT NULL"
        for message_id, state in self._sql.execute(ends):
            if message_id in rows:
                two = "is under way and has ended" if not rows[message_id].end else "has two ends"
                raise Breach(f"states: {message_id} {two}")
            rows[message_id] = Row(message_id, State(state), True)
        for message_id, carrier in self._sql.execute("SELECT message_id, carrier_id FROM joined"):
            if message_id in rows or carrier not in rows:
                raise Breach(f"states: {message_id} is joined into {carrier}, and one of them is lost or doubled")
            rows[message_id] = rows[carrier]._replace(id=message_id, carrier=carrier)
        return rows

    def _may_leave(self, row: Row, rows: Mapping[str, Row]) -> None:
        """It was marked to be sent in this commit."""
        jumped = self._clock.jumped_within(_SLACK.total_seconds())
        if row.expires_at <= written(self._clock() - _SLACK) and not jumped:
            raise Breach(f"too late: {row.id} leaves after its life")
        if self._held:
            raise Breach(f"stop: {row.id} leaves while all is held")
        told = self.told.get(row.id)
        if told is not None and told.policy.quiet and self._in_the_night() and not jumped:
            raise Breach(f"quiet hours: {row.id} leaves in the night")
        place = max((one.id for one in rows.values() if one.carrier == row.id), default=row.id)
        for other in rows.values():
            if (
                other.end
                or other.id == row.id
                or other.carrier
                or (other.recipient, other.lane) != (row.recipient, row.lane)
            ):
                continue
            if other.state is S:
                raise Breach(f"order: {row.id} leaves while {other.id} to the same person is on its way")
            waits = other.state is W and other.channel is not None
            # a row on its way says in `due_at` when it was claimed; the commit is a little later
            if other.id < place and waits and (other.due_at <= row.due_at or other.attempt > 0):
                raise Breach(f"order: {row.id} overtakes {other.id}")

    def _in_the_night(self) -> bool:
        """Well within the quiet hours: now, and a little earlier too."""
        moments = (self._clock(), self._clock() - _SLACK)
        return all(self._routing.after_quiet(moment) > moment for moment in moments)

    def _may_expire(self, row: Row, before: Row | None, now: str, by: Process) -> None:
        jumped_at = self._clock.jumped_at
        saw = jumped_at is not None and by.born < jumped_at and not self._clock.wavered
        saw = saw and by.name != "world"  # a `resume` looks once
        if saw and self._clock.jumped_within(_STEADY if (before or row).lane else _STEADY_FOR_REPLIES):
            raise Breach(f"too early: {row.id} expires because the clock has jumped")
        jumped = self._clock.jumped_within(_SLACK.total_seconds())
        if before is not None and before.expires_at > now and not jumped:
            raise Breach(f"too early: {row.id} expires before its life is over")
        if before is None or self.calm_since is None or jumped_at is not None or self._lacks_money(before):
            return
        if before.expires_at > written(self.calm_since + timedelta(hours=24)):
            raise Breach(f"stuck: {row.id} expires although everything has worked for a day")

    def find(self, event: Event) -> str | None:
        """The message that this event became."""
        key = (event.about, event.name.value)
        found = (told.id for told in self.told.values() if told.event is not None and _key(told.event) == key)
        return next(found, None)

    def ended(self, *, honest: bool = False) -> bool:
        """Whether every message has ended. `honest`: one that is in doubt, or taken and unconfirmed, may stay so, and
        one for which there is no money.
        """
        return all(row.end or (honest and self._may_stay(row)) for row in self.rows.values())

    def _may_stay(self, row: Row) -> bool:
        return row.state in (A, U) or self._lacks_money(row)

    def _lacks_money(self, row: Row) -> bool:
        query = "SELECT 1 FROM attempt WHERE message_id = ? AND step = 'over_limit'"
        return self._sql.execute(query, (row.carrier or row.id,)).fetchone() is not None

    def next_due(self) -> datetime | None:
        """When something of what is under way falls due, the soonest; it may be long past."""
        moments = [row.due_at for row in self.rows.values() if not row.end]
        moments += [row.expires_at for row in self.rows.values() if not row.end and row.state is W]
        return datetime.fromisoformat(min(moments)).replace(tzinfo=UTC) if moments else None

    def overtaken(self) -> None:
        """At the end: what was dropped as old is older than something else of the same dossier."""
        query = "SELECT message_id FROM attempt WHERE final_state = 'cancelled' AND detail = 'overtaken'"
        for (message_id,) in self._sql.execute(query):
            mine = self.told[message_id].event
            if mine is None or not any(_makes_old(event, mine) for event in self.asked.values()):
                raise Breach(f"lost: {message_id} was overtaken by nothing")


def _makes_old(event: Event, mine: Event) -> bool:
    newer = event.name in OVERTAKEN.get(mine.name, ()) and event.at >= mine.at
    return newer and event is not mine and event.dossier_id == mine.dossier_id


def _follows(before: Row | None, row: Row) -> None:
    """Whether a message may become what it became, in one commit."""
    if before is not None and before.carrier is None and row.carrier is not None and before.state is not W:
        raise Breach(f"states: {row.id} is joined while it is {before.state}")
    if row.carrier is not None or (before is not None and before.carrier is not None and not before.end):
        return  # its carrier is looked at
    if before is None:
        if row.state not in UNDER_WAY[None]:
            raise Breach(f"states: {row.id} is born {row.state}")
        return
    if before.end:
        if not row.end:
            raise Breach(f"states: {row.id} had ended as {before.state} and is {row.state} again")
        if row.state is not before.state and row.state not in BETTER[before.state]:
            raise Breach(f"states: {row.id} had ended as {before.state}, now as {row.state}")
        return
    if row.state not in UNDER_WAY[before.state]:
        raise Breach(f"states: {row.id} goes from {before.state} to {row.state}")
    if row.end:
        return
    if row.attempt < before.attempt:
        raise Breach(f"states: {row.id} goes from attempt {before.attempt} back to {row.attempt}")
    if row.state is S and row.attempt not in (before.attempt + 1, before.attempt if before.state is S else -1):
        raise Breach(f"states: {row.id} is marked as attempt {row.attempt} after {before.attempt}")


def _key(event: Event) -> tuple[str, str]:
    return event.about, event.name.value


def written(moment: datetime) -> str:
    """As the disk has it."""
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")

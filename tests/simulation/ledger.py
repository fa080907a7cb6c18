"""What the carriers have in their hands, held against what was asked for and what the house says of it."""

import sqlite3
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from channels.message import ReceiptState
from delivery.outcome import DOUBLES
from delivery.policy import Doubt, Policy
from store.outbox.tables import State
from tests.simulation.carriers import Carrier, Effect
from tests.simulation.loop import VirtualClock
from tests.simulation.oracle import Oracle, Row, written
from tests.simulation.process import Process
from tests.simulation.trace import Breach

_LAG = 120.0
"""Seconds that a stored receipt may need to be acted upon."""

_SLOW = 15.0
"""Seconds after which it has been looked at for certain, where nothing has failed meanwhile."""

_REMEMBERED = 65.0
"""Seconds after a clock has jumped in which a rate, counted by it, may be kept by the old hour or by the new one."""

_MISJUDGED = 30.0
"""Seconds after a jump in which a new worker's mistake may still show."""


class Ledger:
    """Judges each call and each effect as it happens, and the whole at the end."""

    def __init__(
        self,
        sql: sqlite3.Connection,
        oracle: Oracle,
        carriers: Mapping[str, Carrier],
        clock: VirtualClock,
        within: timedelta,
        workers: Callable[[], Collection[Process]],
    ) -> None:
        self._sql = sql
        self._oracle = oracle
        self._carriers = carriers
        self._clock = clock
        self._within = within.total_seconds()
        self._workers = workers

    def left(self, carrier: Carrier) -> None:
        """A message has been handed out to leave."""
        rate = carrier.can.rate_per_second
        lately = [
            at for each in self._beside(carrier) for at in each.departures if self._clock.loop.time() - at < 1.0 - 1e-6
        ]
        if rate and len(lately) > max(1, int(rate)) and not self._clock.jumped_within(_REMEMBERED):
            raise Breach(f"limits: {len(lately)} messages left for {carrier.channel} within a second")

    def called(self, carrier: Carrier, message_id: str, by: Process) -> None:
        """A request has left us."""
        row = self._oracle.rows.get(message_id)
        marked = row is not None and (row.state is State.SENDING or self._has_just_arrived(row))
        if not marked and not by.troubled_since(self._clock.loop.time() - 60) and not self._misjudged():
            state = "unknown to us" if row is None else row.state
            raise Breach(f"effect: {message_id} leaves unmarked ({state})")
        calls = [call for each in self._beside(carrier) for call in each.open.values() if call.by is by]
        if len(calls) > carrier.can.connections:
            raise Breach(f"limits: more connections to {carrier.channel} than allowed")

    def took(self, effect: Effect) -> None:
        """A carrier has a message in its hands."""
        earlier = [each for each in self._effects(effect.message_id) if each is not effect]
        told = self._oracle.told.get(effect.message_id)
        if not earlier or told is None or self._misjudged():
            return
        if len(earlier) > 2 + DOUBLES * len(self._carriers):
            raise Breach(f"doubled: {effect.message_id} was taken {len(earlier) + 1} times")
        for each in earlier:
            first, second = sorted((each, effect), key=lambda one: one.left)  # a slow request may be overtaken
            if (why := self._no_excuse(first, second, told.policy)) is not None:
                raise Breach(f"doubled: {effect.message_id} by {first.channel}, then by {second.channel}: {why}")

    def settled(self) -> None:
        """At the end: what is said of each message is what happened to it."""
        for message_id, row in self._oracle.rows.items():
            effects = self._effects(message_id)
            live = [effect for effect in effects if not effect.failed and not self._believed(effect)]
            match row.state:
                case State.DELIVERED if not any(_arrived(effect) for effect in effects):
                    raise Breach(f"wrong state: {message_id} is said to be delivered")
                case State.ACCEPTED if not effects:
                    raise Breach(f"wrong state: {message_id} is said to be accepted, and no carrier has it")
                case State.FAILED | State.EXPIRED | State.CANCELLED if live:
                    raise Breach(f"wrong state: {message_id} is said to be {row.state}, and {live[0].channel} has it")
                case State.UNKNOWN if not self._called(row.carrier or message_id):
                    raise Breach(f"wrong state: {message_id} is said to be in doubt, and never left")
            if row.state is not State.DELIVERED and any(self._heard(effect) for effect in effects):
                raise Breach(f"wrong state: {message_id} is said to be {row.state}, and we were told that it arrived")

    def recorded(self, effect: Effect) -> str | None:
        """When the carrier's answer to it was written down; None: never, so that it is in doubt."""
        query = "SELECT at FROM attempt WHERE provider_id = ? AND channel = ? AND step = 'accepted'"
        found = self._sql.execute(query, (effect.provider_id, effect.channel)).fetchone()
        return None if found is None else str(found[0])

    def _no_excuse(self, first: Effect, second: Effect, policy: Policy) -> str | None:
        """Why the second effect was not allowed after the first; None: it was."""
        if (
            self._failure_told(first)
            or self._took_back(first)
            or (policy.doubt is Doubt.MISS and self._taken_for(first))
        ):
            return None
        heard = self._heard(first)
        if heard is not None and second.at - heard > _LAG and not second.by.troubled_since(heard):
            return "we had been told that it arrived"
        ours = self._carriers[first.carrier].temper.knows_our_id
        told = first.told.get(ReceiptState.ACCEPTED, second.left) if ours else second.left
        if self._recorded_before(first, second) or (second.left - told > _SLOW and not second.by.troubled_since(told)):
            if not policy.falls_back or first.path is second.path:
                return "it had been accepted"
            early = second.at - first.at < self._within - 1 and not self._clock.jumped_within(self._within)
            return "no receipt was waited for" if early or not self._carriers[first.carrier].can.receipts else None
        if policy.doubt is Doubt.DOUBLE:
            return "it was in doubt, and a double is worse than a miss"
        if first.answered and not first.by.dead and not first.by.troubled_since(first.left - 1):
            return "its answer was whole"
        return None

    def _believed(self, effect: Effect) -> bool:
        """Its carrier had denied it, and where a miss is worse than a double that is believed after seconds."""
        return effect.denied and self._oracle.told[effect.message_id].policy.doubt is Doubt.MISS

    def _failure_told(self, effect: Effect) -> bool:
        """We know that it failed; also where it was stored, and the carrier never heard that it was."""
        query = "SELECT 1 FROM receipt WHERE provider_id = ? AND channel = ? AND state = 'failed'"
        stored = self._sql.execute(query, (effect.provider_id, effect.channel)).fetchone()
        return ReceiptState.FAILED in effect.told or stored is not None

    def _recorded_before(self, first: Effect, second: Effect) -> bool:
        """The answer to the first was written down before the request of the second left."""
        recorded = self.recorded(first)
        return recorded is not None and recorded < written(self._clock.at(second.left))

    def _took_back(self, effect: Effect) -> bool:
        """Its carrier, which refuses repeats, had said of a later request of this message that it failed, and took
        this one, which was long on its way, all the same.
        """
        later = [each for each in self._effects(effect.message_id) if each.left > effect.left]
        mine = [each for each in later if each.carrier == effect.carrier]
        failed = [each.told[ReceiptState.FAILED] for each in mine if ReceiptState.FAILED in each.told]
        return self._carriers[effect.carrier].can.deduplicates and any(at < effect.at for at in failed)

    def _misjudged(self) -> bool:
        """A worker that began just after a jump of the clock knows of none, and took the leases of others for over."""
        jumped_at = self._clock.jumped_at
        return self._clock.jumped_within(_MISJUDGED) and any(each.born >= (jumped_at or 0) for each in self._workers())

    def _taken_for(self, first: Effect) -> bool:
        """A failure was told of another effect of the same message, and neither has an id that the house knows."""
        others = [each for each in self._effects(first.message_id) if each.carrier == first.carrier]
        failed = any(ReceiptState.FAILED in each.told and not self.recorded(each) for each in others)
        return failed and not self.recorded(first)

    def _has_just_arrived(self, row: Row) -> bool:
        """It was marked, and just before it left we were told that an earlier attempt has arrived."""
        query = (
            "SELECT step FROM attempt WHERE message_id = ? AND (step != 'seen' OR final_state IS NOT NULL)"
            " ORDER BY rowid DESC LIMIT 2"
        )
        last = [step for (step,) in self._sql.execute(query, (row.id,))]
        return row.state is State.DELIVERED and last in (["delivered", "sending"], ["seen", "sending"])

    def _beside(self, carrier: Carrier) -> list[Carrier]:
        """The carriers of its channel, whose limits are one."""
        return [each for each in self._carriers.values() if each.channel == carrier.channel]

    def _effects(self, message_id: str) -> list[Effect]:
        row = self._oracle.rows.get(message_id)
        message_id = message_id if row is None or row.carrier is None else row.carrier
        return [
            effect
            for carrier in self._carriers.values()
            for effect in carrier.effects
            if effect.message_id == message_id
        ]

    def _called(self, message_id: str) -> bool:
        query = "SELECT 1 FROM attempt WHERE message_id = ? AND step = 'sending'"
        return self._sql.execute(query, (message_id,)).fetchone() is not None

    def _heard(self, effect: Effect) -> float | None:
        """When we knew of its arrival: a receipt was stored that has our id, or one that we knew already.

        A carrier's own id is unknown to us as long as the answer to the sending is; what it says is kept for a while.
        """
        told = min((effect.told[state] for state in _GOOD if state in effect.told), default=None)
        if told is None or self._carriers[effect.carrier].temper.knows_our_id:
            return told
        recorded = self.recorded(effect)
        return told if recorded is not None and recorded < self._kept_until(effect) else None

    def _kept_until(self, effect: Effect) -> str:
        """Since the first copy was stored, which the carrier may never have heard."""
        query = "SELECT min(received_at) FROM receipt WHERE provider_id = ? AND channel = ? AND state IN (?, ?)"
        (stored,) = self._sql.execute(query, (effect.provider_id, effect.channel, *_GOOD)).fetchone()
        return written(datetime.fromisoformat(stored) + timedelta(seconds=_LAG))


_GOOD = (ReceiptState.DELIVERED, ReceiptState.SEEN)


def _arrived(effect: Effect) -> bool:
    return any(state in effect.told for state in _GOOD)

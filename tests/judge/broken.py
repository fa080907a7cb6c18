"""A small sender that can be broken on purpose: what the judge is proved on. It has nothing of ours in it.

Workers are generators: at each `yield` another may go on, or the process may die and lose all but `rows`. The carrier
takes a message and then, sometimes, its answer is lost. Whole (no `Break`), it is a correct sender.
"""

import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from tests.judge.judge import Accepted, Received


class Break(StrEnum):
    """One way to build a sender wrong."""

    NO_MARK_BEFORE_SENDING = "it sends, and only then writes down that it does"
    OUTCOME_BEFORE_SENDING = "it writes down that it was sent, and then sends"
    BLIND_RESEND = "what may have gone through is sent again"
    NO_LOCK = "two workers take the same message"
    NO_ORDER = "it sends in any order"
    DOUBT_IS_FAILURE = "what may have gone through is called failed"
    FORGETS_THE_DEAD = "what a dead worker was sending is forgotten"
    WRONG_PERSON = "it sends the words of one to another"


@dataclass(slots=True)
class Row:
    """What is on disk of one message."""

    message: Accepted
    state: str = "waiting"
    sent: int = 0


class Sender:
    """Sends everything that was accepted with `workers` workers that die now and then, until nothing waits."""

    def __init__(
        self, accepted: list[Accepted], broken: Collection[Break], *, workers: int, chance: random.Random
    ) -> None:
        self.rows = {one.key: Row(one) for one in accepted}
        self.received: list[Received] = []
        self._broken = frozenset(broken)
        self._workers = workers
        self._chance = chance
        self._in_hand: dict[int, str] = {}

    def run(self) -> None:
        running: dict[int, Iterator[None]] = {}
        while any(row.state in ("waiting", "sending") for row in self.rows.values()):
            for number in range(self._workers):
                running.setdefault(number, self._work(number))
            number = self._chance.choice(list(running))
            if self._chance.random() < 0.02:
                del running[number]
                self._recover(number)
            elif next(running[number], "ended") == "ended":
                del running[number]

    @property
    def states(self) -> dict[str, str]:
        return {key: row.state for key, row in self.rows.items()}

    def _work(self, worker: int) -> Iterator[None]:
        row = self._next()
        if row is None:
            return
        if Break.NO_LOCK in self._broken:
            yield
        self._in_hand[worker] = row.message.key
        if Break.OUTCOME_BEFORE_SENDING in self._broken:
            row.state = "accepted"
        elif Break.NO_MARK_BEFORE_SENDING not in self._broken:
            row.state = "sending"
        yield
        row.sent += 1
        self._carry(row.message)
        yield
        if self._chance.random() < 0.1:
            self._doubt(row)
        else:
            row.state = "accepted"
        del self._in_hand[worker]

    def _next(self) -> Row | None:
        waiting = [row for row in self.rows.values() if row.state == "waiting"]
        waiting = [row for row in waiting if Break.NO_LOCK in self._broken or row.message.key not in self._mine()]
        if Break.NO_ORDER in self._broken:
            return self._chance.choice(waiting) if waiting else None
        return next((row for row in waiting if not self._held_back(row.message)), None)

    def _mine(self) -> set[str]:
        return set(self._in_hand.values())

    def _held_back(self, message: Accepted) -> bool:
        """An earlier one to the same recipient in this lane is open."""
        return any(
            row.state in ("waiting", "sending") and row.message.place < message.place
            for row in self.rows.values()
            if (row.message.recipient, row.message.lane) == (message.recipient, message.lane)
        )

    def _carry(self, message: Accepted) -> None:
        recipient = message.recipient
        if Break.WRONG_PERSON in self._broken and self._chance.random() < 0.02:
            recipient = self._chance.choice([row.message.recipient for row in self.rows.values()])
        self.received.append(Received(key=message.key, recipient=recipient, body=f"words of {message.key}"))

    def _doubt(self, row: Row) -> None:
        if Break.DOUBT_IS_FAILURE in self._broken:
            row.state = "failed"
        elif Break.BLIND_RESEND in self._broken or row.sent < row.message.copies:
            row.state = "waiting"
        else:
            row.state = "unknown"

    def _recover(self, worker: int) -> None:
        """The worker is dead: what it had marked is in doubt, and what it had only in its head is gone."""
        key = self._in_hand.pop(worker, None)
        if key is None or self.rows[key].state != "sending":
            return
        if Break.FORGETS_THE_DEAD in self._broken:
            del self.rows[key]
            return
        row = self.rows[key]
        row.sent = max(row.sent, 1)
        self._doubt(row)

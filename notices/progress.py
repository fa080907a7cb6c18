"""How far a notice has come, in figures: what arrived, what failed and why, what still waits."""

from collections.abc import Mapping
from dataclasses import dataclass

from delivery.history import CHANNELS, reason
from store.database import Tx
from store.notices import Notice, State
from store.nouns import Store
from store.outbox.tables import State as Outgoing

_SKIPPED = frozenset({"opted_out", "off", "shadow", "stale", "duplicate", "no_text"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts of messages; `gone` have left us, `waiting` have not (queued, or not planned yet)."""

    delivered: int = 0
    accepted: int = 0
    failed: int = 0
    unknown: int = 0
    waiting: int = 0
    cancelled: int = 0

    @property
    def gone(self) -> int:
        return self.delivered + self.accepted + self.failed + self.unknown

    @property
    def total(self) -> int:
        return self.gone + self.waiting + self.cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """All that the page Theo dõi shows. `failures` are (channel, reason in words, how many), the commonest first."""

    figures: Figures
    skipped: int
    by_channel: Mapping[str, Figures]
    failures: tuple[tuple[str, str, int], ...]
    live: bool

    @property
    def total(self) -> int:
        return self.figures.total + self.skipped


async def progress(store: Store, tx: Tx, notice: Notice) -> Progress:
    """Reads the outbox's own account of the notice; nothing is counted twice."""
    counts = await store.outbox.counts_of_notice(tx, notice.id)
    outcomes = await store.notices.outcomes(tx, notice.id)
    unplanned = outcomes.get(None, 0)
    shadows = outcomes.get("shadow", 0)
    rows = [(channel, state, count) for (channel, state), count in counts.items()]
    mine = _figures([(state, count) for _, state, count in rows])
    over = notice.state is State.CANCELLED
    figures = Figures(
        delivered=mine.delivered,
        accepted=mine.accepted,
        failed=mine.failed,
        unknown=mine.unknown,
        waiting=mine.waiting + (0 if over else unplanned),
        cancelled=max(mine.cancelled - shadows, 0) + (unplanned if over else 0),
    )
    return Progress(
        figures=figures,
        skipped=sum(count for outcome, count in outcomes.items() if outcome in _SKIPPED),
        by_channel={
            name: _figures([(state, count) for channel, state, count in rows if channel == name])
            for name in sorted({channel for channel, _, _ in rows if channel}, key=_place)
        },
        failures=tuple(
            (channel or "", reason(code), count)
            for channel, code, count in await store.outbox.failures_of_notice(tx, notice.id)
        ),
        live=notice.state is State.SENDING or (notice.state is State.DONE and mine.accepted > 0),
    )


def _figures(counts: list[tuple[Outgoing, int]]) -> Figures:
    def of(*states: Outgoing) -> int:
        return sum(count for state, count in counts if state in states)

    return Figures(
        delivered=of(Outgoing.DELIVERED),
        accepted=of(Outgoing.ACCEPTED),
        failed=of(Outgoing.FAILED, Outgoing.EXPIRED),
        unknown=of(Outgoing.UNKNOWN),
        waiting=of(Outgoing.WAITING, Outgoing.SENDING),
        cancelled=of(Outgoing.CANCELLED),
    )


def _place(channel: str) -> int:
    order = list(CHANNELS)
    return order.index(channel) if channel in order else len(order)

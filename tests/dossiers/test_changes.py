"""Any walk over the statuses, in any order and any slices, ends in the same place and is told once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.changes import weigh
from store.dossier import Dossier, Office, Party

START = datetime(2026, 6, 25, 1, 0, tzinfo=UTC)
BASE = Dossier(
    code="H36.21-260622-0001",
    procedure_code="1.004873",
    status=1,
    status_at=START,
    agency=Office(code="H36.21"),
    applicant=Party(name="Nguyễn Văn An", phone="84912345678"),
)
walks = st.lists(st.tuples(st.integers(1, 10), st.integers(0, 5)), min_size=1, max_size=8)


def _take(slices: list[list[Dossier]]) -> tuple[Dossier | None, set[tuple[int, datetime]], list[str]]:
    """The slices, one call each: the state, the history, the occurrences that were told."""
    stored: Dossier | None = None
    seen: set[tuple[int, datetime]] = set()
    told: list[str] = []
    for rows in slices:
        change = weigh(stored, seen, list(enumerate(rows)))
        assert set(change.outcomes) == set(range(len(rows)))
        stored = change.newest or stored
        seen |= {(move.status, move.status_at) for move in change.moves}
        told += [telling.occurrence for telling in change.tellings]
    return stored, seen, told


def _dossiers(walk: list[tuple[int, int]]) -> list[Dossier]:
    return [replace(BASE, status=status, status_at=START + timedelta(minutes=at)) for status, at in walk]


@settings(max_examples=300, deadline=None)
@given(walk=walks)
def test_nothing_is_told_or_changed_when_everything_is_said_again(walk: list[tuple[int, int]]) -> None:
    rows = _dossiers(walk)
    once = _take([rows])
    twice = _take([rows, rows])

    assert twice == once


@settings(max_examples=300, deadline=None)
@given(walk=walks, cut=st.integers(0, 8))
def test_the_state_never_goes_back_in_time_and_the_history_is_whole(walk: list[tuple[int, int]], cut: int) -> None:
    rows = _dossiers(walk)
    slices = [part for part in (rows[:cut], rows[cut:]) if part]

    stored, seen, told = _take(slices)

    assert stored is not None
    assert stored.status_at == max(row.status_at for row in rows)
    assert seen == {(row.status, row.status_at) for row in rows}
    assert len(told) == len(set(told))


@settings(max_examples=200, deadline=None)
@given(walk=walks, data=st.data())
def test_the_order_of_rows_in_a_call_does_not_matter(walk: list[tuple[int, int]], data: st.DataObject) -> None:
    rows = _dossiers(walk)
    shuffled = data.draw(st.permutations(rows))

    assert _take([rows])[:2] == _take([shuffled])[:2]
    assert sorted(_take([rows])[2]) == sorted(_take([shuffled])[2])

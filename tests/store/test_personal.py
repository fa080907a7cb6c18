"""Sealed cells: they open where they belong and nowhere else."""

from datetime import UTC, datetime

import pytest

from store.personal import Seal, Unreadable

KEY = "a secret key that is long enough for tests"


def test_what_was_sealed_opens_again_with_its_moments() -> None:
    value = {"phone": "84912345678", "at": datetime(2026, 6, 25, 2, tzinfo=UTC), "n": [1, None, "đ"]}

    cell = Seal(KEY).seal_data("message.sealed", "row", value)

    assert Seal(KEY).open_data("message.sealed", "row", cell) == value


@pytest.mark.parametrize(
    ("column", "row", "key"),
    [
        ("message.sealed", "another row", KEY),
        ("address.sealed", "row", KEY),
        ("message.sealed", "row", KEY + "?"),
    ],
)
def test_a_cell_that_was_moved_or_sealed_under_another_key_does_not_open(column: str, row: str, key: str) -> None:
    cell = Seal(KEY).seal("message.sealed", "row", "84912345678")

    with pytest.raises(Unreadable):
        Seal(key).open(column, row, cell)


def test_an_altered_cell_does_not_open() -> None:
    cell = bytearray(Seal(KEY).seal("message.sealed", "row", "84912345678"))
    cell[-1] ^= 1

    with pytest.raises(Unreadable):
        Seal(KEY).open("message.sealed", "row", bytes(cell))


def test_every_cell_names_its_key() -> None:
    assert Seal(KEY, key_id=7).seal("a.b", "row", "x")[1] == 7


def test_hashes_need_the_key() -> None:
    assert Seal(KEY).hash("phone", "84912345678") != Seal(KEY + "?").hash("phone", "84912345678")

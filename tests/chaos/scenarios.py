"""The table of scenarios: by which name, on which databases."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from tests.chaos.acceptance import acceptance
from tests.chaos.clocks import jumps
from tests.chaos.databases import stops, terminations
from tests.chaos.ground import Ground, Kind
from tests.chaos.kills import kills, kills_idempotent
from tests.chaos.leaders import schedulers
from tests.chaos.points import points
from tests.chaos.queues import eight, sigterm
from tests.chaos.report import Report
from tests.chaos.storms import storm, storm_idempotent, storm_zalo
from tests.chaos.tokens import tokens

BOTH: tuple[Kind, ...] = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Scenario:
    play: Callable[[Ground], Awaitable[Report]]
    databases: tuple[Kind, ...] = BOTH


SCENARIOS: Mapping[str, Scenario] = {
    "kills": Scenario(kills),
    "kills-once": Scenario(kills_idempotent),
    "points": Scenario(points),
    "acceptance": Scenario(acceptance),
    "storm": Scenario(storm),
    "storm-once": Scenario(storm_idempotent),
    "storm-zalo": Scenario(storm_zalo),
    "eight": Scenario(eight, ("postgresql",)),
    "sigterm": Scenario(sigterm),
    "schedulers": Scenario(schedulers),
    "tokens": Scenario(tokens),
    "clocks": Scenario(jumps),
    "stops": Scenario(stops, ("postgresql",)),
    "cut-offs": Scenario(terminations, ("postgresql",)),
}

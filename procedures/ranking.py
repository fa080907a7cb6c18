"""How well a procedure fits a message: what was measured of the two, weighed, as one score.

The weights lie between those that `python -m procedures.learning` finds on the procedures' own names, each left out in
turn, and those that were set on the development questions; 0.1 more or less moves the results by about a point.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from procedures.facets import Asked, Facets

WEIGHTS: Mapping[str, float] = {
    "nearest": 1.0,
    "next": 0.54,
    "pooled": 0.6,
    "explained": 0.49,
    "covered": 0.1,
    "marked": 0.15,
    "clashes": -0.15,
    "often": 0.21,
    "often_short": 0.04,
    "same_action": 0.08,
    "other_action": -0.01,
    "plain_same": 0.05,
    "unsaid_action": -0.11,
    "not_first": -0.18,
    "foreign_extra": -0.17,
    "foreign_missing": -0.15,
    "other_who": -0.11,
    "sibling": -0.24,
    "absent": 0.03,
}


FIRST_TIME = frozenset({"register_new", "issue_first"})
PLAIN = frozenset({"terminate", "suspend", "extend", "reissue_lost", "extract_copy", "complain", "transfer", "change"})
"""Errands whose words can hardly mean another."""
RARE = 0.2
"""Asked so often or less: a few times a year in the province."""
SPECIAL = frozenset(
    ("reissue_lost", "exchange", "renew", "extend", "change", "correct", "terminate", "suspend", "revoke", "transfer")
)
"""Errands about what somebody already has: who wants one says so."""
SAID_BY: Mapping[str, frozenset[str]] = {
    "reissue_lost": frozenset({"reissue_lost", "exchange"}),
    "exchange": frozenset({"exchange", "reissue_lost", "change", "renew"}),
    "renew": frozenset({"renew", "extend", "exchange"}),
    "extend": frozenset({"extend", "renew"}),
    "change": frozenset({"change", "correct", "exchange", "transfer"}),
    "correct": frozenset({"correct", "change"}),
    "terminate": frozenset({"terminate", "revoke", "suspend"}),
    "suspend": frozenset({"suspend", "terminate"}),
    "revoke": frozenset({"revoke", "terminate"}),
}
"""Whose words may mean an errand, where not its own alone."""
ENDING = frozenset({"terminate", "suspend"})
"""Errands that only somebody has who did the first one long ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was measured of a message and a procedure.

    `nearest` and `next` are likenesses (0 to 1) to its best names, `pooled` to all of them together, `explained`
    the share of the message that its names hold, `covered` the share of its best name that the message holds,
    `marked` the share of words that agree with their diacritics, `clashes` the share of the name whose words have
    others, `often` how often it is asked (0 to 1), `often_short` the same for a message of a few words.
    """

    nearest: float
    next: float
    pooled: float
    explained: float
    covered: float
    marked: float
    clashes: float
    often: float
    often_short: float
    absent: bool
    facets: Facets


def measures(evidence: Evidence, asked: Asked, joined: str) -> dict[str, float]:
    """The measures that weigh; `joined` are the folded words of the message with a space at both ends."""
    facets = evidence.facets
    found = {
        "nearest": evidence.nearest,
        "next": evidence.next,
        "pooled": evidence.pooled,
        "explained": evidence.explained,
        "covered": evidence.covered,
        "marked": evidence.marked,
        "clashes": evidence.clashes,
        "often": evidence.often,
        "often_short": evidence.often_short,
    }
    if facets.action and asked.actions:
        found["same_action" if facets.action in asked.actions else "other_action"] = 1.0
    if facets.action in asked.actions & PLAIN:
        found["plain_same"] = 1.0
    if (
        evidence.often <= RARE
        and facets.action in SPECIAL
        and not asked.actions & SAID_BY.get(facets.action, {facets.action})
    ):
        found["unsaid_action"] = 1.0
    if facets.action in FIRST_TIME and asked.actions & ENDING:
        found["not_first"] = 1.0
    if facets.foreign != asked.foreign:
        found["foreign_extra" if facets.foreign else "foreign_missing"] = 1.0
    if asked.who and facets.who not in ("any", asked.who) and "household_business" in (asked.who, facets.who):
        found["other_who"] = 1.0
    if any(cue in joined for cue in facets.unlike):
        found["sibling"] = 1.0
    if evidence.absent:
        found["absent"] = 1.0
    return found


def score(found: Mapping[str, float], weights: Mapping[str, float] = WEIGHTS) -> float:
    """The weighed sum of the measures."""
    return sum(weights[name] * value for name, value in found.items())


REASONS = {
    "other_action": "việc khác",
    "not_first": "việc lần đầu",
    "foreign_extra": "chỉ khi có yếu tố nước ngoài",
    "foreign_missing": "không cho yếu tố nước ngoài",
    "other_who": "cho đối tượng khác",
    "sibling": "có từ của thủ tục khác",
}


def reasons(found: Mapping[str, float]) -> list[str]:
    """What spoke against a procedure, in a clerk's words."""
    return [text for name, text in REASONS.items() if name in found]

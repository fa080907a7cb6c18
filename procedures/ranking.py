"""How well a procedure fits a message: what was measured of the two, weighed, as one score.

The weights come from `python -m procedures.learning`, on the procedures' own names, each left out in turn; another
sample moves them by about 0.1 and the results by about a point.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from procedures.facets import Asked, Facets

WEIGHTS: Mapping[str, float] = {
    "nearest": 1.0,
    "next": 0.83,
    "pooled": 0.8,
    "explained": 0.62,
    "covered": 0.1,
    "marked": 0.13,
    "clashes": -0.18,
    "often": 0.26,
    "often_short": 0.03,
    "same_action": 0.18,
    "other_action": 0.0,
    "plain_same": 0.17,
    "not_first": -0.18,
    "foreign_extra": -0.26,
    "foreign_missing": -0.2,
    "other_who": -0.12,
    "sibling": -0.37,
    "absent": 0.04,
}


FIRST_TIME = frozenset({"register_new", "issue_first"})
PLAIN = frozenset({"terminate", "suspend", "extend", "reissue_lost", "extract_copy", "complain", "transfer", "change"})
"""Errands whose words can hardly mean another."""
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

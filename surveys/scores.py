"""What the marks come to, by agency: mean, share of 4 and 5, response rate, and how many stand behind each.

Groups of fewer than five answers are hidden: in a commune everybody would know whose they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from store.nouns import Store
from surveys.definition import SATISFACTION

SMALLEST_GROUP = 5
SATISFIED = ("4", "5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One agency's score; `mean` (1 to 5) and `satisfied` (0 to 1) are None where the group is too small to show."""

    agency: str
    asked: int
    answered: int
    mean: float | None
    satisfied: float | None

    @property
    def response_rate(self) -> float | None:
        """Answered of asked, 0 to 1; None where nobody was asked."""
        return self.answered / self.asked if self.asked else None


async def scores(store: Store, since: datetime, until: datetime) -> list[Score]:
    """Scores of the surveys sent in [since, until), by agency code."""
    async with store.database.reading() as tx:
        asked = await store.surveys.asked(tx, since, until)
        tallies = await store.surveys.tallies(tx, SATISFACTION, since, until)
    counts = {tally.agency: tally.counts for tally in tallies}
    return [score(agency, asked[agency], counts.get(agency, {})) for agency in sorted(asked)]


def score(agency: str, asked: int, counts: Mapping[str, int]) -> Score:
    """From how often each mark was given."""
    answered = sum(counts.values())
    if answered < SMALLEST_GROUP:
        return Score(agency=agency, asked=asked, answered=answered, mean=None, satisfied=None)
    mean = sum(int(mark) * count for mark, count in counts.items()) / answered
    satisfied = sum(counts.get(mark, 0) for mark in SATISFIED) / answered
    return Score(agency=agency, asked=asked, answered=answered, mean=mean, satisfied=satisfied)

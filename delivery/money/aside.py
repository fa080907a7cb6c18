"""Money set aside for a message that is in doubt, kept for its repeat: the provider charges both as one.

It is kept as a mark among the ways tried. On another day the budget is another one, and the repeat is paid for anew.
"""

from collections.abc import Mapping
from datetime import datetime

from delivery.money.meters import day_of
from delivery.routing import Path

ASIDE = "aside"


def aside_for(tried: Mapping[str, str], path: Path, at: datetime) -> int:
    """In đồng: what stands ready for an attempt by this way on this day."""
    day, way, dong = tried.get(ASIDE, "- - 0").split()
    return int(dong) if (day, way) == (day_of(at), path.value) else 0


def keeping(path: Path, at: datetime, dong: int) -> dict[str, str]:
    """So much is kept for the repeat of an attempt."""
    return {ASIDE: f"{day_of(at)} {path.value} {dong}"} if dong else {}

"""Every name that a procedure has: the official one, the spoken ones, the colloquial ones; and the absent subjects'."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from procedures.catalogue import Catalogue, Procedure
from procedures.facets import Facets, of_procedure
from procedures.wording import Absent, Spoken

ABSENT = "absent:"
NAME_WEIGHT = 0.86
"""An official name is trusted a little less than one that people say."""
ABSENT_OFTEN = 2
_STARTS = ("Thủ tục ", "TTHC ", "thủ tục ")
_NOTHING = Facets(action="", foreign=False, who="any", unlike=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One name: the code of its procedure (or `absent:N`), its words, and how far it is trusted (0 to 1)."""

    code: str
    text: str
    weight: float


@dataclass(slots=True)
class Entry:
    """What the names of a procedure come to: in how many of them each word stands, and their vectors added up."""

    facets: Facets
    often: int
    bag: Counter[str] = field(default_factory=Counter)
    gathered: dict[str, float] = field(default_factory=dict)
    length: float = 1.0


def of_all(
    catalogue: Catalogue,
    spoken: Iterable[Spoken],
    colloquial: Iterable[tuple[str, str]],
    absent: Iterable[Absent],
) -> Iterator[Name]:
    """The names of the procedures that the catalogue has, then of the absent subjects."""
    for procedure in catalogue:
        yield Name(code=procedure.code, text=bare(procedure), weight=NAME_WEIGHT)
    for row in spoken:
        if row.code in catalogue:
            yield from (Name(code=row.code, text=phrase, weight=1.0) for phrase in row.phrases)
    for phrase, code in colloquial:
        if code in catalogue:
            yield Name(code=code, text=phrase, weight=1.0)
    for number, need in enumerate(absent):
        phrases = (need.subject, *need.phrases) if need.who else need.phrases
        yield from (Name(code=f"{ABSENT}{number}", text=phrase, weight=1.0) for phrase in phrases)


def bare(procedure: Procedure) -> str:
    """An official name without "Thủ tục" in front."""
    name = procedure.name
    for start in _STARTS:
        name = name.removeprefix(start)
    return name


def entries(catalogue: Catalogue, spoken: Sequence[Spoken], absent: Sequence[Absent]) -> Mapping[str, Entry]:
    """An empty entry for each code, with what is known of it."""
    judged = {row.code: row for row in spoken}
    found = {}
    for procedure in catalogue:
        row = judged.get(procedure.code)
        found[procedure.code] = Entry(facets=of_procedure(procedure, row), often=row.weight if row else 0)
    for number in range(len(absent)):
        found[f"{ABSENT}{number}"] = Entry(facets=_NOTHING, often=ABSENT_OFTEN)
    return found

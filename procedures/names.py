"""Every name that a procedure has: the official one, the spoken ones, the colloquial ones; and the absent subjects'."""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from procedures.catalogue import Catalogue, Procedure
from procedures.facets import Facets, of_procedure
from procedures.wording import Absent, Spoken

ABSENT = "absent:"
NAME_WEIGHT = 0.86
"""An official name is trusted a little less than one that people say."""
MORE_WEIGHT = 0.7
"""A name of a procedure that is seldom asked is trusted less: it must not stand before its everyday sibling."""
ABSENT_OFTEN = 2
SHORTEST_CORE = 3
"""Words that the heart of an official name has at least."""
_OPENING = re.compile(
    r"^(?:đề nghị |giải quyết )?cấp(?! lại| đổi)(?: mới)? "
    r"(?:giấy (?:chứng nhận|phép|xác nhận) |chứng chỉ |thẻ |văn bản )?",
    re.IGNORECASE,
)
_CASES = re.compile(
    r" ?\(|[,;:/]| (?:đối với|trong trường hợp|trường hợp|thuộc|theo|cho (?:tổ chức|cá nhân|hộ)|do|của|quy định"
    r"|được|đang) "
)
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
    """What the names of a procedure come to: their numbers, in how many each word stands, their vectors added up."""

    facets: Facets
    often: int
    names: list[int] = field(default_factory=list)
    bag: Counter[str] = field(default_factory=Counter)
    gathered: dict[str, float] = field(default_factory=dict)
    length: float = 1.0


def of_all(
    catalogue: Catalogue,
    spoken: Sequence[Spoken],
    colloquial: Iterable[tuple[str, str]],
    absent: Iterable[Absent],
) -> Iterator[Name]:
    """The names of the procedures that the catalogue has, then of the absent subjects."""
    for procedure in catalogue:
        yield Name(code=procedure.code, text=bare(procedure), weight=NAME_WEIGHT)
        if procedure.short:
            yield Name(code=procedure.code, text=procedure.short, weight=1.0)
    for code, text in cores(catalogue, {row.code for row in spoken if row.judged}).items():
        yield Name(code=code, text=text, weight=1.0)
    for row in spoken:
        if row.code in catalogue:
            trust = 1.0 if row.judged else MORE_WEIGHT
            yield from (Name(code=row.code, text=phrase, weight=trust) for phrase in row.phrases)
    for phrase, code in colloquial:
        if code in catalogue:
            yield Name(code=code, text=phrase, weight=1.0)
    for number, need in enumerate(absent):
        phrases = (need.subject, *need.phrases) if need.who else need.phrases
        yield from (Name(code=f"{ABSENT}{number}", text=phrase, weight=1.0) for phrase in phrases)


def cores(catalogue: Catalogue, of: Container[str]) -> dict[str, str]:
    """The heart of the official names of these procedures, where no other has the same: without its opening words,
    its cases and brackets."""
    found = {procedure.code: core(bare(procedure)) for procedure in catalogue if procedure.code in of}
    shared = Counter(found.values())
    return {code: text for code, text in found.items() if text and shared[text] == 1}


def core(name: str) -> str:
    """ "Cấp Giấy chứng nhận đăng ký tàu cá, tàu phục vụ …" → "đăng ký tàu cá"; "" where that leaves too little."""
    text = _CASES.split(_OPENING.sub("", name), maxsplit=1)[0].strip(" ,;.-")
    return text if len(text.split()) >= SHORTEST_CORE else ""


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

"""Several needs in one message: "bố mới mất, cần khai tử rồi xóa hộ khẩu" asks for two procedures.

The message is cut at its joints; it has several needs where its parts are clearly about several procedures.  How
clearly is a logistic of five measures, learned by `python -m procedures.learning` on names joined two by two.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from procedures.deciding import ours
from procedures.names import ABSENT
from procedures.search import Found, Hit, Index
from procedures.telling import LONG

MOST_PARTS = 5
LONGEST = 1.7
"""A message longer than so many times `LONG` content words is a story, and is not taken apart."""
SEVERAL = 0.65
"""The likelihood from which a message is taken apart."""
PART_OURS = 0.45
NEAR = 0.75
"""A hit of a part with this share of the best one's score is offered with it."""
MOST_NEAR = 3
PART_CANDIDATES = 10
SEVERAL_BY: Mapping[str, float] = {
    "bias": -7.4,
    "score": 2.44,
    "nearest": 1.48,
    "explained": -1.7,
    "parts": 5.6,
    "long": 0.45,
}
ERRANDS = frozenset(
    (
        "lam dang khai xin cap doi sang tach nhap chung cong xoa dong rut mua huy trich gia cat chuyen ket nhan "
        "bao lap mo hop xac sua bo tam giai tra cai dinh sao dung thu tuc the giay bang ban hoan quyet hien thanh "
        "ly mat chia vay cham ghi khoi khieu to uy thi thue dieu"
    ).split()
)
"""First words of an errand: what begins otherwise ("nghỉ buôn bán rồi …") is the story around it."""
AGAIN = frozenset({"lam", "lai", "xin", "cap", "doi", "moi", "luon", "them", "nop", "tra"})
_JOINTS = re.compile(
    r"[,;.?!\n]+\s|\n| (?:và|va|với lại|voi lai|với|voi|vs|rồi|roi|xong|còn|con việc|cùng|cung|kèm|đồng thời|dong thoi"
    r"|sẵn|ngoài ra|thêm nữa|nữa là|\+|&) ",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One need: the codes of a part of the message, best first."""

    codes: tuple[str, ...]


def needs(text: str, whole: Found, index: Index) -> tuple[Need, ...]:
    """The needs of a message that has several, in its order; nothing where it has one."""
    clear, measures = parts(text, whole, index)
    if not measures or likely(measures) < SEVERAL:
        return ()
    return tuple(Need(codes=_near(found.hits)) for found in clear.values())


def parts(
    text: str, whole: Found, index: Index, without: frozenset[int] = frozenset()
) -> tuple[dict[str, Found], dict[str, float]]:
    """What each part is clearly about, by code, and the measures of it all; nothing where that is not several."""
    said = [part for part in _JOINTS.split(text) if len(part.split()) > 1]
    long = len(whole.content) / LONG
    if not whole.hits or not 2 <= len(said) <= MOST_PARTS or long > LONGEST:
        return {}, {}
    errands = [part for part in said if _is_errand(index.content(part))]
    clear: dict[str, Found] = {}
    for part in errands if len(errands) > 1 else ():
        found = index.find(part, without, PART_CANDIDATES)
        if found.hits and not found.hits[0].code.startswith(ABSENT) and ours(found) >= PART_OURS:
            clear.setdefault(found.hits[0].code, found)
    if len(clear) < 2:
        return {}, {}
    bests = [found.hits[0] for found in clear.values()]
    return clear, {
        "bias": 1.0,
        "score": min(best.score for best in bests),
        "nearest": min(best.measures["nearest"] for best in bests),
        "explained": whole.hits[0].explained,
        "parts": len(bests) / len(said),
        "long": long,
    }


def likely(measures: Mapping[str, float]) -> float:
    """How likely a message of these measures has several needs, 0 to 1."""
    return 1 / (1 + math.exp(-sum(weight * measures[name] for name, weight in SEVERAL_BY.items())))


def _is_errand(content: Sequence[str]) -> bool:
    """Whether a part begins as an errand and names a thing ("làm lại sao" names none)."""
    return bool(ERRANDS.intersection(content[:1])) and not AGAIN.issuperset(content)


def _near(hits: tuple[Hit, ...]) -> tuple[str, ...]:
    near = [hit.code for hit in hits[:MOST_NEAR] if hit.score >= hits[0].score * NEAR]
    return tuple(code for code in near if not code.startswith(ABSENT))

"""The sample file: the columns as they should be, good rows of real dossiers, and six rows with one fault each."""

from collections.abc import Sequence
from datetime import date, timedelta

from notices.people import TITLES
from sheets.writing import Value, xlsx
from vietnam.calendar import day

HEADERS = [TITLES[key] for key in ("ho_ten", "so_dien_thoai", "email", "ma_ho_so", "so_tien", "han_nop")]

_NAMES = ("Nguyễn Thị Lan", "K’ Brịp", "H’ Bluên Ayun", "Lý A Páo", "Phạm Quốc Toản", "Trần Văn Phúc", "Điểu K’ Lanh")
_PEOPLE = [f"09129{number:05d}" for number in range(100, 140)]


def sample(codes: Sequence[str], today: date) -> bytes:
    """An XLSX file for the text `nhac_nop_phi`; `codes` are of dossiers that owe something.

    Faults planted, one a row: a digit missing, a land line, no dossier of that code, a sum in words, a day that does
    not exist, neither phone nor email. Without codes the good rows name no dossier that exists, and are faults too.
    """
    due = day(today + timedelta(days=20))
    good = [_good(at, code, due) for at, code in enumerate(codes[: len(_PEOPLE) - 6] or ("H36.21-260601-0001",))]
    planted = [_planted(place, good[place % len(good)]) for place in range(6)]
    rows: list[list[Value]] = []
    for at, row in enumerate(good):
        rows.append(row)
        if at < len(planted):
            rows.append(planted[at])
    return xlsx("Người nhận", HEADERS, [*rows, *planted[len(good) :]])


def _good(at: int, code: str, due: str) -> list[Value]:
    return [_NAMES[at % len(_NAMES)], _PEOPLE[at], "", code, "150.000", due]


def _planted(place: int, like: Sequence[Value]) -> list[Value]:
    """A good row with one cell spoilt."""
    row = [_NAMES[place], _PEOPLE[-1 - place], *like[2:]]
    year = str(like[5])[-4:]
    column, value = _FAULTS[place]
    row[column] = value.replace("YYYY", year)
    return row


_FAULTS = (
    (1, "091234567"),
    (1, "0263 3822 045"),
    (3, "H36.21-260529-0000"),
    (4, "một trăm rưỡi"),
    (5, "31/06/YYYY"),
    (1, ""),
)
"""Which column, and what stands in it; the last row has no email either."""

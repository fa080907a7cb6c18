"""A sheet, checked row by row: every fault of a row at once, in the words of whoever must mend it.

A row is right or wrong as a whole; a wrong row never stops a right one.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from notices import cells
from notices.cells import Unfit
from notices.people import AMOUNT, CODE, EMAIL, NAME, PHONE, People, Person
from store.notices import Fault, NoticeRow
from vietnam.calendar import day

REASONS: Mapping[str, str] = {
    "phone": "Số điện thoại thiếu, thừa chữ số hoặc là máy bàn",
    "email": "Email không đúng dạng",
    "nobody": "Để trống cả số điện thoại và email",
    "dossier": "Mã hồ sơ không có, hoặc hồ sơ đã nộp đủ tiền",
    "amount": "Số tiền không phải là số lớn hơn 0",
    "date": "Ngày đã qua, hoặc ngày không có thật",
    "repeat": "Trùng cả người nhận và nội dung với một dòng khác",
    "empty": "Ô mà mẫu tin cần bị để trống, hoặc quá dài",
    "sent": "Đã được gửi trong một thông báo trước",
    "words": "Nội dung có lời không được gửi cho người dân",
}
"""Each reason's code and how the group of its rows is called."""

_LOOK_ALIKES = str.maketrans({"O": "0", "o": "0", "I": "1", "l": "1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A dossier that a row may speak of. `owed` is in đồng."""

    id: str
    owed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What rows are held against. `needs` are the keys that the text cannot do without.

    `dossiers` holds, by the code as written, those that exist and that the author may write about;
    `sent_before` says when the same thing was told to the same person, by `said`.
    `words` finds what may not be said in a row's finished text, or None.
    """

    today: date
    template: str
    needs: Collection[str]
    dossiers: Mapping[str, Known] = field(default_factory=dict)
    sent_before: Mapping[str, datetime] = field(default_factory=dict)
    words: Callable[[Mapping[str, str]], str | None] = lambda _cells: None


def check(people: People, rules: Rules) -> list[NoticeRow]:
    """Every row of the sheet with its faults, in the sheet's order."""
    seen: dict[str, int] = {}
    return [_row(person, people.keys, rules, seen) for person in people.rows]


def spellings(people: People) -> set[str]:
    """All dossier codes that must be looked up: as written, and with letters read as the digits they resemble."""
    written = {person.cells.get(CODE, "") for person in people.rows} - {""}
    return written | {code.translate(_LOOK_ALIKES) for code in written}


def said(template: str, person: Person) -> str:
    """What is said to whom by a row, as one text: two rows with the same are one message."""
    cells_of = {key: value for key, value in person.cells.items() if key not in (NAME, PHONE, EMAIL)}
    facts = [f"{key}={value}" for key, value in sorted(cells_of.items())]
    return "\n".join([template, _recipient(person), *facts])


def sentence(row: NoticeRow, fault: Fault, columns: Collection[tuple[str, str, str]]) -> str:
    """ "Dòng 17, cột Số điện thoại: 091234567 thiếu 1 chữ số."."""
    title = next((title for _, key, title in columns if key == fault.key), fault.key)
    return f"Dòng {row.number}, cột {title}: {_after(row.cells.get(fault.key, ''), fault.reason)}."


def _after(value: str, reason: str) -> str:
    return f"{value} {reason}" if value else reason


def _row(person: Person, columns: Collection[str], rules: Rules, seen: dict[str, int]) -> NoticeRow:
    faults = [*_contact(person, columns), *_dossier(person, rules), *_typed(person, rules), *_missing(person, rules)]
    mine = said(rules.template, person)
    if not faults:
        faults = [*_twice(person, mine, rules, seen), *_said(person, rules)]
    return NoticeRow(
        number=person.number,
        cells=person.cells,
        said="" if faults else mine,
        faults=tuple(faults),
        mended=cells.robbed_of_zero(person.cells.get(PHONE, "")),
        dossier_id=None if (dossier := rules.dossiers.get(person.cells.get(CODE, ""))) is None else dossier.id,
    )


def _contact(person: Person, columns: Collection[str]) -> list[Fault]:
    phone, email = person.cells.get(PHONE, ""), person.cells.get(EMAIL, "")
    if not phone and not email:
        where = PHONE if PHONE in columns else EMAIL
        return [Fault(code="nobody", key=where, reason="không có số điện thoại, cũng không có email")]
    faults = []
    for key, value, read in ((PHONE, phone, cells.phone_of), (EMAIL, email, cells.email_of)):
        try:
            if value:
                read(value)
        except Unfit as why:
            faults.append(Fault(code="phone" if key == PHONE else "email", key=key, reason=why.reason))
    return faults


def _dossier(person: Person, rules: Rules) -> list[Fault]:
    code = person.cells.get(CODE, "")
    if not code:
        return []
    dossier = rules.dossiers.get(code)
    if dossier is None:
        meant = code.translate(_LOOK_ALIKES)
        hint = f", có phải {meant}?" if meant != code and meant in rules.dossiers else ""
        return [Fault(code="dossier", key=CODE, reason=f"không có hồ sơ này{hint}")]
    if AMOUNT in rules.needs and dossier.owed == 0:
        return [Fault(code="dossier", key=CODE, reason="không còn khoản nào phải nộp, không cần nhắc")]
    return []


def _typed(person: Person, rules: Rules) -> list[Fault]:
    """Sums and days, which are known by the column's name; a cell that nobody needs may be empty."""
    faults = []
    for key, value in person.cells.items():
        try:
            if key == AMOUNT and (value or key in rules.needs):
                cells.amount_of(value)
            elif value and key.startswith(("han_", "ngay_")):
                cells.date_of(value, today=rules.today, may_be_past=not key.startswith(("han_", "ngay_hen")))
        except Unfit as why:
            faults.append(Fault(code="amount" if key == AMOUNT else "date", key=key, reason=why.reason))
    return faults


def _missing(person: Person, rules: Rules) -> list[Fault]:
    empty = [key for key in sorted(rules.needs) if key != AMOUNT and not person.cells.get(key)]
    long = [key for key, value in person.cells.items() if len(value) > cells.LONGEST]
    return [Fault(code="empty", key=key, reason="để trống, mẫu tin cần ô này") for key in empty] + [
        Fault(code="empty", key=key, reason=f"dài quá {cells.LONGEST} ký tự") for key in long
    ]


def _twice(person: Person, mine: str, rules: Rules, seen: dict[str, int]) -> list[Fault]:
    where = CODE if person.cells.get(CODE) else PHONE if person.cells.get(PHONE) else EMAIL
    other = seen.setdefault(mine, person.number)
    if other != person.number:
        return [Fault(code="repeat", key=where, reason=f"trùng với dòng {other}: cùng người nhận, cùng nội dung")]
    if (at := rules.sent_before.get(mine)) is not None:
        return [Fault(code="sent", key=where, reason=f"đã được gửi đúng nội dung này ngày {day(at)}")]
    return []


def _said(person: Person, rules: Rules) -> list[Fault]:
    reason = rules.words(person.cells)
    key = next(iter(sorted(rules.needs)), PHONE)
    return [] if reason is None else [Fault(code="words", key=key, reason=reason)]


def _recipient(person: Person) -> str:
    """The phone as it is kept, else the email: the same person however the number is written."""
    phone = person.cells.get(PHONE, "")
    try:
        return cells.phone_of(phone) if phone else person.cells.get(EMAIL, "").lower()
    except Unfit:
        return phone

"""A procedure's answer, in parts that fit a chat: only what its source says, with the source, its date and the link.

What may have changed since names no sum; what the province says itself goes before the source, with its legal basis.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from procedures import lines
from procedures.catalogue import Procedure
from procedures.wording import LONGEST_TITLE
from vietnam.text import plain, shorten

LONGEST = 2000
"""Characters that Zalo carries in one message (facts/zalo.md)."""
FIRST_LONGEST = 900
LONGEST_NAME = 160
MOST_DOCUMENTS = 5
PAGE = "https://dichvucong.gov.vn"
CHANGED = "Lưu ý: thông tin có thể đã thay đổi; xin xem trang nguồn hoặc hỏi cán bộ một cửa về lệ phí."
_STARTS = re.compile(r"^(?:(?:thủ tục|TTHC)\s+(?!hành chính))+", re.IGNORECASE)
_JOINED = re.compile(r"^(liên thông) (?:các )?thủ tục hành chính (?:về )?", re.IGNORECASE)


class Part(StrEnum):
    """The parts of an answer, each a button."""

    SUMMARY = "summary"
    DOCUMENTS = "documents"
    STEPS = "steps"
    FEES = "fees"


BUTTONS = {Part.DOCUMENTS: "Giấy tờ cần nộp", Part.STEPS: "Các bước", Part.FEES: "Thời gian, lệ phí"}


def part(procedure: Procedure, which: Part) -> str:
    """One part of the answer, at most `LONGEST` characters."""
    if not procedure.trusted:
        return untrusted(procedure)
    match which:
        case Part.SUMMARY:
            return summary(procedure)
        case Part.DOCUMENTS:
            return _listed(procedure, "Giấy tờ", procedure.documents, "Nguồn không nêu thành phần hồ sơ.")
        case Part.STEPS:
            return _listed(procedure, "Các bước", procedure.steps, "Nguồn không nêu trình tự.")
        case Part.FEES:
            rows = lines.times(procedure) if procedure.standing.changed else lines.ways(procedure)
            return _listed(procedure, "Thời gian, lệ phí", tuple(rows), "Nguồn không nêu thời gian, lệ phí.")


def available(procedure: Procedure) -> tuple[Part, ...]:
    """The parts beyond the summary of which the source says something."""
    if not procedure.trusted:
        return ()
    has = {Part.DOCUMENTS: procedure.documents, Part.STEPS: procedure.steps, Part.FEES: procedure.ways}
    return tuple(which for which, known in has.items() if known)


def title(procedure: Procedure, longest: int = LONGEST_NAME) -> str:
    """The procedure's official name, without "Thủ tục" in front, short enough to read."""
    name = _JOINED.sub(r"\1 ", _STARTS.sub("", procedure.name))
    return shorten(name[:1].upper() + name[1:], longest)


def short_titles(procedures: Sequence[Procedure]) -> tuple[str, ...]:
    """Names to choose by, at most `LONGEST_TITLE` characters each; two that come out alike bear their codes."""
    names = [one.short or title(one, LONGEST_TITLE) for one in procedures]
    return tuple(
        f"{shorten(name, LONGEST_TITLE - 11)} ({one.code})" if names.count(name) > 1 else name
        for one, name in zip(procedures, names, strict=True)
    )


def summary(procedure: Procedure) -> str:
    """The first answer: name, time, fee, place, what to bring, source, link."""
    if not procedure.trusted:
        return untrusted(procedure)
    money = [CHANGED] if procedure.standing.changed else lines.fees(procedure)
    told = [*_names(procedure), *_own_word(procedure), *lines.times(procedure), *money, *lines.places(procedure)]
    return _fit(told, _first_documents(procedure), _closing(procedure))


def untrusted(procedure: Procedure) -> str:
    """Name and link of a procedure whose page in the source is known to be wrong."""
    told = [
        title(procedure),
        "Trợ lý chưa có nội dung tin cậy của thủ tục này. Xin Ông/Bà xem trên Cổng hoặc hỏi cán bộ một cửa.",
    ]
    return "\n".join([*told, link(procedure)])


def sms(procedure: Procedure) -> str:
    """The lines that matter over SMS, without diacritics and without a link."""
    name = procedure.short or title(procedure, 80)
    if not procedure.trusted:
        return plain(f"{name}. Xin hoi bo phan mot cua.")
    if procedure.standing.suspended:
        return plain(f"{name}: tạm ngừng. {shorten(procedure.standing.suspended, 100)}")
    money = ["Lệ phí có thể đã thay đổi."] if procedure.standing.changed else lines.fees(procedure, 60)
    documents = "; ".join(lines.paper(paper, 60) for paper in lines.papers(procedure)[:2])
    brought = [f"Giấy tờ: {documents}"] if documents else []
    told = [name, *lines.times(procedure), *money, *brought]
    return plain("\n".join([*told, f"Nguồn: Cổng DVC quốc gia {procedure.as_of:%d/%m/%Y}"]))


def source(procedure: Procedure) -> str:
    """Whose data it is, and of which day."""
    return f"Nguồn: {procedure.source}, dữ liệu ngày {procedure.as_of:%d/%m/%Y}"


def link(procedure: Procedure) -> str:
    """The portal's page of the procedure, or its front page with the code where the source has none."""
    return procedure.url or f"{PAGE} (mã {procedure.code})"


def _names(procedure: Procedure) -> list[str]:
    """The name that people know first, and the official one, by which it is found on the portal."""
    if not procedure.short:
        return [title(procedure)]
    return [procedure.short, f"Tên thủ tục ({procedure.code}): {title(procedure, 120)}"]


def _own_word(procedure: Procedure) -> list[str]:
    standing = procedure.standing
    suspended = f"Thủ tục này đang tạm ngừng: {shorten(standing.suspended, 200)}" if standing.suspended else ""
    basis = f"Theo {shorten(standing.basis, 120)}" if standing.basis else ""
    return [line for line in (suspended, basis) if line]


def _closing(procedure: Procedure) -> list[str]:
    return [source(procedure), link(procedure)]


def _first_documents(procedure: Procedure) -> list[str]:
    papers = lines.papers(procedure)
    if not papers:
        return ["Giấy tờ: xem trang nguồn." if procedure.documents else "Giấy tờ: nguồn không nêu."]
    if len(papers) == 1:
        return [f"Giấy tờ: {shorten(papers[0], 220)}"]
    common = [paper for paper in papers if not lines.is_case(paper)] or papers
    names = list(dict.fromkeys(lines.paper(paper) for paper in common))
    return ["Giấy tờ (tùy trường hợp):", *(f"• {name}" for name in names)]


def _listed(procedure: Procedure, label: str, rows: tuple[str, ...], none: str) -> str:
    marked = [row if row.endswith(":") or label == "Các bước" else f"• {row}" for row in dict.fromkeys(rows)]
    head = [f"{label}: {procedure.short or title(procedure, 100)}", *_own_word(procedure)]
    head += [CHANGED] if procedure.standing.changed else []
    closing = _closing(procedure)
    room = LONGEST - sum(len(line) + 1 for line in [*head, *closing]) - 40
    body, more = _kept(marked or [none], room)
    return "\n".join([*head, *body, *(["… (còn nữa, xem trang nguồn)"] if more else []), *closing])


def _fit(told: list[str], documents: list[str], closing: list[str]) -> str:
    """All that is told, then as many documents as fit the first message, then how many there are besides."""
    room = FIRST_LONGEST - sum(len(line) + 1 for line in [*told, *closing]) - 40
    kept, more = _kept(documents[: MOST_DOCUMENTS + 1], room)
    more += max(0, len(documents) - MOST_DOCUMENTS - 1)
    if len(kept) < 2 and more:
        kept = []
    return "\n".join([*told, *kept, *([f"• {more} mục khác"] if more and kept else []), *closing])


def _kept(rows: Sequence[str], room: int) -> tuple[list[str], int]:
    """The rows that fit, and how many do not; the first is shortened rather than left out."""
    kept: list[str] = []
    for row in rows:
        if len(row) + 1 > room:
            if not kept and room > 20:
                kept.append(shorten(row, room))
            break
        kept.append(row)
        room -= len(row) + 1
    return kept, len(rows) - len(kept)

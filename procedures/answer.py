"""A procedure's answer, in parts that fit a chat: only what its source says, with the source, its date and the link."""

import re
from collections.abc import Iterable
from enum import StrEnum

from procedures.catalogue import Procedure, Way
from vietnam.text import plain, shorten

LONGEST = 2000
"""Characters that Zalo carries in one message (facts/zalo.md)."""
FIRST_LONGEST = 900
LONGEST_NAME = 160
MOST_DOCUMENTS = 5
_PROCEDURE = re.compile(r"(?:thủ tục|TTHC)\s+", re.IGNORECASE)
_CASE = re.compile(
    r"(?:\([ivx\d.]+\)\s*)?(?:trường hợp|đối với|nếu|lưu ý|văn bản ủy quyền|người (?:ủy|được ủy|tiếp nhận))",
    re.IGNORECASE,
)
PAGE = "https://dichvucong.gov.vn"


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
            return _listed(
                procedure, "Thời gian, lệ phí", tuple(_ways(procedure)), "Nguồn không nêu thời gian, lệ phí."
            )


def available(procedure: Procedure) -> tuple[Part, ...]:
    """The parts beyond the summary of which the source says something."""
    if not procedure.trusted:
        return ()
    has = {Part.DOCUMENTS: procedure.documents, Part.STEPS: procedure.steps, Part.FEES: procedure.ways}
    return tuple(which for which, known in has.items() if known)


def title(procedure: Procedure, longest: int = LONGEST_NAME) -> str:
    """The procedure's name, without "Thủ tục" in front, short enough to read."""
    name = _PROCEDURE.sub("", procedure.name)
    return shorten(name[:1].upper() + name[1:], longest)


def summary(procedure: Procedure) -> str:
    """The first answer: name, time, fee, place, what to bring, source, link."""
    if not procedure.trusted:
        return untrusted(procedure)
    told = [title(procedure), *_times(procedure), *_fees(procedure, 100), *_places(procedure)]
    return _fit([*told, *_first_documents(procedure)], _closing(procedure), FIRST_LONGEST)


def untrusted(procedure: Procedure) -> str:
    """Name and link of a procedure whose page in the source is known to be wrong."""
    lines = [
        title(procedure),
        "Trợ lý chưa có nội dung tin cậy của thủ tục này. Xin Ông/Bà xem trên Cổng hoặc hỏi cán bộ một cửa.",
    ]
    return "\n".join([*lines, link(procedure)])


def sms(procedure: Procedure) -> str:
    """The lines that matter over SMS, without diacritics and without a link."""
    if not procedure.trusted:
        return plain(f"{title(procedure, 80)}. Xin hoi bo phan mot cua.")
    documents = "; ".join(shorten(paper, 60) for paper in _papers(procedure)[:2])
    told = [title(procedure, 80), *_times(procedure), *_fees(procedure, 60)]
    brought = [f"Giay to: {documents}"] if documents else []
    return plain("\n".join([*told, *brought, f"Nguon: Cong DVC quoc gia {procedure.as_of:%d/%m/%Y}"]))


def source(procedure: Procedure) -> str:
    """Whose data it is, and of which day."""
    return f"Nguồn: {procedure.source}, dữ liệu ngày {procedure.as_of:%d/%m/%Y}"


def link(procedure: Procedure) -> str:
    """The portal's page of the procedure, or its front page with the code where the source has none."""
    return procedure.url or f"{PAGE} (mã {procedure.code})"


def _closing(procedure: Procedure) -> list[str]:
    return [source(procedure), link(procedure)]


def _first_documents(procedure: Procedure) -> list[str]:
    papers = _papers(procedure)
    if not papers:
        return ["Giấy tờ: nguồn không nêu."]
    if len(papers) == 1:
        return [f"Giấy tờ: {shorten(papers[0], 220)}"]
    shown = [f"• {shorten(paper, 90)}" for paper in papers[:MOST_DOCUMENTS]]
    more = len(papers) - len(shown)
    return ["Giấy tờ (tùy trường hợp):", *shown, *([f"• … và {more} mục khác"] if more else [])]


def _papers(procedure: Procedure) -> list[str]:
    """The papers without headings: first those that everybody brings, then those of special cases, last the remarks."""
    papers = [paper for paper in dict.fromkeys(procedure.documents) if not paper.endswith(":")]
    return sorted(
        papers, key=lambda paper: (not paper.endswith((" bản chính)", " bản sao)")), bool(_CASE.match(paper)))
    )


def _times(procedure: Procedure) -> list[str]:
    return _by_channel("Thời gian", ((way, way.time) for way in procedure.ways))


def _fees(procedure: Procedure, longest: int) -> list[str]:
    return _by_channel("Lệ phí", ((way, shorten(way.fee, longest)) for way in procedure.ways))


def _by_channel(label: str, told: Iterable[tuple[Way, str]]) -> list[str]:
    """One line where all ways agree, else what each way has; nothing where the source says nothing."""
    channels: dict[str, list[str]] = {}
    for way, text in told:
        if text and way.channel.lower() not in channels.setdefault(text, []):
            channels[text].append(way.channel.lower())
    if len(channels) == 1:
        return [f"{label}: {next(iter(channels))}"]
    return [f"{label} ({', '.join(ways)}): {text}" for text, ways in list(channels.items())[:3]]


def _places(procedure: Procedure) -> list[str]:
    ways = ", ".join(dict.fromkeys(way.channel.lower() for way in procedure.ways if way.channel))
    told = {
        "Nơi giải quyết": shorten(procedure.agency, 120),
        "Cấp thực hiện": "" if procedure.agency else procedure.level,
        "Cách nộp": ways,
    }
    return [f"{label}: {text}" for label, text in told.items() if text]


def _ways(procedure: Procedure) -> Iterable[str]:
    for way in procedure.ways:
        told = [way.time, way.fee and f"lệ phí: {way.fee}", way.note]
        yield f"{way.channel}: {'; '.join(filter(None, told)) or 'nguồn không nêu thời gian, lệ phí'}"


def _listed(procedure: Procedure, label: str, rows: tuple[str, ...], none: str) -> str:
    marked = [row if row.endswith(":") or label == "Các bước" else f"• {row}" for row in dict.fromkeys(rows)]
    return _fit([f"{label}: {title(procedure, 100)}", *(marked or [none])], _closing(procedure), LONGEST)


def _fit(lines: list[str], closing: list[str], longest: int) -> str:
    """The lines that fit whole before the closing; where some do not, it is said."""
    room = longest - sum(len(line) + 1 for line in closing) - 40
    kept: list[str] = []
    for line in lines:
        if len(line) + 1 > room:
            kept.append(f"{shorten(line, room)}" if room > 80 else "… (còn nữa, xem trang nguồn)")
            break
        kept.append(line)
        room -= len(line) + 1
    return "\n".join([*kept, *closing])

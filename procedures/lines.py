"""The lines of an answer, each from the source's own words: times, fees, places, papers."""

import re
from collections.abc import Iterable

from procedures.catalogue import Procedure, Way
from vietnam.text import shorten

LONGEST_FEE = 100
LONGEST_PAPER = 100
SUM = re.compile(r"\d+ ?(?:đồng|đ\b|%|VNĐ|USD)|\d{1,3}(?:\.\d{3})+", re.IGNORECASE)
_CASE = re.compile(
    r"(?:\([ivx\d.]+\)\s*)?(?:trường hợp|đối với|nếu|lưu ý|văn bản ủy quyền|người (?:ủy|được ủy|tiếp nhận))",
    re.IGNORECASE,
)
_PAPER = re.compile(r"[\wÀ-Ỹ“\"(]")
_STEP = re.compile(r"(?:bước|cách thức|thời hạn|trình tự)\b", re.IGNORECASE)
_ENDS = re.compile(
    r"; | \((?!\d+ bản)|: | theo (?:mẫu|quy định|biểu|phụ lục)| ban hành| do (?:cơ sở|người|cơ quan)| quy định tại"
    r"| (?:trong|đối với) trường hợp| đối với| trường hợp| có giá trị| được cấp theo| nếu | để "
)
_SHORTEST_PAPER = 12
_NUMBER = re.compile(r"^(?:\(?\d{1,2}[).]|\(?[a-zđ]\))\s+(?=\w)")
_COUNT = re.compile(r" \(\d+ bản [^()]*\)$")


def times(procedure: Procedure) -> list[str]:
    """How long it takes, by way of filing where they differ."""
    return by_channel("Thời gian", ((way, way.time) for way in procedure.ways))


def fees(procedure: Procedure, longest: int = LONGEST_FEE) -> list[str]:
    """What it costs, by way of filing where they differ."""
    return by_channel("Phí, lệ phí", ((way, short_fee(way.fee, longest)) for way in procedure.ways))


def short_fee(fee: str, longest: int) -> str:
    """A fee that fits; of several sums that do not all fit none is shown, lest the first be taken for the fee."""
    told = fee.removeprefix("Phí: ").removeprefix("Lệ phí: ")
    if len(told) > longest and len(SUM.findall(told)) > 1:
        return "nhiều mức, tùy trường hợp (xem phần thời gian, lệ phí)"
    head, bracket, _ = told.partition(" (")
    return f"{head}…" if len(told) > longest and bracket and SUM.search(head) else shorten(told, longest)


def by_channel(label: str, told: Iterable[tuple[Way, str]]) -> list[str]:
    """One line where all ways agree or one way has several; else what each way has; nothing where nothing is said."""
    channels: dict[str, list[str]] = {}
    for way, text in told:
        if text and way.channel.lower() not in channels.setdefault(text, []):
            channels[text].append(way.channel.lower())
    said = [channel for ways in channels.values() for channel in ways]
    if len(channels) == 1:
        return [f"{label}: {next(iter(channels))}"]
    if len(said) > len(set(said)):
        return [f"{label}: {'; '.join(channels)} (tùy trường hợp)"]
    return [f"{label} ({', '.join(ways)}): {text}" for text, ways in list(channels.items())[:3]]


def places(procedure: Procedure) -> list[str]:
    """Who decides, and how it can be filed."""
    ways = ", ".join(dict.fromkeys(way.channel.lower() for way in procedure.ways if way.channel))
    told = {
        "Nơi giải quyết": shorten(procedure.agency, 120),
        "Cấp thực hiện": "" if procedure.agency else procedure.level,
        "Cách nộp": ways,
    }
    return [f"{label}: {text}" for label, text in told.items() if text]


def papers(procedure: Procedure) -> list[str]:
    """The papers without headings and remarks: first those that everybody brings, then those of special cases."""
    listed = [one for one in dict.fromkeys(procedure.documents) if not one.endswith(":") and _is_paper(one)]
    return sorted(listed, key=lambda one: (not one.endswith((" bản chính)", " bản sao)")), is_case(one)))


def is_case(text: str) -> bool:
    """Whether a row speaks of a special case, not of a paper that everybody brings."""
    return bool(_CASE.match(text))


def paper(text: str, longest: int = LONGEST_PAPER) -> str:
    """A paper's name without its number: up to where its conditions begin, "…" where something was left out."""
    whole = _NUMBER.sub("", _COUNT.sub("", text))
    if len(whole) <= longest // 2:
        return whole
    end = next((end.start() for end in _ENDS.finditer(whole) if end.start() >= _SHORTEST_PAPER), len(whole))
    if end > longest:
        return shorten(whole, longest)
    return whole if end == len(whole) else f"{whole[:end].rstrip(' ,;:.')}…"


def ways(procedure: Procedure) -> Iterable[str]:
    """Each way of filing with its time, fee and note."""
    for way in procedure.ways:
        told = [way.time, way.fee and f"lệ phí: {way.fee}", way.note]
        words = "; ".join(filter(None, told)) or "nguồn không nêu thời gian, lệ phí"
        yield f"{way.channel}: {words}" if way.channel else words


def without_sums(rows: Iterable[str]) -> list[str]:
    """The lines that name no sum."""
    return [row for row in rows if not SUM.search(row)]


def _is_paper(text: str) -> bool:
    return (bool(_PAPER.match(text)) and text[:1].lower() != text[:1] and not _STEP.match(text)) or text[:1] in '“"('

"""The portal's prose, cut into parts: ways, documents, steps, results, legal basis.

The crawled pages have lost their tables' borders ("1 bản chínhGiấy khai sinh1 bản chính"); the cells are found again by
what can only stand at a border.  What cannot be read is kept in the source's own words or left out, never completed.
"""

import re
import unicodedata
from collections.abc import Iterable

from procedures.catalogue import Way

WAYS_HEAD = "Hình thức nộpThời gianPhí, lệ phíMô tả"
DOCUMENTS_HEAD = "Tên giấy tờMẫu đơn, tờ khaiSố lượng"
NOTHING = "Không có thông tin"
LONGEST_PROSE = 4000
FREE = "Miễn phí"
LEAST_SUM = 1000
"""Đồng: no fee is smaller."""

_CHANNEL = r"(?:Trực tuyến|Dịch vụ bưu chính|Trực tiếp)"
_FEE = r"(?:Miễn phí|Không có thông tin|[1-9][\d,.]* (?:VNĐ|Việt Nam Đồng|USD|Đô la Mỹ))"
_UNIT = r"(?:Ngày làm việc|Ngày|Giờ|Phút|Tháng|Năm)"
_TIME = rf"(?:\d+(?:[.,]\d+)? ?{_UNIT}|\d{{1,3}}?(?={_FEE})|Không có thông tin|)"
_WAY = re.compile(rf"({_CHANNEL})({_TIME})({_FEE})")
"""The page always prints a time: where a sum's digits follow the channel at once, the first of them is the time."""
_IN_BRACKETS = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_MORE_FEE = re.compile(rf"\s*((?!\((?:\d{{1,2}}|[a-zđ])\)){_IN_BRACKETS})?((?:{_FEE})?)")
_QUANTITY = re.compile(r"(?:(?<=[^\s\d])\d{1,2}|(?<=\S\d)\d) bản chính(?:,\s?(\d{1,2}) bản sao)?(?! )")
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|rar|zip|jpe?g|png)\b", re.IGNORECASE)
_CAPITALS = "A-ZĐÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴ"
_SMALL = _CAPITALS.lower()
_GLUE = re.compile(
    rf"(?<=[{_SMALL}0-9).;:,\"”])(?=[{_CAPITALS}])|(?<=[{_CAPITALS}][{_CAPITALS}])(?=[{_CAPITALS}][{_SMALL}])"
    rf"|(?<=[{_SMALL}])(?=\d)|(?<=[).;])(?=[{_SMALL}])|(?<=[);])(?=\d)|(?<=[^\d]\.)(?=\d)|(?<=theo mẫu)(?=[{_SMALL}])"
)
"""Where two cells may have been glued together."""
_FORM = re.compile(
    r"(?:\d+(?:\.\d+)*[-_.] ?(?=[^\W\d])|mẫu|mau|mus|mu\d|phụ lục|phu luc|pl\b|pl\d|tk\b|tk\d|đơn|don|biểu|bieu"
    r"|tờ khai|to khai|bm|giấy|giay|bản|ban|văn bản|van ban|vb|báo cáo|bao cao|danh|tờ trình|phương án|phiếu|đề nghị"
    r"|thông báo|hợp đồng|kế hoạch|công văn)",
    re.IGNORECASE,
)
LONGEST_FORM = 20
"""Spaces in the name of a form's file."""
_NO_PAPER = re.compile(r"(?:\d+(?:\.\d+)*\.? )?[*\s]*Số lượng(?: hồ sơ)?\s*:", re.IGNORECASE)
_HEADING = re.compile(
    r"(?:(?:trường hợp|đối với|nếu|hồ sơ|thành phần).*|.*(?:gồm|sau|sau đây|cụ thể|bổ sung|về|phải có|như|khác)) ?:$",
    re.IGNORECASE,
)
_TAB = re.compile(r"\t(?=\d{1,2} bản chính)")
_ITEM = re.compile(r"[a-zđ]{1,3}[).]")
_BARE = re.compile(r"[\d ,.–-]+")
_DONG = re.compile(r"VNĐ|Việt Nam Đồng")
_FREE_NOTE = re.compile(r"(?i)(?:miễn|không)(?: thu)?(?: (?:lệ )?phí)?\.?")
_FEE_NOTE = re.compile(r"(?:Phí|Lệ phí) ?:")
_RESULT_CODE = re.compile(r"Mã: (?:Chưa xác định|[A-Z\d][A-Z\d.-]*\d|[A-Z]{2,8}(?=\s|$))")
_LAW = re.compile(
    r"\d{1,4}(?:\.\d+)?/(?:19|20)\d\d/(?:QH\d\d|UBTVQH\d\d|QĐ-TTg|NĐ-CP|NQ-CP"
    rf"|[A-ZĐ]+(?:-[A-ZĐ]+)*?(?=[{_CAPITALS}][{_SMALL}]|[^{_CAPITALS}{_SMALL}-]|$))"
)


def line(text: str | None) -> str:
    """One line of text: NFC, no control characters, single spaces."""
    plain = unicodedata.normalize("NFC", text or "")
    return re.sub(r"\s+", " ", "".join(c if c.isprintable() or c.isspace() else " " for c in plain)).strip()


def lines(text: str | None) -> tuple[str, ...]:
    """The non-empty lines of a long text, as many whole ones as `LONGEST_PROSE` characters hold."""
    clean = (line(part) for part in (text or "").splitlines())
    return _whole(part for part in clean if part and part not in ("Không", "Không.", NOTHING))


def steps(text: str | None) -> tuple[str, ...]:
    """The lines of a course of action; a sentence that the source broke in two is one again."""
    joined: list[str] = []
    for part in (text or "").splitlines():
        clean = line(part)
        if joined and clean[:1].islower() and not _ITEM.match(clean) and joined[-1][-1] not in ".;:!?":
            joined[-1] = f"{joined[-1]} {clean}"
        elif clean:
            joined.append(clean)
    return _whole(joined)


def ways(text: str | None) -> tuple[Way, ...]:
    """The ways to file, of a page that lost its borders or of an export with "channel | time | fee" a line.

    A line of an export without a bar is one more fee of the way above it.
    """
    plain = unicodedata.normalize("NFC", text or "")
    if plain.startswith(WAYS_HEAD):
        return _glued_ways(plain.removeprefix(WAYS_HEAD))
    rows: list[list[str]] = []
    for row in plain.splitlines():
        cells = [line(cell) for cell in row.split("|", 2)]
        if len(cells) == 1 and rows:
            rows[-1][2] = "; ".join(filter(None, [rows[-1][2], cells[0]]))
        elif cells[0]:
            rows.append([*cells, "", ""][:3])
    return tuple(Way(channel=row[0], time=_time(row[1]), fee=row[2].replace(" : ", ": ")) for row in rows)


def documents(text: str | None) -> tuple[str, ...]:
    """The papers to bring, each with its count where the source gives one; a heading ends with a colon."""
    plain = _TAB.sub("", unicodedata.normalize("NFC", text or ""))
    if plain.lstrip().startswith(")"):
        return ()  # the page was cut inside a sentence of its course of action
    if DOCUMENTS_HEAD not in plain:
        return tuple(found for row in lines(plain) if (found := _exported_document(row)))
    first, *tables = plain.split(DOCUMENTS_HEAD)
    rows = _heading(first)
    for table in tables:
        rest = 0
        for cell in _QUANTITY.finditer(table):
            rows += _document(table[rest : cell.start()], cell.group())
            rest = cell.end()
        rows += _heading(table[rest:])
    while rows and rows[-1].endswith(":"):
        rows.pop()
    return tuple(rows)


def result(text: str | None) -> tuple[str, ...]:
    """What the citizen receives, without the page's search form."""
    plain = unicodedata.normalize("NFC", text or "").split("Từ khóa")[0]
    named = (part.lstrip(" .") for part in _RESULT_CODE.sub("\n", plain).splitlines())
    return lines("\n".join(named))


def laws(text: str | None) -> tuple[str, ...]:
    """The numbers of the legal documents that the source names, in its order, each once."""
    return tuple(dict.fromkeys(_LAW.findall(unicodedata.normalize("NFC", text or ""))))


def level(text: str | None) -> str:
    """The levels at which it is done, in one spelling: "Cấp tỉnh, Cấp xã"."""
    return ", ".join(part.strip().capitalize() for part in line(text).split(",") if part.strip())


def _glued_ways(table: str) -> tuple[Way, ...]:
    starts = list(_WAY.finditer(table))
    ends = [*(found.start() for found in starts[1:]), len(table)]
    return tuple(_way(found, table[found.end() : end]) for found, end in zip(starts, ends, strict=False))


def _way(found: re.Match[str], tail: str) -> Way:
    channel, time, first_fee = found.groups()
    fees, at = [], 0
    fee = first_fee
    while fee and (more := _MORE_FEE.match(tail, at)):
        fees.append(_fee(fee, line(more.group(1))))
        at, fee = more.end(), more.group(2)
    note = line(tail[at:]).strip("()") if len(line(tail[at:])) < 3 else line(tail[at:])
    told = "; ".join(dict.fromkeys(filter(None, fees)))
    if told == FREE and _FEE_NOTE.match(note):
        told, note = note.replace("hí :", "hí:"), ""
    return Way(channel=channel, time=_time(time), fee=told, note=note)


def _time(text: str) -> str:
    """A time that has its unit; the portal prints a bare "1" (or "10-25") where it was given none."""
    return "" if text == NOTHING or _BARE.fullmatch(text) else text[:1] + text[1:].lower()


def _fee(amount: str, note: str) -> str:
    """The fee in the source's words.  "Miễn phí" with a note is the portal's empty field: the note holds, even where
    it begins with an exemption, for that is mostly some people's only.  A sum under `LEAST_SUM` has lost digits to
    the cell beside it ("120 VNĐ" is a time and a fee): only its note is believed.
    """
    inside = note
    while inside.startswith("(") and inside.endswith(")"):
        inside = inside[1:-1].strip(" .-")
    if amount == NOTHING or _is_small(amount):
        return inside
    if amount == FREE:
        return inside if inside and not _FREE_NOTE.fullmatch(inside) else FREE
    plain = amount.replace(",", ".").replace("Việt Nam Đồng", "đồng").replace("VNĐ", "đồng")
    if inside.startswith("/"):
        return plain + inside
    return f"{plain} ({inside})" if inside and inside != plain else plain


def _is_small(amount: str) -> bool:
    return bool(_DONG.search(amount)) and int(re.sub(r"\D", "", amount)) < LEAST_SUM


def _whole(parts: Iterable[str]) -> tuple[str, ...]:
    kept: list[str] = []
    room = LONGEST_PROSE
    for part in parts:
        if len(part) > room:
            return tuple(kept) or (part[:room],)
        kept.append(part)
        room -= len(part)
    return tuple(kept)


def _heading(text: str) -> list[str]:
    found = line(text).strip("-*•+ ").rstrip(":")
    return [f"{found}:"] if found else []


def _document(text: str, quantity: str) -> list[str]:
    name = _without_files(line(text)).strip("-–*•+ ").rstrip(" ;.,")
    if len(name) < 3 or _NO_PAPER.match(name):
        return []
    if _HEADING.match(name):
        return [name]
    counts = re.findall(r"(\d+) (bản chính|bản sao)", quantity)
    wanted = ", ".join(f"{int(count)} {kind}" for count, kind in counts if int(count))
    return [f"{name} ({wanted})" if wanted else name]


def _exported_document(row: str) -> str:
    """A row "name | files | Bản chính: 1, Bản sao: 0"; a row that only names files is left out."""
    cells = [cell.strip() for cell in row.split("|")]
    if _FILE.search(cells[0]) and len(cells[0].split()) < 4:
        return ""
    name = cells[0].strip("-–*•+ ").rstrip(" ;.,")
    counts = re.findall(r"(Bản chính|Bản sao): (\d+)", row)
    wanted = ", ".join(f"{int(count)} {kind.lower()}" for kind, count in counts if int(count))
    return f"{name} ({wanted})" if wanted and len(name) > 2 else name


def _without_files(text: str) -> str:
    """The text without the names of attached forms, which the page glued to its end."""
    while (found := list(_FILE.finditer(text))) and found[-1].end() >= len(text) - 1:
        borders = [border.start() for border in _GLUE.finditer(text, 0, found[-1].start())]
        named = [at for at in borders if _is_file_name(text[at:])]
        near = [at for at in borders if text[at].isupper() and text.count(" ", at) <= 8]
        if not named and not near:
            break
        text = text[: named[0] if named else near[-1]]
    return text


def _is_file_name(text: str) -> bool:
    """Whether a text, to its end, is the name of an attached form: one word, a form's first word, or no diacritics."""
    spaces = text.count(" ")
    marked = sum(not sign.isascii() for sign in text)
    return (
        spaces == 0 or (spaces <= LONGEST_FORM and bool(_FORM.match(text))) or (spaces <= LONGEST_FORM and marked <= 2)
    )

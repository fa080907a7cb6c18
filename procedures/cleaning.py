"""The portal's prose, cut into parts: ways, documents, steps, results, legal basis.

The crawled pages have lost their tables' borders ("1 bản chínhGiấy khai sinh1 bản chính"); the cells are found again by
what can only stand at a border.  What cannot be read is kept in the source's own words or left out, never completed.
"""

import re
import unicodedata

from procedures.catalogue import Way

WAYS_HEAD = "Hình thức nộpThời gianPhí, lệ phíMô tả"
DOCUMENTS_HEAD = "Tên giấy tờMẫu đơn, tờ khaiSố lượng"
NOTHING = "Không có thông tin"
LONGEST_PROSE = 4000

_CHANNEL = r"(?:Trực tuyến|Dịch vụ bưu chính|Trực tiếp)"
_FEE = r"(?:Miễn phí|Không có thông tin|[\d,.]+ (?:VNĐ|Việt Nam Đồng|USD|Đô la Mỹ))"
_UNIT = r"(?:Ngày làm việc|Ngày|Giờ|Phút|Tháng|Năm)"
_TIME = rf"(?:\d+(?:[.,]\d+)? ?{_UNIT}|\d{{1,3}}(?={_FEE})|Không có thông tin|)"
_WAY = re.compile(rf"({_CHANNEL})({_TIME})({_FEE})")
_IN_BRACKETS = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_MORE_FEE = re.compile(rf"\s*({_IN_BRACKETS})?((?:{_FEE})?)")
_QUANTITY = re.compile(r"(?:(?<=[^\s\d])\d{1,2}|(?<=\S\d)\d) bản chính(?:,\s?(\d{1,2}) bản sao)?(?! )")
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|rar|zip|jpe?g|png)\b", re.IGNORECASE)
_CAPITALS = "A-ZĐÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴ"
_SMALL = _CAPITALS.lower()
_GLUE = re.compile(rf"(?<=[{_SMALL}0-9).;:,\"”])(?=[{_CAPITALS}])")
_LAW = re.compile(
    r"\d{1,4}(?:\.\d+)?/(?:19|20)\d\d/(?:QH\d\d|UBTVQH\d\d|QĐ-TTg|NĐ-CP|NQ-CP"
    rf"|[A-ZĐ]+(?:-[A-ZĐ]+)*?(?=[{_CAPITALS}][{_SMALL}]|[^{_CAPITALS}{_SMALL}-]|$))"
)


def line(text: str | None) -> str:
    """One line of text: NFC, no control characters, single spaces."""
    plain = unicodedata.normalize("NFC", text or "")
    return re.sub(r"\s+", " ", "".join(c if c.isprintable() or c.isspace() else " " for c in plain)).strip()


def lines(text: str | None) -> tuple[str, ...]:
    """The non-empty lines of a long text, at most `LONGEST_PROSE` characters of them."""
    kept: list[str] = []
    room = LONGEST_PROSE
    for part in (text or "").splitlines():
        clean = line(part)
        if clean and clean not in ("Không", "Không.", NOTHING) and room > 0:
            kept.append(clean[:room])
            room -= len(clean)
    return tuple(kept)


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
    plain = unicodedata.normalize("NFC", text or "")
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
    plain = (text or "").split("Từ khóaKhông có thông tin")[0]
    return lines(re.sub(r"Mã: KQ\.[A-Z]?\d+\.\d+", "\n", unicodedata.normalize("NFC", plain)))


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
    note = line(tail[at:])
    return Way(channel=channel, time=_time(time), fee="; ".join(dict.fromkeys(filter(None, fees))), note=note)


def _time(text: str) -> str:
    """A time that has its unit; the portal prints a bare "1" where it was given none."""
    return "" if text == NOTHING or text.isdigit() else text[:1] + text[1:].lower()


def _fee(amount: str, note: str) -> str:
    """The fee in the source's words.  "Miễn phí" with a note is the portal's empty field: the note holds, even where
    it begins with an exemption, for that is mostly some people's only.
    """
    inside = note
    while inside.startswith("(") and inside.endswith(")"):
        inside = inside[1:-1].strip(" .-")
    if amount == NOTHING:
        return inside
    if amount == "Miễn phí" and inside and not re.fullmatch(r"(?i)(?:miễn|không)(?: thu)?(?: (?:lệ )?phí)?\.?", inside):
        return inside
    plain = amount.replace(",", ".").replace("Việt Nam Đồng", "đồng").replace("VNĐ", "đồng")
    if inside.startswith("/"):
        return plain + inside
    return f"{plain} ({inside})" if inside and inside != plain else plain


def _heading(text: str) -> list[str]:
    found = line(text).strip("-*• ").rstrip(":")
    return [f"{found}:"] if found else []


def _document(text: str, quantity: str) -> list[str]:
    name = _without_files(line(text)).strip("-–*•+ ").rstrip(" ;.,")
    if len(name) < 3:
        return []
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
        near = [at for at in borders if text.count(" ", at) <= 8]
        if not near:
            break
        solid = [at for at in near if " " not in text[at:]]
        text = text[: solid[0] if solid else near[-1]]
    return text

"""Dossier codes (mã hồ sơ) as people write them: `H36.21-260622-0001`, with any spacing, case and separators.

No single format exists (facts/vietnam.md 1.2 to 1.4): agency, date and serial are found by their lengths, and nothing
is ever derived from them for a decision.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from urllib.parse import unquote

Problem = Literal["impossible_date", "incomplete"]

LONGEST_TEXT = 4000
EARLIEST = date(2015, 1, 1)
_BETWEEN = r"[\s.\-_/,:]{1,3}"
_CODE = re.compile(
    rf"(?<![A-Z0-9])(?P<old>\d{{3}}(?:{_BETWEEN}\d{{2}}){{2}}{_BETWEEN})?(?P<root>[GH][ ]?\d{{2}})"
    rf"(?P<units>(?:{_BETWEEN}\d{{1,3}}){{0,4}}){_BETWEEN}"
    rf"(?:(?P<day>\d{{8}}|\d{{6}}){_BETWEEN}(?P<serial>\d{{4,7}})|(?P<glued>\d{{6}})(?P<glued_serial>\d{{4}}))(?!\d)"
)
_SPELLED = re.compile(r"(?:\d{3}\.\d{2}\.\d{2}\.)?[GH]\d{2}(?:\.\d{1,3}){0,4}-(?:\d{8}|\d{6})-\d{4,7}", re.ASCII)
"""A code that is written as we write it, as other systems do."""

_BEGUN = re.compile(r"(?<![A-Z0-9.])[GH]\d{2}(?:[.\-]\d{1,8}){1,5}(?![A-Z0-9])")
_ONLY_SERIAL = re.compile(r"(?:MA HO SO|MA SO|BIEN NHAN|HO SO SO|SO HO SO)\D{0,12}\d{4,7}(?![\d./-])")
_ROOT = re.compile(r"[GH]\d{2}")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"))
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘－"), "-")
_SPOKEN = ((r"\s+CHAM\s+", "."), (r"\s+(?:GACH(?: NGANG| NOI)?|TRU)\s+", "-"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The code of a message, or what is wrong with the one that it seems to hold; neither where there is none."""

    code: str | None = None
    problem: Problem | None = None


def find(text: str, today: date) -> Found:
    """The first dossier code in a message, in canonical form.

    `impossible_date`: the part that should be a day is none, or lies after tomorrow; it is never guessed right.
    `incomplete`: only a part of a code, or a bare serial, which must not be searched for.
    """
    plain = _plain(text)
    wrong = False
    for match in _CODE.finditer(plain):
        day = match["day"] or match["glued"]
        if _is_day(day, today):
            return Found(code=_joined(match))
        wrong = True
    if wrong:
        return Found(problem="impossible_date")
    return Found(problem="incomplete" if _BEGUN.search(plain) or _ONLY_SERIAL.search(plain) else None)


def canonical(code: str) -> str | None:
    """The one spelling of a code that stands alone, or None.  Its date is not judged: the source is believed."""
    if _SPELLED.fullmatch(code):
        return code
    match = _CODE.fullmatch(_plain(code))
    return _joined(match) if match else None


def tail(code: str) -> str:
    """A canonical code from its province or ministry onward, as people copy it: without `000.00.16.` in front."""
    return code[match.start() :] if (match := _ROOT.search(code)) else code


def _plain(text: str) -> str:
    """Upper case, no diacritics, one kind of dash, nothing invisible, percent-escapes read, "chấm", "gạch" as signs."""
    composed = unicodedata.normalize("NFKC", unquote(text[:LONGEST_TEXT])).translate(_INVISIBLE).translate(_DASHES)
    apart = unicodedata.normalize("NFD", composed.upper().replace("Đ", "D"))
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign)).strip()
    if re.search(r"[GH] ?\d", plain):
        for spoken, sign in _SPOKEN:
            plain = re.sub(spoken, sign, plain)
        plain = re.sub(r"(?<=[\d.\-])O(?=[\dO])|(?<=\d)O(?=[.\-])", "0", plain)
    return plain


def _joined(match: re.Match[str]) -> str:
    groups = re.findall(r"\d+", match["old"] or "")
    groups += [match["root"].replace(" ", ""), *re.findall(r"\d+", match["units"])]
    return f"{'.'.join(groups)}-{match['day'] or match['glued']}-{match['serial'] or match['glued_serial']}"


def _is_day(digits: str, today: date) -> bool:
    year, rest = (int(digits[:4]), digits[4:]) if len(digits) == 8 else (2000 + int(digits[:2]), digits[2:])
    try:
        day = date(year, int(rest[:2]), int(rest[2:]))
    except ValueError:
        return False
    return EARLIEST <= day <= today + timedelta(days=1)

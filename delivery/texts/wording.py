"""Whether a text may be sent in the office's name: the rules of style, each with its reason for staff.

It judges words only, after the fields are filled in; whether a text can be rendered at all is for
`delivery.texts.render`.  Source: facts/vietnam.md section 10, its rules and its twelve bad examples.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from delivery.texts import unsafe
from delivery.texts.patterns import (
    ACCOUNT_NUMBER,
    ACRONYMS,
    ASKS_REPLY,
    BARE_DATE,
    BEFORE_DATE,
    BLAME,
    CITES_LAW,
    DOSSIER_CODE,
    DOUBLE_SIGN,
    EMOJI,
    ERROR_CODE,
    EXCLAMATION,
    ID_NUMBER,
    LINK,
    MAILBOX,
    NAME_OF_A_PERSON,
    OBSOLETE,
    ONE_TIME_PASSWORD,
    PLACEHOLDER,
    PRIVATE_ACCOUNT,
    RAW_FIELD,
    SENSITIVE,
    SPEAKS_OF_A_DOSSIER,
    WAIT_ONLY,
    WARNS,
    WRONG_ADDRESS,
)
from vietnam.segments import foreign, measure
from vietnam.text import fold, nfc, plain, shorten

LONGEST = {"zalo": 2_000, "zalo_template": 400, "sms": 459, "email": 20_000, "telegram": 4_000}

REASONS = {
    "address": "Xin gọi người dân là Ông/Bà",
    "unsafe_word": "Không dấu dễ đọc thành “{read_as}”, xin viết: {write}",
    "not_gsm": "Có ký tự làm cả tin thành tin có dấu, tốn gấp đôi: {signs}",
    "double_sign": "Các dấu [ ] {{ }} ~ ^ \\ | € tính hai ký tự, xin bỏ",
    "link": "SMS không được có đường dẫn; chỉ được ghi dichvucong.gov.vn",
    "foreign_link": "Chỉ được dẫn tới trang gov.vn, không dùng đường dẫn rút gọn",
    "shouting": "Không viết hoa cả cụm từ",
    "exclamation": "Không dùng dấu chấm than",
    "emoji": "Không dùng biểu tượng cảm xúc",
    "placeholder": "Còn chỗ trống chưa điền",
    "raw_field": "Còn dữ liệu của máy, chưa viết thành lời",
    "error_code": "Không đưa mã lỗi cho người dân, xin nói rõ cần làm gì",
    "private_account": "Không được nêu số tài khoản hay nhờ chuyển khoản; chỉ nộp tại quầy hoặc dichvucong.gov.vn",
    "no_year": "Ngày phải có năm, ví dụ 30/11/2026",
    "before_date": "“Trước ngày” không rõ có tính ngày đó không, xin viết: hạn 30/11/2026",
    "asks_reply": "Tin một chiều không nhận được trả lời, xin ghi số điện thoại",
    "personal_data": "SMS không được có họ tên, số giấy tờ, email của người dân",
    "sensitive": "Không nêu tên thủ tục nhạy cảm",
    "blame": "Không đổ lỗi cho người dân, xin nói rõ còn thiếu gì",
    "cites_law": "Đừng dẫn điều khoản, xin nói rõ thiếu gì và cần làm gì",
    "no_code": "Nói về hồ sơ phải có mã hồ sơ",
    "wait_only": "Xin nói rõ ngày hẹn thay cho “vui lòng chờ”",
    "one_time_password": "Xin viết “mã liên kết”, không viết OTP",
    "obsolete": "“Mức độ 3, 4” không còn dùng, xin viết: toàn trình, một phần",
    "too_long": "Dài quá {longest} ký tự",
    "empty": "Chưa có nội dung",
}
"""What staff read, by the fault's code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing to mend: its code, the reason in Vietnamese, and where in the text it is."""

    code: str
    reason_vi: str
    excerpt: str


def check(text: str, form: str, *, two_way: bool = False, fields: Mapping[str, Any] | None = None) -> list[Fault]:
    """The faults of a finished text, in the order of the text's rules; an empty list says that it may be sent.

    `two_way`: the SMS number takes answers.  `fields` are those that filled the text: a code among them must be
    in the text, a person's name must not be in an SMS; without `fields` a text on a dossier needs any code.
    """
    sent = _as_read(text, form)
    rules: list[Iterator[Fault]] = [
        _length(sent, form),
        _found(sent, _ALWAYS),
        _links(sent, form),
        _shouting(sent),
        _money(sent),
        _dossier(sent, form, fields),
    ]
    if form == "sms":
        rules += [_sms_letters(sent), _sms_privacy(sent, fields or {}), _unsafe_words(sent)]
    if form == "sms" and not two_way:
        rules.append(_found(sent, {"asks_reply": ASKS_REPLY}))
    return [fault for rule in rules for fault in rule]


def _as_read(text: str, form: str) -> str:
    """What the person will see: an SMS without diacritics, a Zalo template's values without their names."""
    bounded = nfc(text)[: LONGEST[form] * 2]
    if form == "zalo_template":
        return re.sub(r"^\w+: ", "", bounded, flags=re.MULTILINE)
    return plain(bounded) if form == "sms" else bounded


_ALWAYS = {
    "address": WRONG_ADDRESS,
    "emoji": EMOJI,
    "exclamation": EXCLAMATION,
    "placeholder": PLACEHOLDER,
    "raw_field": RAW_FIELD,
    "error_code": ERROR_CODE,
    "no_year": BARE_DATE,
    "before_date": BEFORE_DATE,
    "sensitive": SENSITIVE,
    "blame": BLAME,
    "wait_only": WAIT_ONLY,
    "obsolete": OBSOLETE,
}
"""Rules for every form."""


def _length(text: str, form: str) -> Iterator[Fault]:
    if not text.strip():
        yield _fault("empty", "")
    size = measure(text).characters if form == "sms" else len(text)
    if size > LONGEST[form]:
        yield _fault("too_long", text, longest=LONGEST[form])


def _links(text: str, form: str) -> Iterator[Fault]:
    for match in LINK.finditer(text):
        host = (match["host"] or match["bare"] or match["domain"]).lower()
        official = host == "gov.vn" or host.endswith(".gov.vn")
        if form == "sms" and match[0].lower().rstrip(".,;:)") != "dichvucong.gov.vn":
            yield _fault("link", match[0])
        elif form != "sms" and not official and not _is_mailbox(match):
            yield _fault("foreign_link", match[0])


def _is_mailbox(match: re.Match[str]) -> bool:
    return match.start() > 0 and match.string[match.start() - 1] == "@"


def _shouting(text: str) -> Iterator[Fault]:
    """Three words in capitals side by side; short names of offices and papers are not shouting."""
    run: list[str] = []
    for word in [*re.findall(r"[^\W\d_]+", text), ""]:
        if len(word) > 1 and word.isupper() and word not in ACRONYMS:
            run.append(word)
            continue
        if len(run) >= 3:
            yield _fault("shouting", " ".join(run))
        run = []


def _money(text: str) -> Iterator[Fault]:
    """An account's number is never named; a sentence that warns against such requests may name the words."""
    yield from _found(text, {"private_account": ACCOUNT_NUMBER})
    for sentence in re.split(r"(?<=[.;])\s|\n", text):
        if not WARNS.search(sentence):
            yield from _found(sentence, {"private_account": PRIVATE_ACCOUNT, "one_time_password": ONE_TIME_PASSWORD})


def _dossier(text: str, form: str, fields: Mapping[str, Any] | None) -> Iterator[Fault]:
    """Which dossier: its own code where the fields have one, any code where they are not known."""
    if form != "email":
        yield from _found(text, {"cites_law": CITES_LAW})
    code = str(fields.get("code") or "") if fields else ""
    if fields is None and SPEAKS_OF_A_DOSSIER.search(fold(text)) and not DOSSIER_CODE.search(text):
        yield _fault("no_code", text)
    if code and code not in text and form != "zalo_template" and "ho so" in fold(text):
        yield _fault("no_code", text)


def _sms_letters(text: str) -> Iterator[Fault]:
    if signs := foreign(text):
        yield _fault("not_gsm", text, signs=" ".join(signs))
    yield from _found(text, {"double_sign": DOUBLE_SIGN})


def _sms_privacy(text: str, fields: Mapping[str, Any]) -> Iterator[Fault]:
    without_codes = DOSSIER_CODE.sub(" ", text)
    for pattern in (ID_NUMBER, MAILBOX, NAME_OF_A_PERSON):
        yield from _found(without_codes, {"personal_data": pattern})
    name = fold(str(fields.get("person_name") or ""))
    if name and name in fold(text):
        yield _fault("personal_data", text)


def _unsafe_words(text: str) -> Iterator[Fault]:
    for word, excerpt in unsafe.found(text):
        yield _fault("unsafe_word", excerpt, read_as=word.read_as, write=word.write)


def _found(text: str, patterns: Mapping[str, re.Pattern[str]]) -> Iterator[Fault]:
    """The first place of each pattern."""
    for code, pattern in patterns.items():
        if match := pattern.search(text):
            yield _fault(code, match[0])


def _fault(code: str, excerpt: str, **details: object) -> Fault:
    return Fault(code=code, reason_vi=REASONS[code].format(**details), excerpt=shorten(excerpt.strip(), 80))

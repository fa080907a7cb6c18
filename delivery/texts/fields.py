"""What a text may speak of: every field, its meaning for staff, an example, and which event carries it.

A required field that is missing stops the message (`delivery.texts.render.MissingField`); an optional one that is
missing is false in `{% if %}`, so that the text takes its variant without it, and can never be printed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any

from vietnam.text import nfc, shorten

LONGEST_FIELD = 500
LONGEST_TEXT = 4_000
MOST_ITEMS = 30
MOST_DOSSIERS = 200
"""Lines of a joined message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: `meaning` is what staff read beside the editor, `example` fills a preview."""

    meaning: str
    example: Any


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    """An example moment in June 2026, given in Vietnam's hours."""
    return datetime(2026, 6, day, hour - 7, minute, tzinfo=UTC)


FIELDS: Mapping[str, Field] = {
    "code": Field(meaning="mã hồ sơ", example="000.00.53.H48-220921-0099"),
    "procedure": Field(meaning="tên thủ tục; để trống nếu thủ tục nhạy cảm", example="Đăng ký thành lập hộ kinh doanh"),
    "agency": Field(meaning="tên cơ quan giải quyết", example="UBND phường Bắc Gia Nghĩa"),
    "agency_short": Field(meaning="tên ngắn cho SMS, tối đa 20 chữ", example="phường Bắc Gia Nghĩa"),
    "hotline": Field(meaning="số điện thoại hỗ trợ", example="0263.3540.616"),
    "reception_place": Field(meaning="nơi nộp hồ sơ", example="Bộ phận Một cửa phường Bắc Gia Nghĩa"),
    "department": Field(meaning="đơn vị đang xử lý", example="Phòng Kinh tế, Hạ tầng và Đô thị"),
    "pickup_place": Field(meaning="nơi nhận kết quả", example="Bộ phận Một cửa phường Bắc Gia Nghĩa"),
    "office_hours": Field(meaning="giờ làm việc", example="07:30–11:30 và 13:30–17:00"),
    "status_at": Field(meaning="lúc chuyển trạng thái", example=_at(25, 8, 40)),
    "status_date": Field(meaning="ngày chuyển trạng thái", example=_at(25, 8, 40)),
    "received_at": Field(meaning="lúc tiếp nhận", example=_at(25, 8, 40)),
    "due_at": Field(meaning="ngày hẹn trả kết quả", example=_at(30, 16, 30)),
    "returned_at": Field(meaning="lúc trả kết quả", example=_at(30, 15, 5)),
    "missing_items": Field(meaning="các giấy tờ còn thiếu", example=("Bản sao thẻ căn cước", "Hợp đồng thuê địa điểm")),
    "n": Field(meaning="số giấy tờ còn thiếu", example=2),
    "reason": Field(meaning="lý do bằng lời", example="hợp đồng thuê địa điểm đã hết hạn"),
    "supplement_due": Field(meaning="hạn bổ sung", example=_at(30, 17)),
    "fee_lines": Field(meaning="các khoản phải nộp", example=({"name": "Lệ phí cấp mới", "amount": 1_250_000},)),
    "total": Field(meaning="tổng số tiền phải nộp, đồng", example=1_250_000),
    "fee_due_at": Field(meaning="hạn nộp tiền", example=_at(30, 17)),
    "paid_at": Field(meaning="lúc nộp tiền", example=_at(26, 9, 15)),
    "amount": Field(meaning="số tiền đã nộp, đồng", example=1_250_000),
    "verification_code": Field(meaning="mã liên kết, sáu chữ số", example="482913"),
    "filing_channel": Field(meaning="nơi nộp: counter, online hoặc post", example="online"),
    "person_name": Field(meaning="họ tên, chỉ dùng trong email", example="Nguyễn Văn An"),
    "service": Field(meaning="tên dịch vụ của tỉnh", example="Một Cửa Lâm Đồng"),
    "refused": Field(meaning="khảo sát sau khi hồ sơ không được tiếp nhận hoặc dừng", example=False),
    "text": Field(
        meaning="nội dung do cán bộ soạn", example="Bộ phận Một cửa nghỉ ngày 24/11/2026, làm việc lại ngày 25/11/2026."
    ),
    "subject": Field(meaning="tiêu đề email", example="Lịch nghỉ của Bộ phận Một cửa"),
    "dossiers": Field(
        meaning="các hồ sơ trong một tin gộp",
        example=(
            {"code": "H48.21-220921-0099", "words": "đã có kết quả"},
            {"code": "H48.21-220920-0007", "words": "đã được tiếp nhận"},
        ),
    ),
    "listed": Field(meaning="SMS còn đủ chỗ nêu từng hồ sơ", example=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The fields of one event; `open` admits any other name too (the columns of a bulk notice's sheet)."""

    required: frozenset[str]
    optional: frozenset[str]
    open: bool = False


_EVERYWHERE = frozenset(
    ["agency", "agency_short", "hotline", "reception_place", "department", "filing_channel", "person_name", "service"]
)
LETTERHEAD = frozenset(["person_name", "code", "procedure", "agency", "service", "hotline"])
"""What the frame of every email shows where it is there."""

_DOSSIER = _EVERYWHERE | frozenset(["procedure", "status_at", "status_date", "received_at", "due_at"])
_MOMENTS = frozenset(name for name, field in FIELDS.items() if isinstance(field.example, datetime))
_FEES = frozenset(["fee_lines", "total", "fee_due_at"])


def _about_a_dossier(*optional: str) -> Declared:
    return Declared(required=frozenset({"code"}), optional=_DOSSIER | frozenset(optional))


EVENTS: Mapping[str, Declared] = {
    "submitted": _about_a_dossier(),
    "received": _about_a_dossier(),
    "rejected": _about_a_dossier("reason"),
    "processing": _about_a_dossier(),
    "supplement_required": _about_a_dossier("missing_items", "n", "reason", "supplement_due"),
    "fee_required": _about_a_dossier(*_FEES),
    "withdrawn": _about_a_dossier(),
    "stopped": _about_a_dossier("reason"),
    "done": _about_a_dossier("pickup_place", "office_hours", *_FEES),
    "returned": _about_a_dossier("returned_at"),
    "fee_reminder": _about_a_dossier(*_FEES),
    "fee_paid": _about_a_dossier("amount", "paid_at"),
    "survey_invite": _about_a_dossier("refused"),
    "verify_code": Declared(required=frozenset({"verification_code"}), optional=_EVERYWHERE),
    "notice": Declared(required=frozenset({"text"}), optional=_EVERYWHERE | {"subject", "code"}, open=True),
    "joined": Declared(required=frozenset({"dossiers"}), optional=_EVERYWHERE | {"listed"}),
    "digest": Declared(required=frozenset({"dossiers"}), optional=_EVERYWHERE | {"listed"}),
}


def example(event: str) -> dict[str, Any]:
    """All fields of an event with their example values, for a preview and for checking a text when it is saved."""
    declared = EVENTS[event]
    return {name: FIELDS[name].example for name in sorted(declared.required | declared.optional)}


def tidy(event: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The declared fields that have a value, bounded and in one spelling, with what follows from them added.

    A moment may come as ISO text, as JSON carries it.  Raises TypeError for a value that is not plain data (no
    object of ours may reach a template) and ValueError for a moment that is none or has no zone.
    """
    declared = EVENTS[event]
    names = _names(event)
    given = {name: _value(name, value) for name, value in fields.items() if declared.open or name in names}
    return _with_what_follows({name: value for name, value in given.items() if value not in (None, "", ())})


@cache
def _names(event: str) -> frozenset[str]:
    return EVENTS[event].required | EVENTS[event].optional


def _value(name: str, value: Any) -> Any:
    if name in _MOMENTS and value:
        return _moment(name, value)
    if name == "dossiers" and isinstance(value, list | tuple):
        return tuple(_plain_data(item, LONGEST_FIELD) for item in value[:MOST_DOSSIERS])
    return _plain_data(value, LONGEST_TEXT if name == "text" else LONGEST_FIELD)


def _moment(name: str, value: Any) -> date:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(moment, date):
        raise TypeError(f"{name} is not a moment")
    if isinstance(moment, datetime) and moment.tzinfo is None:
        raise ValueError(f"{name} has no time zone")
    return moment


def _plain_data(value: Any, longest: int) -> Any:
    if value is None or isinstance(value, bool | int | date):
        return value
    if isinstance(value, str):
        return _one_spelling(value, longest)
    if isinstance(value, Mapping):
        return {str(key): _plain_data(inner, longest) for key, inner in list(value.items())[:MOST_ITEMS]}
    if isinstance(value, list | tuple):
        return tuple(_plain_data(item, longest) for item in value[:MOST_ITEMS])
    raise TypeError(f"a field cannot be a {type(value).__name__}")


@lru_cache(maxsize=2_048)
def _one_spelling(value: str, longest: int) -> str:
    """Kept for a while: an agency's name stands in every message of a bulk notice."""
    text = nfc(value).strip()
    return shorten(text if longest == LONGEST_TEXT else " ".join(text.split()), longest)


def _with_what_follows(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields that are only another look at those given; what was given wins."""
    if "status_at" in fields:
        fields.setdefault("status_date", fields["status_at"])
    if "missing_items" in fields:
        fields.setdefault("n", len(fields["missing_items"]))
    if "fee_lines" in fields:
        fields.setdefault("total", sum(line["amount"] for line in fields["fee_lines"]))
    return fields

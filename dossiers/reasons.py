"""What is wrong with a field, said to whoever sends dossiers: one table from an error's kind to Vietnamese words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails

REASONS: Mapping[str, str] = {
    "missing": "thiếu trường bắt buộc",
    "string_type": "phải là chữ",
    "string_too_short": "không được để trống",
    "too_short": "không được để trống",
    "string_too_long": "dài quá {max_length} ký tự",
    "string_unicode": "có ký tự hỏng",
    "int_type": "phải là số nguyên",
    "int_from_float": "phải là số nguyên",
    "int_parsing_size": "số quá lớn",
    "greater_than_equal": "phải từ {ge} trở lên",
    "less_than_equal": "không được quá {le}",
    "literal_error": "không thuộc danh sách: {expected}",
    "list_type": "phải là một danh sách",
    "tuple_type": "phải là một danh sách",
    "too_long": "quá {max_length} phần tử",
    "dict_type": "phải là một đối tượng",
    "model_type": "phải là một đối tượng",
    "model_attributes_type": "phải là một đối tượng",
    "moment_type": "phải là chữ, dạng 2026-06-23T08:00:00+07:00",
    "moment_form": "không đúng dạng 2026-06-23T08:00:00+07:00",
    "moment_range": "ngoài khoảng năm 2000 đến 2100",
    "control": "có ký tự điều khiển",
    "code_form": "không phải mã hồ sơ",
    "procedure_form": "không phải mã thủ tục",
    "email_form": "không phải địa chỉ email",
    "url_form": "phải bắt đầu bằng https://",
    "id_form": "không phải số giấy tờ tùy thân",
    "phone": "{reason}",
    "order": "trước {earlier}",
    "future": "ở quá xa trong tương lai",
    "repeated": "lặp lại mã của khoản thu khác",
    "scope": "khóa này không được gửi hồ sơ của cơ quan khác",
}
_UNKNOWN = "không hợp lệ"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """What is wrong with a row of a file; `row` is the line, or Excel's row number."""

    row: int
    field: str
    reason: str


def reason(error: ErrorDetails) -> str:
    """The words for one error of pydantic's or of ours; they never repeat what was sent."""
    context: dict[str, Any] = error.get("ctx", {})
    words = REASONS.get(error["type"], _UNKNOWN)
    if error["type"] == "literal_error":
        context = {"expected": str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")}
    return words.format_map(context)


def path(error: ErrorDetails) -> str:
    """Where it stands, as a sender writes it: `fees.0.amount`."""
    return ".".join(str(step) for step in error["loc"])

"""`motcua init`: a configuration to begin with, and its one secret. The example is made from the rooms' own classes."""

import json
import secrets
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from motcua.config import Config
from motcua.failures import Refusal

PLACEHOLDER = "THAY-BANG-KHOA-RIENG-DAI-IT-NHAT-32-KY-TU"
_HEAD = """\
# Cấu hình Một Cửa. Khóa nào để nguyên giá trị mặc định thì có dấu # ở đầu dòng.
# Mọi khóa đều ghi đè được bằng biến môi trường, ví dụ MOTCUA__WEB__PORT=9000;
# khóa bí mật đọc được từ tệp, ví dụ MOTCUA__SECURITY__SECRET_KEY_FILE=/run/secrets/motcua.
"""


def write_config(path: Path) -> None:
    """The documented example with a fresh secret key, readable by its owner alone. Never overwrites."""
    if path.exists():
        raise Refusal(f"{path} đã có, không ghi đè")
    path.touch(mode=0o600)
    path.write_text(example().replace(PLACEHOLDER, secrets.token_urlsafe(48)), encoding="utf-8")


def example() -> str:
    """`config.example.toml`: every key there is, with its meaning and its default."""
    return _HEAD + "".join(_section("", Config))


def _section(name: str, model: type[BaseModel]) -> Iterator[str]:
    """A table, its keys first, then the tables inside it."""
    inner = {key: field for key, field in model.model_fields.items() if _model(field) is not None}
    rows = {key: field for key, field in model.model_fields.items() if field.examples}
    keys = {key: field for key, field in model.model_fields.items() if key not in inner | rows}
    if keys:
        yield f"\n[{name}]\n"
    for key, field in keys.items():
        yield f"# {_sentence(field)}\n{_line(name, key, field)}\n"
    for key, field in inner.items():
        found = _model(field)
        if found is not None:
            yield from _section(f"{name}.{key}" if name else key, found)
    for key, field in rows.items():
        yield from _rows(key, field)


def _rows(key: str, field: FieldInfo) -> Iterator[str]:
    """A table of rows: what each key of a row means, then rows as they may stand, all in comments."""
    samples: list[BaseModel] = field.examples or []
    yield f"\n# {_sentence(field)}\n"
    for name, meaning in type(samples[0]).model_fields.items():
        yield f"#   {name}: {_sentence(meaning)}\n"
    for sample in samples:
        yield f"#\n#   [[{key}]]\n"
        for name, value in sample.model_dump(exclude_unset=True).items():
            yield f"#   {name} = {_toml(value)}\n"


def _model(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _sentence(field: FieldInfo) -> str:
    words = (field.description or "").rstrip(".")
    return words[:1].upper() + words[1:] + "."


def _line(section: str, key: str, field: FieldInfo) -> str:
    if section == "security":
        return f'{key} = "{PLACEHOLDER}"'
    if isinstance(field.default, dict) or field.default_factory is dict:
        return f"# {key} = {{}}"
    return f"# {key} = {_toml(field.get_default(call_default_factory=True))}"


def _toml(value: Any) -> str:
    """A default as TOML writes it; what has none is shown empty."""
    if isinstance(value, SecretStr) or value is None:
        return '""'
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f'"{value:%H:%M}"'
    if isinstance(value, tuple):
        return json.dumps(list(value), ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)

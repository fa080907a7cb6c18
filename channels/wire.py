"""What comes from outside, made safe to keep: JSON, ids, texts, times, a provider's own words."""

import json
import re
from datetime import UTC, datetime

from channels.errors import Malformed

LONGEST_TEXT = 4_096
LONGEST_ID = 128

_EARLIEST = datetime(2015, 1, 1, tzinfo=UTC).timestamp()
_LATEST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
_SECONDS = re.compile(r"\d{1,16}")
_LONG_NUMBERS = re.compile(r"\d{6,}")


def json_object(body: bytes) -> dict[str, object]:
    """The JSON object in a webhook's body; whole numbers of any length keep their digits.  Raises Malformed."""
    try:
        value = json.loads(body.decode())
    except (ValueError, RecursionError) as fault:
        raise Malformed("not JSON") from fault
    if not isinstance(value, dict):
        raise Malformed("not a JSON object")
    return value


def part(value: object, name: str) -> dict[str, object]:
    """A part of a JSON object that should be an object; empty when it is missing, null or something else."""
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def text(value: object, longest: int = LONGEST_TEXT) -> str:
    """Text that a database can store: bounded, without NUL and half surrogates; "" for what is not text."""
    if not isinstance(value, str):
        return ""
    return value[:longest].replace("\x00", "").encode("utf-8", "replace").decode()


def identifier(value: object) -> str:
    """An id as text, "" when there is none or it is too long to be one."""
    found = text(str(value) if isinstance(value, int) and not isinstance(value, bool) else value, LONGEST_ID + 1)
    return found.strip() if len(found) <= LONGEST_ID else ""


def moment(value: object, otherwise: datetime, *, unit: float = 0.001) -> datetime:
    """A Unix time given as text or number, `unit` of a second each; `otherwise` when it cannot be true."""
    digits = identifier(value)
    if not _SECONDS.fullmatch(digits):
        return otherwise
    seconds = int(digits) * unit
    if not _EARLIEST < seconds < _LATEST:
        return otherwise
    return datetime.fromtimestamp(seconds, tz=UTC)


def words(value: object) -> str:
    """A provider's own words for our log: short, and without any long number, which may be somebody's."""
    return _LONG_NUMBERS.sub("…", text(value, 200))

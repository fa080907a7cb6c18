"""`motcua import dossiers FILE`: JSON, JSON lines, CSV or XLSX with one column a field (`applicant.name`)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from dossiers.changes import Outcome
from dossiers.intake import Intake
from dossiers.reasons import RowError
from dossiers.tables import COLUMNS, nested
from sheets.errors import SheetError
from sheets.reading import read as read_sheet

BATCH = 1000
MOST_BYTES = 200 * 1024 * 1024


class NoDossiers(Exception):
    """The file holds no dossiers in a form that we read; `reason_vi` says so to whoever brought it."""

    def __init__(self, reason_vi: str) -> None:
        super().__init__(reason_vi)
        self.reason_vi = reason_vi


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a file came to."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    messages: int = 0
    errors: tuple[RowError, ...] = ()
    unknown_fields: tuple[str, ...] = ()


def read(data: bytes, filename: str) -> list[tuple[int, object]]:
    """The rows of a file with their numbers, not judged yet. Raises `NoDossiers`."""
    if len(data) > MOST_BYTES:
        raise NoDossiers("Tệp quá lớn, xin chia thành nhiều tệp.")
    name = filename.lower()
    try:
        if name.endswith(".json"):
            return list(enumerate(_json(data), start=1))
        if name.endswith((".jsonl", ".ndjson")):
            return list(_lines(data))
        return [(row.number, nested(row.cells)) for row in read_sheet(data, filename, COLUMNS).rows]
    except SheetError as why:
        raise NoDossiers(why.reason_vi) from why
    except orjson.JSONDecodeError as why:
        raise NoDossiers("Tệp không phải JSON (UTF-8) hợp lệ.") from why


async def bring_in(
    intake: Intake, rows: Sequence[tuple[int, object]], *, source: str, first_load: bool = True
) -> Imported:
    """Takes the rows in, a thousand at a time. A file is a first load unless said otherwise: nothing is announced."""
    counts = dict.fromkeys(Outcome, 0)
    errors: list[RowError] = []
    unknown: dict[str, None] = {}
    messages = 0
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        results = await intake.take([row for _, row in batch], source=source, first_load=first_load)
        for (number, _), result in zip(batch, results, strict=True):
            counts[result.outcome] += 1
            messages += len(result.messages)
            errors += [RowError(row=number, field=one.field, reason=one.reason) for one in result.errors]
            unknown |= dict.fromkeys(re.sub(r"\.\d+\.", ".", name) for name in result.unknown_fields)
    return Imported(
        created=counts[Outcome.CREATED],
        changed=counts[Outcome.CHANGED],
        unchanged=counts[Outcome.UNCHANGED],
        refused=counts[Outcome.REFUSED],
        messages=messages,
        errors=tuple(errors),
        unknown_fields=tuple(unknown),
    )


def _json(data: bytes) -> list[object]:
    found = orjson.loads(data)
    rows = found.get("dossiers") if isinstance(found, dict) else found
    if not isinstance(rows, list):
        raise NoDossiers('Tệp JSON phải là một danh sách, hoặc {"dossiers": [ … ]}.')
    return rows


def _lines(data: bytes) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(data.splitlines(), start=1):
        if line.strip():
            try:
                yield number, orjson.loads(line)
            except orjson.JSONDecodeError:
                yield number, None  # refused by the intake, with its line's number

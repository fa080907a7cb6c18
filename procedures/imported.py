"""A catalogue that the province has imported: kept as plain rows, read back as procedures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from procedures.catalogue import Catalogue, Procedure, Way, load, read_sensitive
from procedures.settings import Settings


def plain(procedures: Iterable[Procedure]) -> list[dict[str, Any]]:
    """Rows that JSON can hold: what the source says; what the province says is added when they are read."""
    return [_kept(asdict(one)) | {"as_of": one.as_of.isoformat()} for one in procedures]


def catalogue(rows: Iterable[Mapping[str, Any]], sensitive: frozenset[str] | None = None) -> Catalogue:
    """What `plain` made, as a catalogue; the shipped sensitive codes unless others are given."""
    sensitive = read_sensitive() if sensitive is None else sensitive
    return Catalogue({row["code"]: _procedure(row, sensitive) for row in rows})


def _kept(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("short", "standing")}


def in_force(rows: Sequence[Mapping[str, Any]], settings: Settings) -> Catalogue:
    """The province's own where it has imported one, else the shipped one; its own sensitive codes either way."""
    sensitive = read_sensitive(settings.sensitive)
    return catalogue(rows, sensitive) if rows else load(sensitive=sensitive)


def _procedure(row: Mapping[str, Any], sensitive: frozenset[str]) -> Procedure:
    parts: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    ways = tuple(Way(**way) for way in row["ways"])
    changed: dict[str, Any] = {
        "ways": ways,
        "as_of": date.fromisoformat(row["as_of"]),
        "sensitive": row["code"] in sensitive,
    }
    return Procedure(**(parts | changed))

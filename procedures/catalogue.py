"""The catalogue of administrative procedures (danh mục thủ tục hành chính): what a source says of each, when."""

import csv
import lzma
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from sys import intern
from typing import Any

import orjson

SHIPPED = Path(str(files("procedures"))) / "data" / "catalogue.jsonl.xz"
SENSITIVE = SHIPPED.with_name("sensitive.csv")
CODE = re.compile(r"\d\.\d{6}")


class CatalogueError(Exception):
    """The catalogue cannot be read."""


class Unreadable(CatalogueError):
    """The catalogue's file is not one that this programme wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to file (cách thức thực hiện), with its time and fee in the source's words; "" where it says nothing."""

    channel: str
    time: str = ""
    fee: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds today of a procedure, beside its source: it may have changed since (then no sum is named), the
    province has suspended it (why), or has its own word on it (the legal basis).
    """

    changed: bool = False
    suspended: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """An administrative procedure (thủ tục hành chính) as its source has it, cleaned once.

    `short` is a name to choose it by, where somebody gave one.

    `trusted` is false where the source's page is known to be another procedure's: only name and link may be shown.
    `sensitive` procedures are never named on any channel to somebody who looks up a dossier.
    """

    code: str
    name: str
    field: str = ""
    level: str = ""
    agency: str = ""
    who: str = ""
    ways: tuple[Way, ...] = ()
    documents: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    result: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    legal_basis: tuple[str, ...] = ()
    url: str = ""
    ministry: str = ""
    decision: str = ""
    place: str = ""
    source: str
    as_of: date
    trusted: bool = True
    sensitive: bool = False
    short: str = ""
    standing: Standing = Standing()


class Catalogue:
    """All procedures by their code; iteration is in the order of codes."""

    def __init__(self, procedures: Mapping[str, Procedure]) -> None:
        self._by_code = {code: procedures[code] for code in sorted(procedures)}

    def get(self, code: str) -> Procedure | None:
        """The procedure of a code in any spelling (`1.004873`, `1.004873.H36`, `1.001612.000.00.00.H48`), or None."""
        found = canonical(code)
        return self._by_code.get(found) if found else None

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and self.get(code) is not None

    def __len__(self) -> int:
        return len(self._by_code)

    def __iter__(self) -> Iterator[Procedure]:
        return iter(self._by_code.values())


def canonical(code: str) -> str | None:
    """The key of a procedure code, without an agency's suffix; None if it does not begin like one."""
    found = CODE.match(code.strip())
    return found.group() if found else None


def load(path: Path | None = None, sensitive: frozenset[str] | None = None) -> Catalogue:
    """The shipped catalogue, or another file of its form; the shipped sensitive codes unless others are given.

    Raises `Unreadable`.
    """
    sensitive = read_sensitive() if sensitive is None else sensitive
    try:
        with lzma.open(path or SHIPPED) as lines:
            sources = orjson.loads(next(lines))["sources"]
            rows = [_procedure(orjson.loads(line), sources, sensitive) for line in lines]
    except (OSError, EOFError, lzma.LZMAError, ValueError, KeyError, StopIteration, TypeError) as cause:
        raise Unreadable(f"not a catalogue of procedures: {path or SHIPPED}") from cause
    return Catalogue({row.code: row for row in rows})


def read_sensitive(path: Path | None = None) -> frozenset[str]:
    """The codes never named about somebody's dossier, of a file "procedure_code,reason,…".  Raises `Unreadable`."""
    path = path or SENSITIVE
    with path.open(encoding="utf-8", newline="") as file:
        codes = [(row.get("procedure_code") or "").strip() for row in csv.DictReader(file)]
    for number, code in enumerate(codes, start=2):
        if not CODE.fullmatch(code):
            raise Unreadable(f"{path.name}, row {number}: not a procedure code")
    return frozenset(codes)


def _procedure(row: dict[str, Any], sources: list[dict[str, str]], sensitive: frozenset[str]) -> Procedure:
    source = sources[row.pop("source")]
    ways = tuple(Way(**{name: _once(value) for name, value in way.items()}) for way in row.pop("ways", ()))
    parts: dict[str, Any] = {name: _once(value) for name, value in row.items()}
    return Procedure(
        **parts,
        ways=ways,
        source=source["name"],
        as_of=date.fromisoformat(source["as_of"]),
        sensitive=parts["code"] in sensitive,
    )


def _once(value: Any) -> Any:
    """A list as a tuple. The same paper is asked for by many procedures: its words are kept once."""
    if isinstance(value, list):
        return tuple(intern(text) for text in value)
    return intern(value) if isinstance(value, str) else value

"""The data files of words that the province edits: spoken names, absent subjects, facets; each bad row is named."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

import orjson

from procedures.catalogue import CODE, CatalogueError

DATA = Path(str(files("procedures"))) / "data"

Who = Literal["citizen", "company", "organisation", "household_business", "any"]


class BadWording(CatalogueError):
    """A row of a wording file is wrong; the message names file, row and reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What people call a procedure, and what tells it from its siblings.

    `action` is a kind of errand (reissue_lost, exchange, …); `unlike` are words whose presence means a sibling;
    `weight` is 5 (asked every day in every commune) to 1 (a few times a year in the province), 0 where nobody judged.
    """

    code: str
    phrases: tuple[str, ...]
    action: str = ""
    foreign: bool = False
    who: str = "any"
    unlike: tuple[str, ...] = ()
    weight: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A need that people have and the catalogue lacks: its official subject, and who serves it."""

    subject: str
    who: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A short message on which a good officer asks back: its words, the question, and (label, code) to choose from."""

    phrases: tuple[str, ...]
    ask: str
    options: tuple[tuple[str, str], ...]


def read_spoken(path: Path | None = None) -> list[Spoken]:
    """The spoken names.  Raises `BadWording`."""
    path = path or DATA / "spoken.jsonl"
    found = []
    for number, line in _lines(path):
        try:
            row = orjson.loads(line)
            facets = row["facets"]
            spoken = Spoken(
                code=row["code"],
                phrases=tuple(row["ask"]),
                action=facets["action"] or "",
                foreign=bool(facets["foreign"]),
                who=facets["who"] or "any",
                unlike=tuple(row["not"]),
                weight=int(row["weight"]),
            )
        except (ValueError, KeyError, TypeError) as cause:
            raise BadWording(f"{path.name}, row {number}: {cause!r}") from cause
        if not CODE.fullmatch(spoken.code) or not 0 <= spoken.weight <= 5:
            raise BadWording(f"{path.name}, row {number}: code or weight")
        found.append(spoken)
    return found


def read_colloquial(path: Path | None = None) -> list[tuple[str, str]]:
    """(phrase, code) of the colloquial names.  Raises `BadWording`."""
    path = path or DATA / "colloquial.csv"
    found = []
    for number, row in _table(path, {"phrase", "procedure_code"}):
        if not row["phrase"] or not CODE.fullmatch(row["procedure_code"]):
            raise BadWording(f"{path.name}, row {number}: phrase or procedure_code")
        found.append((row["phrase"], row["procedure_code"]))
    return found


def read_absent(path: Path | None = None) -> list[Absent]:
    """The subjects that the catalogue lacks.  Raises `BadWording`."""
    path = path or DATA / "absent.csv"
    found = []
    for number, row in _table(path, {"subject", "who", "phrases"}):
        phrases = tuple(phrase.strip() for phrase in row["phrases"].split(";") if phrase.strip())
        if not (row["subject"] and row["who"] and phrases):
            raise BadWording(f"{path.name}, row {number}: an empty cell")
        found.append(Absent(subject=row["subject"], who=row["who"], phrases=phrases))
    return found


def read_questions(path: Path | None = None) -> list[Question]:
    """The questions to ask back.  Raises `BadWording`."""
    path = path or DATA / "asking.jsonl"
    found = []
    for number, line in _lines(path):
        try:
            row = orjson.loads(line)
            options = tuple((option["label"], option["code"]) for option in row["options"])
            found.append(Question(phrases=tuple(row["phrases"]), ask=row["ask"], options=options))
        except (ValueError, KeyError, TypeError) as cause:
            raise BadWording(f"{path.name}, row {number}: {cause!r}") from cause
        if not options or not all(CODE.fullmatch(code) for _, code in options):
            raise BadWording(f"{path.name}, row {number}: options")
    return found


def read_cues(path: Path) -> dict[str, tuple[str, ...]]:
    """A file "meaning,words" (words separated by ;) as meaning → words.  Raises `BadWording`."""
    found: dict[str, tuple[str, ...]] = {}
    for number, row in _table(path, {"meaning", "words"}):
        cues = tuple(cue.strip() for cue in row["words"].split(";") if cue.strip())
        if not row["meaning"] or not cues:
            raise BadWording(f"{path.name}, row {number}: an empty cell")
        found[row["meaning"]] = found.get(row["meaning"], ()) + cues
    return found


def read_list(path: Path) -> list[str]:
    """The lines of a list, without comments (#) and empty lines."""
    return [text for _, line in _lines(path) if (text := line.strip()) and not text.startswith("#")]


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            yield number, line


def _table(path: Path, columns: set[str]) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if not columns <= set(reader.fieldnames or ()):
            raise BadWording(f"{path.name}: columns must be {', '.join(sorted(columns))}")
        for number, row in enumerate(reader, start=2):
            yield number, {name: (row.get(name) or "").strip() for name in columns}

"""The data files of words that the province edits: spoken names, absent subjects, facets; each bad row is named."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Literal

import orjson

from procedures.catalogue import CODE, CatalogueError
from procedures.settings import Settings
from vietnam.text import fold, words

DATA = Path(str(files("procedures"))) / "data"

LONGEST_TITLE = 60
"""Characters of a short name: what a button shows."""

Who = Literal["citizen", "company", "organisation", "household_business", "any"]


class BadWording(CatalogueError):
    """A row of a wording file is wrong; the message names file, row and reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What people call a procedure, and what tells it from its siblings.

    `action` is a kind of errand (reissue_lost, exchange, …); `unlike` are words whose presence means a sibling;
    `weight` is 5 (asked every day in every commune) to 1 (a few times a year in the province), 0 where nobody judged.
    `judged` is false where somebody gave names alone: the official name then shows action, foreign element and whom.
    """

    code: str
    phrases: tuple[str, ...]
    action: str = ""
    foreign: bool = False
    who: str = "any"
    unlike: tuple[str, ...] = ()
    weight: int = 0
    judged: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A need that people have and the catalogue lacks: its official subject, and who serves it; "" where it is none of
    the state's procedures at all (the weather, an insult)."""

    subject: str
    who: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A short message on which a good officer asks back: its words, the question, and (label, code) to choose from."""

    phrases: tuple[str, ...]
    ask: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """All files of words, read and checked; `written` are abbreviations and synonyms as folded words."""

    spoken: tuple[Spoken, ...] = ()
    colloquial: tuple[tuple[str, str], ...] = ()
    absent: tuple[Absent, ...] = ()
    questions: tuple[Question, ...] = ()
    titles: Mapping[str, str]
    cues: Mapping[str, tuple[str, ...]]
    written: Mapping[tuple[str, ...], tuple[str, ...]]
    fillers: tuple[str, ...]


def read(settings: Settings | None = None) -> Wording:
    """The province's files where the settings name them, else the shipped ones.  Raises `BadWording`."""
    own = settings or Settings()
    return Wording(
        spoken=joined(read_spoken(own.spoken), read_more()),
        colloquial=tuple(read_colloquial(own.colloquial)),
        absent=(*read_absent(own.absent), *read_outside()),
        questions=tuple(read_questions(own.asking)),
        titles=read_titles(own.titles),
        cues=read_cues(own.facets),
        written=read_written(DATA / "abbreviations.csv") | read_written(DATA / "synonyms.csv"),
        fillers=tuple(read_list(DATA / "fillers.txt")),
    )


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


def read_more(path: Path | None = None) -> list[Spoken]:
    """Further spoken names, `by` whom and when, no phrase under two codes.  Raises `BadWording`."""
    path = path or DATA / "spoken-more.jsonl"
    found: list[Spoken] = []
    owners: dict[str, str] = {}
    for number, line in _lines(path):
        try:
            row = orjson.loads(line)
            code, phrases, weight = row["code"], tuple(row["ask"]), int(row.get("weight", 0))
            twice = next((said for said in phrases if owners.setdefault(fold(said), code) != code), None)
        except (ValueError, KeyError, TypeError, AttributeError) as cause:
            raise BadWording(f"{path.name}, row {number}: {cause!r}") from cause
        if not CODE.fullmatch(code) or not 0 <= weight <= 5 or not phrases or not row.get("by"):
            raise BadWording(f"{path.name}, row {number}: code, ask, weight or by")
        if twice:
            raise BadWording(f"{path.name}, row {number}: “{twice}” also stands under {owners[fold(twice)]}")
        found.append(Spoken(code=code, phrases=phrases, weight=weight, judged=False))
    return found


def joined(first: Iterable[Spoken], more: Iterable[Spoken]) -> tuple[Spoken, ...]:
    """The rows of both, the phrases of a code that both have put together under what the first says of it."""
    rows = {row.code: row for row in first}
    for row in more:
        known = rows.get(row.code)
        rows[row.code] = row if known is None else replace(known, phrases=(*known.phrases, *row.phrases))
    return tuple(rows.values())


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


def read_outside(path: Path | None = None) -> list[Absent]:
    """What people write about that is no procedure of anybody, a theme a row.  Raises `BadWording`."""
    path = path or DATA / "outside.csv"
    found = []
    for number, row in _table(path, {"theme", "phrases"}):
        phrases = tuple(phrase.strip() for phrase in row["phrases"].split(";") if phrase.strip())
        if not (row["theme"] and phrases):
            raise BadWording(f"{path.name}, row {number}: an empty cell")
        found.append(Absent(subject=row["theme"], who="", phrases=phrases))
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


def read_titles(path: Path | None = None) -> dict[str, str]:
    """Short names to choose by, "procedure_code,title", no two alike.  Raises `BadWording`."""
    path = path or DATA / "titles.csv"
    found: dict[str, str] = {}
    for number, row in _table(path, {"procedure_code", "title"}):
        code, title = row["procedure_code"], row["title"]
        if not CODE.fullmatch(code) or not 0 < len(title) <= LONGEST_TITLE:
            raise BadWording(f"{path.name}, row {number}: procedure_code, or title of 1 to {LONGEST_TITLE} letters")
        if code in found or title in found.values():
            raise BadWording(f"{path.name}, row {number}: the same code or title twice")
        found[code] = title
    return found


def read_written(path: Path) -> dict[tuple[str, ...], tuple[str, ...]]:
    """A file "written,means" as folded words; a later line of the same writing replaces an earlier one."""
    return {tuple(words(row["written"])): tuple(words(row["means"])) for _, row in _table(path, {"written", "means"})}


def read_cues(path: Path | None = None) -> dict[str, tuple[str, ...]]:
    """A file "meaning,words" (words separated by ;) as meaning → words.  Raises `BadWording`."""
    path = path or DATA / "facets.csv"
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

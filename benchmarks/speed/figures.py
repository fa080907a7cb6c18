"""What was measured: figures over several rounds, one table for people, JSON for machines, a ledger for the years."""

import csv
import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

LEDGER_COLUMNS = (
    "date", "commit", "machine", "part", "database", "figure", "unit", "value", "low", "high",
    "baseline", "ratio", "cpu_s_per_1000", "rounds",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. Every sequence has one entry a round.

    `ratios` are to `baseline` in the same round; `cpu` is in CPU seconds per 1,000 messages, the database server's
    included. `note` is what must stand beside the figure to read it rightly: losses, doubles, a reason for an absence.
    """

    part: str
    name: str
    unit: str
    values: Sequence[float]
    database: str = ""
    baseline: str = ""
    ratios: Sequence[float] = ()
    cpu: Sequence[float] = ()
    note: str = ""


def show(figures: Iterable[Figure], heads: Mapping[str, str]) -> None:
    """The table, with the machine in its head; medians, and min to max so that noise can be seen."""
    console = Console(width=180)
    console.print(" · ".join(f"{name} {value}" for name, value in heads.items()), highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("part", "figure", "database", "median", "min – max", "unit", "ratio", "min – max", "to"):
        table.add_column(title, justify="right" if title in ("median", "min – max", "ratio") else "left")
    table.add_column("CPU s/1,000", justify="right")
    table.add_column("note")
    for figure in figures:
        table.add_row(
            figure.part,
            figure.name,
            figure.database,
            _middle(figure.values),
            _span(figure.values),
            figure.unit,
            _middle(figure.ratios),
            _span(figure.ratios),
            figure.baseline,
            _middle(figure.cpu),
            figure.note,
        )
    console.print(table)


def write(path: Path, figures: Sequence[Figure], heads: Mapping[str, str]) -> None:
    """Everything, each round's own value included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {"run": dict(heads), "figures": [asdict(figure) for figure in figures]}
    path.write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")


def append(ledger: Path, figures: Iterable[Figure], heads: Mapping[str, str], at: datetime) -> None:
    """A line a figure, at the end, never edited later; the column names where the file is new."""
    new = not ledger.exists()
    with ledger.open("a", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        if new:
            rows.writerow(LEDGER_COLUMNS)
        for figure in figures:
            rows.writerow(_line(figure, heads, at))


def commit() -> str:
    """The commit that is measured, with a plus where files differ from it; "" outside a checkout."""
    try:
        name = _git("rev-parse", "--short", "HEAD")
        return name + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def _git(*words: str) -> str:
    run = subprocess.run(("git", *words), cwd=Path(__file__).parent, capture_output=True, text=True, check=True)  # noqa: S603, S607
    return run.stdout.strip()


def _line(figure: Figure, heads: Mapping[str, str], at: datetime) -> list[str]:
    numbers = [f"{pick(figure.values):.6g}" if figure.values else "" for pick in (median, min, max)]
    ratio = f"{median(figure.ratios):.4g}" if figure.ratios else ""
    cpu = f"{median(figure.cpu):.4g}" if figure.cpu else ""
    return [
        at.isoformat(timespec="seconds"),
        heads.get("commit", ""),
        heads.get("machine", ""),
        figure.part,
        figure.database,
        figure.name,
        figure.unit,
        *numbers,
        figure.baseline,
        ratio,
        cpu,
        str(len(figure.values)),
    ]


def _middle(values: Sequence[float]) -> str:
    return _short(median(values)) if values else ""


def _span(values: Sequence[float]) -> str:
    return f"{_short(min(values))} – {_short(max(values))}" if len(values) > 1 else ""


def _short(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"

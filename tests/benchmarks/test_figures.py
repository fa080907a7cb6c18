"""The ledger is for years: a line a figure, one head, medians."""

import csv
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.speed.figures import LEDGER_COLUMNS, Figure, append

AT = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)


def test_the_ledger_grows_by_a_line_a_figure_and_keeps_one_head(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.csv"
    figure = Figure(
        part="outbound",
        name="one worker",
        unit="/s",
        database="sqlite",
        values=[9_000, 8_000, 1_000],
        ratios=[0.6, 0.5, 0.1],
        baseline="bare aiohttp",
        cpu=[0.1, 0.2, 0.9],
    )

    append(ledger, [figure], {"commit": "abc", "machine": "2 cores"}, AT)
    append(ledger, [figure, figure], {"commit": "abd", "machine": "2 cores"}, AT)

    head, *lines = csv.reader(ledger.read_text().splitlines())
    assert head == list(LEDGER_COLUMNS)
    assert [line[1] for line in lines] == ["abc", "abd", "abd"]
    told = dict(zip(head, lines[0], strict=True))
    assert (told["value"], told["low"], told["high"], told["rounds"]) == ("8000", "1000", "9000", "3")
    assert (told["ratio"], told["baseline"], told["cpu_s_per_1000"]) == ("0.5", "bare aiohttp", "0.2")


def test_a_figure_that_could_not_be_measured_is_a_line_without_numbers(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.csv"

    append(ledger, [Figure(part="peers", name="Celery + Redis", unit="/s", values=(), note="no Redis")], {}, AT)

    told = dict(zip(*csv.reader(ledger.read_text().splitlines()), strict=True))
    assert told["figure"] == "Celery + Redis"
    assert told["value"] == told["ratio"] == told["cpu_s_per_1000"] == ""

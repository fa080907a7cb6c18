"""Rows of plain data as a table for the terminal: no colour unless it is one, cells never cut off."""

import sys
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from rich.console import Console
from rich.table import Table


def table(rows: Sequence[Mapping[str, Any]], title: str | None = None) -> str:
    """One column a key of the first row."""
    if not rows:
        return "(không có)\n"
    made = Table(title=title, title_justify="left", header_style="bold", pad_edge=False, box=None)
    for key in rows[0]:
        made.add_column(str(key), overflow="fold")
    for row in rows:
        made.add_row(*["" if value is None else str(value) for value in row.values()])
    page = StringIO()
    terminal = sys.stdout.isatty()
    console = Console(
        file=page, force_terminal=terminal, width=None if terminal else 160, highlight=False, markup=False
    )
    console.print(made)
    return page.getvalue()

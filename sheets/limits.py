"""How large a table may be before it is refused."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in bytes, rows, columns and characters; `ratio` is of unpacked to packed bytes in an XLSX file."""

    file_bytes: int = 20 * 1024 * 1024
    unpacked_bytes: int = 300 * 1024 * 1024
    ratio: int = 200
    entries: int = 1_000
    rows: int = 100_000
    columns: int = 100
    cell_characters: int = 4_000

"""The cells of a CSV file, whatever Excel on a Vietnamese Windows made of its letters and its separators.

Seen: UTF-8 with and without BOM, UTF-16 ("Unicode text"), cp1258; `;`, `,`, tab or `|` between the cells.
"""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from itertools import islice

from sheets.errors import SheetError

_SEPARATORS = ";,\t|"
_SAMPLE_LINES = 20
_SAMPLE_CHARACTERS = 50_000
_DECLARED = re.compile(r"\Asep=(?P<separator>[;,\t|])\r?\n", re.IGNORECASE)
_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)


def cells(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows: the number that Excel shows for each, and the text of its cells."""
    text = _decoded(data)
    declared = _DECLARED.match(text)
    separator = declared["separator"] if declared else _separator(text)
    body = text[declared.end() :] if declared else text
    try:
        for number, row in enumerate(csv.reader(StringIO(body, newline=""), delimiter=separator), 1):
            yield number, [_AS_TEXT.sub(r"\1", cell) for cell in row]
    except csv.Error as fault:
        raise SheetError("broken") from fault


def _decoded(data: bytes) -> str:
    """By the byte order mark, else UTF-8, else cp1258; bytes that are no text at all are refused."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return _decoded_as(data, encoding)
    sample = data[:1_000]
    if sample[1::2].count(0) > len(sample) // 4 and not sample[0::2].count(0):
        return _decoded_as(data, "utf-16-le")
    if b"\x00" in data:
        raise SheetError("kind")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1258", errors="replace")


def _decoded_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as fault:
        raise SheetError("broken") from fault


def _separator(text: str) -> str:
    """The sign that cuts the first lines into the most columns, the same number in most of them."""

    def score(separator: str) -> tuple[int, int]:
        sample = StringIO(text[:_SAMPLE_CHARACTERS], newline="")
        rows = csv.reader(sample, delimiter=separator)
        try:
            widths = Counter(len(row) for row in islice(rows, _SAMPLE_LINES) if any(row))
        except csv.Error:
            return (0, 0)
        width, lines = max(widths.items(), key=lambda found: (found[0] > 1, found[1], found[0]), default=(1, 0))
        return (lines if width > 1 else 0, width)

    return max(_SEPARATORS, key=score)

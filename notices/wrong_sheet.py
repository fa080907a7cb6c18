"""The wrong rows of a notice, given back to their author: the same columns, and one that says why."""

from notices.check import sentence
from sheets.writing import Value, xlsx
from store.database import Tx
from store.notices import Notice, NoticeRow
from store.nouns import Store

_PAGE = 1_000


async def wrong_rows(store: Store, tx: Tx, notice: Notice) -> list[NoticeRow]:
    """All of them, in the sheet's order."""
    rows: list[NoticeRow] = []
    while page := await store.notices.wrong_rows(tx, notice.id, after=rows[-1].number if rows else 0, limit=_PAGE):
        rows += page
    return rows


def workbook(notice: Notice, rows: list[NoticeRow]) -> bytes:
    """An XLSX file that can be mended and uploaded again. For a thread: large ones take seconds."""
    headers = [title for _, _, title in notice.columns]
    return xlsx("Dòng cần sửa", [*headers, "Lý do"], [_line(notice, row) for row in rows])


def _line(notice: Notice, row: NoticeRow) -> list[Value]:
    why = " ".join(sentence(row, fault, notice.columns) for fault in row.faults)
    return [*(row.cells.get(key, "") for _, key, _ in notice.columns), why]

"""Notices and their rows in the store: in the sheet's order, planned once, found again by what they said."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from store.notices import Checked, Fault, Notice, NoticeRow, State, Words
from store.nouns import Store

COLUMNS = (("A", "so_dien_thoai", "Số điện thoại"),)


def wrong(number: int, *codes: str) -> NoticeRow:
    faults = tuple(Fault(code=code, key="so_dien_thoai", reason="sai") for code in codes)
    return NoticeRow(number=number, cells={"so_dien_thoai": "x"}, faults=faults)


def right(number: int, **changes) -> NoticeRow:
    values = {"number": number, "cells": {"so_dien_thoai": f"0912{number:06d}"}, "said": f"said {number}"}
    return NoticeRow(**(values | changes))


@pytest.fixture
def keep(store: Store, clock):
    async def put(*rows: NoticeRow, agency: str | None = "H36.21", data: bytes = b"file") -> Notice:
        words = Words(title="Nhắc nộp lệ phí", filename="a.xlsx")
        checked = Checked(words=words, data=data, template="nhac_nop_phi", columns=COLUMNS, rows=rows)
        async with store.database.transaction() as tx:
            return await store.notices.put(tx, checked, author="staff1", agency=agency, at=clock())

    return put


async def test_a_notice_comes_back_as_it_was_put(store: Store, keep, clock) -> None:
    notice = await keep(right(2, mended=True), wrong(3, "phone"), right(4))

    async with store.database.reading() as tx:
        again = await store.notices.get(tx, notice.id)

    assert again == notice
    assert (again.total, again.right, again.wrong, again.mended) == (3, 2, 1, 1)
    assert (again.columns, again.words.title, again.created_at) == (COLUMNS, "Nhắc nộp lệ phí", clock())


async def test_rows_are_planned_in_the_sheets_order_and_once(store: Store, keep, clock) -> None:
    notice = await keep(right(9), right(2), wrong(3, "phone"), right(5))

    async with store.database.transaction() as tx:
        first = await store.notices.unplanned(tx, notice.id, limit=2)
        await store.notices.planned(tx, {row.id: "planned" for row in first}, clock())
        rest = await store.notices.unplanned(tx, notice.id)
        outcomes = await store.notices.outcomes(tx, notice.id)

    assert [row.number for row in first] == [2, 5]
    assert [row.number for row in rest] == [9]
    assert outcomes == {"planned": 2, None: 1}


async def test_reasons_are_counted_a_row_with_two_under_both(store: Store, keep) -> None:
    notice = await keep(wrong(2, "phone"), wrong(3, "phone", "date"), wrong(4, "amount"), right(5))

    async with store.database.reading() as tx:
        reasons = await store.notices.reasons(tx, notice.id)
        dates = await store.notices.wrong_rows(tx, notice.id, code="date")
        second = await store.notices.wrong_rows(tx, notice.id, skip=1, limit=1)

    assert reasons == {"phone": 2, "amount": 1, "date": 1}
    assert [row.number for row in dates] == [3]
    assert [fault.code for fault in dates[0].faults] == ["phone", "date"]
    assert [row.number for row in second] == [3]


async def test_a_reasons_code_is_no_pattern(store: Store, keep) -> None:
    notice = await keep(wrong(2, "phone"))

    async with store.database.reading() as tx:
        found = [await store.notices.wrong_rows(tx, notice.id, code=code) for code in ("%", "phon_", "hone", "")]

    assert found == [[], [], [], []]


async def test_what_was_planned_is_found_by_what_it_said_for_a_while(store: Store, keep, clock) -> None:
    notice = await keep(right(2), right(3))
    async with store.database.transaction() as tx:
        first = await store.notices.unplanned(tx, notice.id, limit=1)
        await store.notices.planned(tx, {first[0].id: "planned"}, clock())

    async with store.database.reading() as tx:
        lately = await store.notices.said_before(tx, ["said 2", "said 3"], since=clock() - timedelta(days=1))
        later = await store.notices.said_before(tx, ["said 2"], since=clock() + timedelta(days=1))

    assert lately == {"said 2": clock()}
    assert later == {}


async def test_the_same_file_is_known_once_it_went_out_and_in_its_own_agency(store: Store, keep) -> None:
    notice = await keep(right(2), data=b"the file")

    async with store.database.transaction() as tx:
        checked = await store.notices.same_file(tx, b"the file", agency=None)
        await store.notices.move(tx, notice.id, State.SENDING)
        sent = await store.notices.same_file(tx, b"the file", agency="H36.21")
        elsewhere = await store.notices.same_file(tx, b"the file", agency="H36.99")
        another = await store.notices.same_file(tx, b"another file", agency=None)

    assert (checked, elsewhere, another) == (None, None, None)
    assert sent is not None
    assert sent.id == notice.id


async def test_the_list_is_newest_first_by_agency_and_state(store: Store, keep, clock) -> None:
    ours = await keep(right(2))
    clock.advance(seconds=1)
    theirs = await keep(right(2), agency="H36.99")

    async with store.database.reading() as tx:
        everything = await store.notices.newest(tx)
        mine = await store.notices.newest(tx, agency="H36.21")
        sending = await store.notices.newest(tx, states=[State.SENDING])

    assert [notice.id for notice in everything] == [theirs.id, ours.id]
    assert [notice.id for notice in mine] == [ours.id]
    assert sending == []


PLANS = [
    (
        "SELECT id FROM notice_row WHERE notice_id = 'n' AND {right} AND planned_at IS NULL ORDER BY number",
        "ix_notice_row_open|uq_notice_row",
    ),
    (
        "SELECT id FROM notice_row WHERE notice_id = 'n' AND {wrong} AND number > 3 ORDER BY number",
        "ix_notice_row_wrong|uq_notice_row",
    ),
    ("SELECT max(planned_at) FROM notice_row WHERE key IN ({key}) AND planned_at >= '2026-06-01'", "ix_notice_row_key"),
]


@pytest.mark.parametrize(("statement", "index"), PLANS, ids=[index for _, index in PLANS])
async def test_the_hot_queries_are_served_by_their_index(store: Store, keep, statement: str, index: str) -> None:
    await keep(*(right(number) for number in range(2, 50)))
    sqlite = store.database.dialect == "sqlite"
    words = {"right": "wrong = 0", "wrong": "wrong = 1", "key": "x'00'"}
    if not sqlite:
        words = {"right": "NOT wrong", "wrong": "wrong", "key": r"'\x00'::bytea"}

    async with store.database.transaction() as tx:
        if not sqlite:
            await tx.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
        rows = await tx.exec_driver_sql(explain + statement.format(**words))
        plan = "\n".join(str(row) for row in rows)

    # SQLite without statistics takes any of two indexes that begin alike; both walk one notice only, in order.
    assert any(name in plan for name in index.split("|"))
    assert "Seq Scan" not in plan
    assert not (sqlite and "SCAN" in plan)
    assert "TEMP B-TREE" not in plan

"""`motcua report`: a table that aligns, a CSV that Excel opens rightly, days as people write them."""

import csv
import io
from datetime import UTC, datetime

import pytest

from delivery.money.costs import Rule, Saved, Shadow
from motcua.failures import Refusal
from motcua.report import cost_page, masked_code, shadow_page, span
from store.outbox.tables import OutboxMessage, State
from store.spending import Cost


def spent(event: str = "done", agency: str | None = "H36.21", path: str = "sms", **figures: int) -> Cost:
    values = {"messages": 10, "unpriced": 0, "parts": 12, "dong": 5_040} | figures
    return Cost(event=event, agency=agency, path=path, **values)


def message(code: str) -> OutboxMessage:
    return OutboxMessage(
        id="m1",
        event="done",
        about="d",
        person_id="p",
        dossier_id="d",
        notice_id=None,
        agency=None,
        lane=1,
        state=State.CANCELLED,
        created_at=datetime(2026, 6, 25, 2, 0, tzinfo=UTC),
        due_at=None,
        channel="sms",
        body={"fields": {"code": code}},
    )


def test_numbers_stand_under_one_another_and_the_dearest_first() -> None:
    rows = [spent(dong=900, messages=3), spent("received", dong=1_234_567, messages=4_321)]

    text = cost_page(rows, [], ["event"], {}, "Chi phí").text()

    lines = text.splitlines()
    assert lines[2].startswith("Hồ sơ được tiếp nhận")
    assert lines[3].startswith("Hồ sơ đã có kết quả")
    assert lines[2].index("4.321") + 5 == lines[3].index("    3") + 5
    assert "Cộng: 4.324 tin, 1.235.467\u00a0₫." in text


def test_groups_add_up_and_agencies_bear_their_names() -> None:
    rows = [spent(), spent("received"), spent(agency=None)]

    page = cost_page(rows, [], ["agency"], {"H36.21": "UBND phường Bắc Gia Nghĩa"}, "Chi phí")

    assert page.rows == [["UBND phường Bắc Gia Nghĩa", 20, 24, 10_080, 0], ["toàn tỉnh", 10, 12, 5_040, 0]]


def test_what_has_no_price_is_said_and_not_counted_as_free() -> None:
    text = cost_page([spent(unpriced=4)], [], ["path"], {}, "Chi phí").text()

    assert "4 tin chưa rõ giá" in text


def test_each_rule_is_told_with_what_it_saved() -> None:
    saved = [Saved(rule=Rule.CHEAPER_PATH, path="zalo/template_phone", messages=3, without=1_260, cost=900)]

    text = cost_page([spent()], saved, ["path"], {}, "Chi phí").text()

    line = next(line for line in text.splitlines() if line.startswith("Chọn đường rẻ thay SMS"))
    assert line.split()[-1] == "360"


def test_the_csv_opens_in_excel_and_starts_no_formula() -> None:
    page = cost_page([spent(agency="=1+1", dong=5_040)], [], ["agency"], {}, "Chi phí")

    data = page.csv()

    assert data.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert head == ["Cơ quan", "Số tin", "Phần SMS", "Đồng", "Chưa rõ giá"]
    assert row == ["'=1+1", "10", "12", "5040", "0"]


def test_a_shadow_run_adds_up_what_would_have_left_and_masks_the_dossiers_code() -> None:
    at = datetime(2026, 6, 25, 2, 0, tzinfo=UTC)
    one = message("000.00.53.H48-220921-0099")
    found = [
        Shadow(at=at, message=one, path="sms", parts=1, price=420, overtaken=False),
        Shadow(at=at, message=one, path="sms", parts=1, price=420, overtaken=True),
        Shadow(at=at, message=one, path="email", parts=None, price=None, overtaken=False),
        Shadow(at=at, message=one, path=None, parts=None, price=None, overtaken=False),
    ]

    page = shadow_page(found, "Song song")

    assert "220921" not in page.text()
    assert page.rows[0] == ["09:00 25/06/2026", "Hồ sơ đã có kết quả", "000.00.53.H48-···-0099", "SMS", 1, 420, ""]
    assert page.notes == [
        "SMS: 1 tin, 420\u00a0₫",
        "Email: 1 tin, 0\u00a0₫ (1 tin chưa rõ giá)",
        "Cộng: 2 tin, 420\u00a0₫.",
    ]


@pytest.mark.parametrize(
    ("code", "shown"), [("H36.21-260622-0001", "H36.21-···-0001"), ("12345678", "···5678"), (None, ""), ("", "")]
)
def test_a_code_is_masked(code: str | None, shown: str) -> None:
    assert masked_code(code) == shown


def test_days_are_read_as_people_write_them_and_the_last_one_is_whole() -> None:
    since, until = span("01/06/2026", "2026-06-25")

    assert since == datetime(2026, 5, 31, 17, tzinfo=UTC)
    assert until == datetime(2026, 6, 25, 17, tzinfo=UTC)


@pytest.mark.parametrize(("since", "until"), [("25/13/2026", None), ("hôm qua", None), ("25/06/2026", "24/06/2026")])
def test_days_that_make_no_sense_are_refused(since: str, until: str | None) -> None:
    with pytest.raises(Refusal):
        span(since, until)


async def test_the_command_says_what_it_can_group_by_and_prints_an_empty_account(shell) -> None:
    await shell.run("db", "upgrade")

    wrong = await shell.run("report", "cost", "--by", "planet")
    empty = await shell.run("report", "cost", "--from", "01/06/2026", "--to", "30/06/2026")
    sheet = await shell.run("report", "shadow", "--csv")

    assert wrong.code == 2
    assert "event, agency, path" in wrong.err
    assert (empty.code, sheet.code) == (0, 0), empty.err + sheet.err
    assert "Chi phí gửi tin từ 01/06/2026 đến hết 30/06/2026" in empty.out
    assert sheet.out.startswith("\ufeffLúc,Sự kiện,Mã hồ sơ")

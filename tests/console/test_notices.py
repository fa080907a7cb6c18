"""A bulk notice in the console, from the sheet to the last message, by two people."""

import io

from openpyxl import load_workbook

from notices.samples import HEADERS, sample
from sheets.writing import xlsx
from store.staff import Role


def sheet(*rows: list[str]) -> bytes:
    return xlsx("Người nhận", HEADERS, rows)


def row(number: int, phone: str = "") -> list[str]:
    code = f"H36.21-260601-{number:04d}"
    return [f"Người {number}", phone or f"0912{number:06d}", "", code, "150.000", "30/06/2026"]


async def test_from_the_sample_with_six_faults_to_the_last_message(house) -> None:
    for number in range(1, 4):
        await house.dossier(f"H36.21-260601-{number:04d}")
    clerk = await house.signed_in(Role.CLERK, "H36.21")
    approver = await house.signed_in(Role.APPROVER, "H36.21")
    data = await (await clerk.get("/notices/sample.xlsx")).read()

    uploaded = await clerk.upload(data)
    where = uploaded.headers["Location"].removeprefix("/console").removesuffix("/errors")
    errors = await (await clerk.get(f"{where}/errors")).text()
    accepted = await clerk.post(f"{where}/accept")
    preview = await (await clerk.get(f"{where}/preview")).text()
    submitted = await clerk.post(f"{where}/submit")
    own = await (await clerk.get(f"{where}/approve")).text()
    seen = await (await approver.get(f"{where}/approve")).text()
    approved = await approver.post(f"{where}/approve")
    await house.sending.finish()
    await house.dispatcher.drain()
    follow = await (await approver.get(f"{where}/progress")).text()

    assert "6 dòng cần sửa" in errors
    assert "Thiếu 1 chữ số" in errors
    assert accepted.headers["Location"].endswith("/preview")
    assert "con 150.000d chua nop" in preview
    assert submitted.headers["Location"].endswith("/approve?done=submitted")
    assert "đang chờ người duyệt" in own
    assert "Duyệt gửi 3 tin" in seen
    assert approved.headers["Location"].endswith("/progress?done=approved")
    assert len(house.sms.sent) == 3
    assert "<b>3</b> trong 3 tin đã gửi đi" in follow


async def test_an_approver_does_not_approve_their_own(house) -> None:
    for number in range(1, 4):
        await house.dossier(f"H36.21-260601-{number:04d}")
    author = await house.signed_in(Role.APPROVER)
    uploaded = await author.upload(sheet(row(1), row(2), row(3)))
    where = uploaded.headers["Location"].removeprefix("/console").removesuffix("/errors")
    await author.post(f"{where}/submit")

    answer = await author.post(f"{where}/approve")

    assert answer.status == 422
    assert "cần người khác duyệt" in await answer.text()
    assert house.sms.sent == []


async def test_a_notice_is_given_back_with_a_reason_that_its_author_reads(house) -> None:
    for number in range(1, 4):
        await house.dossier(f"H36.21-260601-{number:04d}")
    clerk, approver = await house.signed_in(Role.CLERK), await house.signed_in(Role.APPROVER)
    uploaded = await clerk.upload(sheet(row(1), row(2), row(3)))
    where = uploaded.headers["Location"].removeprefix("/console").removesuffix("/errors")
    await clerk.post(f"{where}/submit")

    without = await approver.post(f"{where}/return", {"reason": "  "})
    returned = await approver.post(f"{where}/return", {"reason": "Sai hạn nộp"})
    desk = await (await clerk.get("/")).text()

    assert without.status == 422
    assert returned.status == 303
    assert "Sai hạn nộp" in desk


async def test_the_wrong_rows_come_as_a_workbook_with_the_reasons(house) -> None:
    await house.dossier()
    clerk = await house.signed_in(Role.CLERK)
    uploaded = await clerk.upload(sheet(row(1), row(2, "=1+1")))
    where = uploaded.headers["Location"].removeprefix("/console").removesuffix("/errors")

    answer = await clerk.get(f"{where}/wrong-rows.xlsx")

    book = load_workbook(io.BytesIO(await answer.read()))
    lines = list(book.active.iter_rows(values_only=True))
    assert lines[0][-1] == "Lý do"
    assert lines[1][1] == "=1+1"
    assert book.active.cell(row=2, column=2).data_type == "s"  # shown as it is, never a formula
    assert "Dòng 3, cột Số điện thoại" in lines[1][-1]
    assert (await house.trail())[-1] == "notice.rows_taken"


async def test_right_cells_are_masked_and_every_sight_of_rows_is_in_the_trail(house) -> None:
    clerk = await house.signed_in(Role.CLERK)
    uploaded = await clerk.upload(sheet(row(1), row(2, "091200000")))
    where = uploaded.headers["Location"].removeprefix("/console").removesuffix("/errors")

    text = await (await clerk.get(f"{where}/errors")).text()
    phones = await (await clerk.get(f"{where}/errors?reason=phone")).text()

    assert "0912000001" not in text
    assert "0912 ··· 001" in text
    assert "091200000" in phones
    assert "0912 ··· 001" not in phones
    assert (await house.trail())[-2:] == ["notice.rows_seen", "notice.rows_seen"]


async def test_another_agency_sees_neither_the_notice_nor_its_rows(house) -> None:
    clerk = await house.signed_in(Role.CLERK, "H36.21")
    stranger = await house.signed_in(Role.APPROVER, "H36.99")
    uploaded = await clerk.upload(sheet(row(1)), title="Của phường mình")
    where = uploaded.headers["Location"].removeprefix("/console").removesuffix("/errors")

    pages = ["", "/errors", "/wrong-rows.xlsx", "/preview", "/approve", "/progress", "/progress/fragment"]
    deeds = ["accept", "submit", "approve", "pause", "resume"]

    assert {(await stranger.get(f"{where}{page}")).status for page in pages} == {404}
    assert {(await stranger.post(f"{where}/{deed}")).status for deed in deeds} == {404}
    assert "Của phường mình" not in await (await stranger.get("/notices")).text()
    assert "Của phường mình" in await (await clerk.get("/notices")).text()


async def test_a_pause_a_cancellation_and_its_reason(house) -> None:
    for number in (1, 2):
        await house.dossier(f"H36.21-260601-{number:04d}")
    clerk = await house.signed_in(Role.CLERK)
    uploaded = await clerk.upload(sheet(row(1), row(2)))
    where = uploaded.headers["Location"].removeprefix("/console").removesuffix("/errors")
    sent = await clerk.post(f"{where}/submit")
    await house.sending.finish()

    paused = await clerk.post(f"{where}/pause")
    await house.dispatcher.drain()
    asked = await (await clerk.get(f"{where}/progress?cancel=1")).text()
    nameless = await clerk.post(f"{where}/cancel", {"reason": ""})
    cancelled = await clerk.post(f"{where}/cancel", {"reason": "Sai nội dung"})
    fragment = await (await clerk.get(f"{where}/progress/fragment")).text()

    assert sent.headers["Location"].endswith("/progress?done=sending")
    assert paused.status == 303
    assert "Hủy 2 tin chưa gửi? 0 tin đã gửi không thu hồi được." in asked
    assert nameless.status == 422
    assert cancelled.status == 303
    assert "Đã hủy" in fragment
    assert "data-poll" not in fragment
    assert house.sms.sent == []


async def test_the_same_file_is_asked_about_and_goes_on_when_meant(house) -> None:
    await house.dossier()
    clerk = await house.signed_in(Role.CLERK)
    data = sheet(row(1))
    uploaded = await clerk.upload(data)
    where = uploaded.headers["Location"].removeprefix("/console").removesuffix("/errors")
    await clerk.post(f"{where}/submit")
    await house.sending.finish()

    asked = await clerk.upload(data)
    meant = await clerk.upload(data, anyway="1")

    assert asked.status == 409
    assert "Tệp này đã được gửi ngày 25/06/2026 (1 dòng giống hệt)" in await asked.text()
    assert meant.status == 303


async def test_a_form_that_lacks_something_says_what(house) -> None:
    clerk = await house.signed_in(Role.CLERK)

    nothing = await (await clerk.upload(b"", title="", template="")).text()
    unread = await (await clerk.upload(b"%PDF", "a.pdf")).text()

    assert "Xin đặt tên cho thông báo." in nothing
    assert "Xin chọn một mẫu tin." in nothing
    assert "Xin chọn tệp" in nothing
    assert "Chỉ nhận tệp Excel (.xlsx) hoặc CSV." in unread


def test_the_sample_is_a_sheet_that_anybody_can_open(clock) -> None:
    book = load_workbook(io.BytesIO(sample(["H36.21-260601-0001"], clock().date())))

    assert [cell.value for cell in book.active[1]] == HEADERS
    assert book.active.max_row == 8

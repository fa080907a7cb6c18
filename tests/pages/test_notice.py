"""A bulk notice from the sample sheet to the last message, in a browser."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.async_api import expect

from console.notices import hand

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PLANTED = {
    "Cột B · Số điện thoại": ("091234567", "Thiếu 1 chữ số"),
    "Cột B · Số điện thoại ": ("0263 3822 045", "Là số máy bàn"),
    "Cột D · Mã hồ sơ": ("H36.21-260529-0000", "Không có hồ sơ này"),
    "Cột E · Số tiền": ("một trăm rưỡi", "Không phải số tiền"),
    "Cột F · Hạn nộp": ("31/06/", "Tháng 6 không có ngày 31"),
    "Cột B · Số điện thoại  ": ("(để trống)", "Không có số điện thoại, cũng không có email"),
}
"""The six faults of the sample sheet: where each stands, what stands there, what the page says of it."""


@pytest.fixture
def upload(house):
    """`await upload(page, "a title")`: the sample sheet, as the page itself gives it, handed in again."""

    async def hand_in(page, title: str) -> None:
        await page.goto(f"{house.url}/console/notices/new")
        async with page.expect_download() as download:
            await page.get_by_role("link", name="Tải tệp mẫu").click()
        sheet = await (await download.value).path()
        data = {"name": "tep-mau.xlsx", "mimeType": "application/octet-stream", "buffer": Path(sheet).read_bytes()}
        await page.get_by_label("Tên thông báo").fill(title)
        await page.get_by_label("Danh sách người nhận").set_input_files(data)
        await page.get_by_role("button", name="Tải lên và kiểm tra").click()
        if await page.get_by_label("Vẫn gửi lại tệp này").count():
            await page.get_by_label("Danh sách người nhận").set_input_files(data)
            await page.get_by_label("Vẫn gửi lại tệp này").check()
            await page.get_by_role("button", name="Tải lên và kiểm tra").click()
        await expect(page.get_by_role("heading", name="Sửa lỗi")).to_be_visible()

    return hand_in


async def test_a_form_without_title_and_sheet_says_so_on_top_and_beside_the_fields(house, staff) -> None:
    page = await staff("clerk")
    await page.goto(f"{house.url}/console/notices/new")

    await page.get_by_role("button", name="Tải lên và kiểm tra").click()

    await expect(page.get_by_role("alert")).to_be_focused()
    await page.get_by_role("alert").get_by_role("link", name="Xin đặt tên cho thông báo.").click()
    await expect(page.get_by_label("Tên thông báo")).to_be_focused()


async def test_each_of_six_planted_errors_is_shown_by_row_and_column_with_its_reason(staff, upload) -> None:
    page = await staff("clerk", "phone")

    await upload(page, "Sáu dòng sai")

    await expect(page.locator("#verdict")).to_have_text("6 dòng cần sửa")
    wrong = page.locator("td.wrong")
    await expect(wrong).to_have_count(len(PLANTED))
    for cell, (column, (value, reason)) in zip(await wrong.all(), PLANTED.items(), strict=True):
        await expect(cell).to_contain_text(column.strip())
        await expect(cell).to_contain_text(value)
        await expect(cell).to_contain_text(reason)


async def test_the_wrong_rows_come_as_a_sheet_with_their_reasons(staff, upload) -> None:
    page = await staff("clerk")
    await upload(page, "Tải dòng sai")

    async with page.expect_download() as download:
        await page.get_by_role("link", name="Tải tệp kèm cột Lý do").click()

    book = BytesIO(Path(await (await download.value).path()).read_bytes())
    head, *rows = load_workbook(book).active.iter_rows(values_only=True)
    assert "Lý do" in head
    reasons = [str(row[head.index("Lý do")]) for row in rows]
    for (_, reason), said in zip(PLANTED.values(), reasons, strict=True):
        assert reason.lower() in said.lower()


async def test_a_notice_goes_after_a_second_person_let_it_and_is_followed_live_to_its_end(
    house, staff, upload, faults
) -> None:
    page = await staff("clerk")
    await upload(page, "Nhắc nộp lệ phí")
    await page.get_by_role("button", name=re.compile("Gửi \\d+ dòng đúng")).click()
    await expect(page.locator(".said-sms")).to_contain_text("150.000d")
    await page.get_by_role("button", name="Trình duyệt").click()
    await expect(page.locator("#content")).to_contain_text("Thông báo đang chờ người duyệt.")
    faults.set("sms", "slow", seconds=1.5)

    other = await staff("approver")
    await other.get_by_role("link", name="Xem và duyệt").first.click()
    await other.get_by_role("button", name=re.compile("Duyệt gửi \\d+ tin")).click()

    await expect(other.get_by_role("heading", name="Theo dõi")).to_be_visible()
    await expect(other.locator("#progress .tag").first).to_have_text("Đang gửi")
    await expect(other.locator("#progress .tag").first).to_have_text("Đã gửi xong", timeout=20_000)
    await expect(other.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
    sent = [text for text in house.sandbox.world.texts if text.to.startswith("849129001")]
    assert {text.state for text in sent} == {"delivered"}
    assert all("150.000d" in text.text for text in sent)


async def test_who_approves_may_give_it_back_and_its_author_reads_why(house, staff) -> None:
    notice = await house.notice("Xin trả lại tôi")
    await house.desk.approval.submit(notice.id, hand(house.officers["clerk"]))

    other = await staff("approver")
    await other.goto(f"{house.url}/console/notices/{notice.id}/approve")
    await other.get_by_text("Trả lại kèm lý do").click()
    await other.get_by_label("Lý do trả lại").fill("Sai hạn nộp")
    await other.get_by_role("button", name="Trả lại thông báo").click()

    page = await staff("clerk")
    await expect(page.get_by_role("listitem").filter(has_text="Xin trả lại tôi: Sai hạn nộp")).to_be_visible()

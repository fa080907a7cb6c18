"""The drawer of faults: what goes wrong outside, and the way that the message found all the same."""

import re

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture
def switch(faults):
    """`await switch(hand, "Zalo báo 429")`: the drawer opened, one of its switches on."""

    async def turn_on(hand, name: str):
        await hand.page.locator("#faults").get_by_text("Làm hỏng thử").click()
        box = hand.page.get_by_role("switch", name=name)
        await box.check()
        await expect(hand.page.locator("#faults-tag")).to_have_text("1 sự cố đang bật")
        return box

    return turn_on


async def test_a_slow_zalo_only_makes_the_notice_late(house, phone, switch) -> None:
    dossier = await house.filed("cuc")
    hand = await phone("cuc")
    await switch(hand, "Zalo chậm 3 giây")
    before = await hand.heard()

    await hand.move(dossier["code"], "Đã xử lý xong")

    await expect(await hand.told(before)).to_contain_text(dossier["code"])
    await expect(hand.page.locator("#journey-tag")).to_have_text(re.compile(r"Đã tới sau [3-9]"))
    await expect(hand.page.locator("#sms-list")).to_have_text("Chưa có tin nào.")


async def test_a_zalo_that_asks_for_patience_is_asked_again(house, phone, switch) -> None:
    dossier = await house.filed("cuc")
    hand = await phone("cuc")
    box = await switch(hand, "Zalo báo 429")
    before = await hand.heard()

    await hand.move(dossier["code"], "Đã xử lý xong")
    world = house.sandbox.world
    await world.until(lambda: any(call.status == 429 for call in world.calls))
    await box.uncheck()

    await expect(await hand.told(before)).to_contain_text(dossier["code"])
    await expect(hand.page.locator("#sms-list")).to_have_text("Chưa có tin nào.")


async def test_an_expired_token_is_renewed_and_the_notice_arrives(house, phone, switch) -> None:
    dossier = await house.filed("cuc")
    hand = await phone("cuc")
    await switch(hand, "Mã kết nối Zalo hết hạn")
    before = await hand.heard()

    await hand.move(dossier["code"], "Đã xử lý xong")

    await expect(await hand.told(before)).to_contain_text(dossier["code"])


async def test_who_blocks_the_page_is_told_by_sms_and_by_mail_when_that_fails_too(house, phone, switch, faults) -> None:
    dossier, another = await house.filed("dung"), await house.filed("dung")
    hand = await phone("dung")
    await switch(hand, "Người dùng chặn trang")

    await hand.move(dossier["code"], "Yêu cầu thực hiện nghĩa vụ tài chính")

    text = hand.page.locator("#sms-list li").first
    await expect(text).to_contain_text(f"Ho so {dossier['code']} phai nop 150.000d")
    await expect(text).to_contain_text("1 tin")
    await expect(hand.page.locator("#journey")).to_contain_text("Zalo từ chối")
    await expect(hand.page.locator("#sms-new")).to_have_text("1 mới")

    faults.set("sms", "refused")
    await hand.move(another["code"], "Yêu cầu bổ sung giấy tờ")

    await hand.page.locator("#mail-list").get_by_role("button", name=another["code"]).click()
    letter = hand.page.get_by_role("dialog")
    await expect(letter).to_contain_text("bổ sung giấy tờ")
    await expect(letter.frame_locator("iframe").locator("body")).to_contain_text("Tờ khai có đủ chữ ký")

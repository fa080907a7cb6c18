"""The demo's phone: a newcomer asks, looks up, moves a dossier and is asked in return."""

import re

import pytest
from playwright.async_api import expect

from motcua.timetable import asking

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PERSONAL = ("Bình Minh", "Lê Thanh", "150.000", "456", "321", "quyền sử dụng đất")
"""What only Bình may know of Bình's dossier."""


async def test_a_careless_question_brings_the_right_card_with_its_source_and_date(phone) -> None:
    hand = await phone("an")

    card = await hand.say("lam khai sinh can gi")

    await expect(card).to_contain_text("Đăng ký khai sinh")
    await expect(card).to_contain_text("Giấy chứng sinh")
    await expect(card.locator(".source").first).to_have_text(re.compile(r"Nguồn: .+ ngày \d\d/\d\d/\d{4}"))


async def test_a_question_shows_its_way_and_ticks_its_task(phone) -> None:
    hand = await phone("an")

    await hand.say("thu tuc dang ky ket hon")

    way = hand.page.locator("#journey")
    await expect(way).to_contain_text("Webhook đã trả lời 200")
    await expect(way).to_contain_text("Đã tới điện thoại")
    await expect(hand.page.get_by_role("button", name="Hỏi một thủ tục (đã xong)")).to_be_visible()


async def test_a_code_alone_shows_the_state_and_nothing_personal(house, phone) -> None:
    hand = await phone("an")
    code = house.dossiers[2]["code"]

    card = await hand.say(f"ho so {code} toi dau roi")

    await expect(card).to_contain_text(code)
    await expect(card).to_contain_text("Yêu cầu thực hiện nghĩa vụ tài chính")
    await expect(card.get_by_role("list", name="Các bước của hồ sơ").locator("[aria-current=step]")).to_have_text(
        "Nộp phí (hiện nay)"
    )
    said = (await card.inner_text()).replace(code, "")
    assert [word for word in PERSONAL if word in said] == []


async def test_a_linked_number_sees_codes_states_and_sums(house, phone) -> None:
    hand = await phone("binh")
    code = house.dossiers[2]["code"]

    card = await hand.say(code)

    await expect(card).to_contain_text("Yêu cầu thực hiện nghĩa vụ tài chính")
    await expect(card).to_contain_text("150.000")
    said = await card.inner_text()
    assert [word for word in ("Bình Minh", "Lê Thanh", "quyền sử dụng đất") if word in said] == []


async def test_a_moved_dossier_is_told_in_the_chat_of_its_owner_alone(house, phone) -> None:
    dossier = await house.filed("an")
    other, hand = await phone("binh"), await phone("an")
    before, others = await hand.heard(), await other.heard()

    await hand.move(dossier["code"], "Đã xử lý xong")

    notice = await hand.told(before)
    await expect(notice).to_contain_text(dossier["code"])
    await expect(notice).to_contain_text("Đã xử lý xong")
    await expect(hand.page.locator("#journey")).to_contain_text("Hồ sơ đổi trạng thái")
    assert await other.heard() == others


async def test_the_way_of_a_notice_leads_to_its_history_in_the_console(house, phone) -> None:
    dossier = await house.filed("an")
    hand = await phone("an")
    await hand.page.goto(await house.link("clerk"))
    await hand.page.goto(f"{house.sandbox.url}/")
    await hand.move(dossier["code"], "Yêu cầu bổ sung giấy tờ")

    async with hand.page.expect_popup() as opened:
        await hand.page.get_by_role("link", name="Xem lịch sử tin").last.click()

    page = await opened.value
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Yêu cầu bổ sung giấy tờ")
    await expect(page.get_by_role("heading", name="Vì sao")).to_be_visible()


async def test_a_result_handed_over_is_rated_by_buttons_and_the_choice_stays(house, phone) -> None:
    dossier = await house.filed("binh")
    hand = await phone("binh")
    await hand.say(dossier["code"])
    before = await hand.heard()
    await hand.move(dossier["code"], "Đã trả kết quả")

    question = await hand.press(await hand.told(before), "Đánh giá dịch vụ")
    following = await hand.press(question, "Rất hài lòng")
    await hand.press(following, "Đúng hẹn")

    chosen = question.get_by_role("button", name="Rất hài lòng", exact=True)
    await expect(chosen).to_have_attribute("aria-pressed", "true")
    await expect(hand.page.get_by_role("button", name="Trả lời khảo sát (đã xong)")).to_be_visible()


async def test_the_invitation_that_the_clock_sends_is_answered_by_a_button(house, phone) -> None:
    dossier = await house.filed("binh")
    hand = await phone("binh")
    await hand.say(dossier["code"])
    before = await hand.heard()
    await hand.move(dossier["code"], "Đã trả kết quả")
    await hand.told(before)

    await asking(house.rooms).invite_due()

    invitation = await hand.told(before + 1)
    await expect(invitation).to_contain_text(dossier["code"])
    following = await hand.press(invitation, "Rất hài lòng")
    await expect(following).to_contain_text("đúng hẹn")


async def test_a_reload_shows_the_same_history(phone) -> None:
    hand = await phone("an")
    await hand.say("thu tuc cap ban sao trich luc ho tich")
    before = await hand.talk.locator(".bubble, .letter-card").all_inner_texts()

    await hand.page.reload()

    await expect(hand.talk.locator(".bubble, .letter-card")).to_have_count(len(before))
    assert await hand.talk.locator(".bubble, .letter-card").all_inner_texts() == before


async def test_on_a_narrow_screen_the_tabs_switch_and_the_composer_stays_in_sight(phone) -> None:
    hand = await phone("an", "phone")
    tabs = hand.page.get_by_role("navigation", name="Chuyển hộp tin")
    views = {"zalo": "Zalo", "sms": "SMS", "mail": "Email", "flow": "Diễn biến"}

    for view, name in views.items():
        await tabs.get_by_role("button", name=name).click()

        shown = hand.page.locator("section[data-view]:visible")
        assert {await one.get_attribute("data-view") for one in await shown.all()} == {view}

    await tabs.get_by_role("button", name="Zalo").click()
    box = await hand.page.get_by_label("Tin nhắn, bấm Enter").bounding_box()
    assert box["y"] + box["height"] <= 844


async def test_choosing_another_person_shows_that_persons_chat_and_dossiers(house, phone) -> None:
    hand = await phone("an")

    await hand.page.get_by_role("button", name="Bình").click()

    await expect(hand.page.locator("#move [name=code]")).to_have_value(re.compile(r"^H36\.23-"))
    await expect(hand.page.get_by_role("heading", name="Tin SMS · 0987")).to_be_visible()

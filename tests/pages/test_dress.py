"""Every page at both widths: axe finds nothing, nothing scrolls sideways, no page complains into its console."""

import pytest

from console.notices import hand

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WIDTHS = pytest.mark.parametrize("width", ["desk", "phone"])


@WIDTHS
async def test_the_phone_is_for_everybody(phone, accessible, width: str) -> None:
    hand = await phone("binh", width)
    await hand.say("lam lai the can cuoc")
    await accessible(hand.page)

    tabs = hand.page.get_by_role("navigation", name="Chuyển hộp tin").get_by_role("button")
    for tab in await tabs.all() if width == "phone" else []:
        await tab.click()
        await accessible(hand.page)


@WIDTHS
async def test_the_doors_of_the_console_are_for_everybody(house, open_page, accessible, width: str) -> None:
    page = await open_page(width, f"{house.url}/console/sign-in")
    await accessible(page)

    await page.get_by_role("button", name="Đăng nhập").click()
    await accessible(page)

    await page.goto(f"{house.url}/console/nowhere")
    await accessible(page)


@WIDTHS
async def test_the_pages_of_the_console_are_for_everybody(house, staff, accessible, width: str) -> None:
    page = await staff("admin", width)
    async with house.rooms.store.database.reading() as tx:
        stored = await house.rooms.store.dossiers.find(tx, house.dossiers[2]["code"])
        message = (await house.rooms.store.outbox.of_dossier(tx, stored.id))[0]

    for path in (
        "",
        "dossiers",
        f"dossiers/{stored.id}",
        f"messages/{message.id}",
        "channels",
        "channels?hold=1",
        "misses",
        "audit",
        "notices",
        "notices/new",
    ):
        await page.goto(f"{house.url}/console/{path}")
        await accessible(page)


@WIDTHS
async def test_the_steps_of_a_notice_are_for_everybody(house, staff, accessible, width: str) -> None:
    page = await staff("clerk", width)
    waiting = await house.notice("Chờ duyệt")
    await house.desk.approval.submit(waiting.id, hand(house.officers["clerk"]))
    checked = await house.notice("Đã kiểm tra")

    for path in (
        f"{checked.id}/errors",
        f"{checked.id}/preview",
        f"{waiting.id}/approve",
        f"{waiting.id}/progress",
    ):
        await page.goto(f"{house.url}/console/notices/{path}")
        await accessible(page)

"""The staff's console in a browser: in, around and out; what each may see, and that the sight is written down."""

import re

import pytest
from playwright.async_api import expect

from motcua.demo.samples import AN, BINH

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PASSWORD = "một mật khẩu đủ dài"
BINH_NATIONAL = "0987 654 321"


@pytest.fixture
def sign_in():
    async def enter(page, login: str, password: str) -> None:
        await page.get_by_label("Tên đăng nhập").fill(login)
        await page.get_by_label("Mật khẩu").fill(password)
        await page.get_by_role("button", name="Đăng nhập").click()

    return enter


@pytest.fixture
def search():
    """From the field on top of every page."""

    async def find(page, words: str) -> None:
        await page.get_by_role("searchbox").fill(words)
        await page.keyboard.press("Enter")

    return find


async def test_a_wrong_password_is_said_first_and_the_right_one_leads_where_one_wanted_to_go(
    house, open_page, sign_in
) -> None:
    page = await open_page("desk", f"{house.url}/console/notices")

    await sign_in(page, "clerk", "không phải mật khẩu này")
    await expect(page.get_by_role("alert")).to_contain_text("Tên đăng nhập hoặc mật khẩu không đúng.")
    await expect(page.get_by_role("alert")).to_be_focused()
    await expect(page.get_by_label("Mật khẩu")).to_have_value("")

    await sign_in(page, "clerk", PASSWORD)
    await expect(page).to_have_url(f"{house.url}/console/notices")
    await expect(page.get_by_role("heading", name="Gửi hàng loạt", level=1)).to_be_visible()


async def test_a_link_signs_in_once(house, open_page) -> None:
    link = await house.link("admin")

    first, second = await open_page("desk", link), await open_page("desk", link)

    await expect(first.get_by_role("heading", name="Tổng quan")).to_be_visible()
    await expect(second.get_by_role("alert")).to_contain_text("đã dùng rồi")


async def test_who_signs_out_is_out(house, staff) -> None:
    page = await staff("clerk")
    await page.locator("details.who summary").click()

    await page.get_by_role("button", name="Đăng xuất").click()
    await page.goto(f"{house.url}/console/")

    await expect(page.get_by_role("heading", name="Đăng nhập")).to_be_visible()


async def test_the_first_page_has_the_day_in_figures_and_says_that_this_is_a_trial(staff) -> None:
    page = await staff("admin")

    await expect(page.locator(".figure").first).to_contain_text(re.compile(r"Đã gửi hôm nay\s*[1-9]\d* tin"))
    await expect(page.get_by_role("img", name="Tin đã gửi mỗi ngày, theo kênh").first).to_be_visible()
    await expect(page.get_by_role("complementary", name="Bản chạy thử")).to_be_visible()

    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox")).to_be_focused()


async def test_a_full_code_leads_to_the_dossier_and_never_into_an_address(house, staff, search) -> None:
    page, code = await staff("clerk"), house.dossiers[2]["code"]

    await search(page, code)

    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Hồ sơ {code}")
    await expect(page.locator("#content")).to_contain_text("UBND xã Quảng Khê")
    assert code not in page.url


async def test_a_full_phone_lists_the_dossiers_of_its_owner_and_never_stands_in_an_address(
    house, staff, search
) -> None:
    page = await staff("clerk")

    await search(page, f"0{AN[2:]}")

    rows = page.get_by_role("table", name="Hồ sơ tìm thấy")
    for dossier in house.dossiers[:2]:
        await expect(rows.get_by_role("link", name=dossier["code"])).to_be_visible()
    assert AN[2:] not in page.url


@pytest.mark.parametrize("part", ["H36.21-2611", "0912345", "Nguyễn Văn An", "067201000123"])
async def test_a_part_of_a_code_or_phone_a_name_or_an_id_finds_nothing(staff, search, part: str) -> None:
    page = await staff("clerk")

    await search(page, part)

    await expect(page.locator("#content")).to_contain_text("Không tìm thấy. Hãy nhập đủ mã hồ sơ")


async def test_a_dossier_is_masked_until_asked_and_the_sight_is_in_the_audit_trail(house, staff, search) -> None:
    page, code = await staff("clerk"), house.dossiers[2]["code"]
    await search(page, code)
    await expect(page.get_by_role("heading", level=1)).to_contain_text(code)
    shown = await page.content()
    hidden = (BINH_NATIONAL, BINH, BINH[2:], "Lê Thanh Bình", "Bình Minh", "binh@example.vn", "150.", "150000")
    assert [secret for secret in hidden if secret in shown] == []

    await page.get_by_role("button", name="Hiện số điện thoại").click()

    await expect(page.locator("#content")).to_contain_text(BINH_NATIONAL)
    trail = await staff("admin")
    await trail.goto(f"{house.url}/console/audit")
    newest = trail.get_by_role("row").filter(has_text="Hiện số điện thoại").first
    await expect(newest).to_contain_text("Trần Thị Hạnh")
    await expect(newest).to_contain_text(code)
    await expect(trail.locator("#content")).to_contain_text("Chuỗi nhật ký nguyên vẹn")


async def test_a_message_tells_why_and_its_whole_way_in_sentences(house, staff, search) -> None:
    page = await staff("clerk")
    await search(page, house.dossiers[2]["code"])

    await page.get_by_role("link", name="Yêu cầu nộp phí, lệ phí").click()

    await expect(page.locator(".why")).to_have_text("Đã tới người nhận qua Zalo.")
    await expect(page.get_by_role("list", name="Diễn biến của tin").get_by_role("listitem")).to_have_count(4)
    await expect(page.locator(".said")).to_contain_text("Số tiền: 150.000 ₫")
    await expect(page.get_by_role("table", name="Từng lần gửi")).to_contain_text("Đã tới")


async def test_a_viewer_of_a_ward_sees_nothing_that_they_may_not(house, staff, search) -> None:
    page = await staff("viewer")
    menu = page.get_by_role("navigation", name="Chính", exact=True)
    await expect(menu.get_by_role("link", name="Hồ sơ")).to_be_visible()
    await expect(menu.get_by_role("link", name="Nhật ký thao tác")).to_have_count(0)
    await expect(page.get_by_role("link", name="Soạn thông báo")).to_have_count(0)

    for path in ("audit", "notices/new", "notices/sample.xlsx"):
        answer = await page.goto(f"{house.url}/console/{path}")
        assert answer.status == 403
    await page.goto(f"{house.url}/console/")

    await search(page, house.dossiers[2]["code"])  # another commune's
    await expect(page.locator("#content")).to_contain_text("Không tìm thấy")

    await search(page, house.dossiers[0]["code"])
    await expect(page.get_by_role("heading", level=1)).to_contain_text(house.dossiers[0]["code"])
    await expect(page.get_by_role("button", name="Hiện số điện thoại")).to_have_count(0)


async def test_what_is_held_waits_until_it_is_released(house, staff) -> None:
    page = await staff("approver")
    await page.goto(f"{house.url}/console/channels")
    await page.get_by_role("link", name="Dừng mọi tin").click()
    await expect(page.locator(".warn-box")).to_contain_text("Dừng mọi tin trên mọi kênh?")
    await page.get_by_role("button", name="Dừng mọi tin").click()
    await expect(page.get_by_role("status")).to_have_text("Đã dừng mọi tin trên mọi kênh.")
    texts = len(house.sandbox.world.texts)

    dossier = house.dossiers[11] | {"status": 10, "status_at": house.rooms.clock().isoformat()}
    await house.push(dossier, told=False)
    await page.reload()

    await expect(page.locator("#content")).to_contain_text("1 tin đang chờ")
    assert len(house.sandbox.world.texts) == texts
    await page.get_by_role("button", name="Gửi lại bình thường").click()
    await expect(page.get_by_role("status")).to_contain_text("Đã gửi lại bình thường")
    await house.sandbox.world.until(lambda: len(house.sandbox.world.texts) > texts, seconds=20)


async def test_without_script_one_signs_in_searches_and_uploads(house, open_page, sign_in, search) -> None:
    page = await open_page("desk", f"{house.url}/console/", script=False)
    await sign_in(page, "clerk", PASSWORD)
    await search(page, house.dossiers[0]["code"])
    await expect(page.get_by_role("heading", level=1)).to_contain_text(house.dossiers[0]["code"])

    await page.goto(f"{house.url}/console/notices/new")
    await page.get_by_label("Tên thông báo").fill("Không cần JavaScript")
    row = f"Lan;0912900077;{house.dossiers[10]['code']};150.000;31/12/2099"
    sheet = f"Họ tên;Số điện thoại;Mã hồ sơ;Số tiền;Hạn nộp\n{row}\n"
    file = {"name": "mot-dong.csv", "mimeType": "text/csv", "buffer": sheet.encode()}
    await page.get_by_label("Danh sách người nhận").set_input_files(file)
    await page.get_by_role("button", name="Tải lên và kiểm tra").click()
    await expect(page.get_by_role("heading", name="Tệp không có lỗi")).to_be_visible()
    await page.get_by_role("button", name="Gửi 1 dòng đúng").click()
    await page.get_by_role("button", name="Gửi 1 tin").click()

    await expect(page.get_by_role("heading", name="Theo dõi")).to_be_visible()
    await house.sandbox.world.until(lambda: house.sandbox.world.texts_to("84912900077"), seconds=20)

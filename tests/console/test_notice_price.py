"""Money on the pages: what a notice is going to cost, what it has cost, and a limit that is nearly used up."""

from console.limits import shown
from notices.samples import HEADERS
from sheets.writing import xlsx
from store.spending import Used
from store.staff import Officer, Role

TODAY, MONTH = "2026-06-25", "2026-06"


def sheet(count: int) -> bytes:
    rows = [
        [f"Người {n}", f"0912{n:06d}", "", f"H36.21-260601-{n:04d}", "150.000", "30/06/2026"]
        for n in range(1, count + 1)
    ]
    return xlsx("Người nhận", HEADERS, rows)


async def test_the_price_by_way_stands_before_sending_and_before_approving_and_what_was_spent_after(house) -> None:
    for n in range(1, 4):
        await house.dossier(f"H36.21-260601-{n:04d}")
    clerk, approver = await house.signed_in(Role.CLERK), await house.signed_in(Role.APPROVER)
    uploaded = await clerk.upload(sheet(3))
    where = uploaded.headers["Location"].removeprefix("/console").removesuffix("/errors")

    preview = await (await clerk.get(f"{where}/preview")).text()
    await clerk.post(f"{where}/submit")
    approval = await (await approver.get(f"{where}/approve")).text()
    await approver.post(f"{where}/approve")
    await house.sending.finish()
    await house.dispatcher.drain()
    follow = await (await approver.get(f"{where}/progress")).text()

    for page in (preview, approval):
        assert "Gửi qua đường nào, hết bao nhiêu" in page
        assert "420\u00a0₫" in page
        assert "1.260\u00a0₫" in page
    assert "Đã chi" in follow
    assert "1.260\u00a0₫" in follow


async def test_the_front_page_warns_of_a_budget_before_it_is_used_up(house) -> None:
    async with house.store.database.transaction() as tx:
        await house.store.spending.begin(tx, ("all", TODAY), used=850_000, most=1_000_000)
        await house.store.spending.begin(tx, ("all", MONTH), used=850_000, most=100_000_000)

    clerk = await house.signed_in(Role.CLERK)
    desk = await (await clerk.get("/")).text()
    channels = await (await clerk.get("/channels")).text()

    assert "Ngân sách hôm nay đã dùng 85\u00a0%" in desk
    assert "Ngân sách tháng này" not in desk
    assert "Ngân sách tháng này" in channels
    assert "100.000.000\u00a0₫" in channels


def officer(agency: str | None = None) -> Officer:
    return Officer(id="1", login="a", name="A", role=Role.CLERK, agency=agency)


def test_a_limit_is_seen_by_those_whose_it_is() -> None:
    standing = [
        Used(scope="all", period=TODAY, used=90, most=100),
        Used(scope="agency:H36.21", period=MONTH, used=100, most=100),
        Used(scope="zalo", period=TODAY, used=95, most=100),
        Used(scope="agency:H36.99", period=TODAY, used=79, most=100),
    ]

    whole = [one.title for one in shown(standing, officer()) if one.near]
    mine = shown(standing, officer("H36.21"))

    assert whole == [
        "Ngân sách của H36.21 tháng này đã dùng 100\u00a0%",
        "Lượt tin mẫu Zalo hôm nay đã dùng 95\u00a0%",
        "Ngân sách hôm nay đã dùng 90\u00a0%",
    ]
    assert [(one.title, one.tone) for one in mine] == [("Ngân sách của H36.21 tháng này đã dùng 100\u00a0%", "bad")]

"""The dashboard, the channels, the trail: what stands there is true, and what is empty says what to do."""

from sqlalchemy import text

from store.staff import Role


async def test_an_empty_house_says_so_and_offers_the_first_step(house) -> None:
    browser = await house.signed_in(Role.CLERK)

    page = await (await browser.get("/")).text()

    assert "Hôm nay chưa có việc nào chờ anh/chị." in page
    assert "Thứ Năm, ngày 25 tháng 6 năm 2026" in page
    assert "Bản chạy thử" in page


async def test_the_days_figures_count_what_was_sent(house) -> None:
    await house.message(await house.dossier())
    browser = await house.signed_in(Role.CLERK)

    page = await (await browser.get("/")).text()

    assert "Đã gửi hôm nay" in page
    assert ">1 <small>tin</small>" in page


async def test_an_agency_sees_its_own_figures_only(house) -> None:
    await house.message(await house.dossier())
    stranger = await house.signed_in(Role.CLERK, "H36.99")

    page = await (await stranger.get("/")).text()

    assert ">0 <small>tin</small>" in page
    assert ">1 <small>tin</small>" not in page


async def test_one_button_holds_everything_and_another_lets_it_go(house) -> None:
    dossier = await house.dossier()
    approver = await house.signed_in(Role.APPROVER)

    asked = await (await approver.get("/channels?hold=1")).text()
    await approver.post("/channels/hold")
    await house.message(dossier)
    held = await (await approver.get("/channels")).text()
    desk = await (await approver.get("/")).text()
    sent_while_held = len(house.sms.sent)
    await approver.post("/channels/resume")
    await house.dispatcher.drain()

    assert "Dừng mọi tin trên mọi kênh?" in asked
    assert "Đã dừng mọi tin" in held
    assert "Cán Bộ Approver, 9:00, 25/06/2026" in held
    assert "Mọi tin đang bị dừng" in desk
    assert (sent_while_held, len(house.sms.sent)) == (0, 1)
    assert [action for action in await house.trail() if action.startswith("delivery.")] == [
        "delivery.held",
        "delivery.resumed",
    ]


async def test_the_trail_names_who_did_what_and_that_it_holds(house) -> None:
    dossier = await house.dossier()
    clerk, admin = await house.signed_in(Role.CLERK), await house.signed_in(Role.ADMIN)
    await clerk.post(f"/dossiers/{dossier}/reveal", {"what": "phone"})

    page = await (await admin.get("/audit")).text()

    assert "Chuỗi nhật ký nguyên vẹn" in page
    assert "Cán Bộ Clerk" in page
    assert "Hiện số điện thoại" in page
    assert f"/console/dossiers/{dossier}" in page


async def test_a_trail_that_was_touched_is_said_to_be(house) -> None:
    dossier = await house.dossier()
    admin = await house.signed_in(Role.ADMIN)
    await admin.get(f"/dossiers/{dossier}")
    async with house.store.database.transaction() as tx:
        await tx.execute(text("UPDATE audit SET who = 'somebody' WHERE action = 'dossier.seen'"))

    page = await (await admin.get("/audit")).text()

    assert "Chuỗi nhật ký không khớp." in page


async def test_the_trail_is_read_in_pages(house) -> None:
    admin = await house.signed_in(Role.ADMIN)
    async with house.store.database.transaction() as tx:
        for number in range(120):
            await house.store.audit.record(tx, "staff", "dossier.seen", f"dossier:{number}", at=house.clock())

    first = await (await admin.get("/audit")).text()
    older = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    second = await (await admin.client.get(older)).text()

    assert "trang 1 trong 3" in first
    assert "trang 2 trong 3" in second
    assert "/console/dossiers/119" in first
    assert "/console/dossiers/119" not in second

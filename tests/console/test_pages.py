"""The dashboard, the channels, the trail: what stands there is true, and what is empty says what to do."""

import re

from sqlalchemy import text

from delivery.dispatcher import Dispatcher
from delivery.event import Event, EventName, Recipient
from delivery.planner import Planner
from delivery.policy import RoutingSettings, Settings
from delivery.routing import Router, Templates
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


async def test_a_part_is_held_and_let_go_by_itself(house) -> None:
    dossier = await house.dossier()
    approver = await house.signed_in(Role.APPROVER)

    await approver.get("/channels")
    await approver.post("/channels/hold", {"what": "event:fee_required", "agency": ""})
    await house.message(dossier)
    page = await (await approver.get("/channels")).text()
    held = len(house.sms.sent)
    await approver.post("/channels/resume", {"what": "event:fee_required", "agency": ""})
    house.clock.advance(minutes=2)
    await house.dispatcher.drain()

    assert "Đang dừng <b>loại tin “Yêu cầu nộp phí, lệ phí”</b>" in page
    assert (held, len(house.sms.sent)) == (0, 1)


async def test_a_form_that_names_no_part_holds_nothing(house) -> None:
    approver = await house.signed_in(Role.APPROVER)
    await approver.get("/channels")

    answers = [
        await approver.post("/channels/hold", {"what": what, "agency": ""})
        for what in ("", "channel:fax", "event:", "all:everything")
    ]

    assert [answer.status for answer in answers] == [400] * 4
    assert "Đang dừng" not in await (await approver.get("/channels")).text()


async def test_who_said_not_mine_stands_on_the_dossiers_page_until_a_clerk_lifts_it(house) -> None:
    dossier = await house.dossier()
    clerk = await house.signed_in(Role.CLERK)
    async with house.store.database.transaction() as tx:
        person = (await house.store.people.ensure(tx, [("phone", "84912345678")], house.clock())).popitem()[1]
        await house.store.mutes.put(tx, person, dossier, at=house.clock(), channel="zalo")

    before = await (await clerk.get(f"/dossiers/{dossier}")).text()
    await clerk.post(f"/dossiers/{dossier}/unmute")
    after = await (await clerk.get(f"/dossiers/{dossier}")).text()

    assert "Người nhận báo qua Zalo lúc 9:00, 25/06/2026: không phải hồ sơ của mình" in before
    assert "không phải hồ sơ của mình" not in after
    assert "dossier.unmuted" in await house.trail()


async def test_a_joined_message_shows_what_the_person_read_and_leads_to_the_one_that_carried_it(house, chance) -> None:
    router = Router({"sms": house.sms}, order=("sms",), templates=Templates(by_event={}))
    settings, routing = Settings(mode="live"), RoutingSettings(quiet_hours="")
    planner = Planner(house.store, router, settings=settings, routing=routing, clock=house.clock)
    async with house.store.database.transaction() as tx:
        person = (await house.store.people.ensure(tx, [("phone", "84912345678")], house.clock())).popitem()[1]
        events = [
            Event(
                name=EventName.RECEIVED,
                about=code,
                dossier_id=code,
                occurrence="1",
                at=house.clock(),
                recipient=Recipient(person_id=person, phone="84912345678"),
                fields={"code": code},
                agency="H36.21",
            )
            for code in ("H36.21-260601-0001", "H36.21-260601-0002")
        ]
        (first, _) = await planner.plan(tx, events)
    house.clock.advance(minutes=6)
    await Dispatcher(
        house.store,
        {"sms": house.sms},
        router,
        house.renderer,
        routing=routing,
        senders=4,
        clock=house.clock,
        chance=chance,
        settings=settings,
    ).drain()
    clerk = await house.signed_in(Role.CLERK)

    page = await (await clerk.get(f"/messages/{first.message_id}")).text()
    carrier = re.search(r'Gộp vào</dt><dd><a href="/console(/messages/\w+)"', page)
    whole = await (await clerk.get(carrier[1])).text()

    assert "Ho so H36.21-260601-0002 da duoc tiep nhan" in page
    assert "Gộp từ" in whole
    assert f"/console/messages/{first.message_id}" in whole

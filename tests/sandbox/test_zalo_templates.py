"""Template messages, by phone and by user id, and what is asked about them."""

from hashlib import sha256

import pytest

from sandbox.settings import Parameter, TemplateSpec

AN = "2512523625412515"
PHONE = "84912345678"
SEND = "/message/template"
DATA = {"code": "H36.21-260622-0001", "status": "đã có kết quả"}
NIGHT = {"hours": 13}
TEMPLATES = {
    "100001": TemplateSpec(
        name="Trạng thái hồ sơ",
        parameters=(Parameter(name="code", longest=30), Parameter(name="status", longest=30)),
        body="Hồ sơ <code>: <status>.",
        daily_limit=2,
    ),
    "100002": TemplateSpec(name="OTP", parameters=(Parameter(name="otp", longest=10),), by_uid=False),
    "100003": TemplateSpec(name="Chờ duyệt", status="PENDING_REVIEW"),
    "100004": TemplateSpec(name="Chất lượng thấp", status="DISABLE", quality="LOW"),
    "100005": TemplateSpec(name="Của trang khác", owned=False),
    "100006": TemplateSpec(name="Lệ phí", parameters=(Parameter(name="amount", longest=12, kind="CURRENCY"),)),
    "100007": TemplateSpec(name="Hẹn trả", parameters=(Parameter(name="due", longest=20, kind="DATE"),)),
    "100008": TemplateSpec(name="Mời khảo sát", tag=2),
    "100009": TemplateSpec(name="Ghi chú", parameters=(Parameter(name="note", required=False),)),
}


def order(**changed: object) -> dict:
    return {"phone": PHONE, "template_id": "100001", "template_data": DATA, "tracking_id": "hs-0001"} | changed


@pytest.fixture
async def zns(opened, app_of):
    return app_of(await opened(templates=TEMPLATES))


async def test_a_template_reaches_the_phone_filled_in(zns) -> None:
    status, answer = await zns.post(SEND, json=order())

    assert (status, answer["error"]) == (200, 0)
    assert answer["data"]["quota"] == {"dailyQuota": "20000", "remainingQuota": "19999"}
    assert zns.sandbox.world.chat("an")[0].text == "Trạng thái hồ sơ\nHồ sơ H36.21-260622-0001: đã có kết quả."


@pytest.mark.parametrize("phone", ["84912345678", "+84912345678"])
async def test_both_documented_forms_of_a_phone_are_taken(zns, phone) -> None:
    _, answer = await zns.post(SEND, json=order(phone=phone))

    assert answer["error"] == 0


BAD = [
    (order(phone="0912345678"), -108),
    (order(phone="84263354061"), -108),
    (order(phone=None), -108),
    (order(phone="84987654321"), -118),
    (order(template_id="999"), -109),
    (order(template_id="100003", template_data={}), -131),
    (order(template_id="100004", template_data={}), -146),
    (order(template_id="100005", template_data={}), -117),
    (order(template_data={}), -111),
    (order(template_data="x"), -111),
    (order(template_data={"code": "x"}), -1122),
    (order(template_data=DATA | {"status": ""}), -1122),
    (order(template_data=DATA | {"status": "s" * 31}), -1121),
    (order(template_data=DATA | {"status": ["x"]}), -1124),
    (order(template_data=DATA | {"name": "thừa"}), -112),
    (order(template_id="100006", template_data={"amount": "15.000"}), -1124),
    (order(template_id="100007", template_data={"due": "2026-06-25"}), -1124),
    (order(sending_mode="2"), -161),
    (order(sending_mode="3"), -162),
    (order(mode="development"), -127),
]


@pytest.mark.parametrize(("body", "code"), BAD)
async def test_each_wrong_order_is_refused_with_http_200_and_nothing_is_shown(zns, body, code) -> None:
    status, answer = await zns.post(SEND, json=body)

    assert (status, answer["error"]) == (200, code)
    assert not zns.sandbox.world.chats


@pytest.mark.parametrize(("body", "code"), [(b"", -121), (b"{", -122), (b"[]", -122)])
async def test_a_body_that_is_no_order_is_refused(zns, body, code) -> None:
    _, answer = await zns.post(SEND, data=body)

    assert answer["error"] == code


@pytest.mark.parametrize(
    ("template_id", "data"),
    [
        ("100006", {"amount": "15000"}),
        ("100007", {"due": "16:30 25/06/2026"}),
        ("100007", {"due": "25/06/2026"}),
        ("100009", {}),
        ("100009", {"note": "x"}),
    ],
)
async def test_well_formed_values_are_taken(zns, template_id, data) -> None:
    _, answer = await zns.post(SEND, json=order(template_id=template_id, template_data=data or {"note": ""}))

    assert answer["error"] == 0


@pytest.mark.parametrize(("state", "code"), [("blocked", -141), ("restricted", -139)])
async def test_who_does_not_want_it_does_not_get_it(zns, state, code) -> None:
    setattr(zns.sandbox.world.people["an"], state, True)

    _, answer = await zns.post(SEND, json=order())

    assert answer["error"] == code


@pytest.mark.parametrize(
    ("phone", "code"), [("84900000001", 0), ("84900000002", -141), ("84900000003", -100), ("84900000004", -118)]
)
async def test_the_test_numbers_behave_as_promised(zns, phone, code) -> None:
    _, answer = await zns.post(SEND, json=order(phone=phone))

    assert answer["error"] == code


async def test_the_number_that_fails_once_is_taken_at_the_next_attempt(zns) -> None:
    await zns.post(SEND, json=order(phone="84900000003"))

    _, answer = await zns.post(SEND, json=order(phone="84900000003"))

    assert answer["error"] == 0


async def test_a_number_without_zalo_may_answer_as_one_saw_it_live(opened, app_of) -> None:
    app = app_of(await opened(templates=TEMPLATES, no_zalo_code=-110))

    _, answer = await app.post(SEND, json=order(phone="84987654321"))

    assert answer["error"] == -110


async def test_delivery_is_told_by_an_event_of_the_server_zns_with_the_tracking_id(zns, house) -> None:
    _, answer = await zns.post(SEND, json=order())
    await zns.sandbox.world.until(lambda: house.events())

    headers, body = house.events()[0]

    assert headers["x-zevent-server"] == "ZNS"
    assert b'"tracking_id":"hs-0001"' in body
    assert b'"delivery_time":"' in body
    assert f'"recipient":{{"id":"{PHONE}"}}'.encode() in body
    assert answer["data"]["msg_id"].encode() in body


async def test_a_hashed_phone_reaches_the_same_phone_and_comes_back_as_its_hash(zns, house) -> None:
    hashed = sha256(PHONE.encode()).hexdigest()
    body = {name: value for name, value in order().items() if name != "phone"}

    _, answer = await zns.post("/message/template/hashphone", json=body | {"hash_phone": hashed})
    _, unknown = await zns.post("/message/template/hashphone", json=body | {"hash_phone": "0" * 64})
    await zns.sandbox.world.until(lambda: house.events())

    assert (answer["error"], unknown["error"]) == (0, -118)
    assert hashed.encode() in house.events()[0][1]


async def test_status_is_unknown_then_taken_then_delivered(zns) -> None:
    zns.sandbox.world.people["an"].silent = True
    _, silent = await zns.post(SEND, json=order())
    zns.sandbox.world.people["an"].silent = False
    _, heard = await zns.post(SEND, json=order())
    await zns.sandbox.world.until(lambda: zns.sandbox.world.chat("an")[1].state != "sent")

    told = [
        (await zns.get("/message/status", params={"message_id": each}))[1]["data"]["status"]
        for each in ("no-such-id", silent["data"]["msg_id"], heard["data"]["msg_id"])
    ]

    assert told == [-1, 0, 1]


async def test_one_tracking_id_twice_is_sent_twice(zns) -> None:
    await zns.post(SEND, json=order())
    await zns.post(SEND, json=order())

    assert len(zns.sandbox.world.chat("an")) == 2


async def test_the_templates_and_the_pages_daily_limits_are_kept_by_the_vietnamese_day(opened, app_of, clock) -> None:
    app = app_of(await opened(templates=TEMPLATES, daily_quota=3))
    first = [(await app.post(SEND, json=order()))[1]["error"] for _ in range(3)]
    await app.post(SEND, json=order(template_id="100009", template_data={"note": "x"}))
    _, over = await app.post(SEND, json=order(template_id="100009", template_data={"note": "x"}))

    clock.pass_by(hours=14)
    _, tomorrow = await app.post(SEND, json=order())

    assert first == [0, 0, -147]
    assert (over["error"], tomorrow["error"]) == (-144, 0)


async def test_an_empty_purse_and_an_unverified_page_cannot_send(opened, app_of) -> None:
    poor = app_of(await opened(templates=TEMPLATES, balance=250))
    unverified = app_of(await opened(templates=TEMPLATES, verified=False))

    sent = [(await poor.post(SEND, json=order()))[1]["error"] for _ in range(2)]
    _, refused = await unverified.post(SEND, json=order())

    assert (sent, refused["error"]) == ([0, -115], -135)


@pytest.mark.parametrize(
    ("hours", "template_id", "code"),
    [("zbs2026", "100001", 0), ("zbs2026", "100008", -133), ("legacy", "100001", -133), ("always", "100008", 0)],
)
async def test_the_hours_depend_on_the_profile_and_the_tag(opened, app_of, clock, hours, template_id, code) -> None:
    clock.pass_by(**NIGHT)
    app = app_of(await opened(templates=TEMPLATES, hours=hours))

    _, answer = await app.post(
        SEND, json=order(template_id=template_id, template_data=DATA if template_id == "100001" else {})
    )

    assert answer["error"] == code


async def test_in_development_only_admins_are_reached_and_pending_templates_go(opened, app_of) -> None:
    app = app_of(await opened(templates=TEMPLATES, admin_phones=frozenset({PHONE})))

    _, pending = await app.post(SEND, json=order(template_id="100003", template_data={}, mode="development"))

    assert pending["error"] == 0


UID = "/v3.0/oa/message/template"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({}, 0),
        ({"tracking_id": "let pass"}, 0),
        ({"template_id": "100002", "template_data": {"otp": "123456"}}, -249),
        ({"template_id": "999"}, -109),
        ({"template_data": {"code": "x"}}, -1122),
        ({"user_id": "1"}, -201),
    ],
)
async def test_a_template_by_user_id_is_taken_or_refused(zns, changed, code) -> None:
    body = {"user_id": AN, "template_id": "100001", "template_data": DATA} | changed

    _, answer = await zns.post(UID, json=body)

    assert answer["error"] == code
    assert ("data" in answer) == (code == 0)


async def test_a_template_by_user_id_goes_long_after_the_last_word(zns, clock) -> None:
    clock.pass_by(days=20)
    zns.token = zns.sandbox.tokens.pair()["access_token"]

    _, answer = await zns.post(UID, json={"user_id": AN, "template_id": "100001", "template_data": DATA})

    assert answer["data"]["quota"]["quota_type"] == "sub_quota"


async def test_a_template_tells_its_parameters_once_approved(zns) -> None:
    _, approved = await zns.get("/template/info/v2", params={"template_id": "100001"})
    _, pending = await zns.get("/template/info/v2", params={"template_id": "100003"})
    _, none = await zns.get("/template/info/v2", params={"template_id": "1"})

    assert [each["name"] for each in approved["data"]["listParams"]] == ["code", "status"]
    assert approved["data"]["price_uid"] == "140"
    assert pending["data"]["listParams"] == []
    assert none["error"] == -109


async def test_the_list_of_templates_is_paged_and_filtered(zns) -> None:
    _, page = await zns.get("/template/all", params={"offset": "1", "limit": "2"})
    _, pending = await zns.get("/template/all", params={"status": "2"})
    _, greedy = await zns.get("/template/all", params={"limit": "101"})

    assert [each["templateId"] for each in page["data"]] == ["100002", "100003"]
    assert page["metadata"] == {"total": 9}
    assert [each["templateId"] for each in pending["data"]] == ["100003"]
    assert greedy["error"] == -132

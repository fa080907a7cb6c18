"""Consultation messages, the windows of time, and what both Zalo hosts ask of every call."""

import pytest

AN = "2512523625412515"
CS = "/v3.0/oa/message/cs"


def to_an(**message: object) -> dict:
    return {"recipient": {"user_id": AN}, "message": message}


def buttons(*items: dict) -> dict:
    return {"attachment": {"type": "template", "payload": {"buttons": list(items)}}}


def ask(title: str = "Tra cứu", payload: object = "#tracuu", kind: str = "oa.query.show") -> dict:
    return {"title": title, "type": kind, "payload": payload}


async def test_within_48_hours_a_message_is_free_and_says_so(app) -> None:
    answer = await app.says("Hồ sơ đã có kết quả")

    assert answer["error"] == 0
    assert answer["data"]["quota"] == {"quota_type": "reply", "remain": "8", "total": "8"}
    assert isinstance(answer["data"]["sent_time"], str)
    assert app.sandbox.world.chat("an")[0].text == "Hồ sơ đã có kết quả"


async def test_between_48_hours_and_7_days_a_message_is_charged_and_has_no_quota(app, clock) -> None:
    clock.pass_by(hours=48, seconds=1)
    app.token = app.sandbox.tokens.pair()["access_token"]

    answer = await app.says()

    assert answer["error"] == 0
    assert "quota" not in answer["data"]
    assert app.sandbox.world.chat("an")[0].charged


async def test_after_7_days_a_message_is_refused(app, clock) -> None:
    clock.pass_by(days=7, seconds=1)
    app.token = app.sandbox.tokens.pair()["access_token"]

    assert (await app.says())["error"] == -230


async def test_who_never_dealt_with_the_page_cannot_be_written_to(app) -> None:
    app.sandbox.world.people["an"].last_interaction = None

    assert (await app.says())["error"] == -232


async def test_who_blocks_the_page_cannot_be_written_to(app) -> None:
    app.sandbox.world.people["an"].blocked = True

    assert (await app.says())["error"] == -217


async def test_an_accepted_message_is_echoed_then_received(app, house) -> None:
    answer = await app.says("xin chào")
    await app.sandbox.world.until(lambda: len(house.events()) == 2)

    echo, received = (body for _, body in house.events())

    assert b'"event_name":"oa_send_text"' in echo
    assert answer["data"]["message_id"].encode() in echo
    assert b'"event_name":"user_received_message"' in received
    assert f'"recipient":{{"id":"{AN}"}}'.encode() in received


GOOD = [
    {"text": "ơ" * 2000},
    {"text": "Chọn", **buttons(*[ask()] * 5)},
    {"text": "Mở", **buttons(ask("Trang", {"url": "https://example.vn"}, "oa.open.url"))},
    {"text": "Gọi", **buttons(ask("Gọi", {"phone_code": "842633540616"}, "oa.open.phone"))},
    {"text": "Câu trả lời", "quote_message_id": "63ecf43f0df7dba892e6"},
    {"attachment": {"type": "file", "payload": {"token": "t"}}},
    {"attachment": {"type": "template", "payload": {"template_type": "media", "elements": [
        {"media_type": "image", "url": "https://example.vn/a.jpg"}]}}},
]  # fmt: skip


@pytest.mark.parametrize("message", GOOD)
async def test_each_form_of_message_is_taken(app, message) -> None:
    _, answer = await app.post(CS, json=to_an(**message))

    assert answer["error"] == 0


BAD = [
    ({"text": ""}, -201),
    ({"text": "   "}, -201),
    ({"text": 5}, -201),
    ({}, -201),
    ({"text": "ơ" * 2001}, -210),
    ({"text": "Chọn", **buttons(*[ask()] * 6)}, -201),
    ({"text": "Chọn", **buttons()}, -201),
    ({"text": "Chọn", **buttons(ask("t" * 101))}, -201),
    ({"text": "Chọn", **buttons(ask("", "x"))}, -201),
    ({"text": "Chọn", **buttons(ask(payload="p" * 1001))}, -201),
    ({"text": "Chọn", **buttons(ask(payload={"url": "https://example.vn"}))}, -201),
    ({"text": "Chọn", **buttons(ask(payload={"url": "javascript:alert(1)"}, kind="oa.open.url"))}, -201),
    ({"text": "Chọn", **buttons(ask(payload="https://example.vn", kind="oa.open.url"))}, -201),
    ({"text": "Chọn", **buttons(ask(kind="oa.unheard.of"))}, -201),
    ({"text": "Chọn", **buttons("khong phai nut")}, -201),
    ({"attachment": {"type": "template", "payload": {"template_type": "carousel"}}}, -233),
    ({"attachment": {"type": "video", "payload": {}}}, -233),
    ({"attachment": "x"}, -201),
    (
        {"attachment": {"type": "template", "payload": {"template_type": "media", "elements": [
            {"media_type": "image", "url": "https://example.vn/a.jpg", "attachment_id": "1"}]}}}, -201,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("message", "code"), BAD)
async def test_each_wrong_message_is_refused_and_not_shown(app, message, code) -> None:
    status, answer = await app.post(CS, json=to_an(**message))

    assert (status, answer["error"]) == (200, code)
    assert not app.sandbox.world.chat("an")


async def test_the_code_for_a_long_text_is_a_switch(opened, app_of) -> None:
    app = app_of(await opened(too_long_code=-201))

    assert (await app.says("ơ" * 2001))["error"] == -201


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"recipient": 1}', b'{"recipient": {"user_id": "9"}}'])
async def test_a_body_that_is_no_message_is_refused_with_http_200(app, body) -> None:
    status, answer = await app.post(CS, data=body)

    assert (status, answer["error"]) == (200, -201)


@pytest.mark.parametrize("path", ["/v3.0/oa/message/transaction", "/v3.0/oa/message/promotion", "/v2.0/oa/message"])
async def test_retired_paths_say_that_they_are_shut_down(app, path) -> None:
    _, answer = await app.post(path, json=to_an(text="x"))

    assert answer["error"] == -240


@pytest.mark.parametrize(
    ("headers", "code"),
    [({}, -216), ({"Authorization": "Bearer {token}"}, -216), ({"access_token": "made-up"}, -216)],
)
async def test_only_the_access_token_header_counts(app, headers, code) -> None:
    token, app.token = app.token, ""

    _, oa = await app.get("/v2.0/oa/getoa", headers={n: v.format(token=token) for n, v in headers.items()})
    _, business = await app.get("/quality", headers={n: v.format(token=token) for n, v in headers.items()})

    assert (oa["error"], business["error"]) == (code, -124)


async def test_an_access_token_dies_after_25_hours(app, clock) -> None:
    clock.pass_by(hours=25)

    _, oa = await app.get("/v2.0/oa/getoa")
    _, business = await app.get("/quality")

    assert (oa["error"], business["error"]) == (-220, -124)


async def test_a_new_access_token_voids_the_one_before(app) -> None:
    app.sandbox.tokens.pair()

    _, answer = await app.get("/v2.0/oa/getoa")

    assert answer["error"] == -220


async def test_a_page_may_insist_on_the_apps_proof(opened, app_of) -> None:
    app = app_of(await opened(require_proof=True))

    _, without = await app.get("/v2.0/oa/getoa")
    _, business = await app.get("/quality")
    _, wrong = await app.get("/v2.0/oa/getoa", headers={"appsecret_proof": "0" * 64})

    assert (without["error"], business["error"], wrong["error"]) == (-242, -1241, -242)


async def test_the_right_proof_is_let_in(opened, app_of) -> None:
    from sandbox.zalo_gate import proof

    app = app_of(await opened(require_proof=True))

    _, answer = await app.get("/v2.0/oa/getoa", headers={"appsecret_proof": proof("sandbox-app-secret", app.token)})

    assert answer["error"] == 0
    assert answer["data"]["oa_type"] == 4


def test_the_published_proof_vector_holds() -> None:
    from sandbox.zalo_gate import proof

    expected = "86a92f9a043bb7382b80b01b87dc55b6cf92c737c913abd98ffdb238d0e0a8b6"
    assert proof("sandbox-app-secret", "sandbox-access-token") == expected


async def test_above_the_rate_a_call_is_refused_and_not_executed(opened, app_of, clock) -> None:
    app = app_of(await opened(calls_per_minute=2))
    await app.says("một")
    await app.says("hai")

    third = await app.says("ba")
    clock.pass_by(minutes=1)
    fourth = await app.says("bốn")

    assert (third["error"], fourth["error"]) == (-32, 0)
    assert [each.text for each in app.sandbox.world.chat("an")] == ["một", "hai", "bốn"]


async def test_a_followers_detail_and_quota_are_told_and_strangers_are_not(app) -> None:
    _, known = await app.get("/v3.0/oa/user/detail", params={"data": f'{{"user_id":"{AN}"}}'})
    _, unknown = await app.get("/v3.0/oa/user/detail", params={"data": '{"user_id":"1"}'})
    _, broken = await app.get("/v3.0/oa/user/detail", params={"data": "{"})
    _, quota = await app.post("/v3.0/oa/quota/message", json={"user_id": AN})

    assert known["data"]["user_last_interaction_date"] == "22/06/2026"
    assert (unknown["error"], broken["error"]) == (-213, -201)
    assert quota["data"]["cs_reply"]["total"] == 8

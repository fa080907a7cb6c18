"""The phone page's control API: what it shows, what it does, its events, and whom it refuses."""

import asyncio
import json

import pytest

AN = "2512523625412515"


@pytest.fixture
def page(app):
    """A caller who acts as the phone page does; it has a token too, to play the house."""
    return app


def dossier(**changed: object) -> dict:
    return {
        "code": "H36.21-260622-0001",
        "procedure_code": "1.004873",
        "procedure_name": "Cấp Giấy xác nhận tình trạng hôn nhân",
        "status": 2,
        "filing_channel": "counter",
        "applicant": {"name": "Nguyễn Văn An", "phone": "0912345678"},
        "fees": [],
    } | changed


async def test_the_state_holds_all_that_the_page_shows(page) -> None:
    page.sandbox.world.put_dossier(dossier())
    await page.says("Chào Ông/Bà")

    status, state = await page.get("/sandbox/state", params={"person": "an"})

    assert status == 200
    assert state["oa"] == {"name": "Một Cửa Lâm Đồng"}
    assert state["people"][0]["phone_masked"] == "0912 ··· 678"
    assert [each["text"] for each in state["chat"]] == ["Chào Ông/Bà"]
    assert state["dossiers"][0] == {
        "code": "H36.21-260622-0001",
        "procedure_name": "Cấp Giấy xác nhận tình trạng hôn nhân",
        "status": 2,
        "filing_channel": "counter",
        "owner": True,
    }
    assert [each["key"] for each in state["faults"]] == [
        "zalo_slow",
        "zalo_429",
        "network_cut",
        "token_expired",
        "blocked",
    ]
    assert state["tasks"] == {"ask_procedure": False, "look_up": False, "move": False, "survey": False}


async def test_without_a_name_the_first_person_is_shown_and_an_unknown_one_is_not_found(page) -> None:
    assert (await page.get("/sandbox/state"))[1]["people"][0]["key"] == "an"
    assert (await page.get("/sandbox/state", params={"person": "ai"}))[0] == 404


async def test_what_is_said_reaches_the_house_and_its_way_is_shown(page, house) -> None:
    status, _ = await page.post("/sandbox/say", json={"person": "an", "text": "lam khai sinh can gi"})
    await page.says("Đăng ký khai sinh")
    await page.sandbox.world.until(lambda: len(house.events()) == 3)
    await page.sandbox.world.until(lambda: page.sandbox.world.tasks["ask_procedure"])

    _, state = await page.get("/sandbox/state", params={"person": "an"})

    assert status == 200
    assert [(each["from"], each["state"]) for each in state["chat"]] == [("me", "delivered"), ("oa", "delivered")]
    assert [each["icon"] for each in state["path"]] == ["in", "ok", "out", "done"]
    assert all(set(each) >= {"title", "detail", "ms", "icon", "channel"} for each in state["path"])


async def test_a_dossier_code_that_is_answered_ticks_the_look_up(page) -> None:
    await page.post("/sandbox/say", json={"person": "an", "text": "ho so 000.00.16.H36-260624-0001"})
    await page.says("Hồ sơ đang được xử lý")
    await page.sandbox.world.until(lambda: page.sandbox.world.tasks["look_up"])

    assert not page.sandbox.world.tasks["ask_procedure"]


def under(text: str, *items: tuple[str, str, object]) -> dict:
    buttons = [{"title": title, "type": kind, "payload": payload} for title, kind, payload in items]
    return {"text": text, "attachment": {"type": "template", "payload": {"buttons": buttons}}}


async def test_each_kind_of_button_does_what_it_says(page, house) -> None:
    answer = await page.says(
        **under(
            "Ông/Bà có hài lòng không?",
            ("Rất hài lòng", "oa.query.hide", "#csat 5"),
            ("Xem trang", "oa.open.url", {"url": "https://dichvucong.example.vn"}),
            ("Gọi", "oa.open.phone", {"phone_code": "842633540616"}),
            ("Tra cứu", "oa.query.show", "tra cuu"),
        )
    )
    press = {"person": "an", "message_id": answer["data"]["message_id"]}

    hidden, opened, called, shown = [
        (await page.post("/sandbox/press", json=press | {"index": index}))[1] for index in range(4)
    ]

    said = [json.loads(body)["message"].get("text") for _, body in house.events() if b'"user_send_text"' in body]
    chat = page.sandbox.world.chat("an")
    assert said == ["#csat 5", "tra cuu"]
    assert opened == {"open": "https://dichvucong.example.vn"}
    assert called == {"call": "842633540616"}
    assert {each.id: each.text for each in chat[1:]} == {shown["message_id"]: "tra cuu"}
    assert hidden["message_id"] not in [each.id for each in chat]
    assert chat[0].pressed == 3
    assert page.sandbox.world.tasks["survey"]


async def test_a_moved_dossier_is_pushed_with_the_key_and_its_way_links_to_the_console(page, house) -> None:
    sandbox = page.sandbox
    sandbox.join(api_key="k-1", console_url="http://127.0.0.1:8080/console")
    sandbox.world.put_dossier(dossier())

    status, moved = await page.post("/sandbox/move", json={"code": "H36.21-260622-0001", "status": 6})
    order = {"id": "m-000001", "from": "LAMDONG-DVC", "to": "84912345678", "text": "Ho so phai nop 150.000d"}
    await page.post("/sms/send", json=order, headers={"Authorization": "Bearer sandbox-sms-token"})
    await sandbox.world.until(lambda: len(sandbox.world.route.steps) == 4)

    headers, body = house.events("/api/v1/dossiers")[0]
    sent = json.loads(body)["dossiers"][0]
    assert (status, moved["pushed"]) == (200, True)
    assert headers["authorization"] == "Bearer k-1"
    assert (sent["status"], sent["status_at"]) == (6, "2026-06-22T10:00:00+07:00")
    assert (sent["fees"][0]["amount"], sent["fees"][0]["paid_at"]) == (150_000, None)
    assert [each["channel"] for each in sandbox.world.route.steps] == ["source", "api", "sms", "sms"]
    assert sandbox.world.route.steps[3]["link"] == "http://127.0.0.1:8080/console/messages/m-000001"
    assert sandbox.world.tasks["move"]


@pytest.mark.parametrize(
    ("status", "field", "inside"),
    [(2, "due_at", "2026-06-29T17:00"), (3, "public_reason", "thẩm quyền"), (5, "supplement", "items")],
)
async def test_a_status_brings_what_it_usually_brings(page, status, field, inside) -> None:
    page.sandbox.world.put_dossier(dossier(status=1))

    await page.post("/sandbox/move", json={"code": "H36.21-260622-0001", "status": status})

    assert inside in str(page.sandbox.world.dossiers["H36.21-260622-0001"][field])


async def test_what_was_owed_is_paid_once_the_dossier_goes_on(page) -> None:
    page.sandbox.world.put_dossier(dossier(status=2))
    for status in (6, 4):
        await page.post("/sandbox/move", json={"code": "H36.21-260622-0001", "status": status})

    fees = page.sandbox.world.dossiers["H36.21-260622-0001"]["fees"]

    assert [each["paid_at"] for each in fees] == ["2026-06-22T10:00:00+07:00"]


async def test_the_drawer_switches_faults_on_and_off(page) -> None:
    for key in ("zalo_slow", "zalo_429", "network_cut", "token_expired", "blocked"):
        _, on = await page.post("/sandbox/fault", json={"key": key, "on": True})
        _, off = await page.post("/sandbox/fault", json={"key": key, "on": False})

        assert [each["key"] for each in on if each["on"]] == [key]
        assert not any(each["on"] for each in off)


async def test_any_fault_can_be_ordered_over_http(page) -> None:
    ordered = {"channel": "sms", "kind": "http_500", "times": 1}

    assert (await page.post("/sandbox/faults", json=ordered))[0] == 200
    assert (await page.post("/sandbox/faults", json=ordered | {"kind": "earthquake"}))[0] == 400
    assert page.sandbox.faults.standing("sms", "http_500")
    await page.post("/sandbox/faults", json={})
    assert not page.sandbox.faults.standing("sms", "http_500")


BAD = [
    ("/sandbox/say", {"person": "an", "text": "  "}),
    ("/sandbox/say", {"person": "an", "text": "a" * 2001}),
    ("/sandbox/say", {"person": "nobody", "text": "a"}),
    ("/sandbox/say", {"person": "an"}),
    ("/sandbox/say", []),
    ("/sandbox/press", {"person": "an", "message_id": "x", "index": 0}),
    ("/sandbox/press", {"person": "an", "message_id": "x", "index": True}),
    ("/sandbox/follow", {"person": "an", "follow": "yes"}),
    ("/sandbox/move", {"code": "none", "status": 2}),
    ("/sandbox/fault", {"key": "flood", "on": True}),
    ("/sandbox/sms-reply", {"person": "an", "text": "5"}),
]


@pytest.mark.parametrize(("path", "body"), BAD)
async def test_what_cannot_be_done_is_said_in_vietnamese(page, house, path, body) -> None:
    status, answer = await page.post(path, json=body)

    assert status == 400
    assert answer["error"]
    assert not house.got


async def test_a_letter_is_shown_where_nothing_in_it_can_run(page) -> None:
    from email.message import EmailMessage

    import aiosmtplib

    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.vn", "an@example.vn", "Thử"
    message.set_content("trơn")
    message.add_alternative("<p>Chào</p><script>alert(1)</script>", subtype="html")
    await aiosmtplib.send(message, hostname="127.0.0.1", port=page.sandbox.smtp_port, start_tls=False)
    _, state = await page.get("/sandbox/state", params={"person": "an"})

    async with page.session.get(f"{page.sandbox.url}/sandbox/mails/{state['mails'][0]['id']}") as answer:
        assert "<p>Chào</p>" in await answer.text()
        assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert (await page.get("/sandbox/mails/none"))[0] == 404


async def test_events_stream_the_changes_of_one_person(page) -> None:
    async with page.session.get(f"{page.sandbox.url}/sandbox/events", params={"person": "an"}) as stream:
        await page.sandbox.world.until(lambda: page.sandbox.world.watched("an"))
        await page.says("Chào Ông/Bà")
        page.sandbox.faults.set("zalo", "slow")
        seen: list[tuple[str, object]] = []
        async with asyncio.timeout(5):
            while len({kind for kind, _ in seen}) < 2 or not any(v["state"] == "seen" for k, v in seen if k == "chat"):
                kind = (await stream.content.readline()).decode()
                if kind.startswith("event: "):
                    data = (await stream.content.readline()).decode().removeprefix("data: ")
                    seen.append((kind.removeprefix("event: ").strip(), json.loads(data)))

    states = [value["state"] for kind, value in seen if kind == "chat"]
    assert stream.content_type == "text/event-stream"
    assert states == ["sent", "delivered", "seen"]
    assert ("fault", "zalo_slow") in [(kind, v[0]["key"]) for kind, v in seen if kind == "fault" and v[0]["on"]]


async def test_stopping_ends_the_streams_at_once(opened, session) -> None:
    sandbox = await opened()
    stream = await session.get(f"{sandbox.url}/sandbox/events", params={"person": "an"})
    await sandbox.world.until(lambda: sandbox.world.watched("an"))

    async with asyncio.timeout(1):
        await sandbox.stop()

    stream.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:99"}, 200),
        ({"Host": "[::1]:99"}, 200),
        ({"Host": "evil.example.vn"}, 403),
        ({"Host": "127.0.0.1.evil.example.vn"}, 403),
    ],
)
async def test_the_page_answers_only_on_this_machine(page, headers, status) -> None:
    assert (await page.get("/sandbox/state", headers=headers))[0] == status
    assert (await page.get("/", headers=headers))[0] == status


async def test_a_sandbox_may_be_told_to_answer_under_any_name(opened, app_of) -> None:
    page = app_of(await opened(any_host=True))

    assert (await page.get("/sandbox/state", headers={"Host": "evil.example.vn"}))[0] == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example.vn"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
async def test_other_pages_cannot_act(page, headers, status) -> None:
    body = json.dumps({"person": "an", "text": "chào"}).encode()

    got, _ = await page.post("/sandbox/say", data=body, headers={"Content-Type": "application/json"} | headers)

    assert got == status


@pytest.mark.parametrize("name", ["../server.py", "%2e%2e/server.py", "..%2fserver.py", "none.css", "/etc/passwd"])
async def test_only_the_pages_own_files_are_served(page, name) -> None:
    assert (await page.get(f"/assets/{name}"))[0] == 404


async def test_the_page_comes_with_a_strict_policy(page) -> None:
    async with page.session.get(page.sandbox.url + "/") as answer:
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.content_type == "text/html"


async def test_a_path_that_no_provider_has_is_an_answer_and_is_written_down(page) -> None:
    unknown, wrong_verb = await page.post("/message/nothing"), await page.get("/message/template")

    assert (unknown[0], wrong_verb[0]) == (404, 405)
    assert [each.path for each in page.sandbox.world.calls] == ["/message/nothing", "/message/template"]

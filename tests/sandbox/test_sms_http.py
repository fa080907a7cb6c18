"""The generic SMS gateway: the contract of the house's design."""

import json

import pytest

KEY = {"Authorization": "Bearer sandbox-sms-token"}
TEXT = "Ho so H36.21-260622-0001 da co ket qua"


def order(**changed: object) -> dict:
    return {"id": "m-000001", "from": "LAMDONG-DVC", "to": "84912345678", "text": TEXT} | changed


def told(house) -> list[dict]:
    return [json.loads(body) for _, body in house.events("/webhooks/sms/http")]


async def test_a_text_is_taken_priced_and_its_delivery_is_told_with_our_id(anybody, house) -> None:
    status, answer = await anybody.post("/sms/send", json=order(), headers=KEY)
    await anybody.sandbox.world.until(lambda: told(house))

    text = anybody.sandbox.world.texts_to("84912345678")[0]
    assert status == 202
    assert answer["id"] == text.gateway_id
    assert (text.parts, text.price, text.state) == (1, 420, "delivered")
    assert told(house) == [{"id": "m-000001", "status": "delivered", "error": None}]
    assert house.events("/webhooks/sms/http")[0][0]["authorization"] == "Bearer sandbox-sms-token"


BAD = [
    order(id=""),
    order(id="m" * 65),
    order(id=5),
    order(**{"from": "ANOTHER"}),
    order(to="0912345678"),
    order(to="+84912345678"),
    order(to="842633540616"),
    order(text=""),
    order(text="a" * 919),
    {"id": "m-1"},
    [],
    "text",
]


@pytest.mark.parametrize("body", BAD)
async def test_a_wrong_order_is_refused_with_its_reason(anybody, body) -> None:
    status, answer = await anybody.post("/sms/send", json=body, headers=KEY)

    assert status == 400
    assert answer["error"]
    assert not anybody.sandbox.world.texts


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "sandbox-sms-token"}])
async def test_without_the_token_nothing_is_taken(anybody, headers) -> None:
    status, _ = await anybody.post("/sms/send", json=order(), headers=headers)

    assert status == 401
    assert not anybody.sandbox.world.texts


async def test_a_repeated_id_is_sent_again_unless_the_gateway_is_idempotent(anybody, opened, app_of) -> None:
    strict = app_of(await opened(sms_idempotent=True))

    for gateway in (anybody, strict):
        first, second = [await gateway.post("/sms/send", json=order(), headers=KEY) for _ in range(2)]
        sent = len(gateway.sandbox.world.texts)

        assert (first == second, sent) == ((True, 1) if gateway is strict else (False, 2))


@pytest.mark.parametrize(("to", "states"), [("84900000001", ["delivered"]), ("84900000002", ["failed"])])
async def test_the_number_decides_what_is_told(anybody, house, to, states) -> None:
    await anybody.post("/sms/send", json=order(to=to), headers=KEY)
    await anybody.sandbox.world.until(lambda: told(house))

    assert [each["status"] for each in told(house)] == states


async def test_the_number_that_waits_once_is_throttled_and_then_taken(anybody) -> None:
    async with anybody.session.post(
        anybody.sandbox.url + "/sms/send", json=order(to="84900000003"), headers=KEY
    ) as first:
        assert (first.status, first.headers["Retry-After"]) == (429, "1")

    status, _ = await anybody.post("/sms/send", json=order(to="84900000003"), headers=KEY)

    assert status == 202


async def test_a_receipt_that_is_not_taken_is_sent_again(opened, app_of, house) -> None:
    async def at_once(seconds: float) -> None:
        return None

    app = app_of(await opened(sleep=at_once))
    house.answers = [503]

    await app.post("/sms/send", json=order(), headers=KEY)
    await app.sandbox.world.until(lambda: len(told(house)) == 2)

    assert told(house)[0] == told(house)[1]


async def test_an_answer_comes_in_only_where_there_is_a_two_way_number(opened, house) -> None:
    sandbox = await opened(two_way_number="84900099999")

    await sandbox.play.answer_by_sms("an", "5")

    assert told(house)[0] | {"message_id": ""} == {"from": "84912345678", "text": "5", "message_id": ""}

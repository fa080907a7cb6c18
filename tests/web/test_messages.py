"""/api/v1/messages: one message asked for by another system, and what became of it."""

import asyncio
from typing import Any

import pytest

WISH: dict[str, Any] = {
    "to": {"phone": "0912345678"},
    "event": "fee_required",
    "fields": {
        "code": "H36.21-260622-0001",
        "fee_lines": [{"name": "Lệ phí", "amount": 15000}],
        "fee_due_at": "2026-06-29T17:00:00+07:00",
    },
}
of_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def _send(door, wish: object = WISH, name: str = "once", **how: Any):
    return await door.call("POST", "/api/v1/messages", json=wish, headers={"Idempotency-Key": name}, **how)


async def test_a_message_is_planned_once_whoever_often_it_is_asked_for(door) -> None:
    answers = await asyncio.gather(*(_send(door) for _ in range(5)))

    assert {answer.status for answer in answers} == {202}
    assert len({(await answer.json())["id"] for answer in answers}) == 1
    async with door.store.database.reading() as tx:
        assert len(await door.store.outbox.recent(tx)) == 1


async def test_the_state_and_history_of_a_message_are_told_and_not_whom_it_went_to(door) -> None:
    planned = await (await _send(door)).json()

    answer = await door.call("GET", f"/api/v1/messages/{planned['id']}")

    assert (await answer.json())["state"] == "waiting"
    assert "912345678" not in await answer.text()
    assert (await door.call("GET", "/api/v1/messages/nothing")).status == 404


@of_sqlite
async def test_the_fields_reach_the_message_in_their_own_kinds(door) -> None:
    planned = await (await _send(door)).json()

    async with door.store.database.reading() as tx:
        message = await door.store.outbox.get(tx, planned["id"])
    assert message.body["fields"]["fee_due_at"].isoformat() == "2026-06-29T10:00:00+00:00"
    assert message.body["fields"]["fee_lines"] == [{"name": "Lệ phí", "amount": 15000}]


@of_sqlite
async def test_one_idempotency_key_for_two_wishes_is_a_conflict(door) -> None:
    await _send(door)

    answer = await _send(door, WISH | {"event": "done", "fields": {"code": "H36.21-260622-0001"}})

    assert answer.status == 409


WRONG = [
    ({}, {"to", "event"}),
    ([], {""}),
    (WISH | {"to": {}}, {"to"}),
    (WISH | {"to": {"phone": "0263.3540.616"}}, {"to.phone"}),
    (WISH | {"to": {"phone": "0912345678", "zalo": "7"}}, {"to.zalo"}),
    (WISH | {"event": "reply"}, {"event"}),
    (WISH | {"event": "verify_code", "fields": {"verification_code": "123456"}}, {"event"}),
    (WISH | {"fields": {}}, {"fields.code"}),
    (WISH | {"fields": {"code": "H36", "password": "x"}}, {"fields.password"}),
    (WISH | {"fields": {"code": 7, "fee_due_at": "mai"}}, {"fields.code", "fields.fee_due_at"}),
    (WISH | {"fields": {"code": "H36", "total": 1.5}}, {"fields.total"}),
    (WISH | {"fields": {"code": "H36", "fee_lines": [{"name": "a"}]}}, {"fields.fee_lines.0.amount"}),
    (WISH | {"channel": "pigeon"}, {"channel"}),
    (WISH | {"channel": "telegram"}, {"channel"}),  # not switched on
]


@of_sqlite
async def test_a_wish_that_is_wrong_names_its_fields(door) -> None:
    for wish, fields in WRONG:
        answer = await _send(door, wish)

        assert answer.status == 422
        assert {error["field"] for error in (await answer.json())["errors"]} == fields


@of_sqlite
async def test_without_an_idempotency_key_nothing_is_planned(door) -> None:
    answer = await door.call("POST", "/api/v1/messages", json=WISH)

    assert answer.status == 422

"""/api/v1: dossiers in and out, procedures, keys; and bodies that are none."""

import asyncio
import gzip
import io
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import text

from web.api import LIMIT, MOST_ROWS

ROW: dict[str, Any] = {
    "code": "H36.21-260622-0001",
    "procedure_code": "1.004873",
    "procedure_name": "Cấp Giấy xác nhận tình trạng hôn nhân",
    "status": 2,
    "status_at": "2026-06-25T08:40:00+07:00",
    "agency": {"code": "H36.21", "name": "UBND phường Bắc Gia Nghĩa"},
    "applicant": {"name": "Nguyễn Văn An", "phone": "0912345678", "id_number": "067201000123"},
}
of_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_dossiers_go_in_and_their_state_comes_out_without_anything_personal(door) -> None:
    answer = await door.call("POST", "/api/v1/dossiers", json={"dossiers": [ROW, ROW | {"status": 0, "x": 1}]})

    assert answer.status == 200
    first, second = (await answer.json())["results"]
    assert first == {
        "row": 0,
        "code": "H36.21-260622-0001",
        "outcome": "created",
        "errors": [],
        "unknown_fields": [],
        "messages": first["messages"],
    }
    assert len(first["messages"]) == 1
    assert second["outcome"] == "refused"
    assert second["errors"] == [{"field": "status", "reason": "phải từ 1 trở lên"}]
    assert second["unknown_fields"] == ["x"]

    shown = await door.call("GET", "/api/v1/dossiers/h36.21-260622-0001")
    text = await shown.text()
    assert (await shown.json())["status_name"] == "Được tiếp nhận"
    assert (await shown.json())["messages"][0]["state"] == "waiting"
    assert not [secret for secret in ("Nguyễn", "912345678", "067201000123") if secret in text]


async def test_the_same_call_twice_sends_nothing_again(door) -> None:
    body = {"dossiers": [ROW]}
    await door.call("POST", "/api/v1/dossiers", json=body)

    again = await (await door.call("POST", "/api/v1/dossiers", json=body)).json()

    assert [(one["outcome"], one["messages"]) for one in again["results"]] == [("unchanged", [])]


HOSTILE = [
    (b"", 400, "nothing"),
    (b"{", 400, "half an object"),
    (b'{"dossiers": [NaN]}', 400, "not a number"),
    (b'{"dossiers": ["\\ud800"]}', 400, "a lone surrogate"),
    (b'{"dossiers": ["\xff\xfe"]}', 400, "not UTF-8"),
    (b"[" * 20_000, 400, "nested too deep"),
    (b'{"a":' * 20_000, 400, "nested too deep"),
    (b"[]", 422, "a list"),
    (b"null", 422, "nothing at all"),
    (b'{"dossiers": {}}', 422, "no list"),
    (b'{"dossiers": null}', 422, "null"),
    (b'{"dossier": []}', 422, "another name"),
    (b'{"dossiers": [' + b"1," * MOST_ROWS + b"1]}", 413, "one row too many"),
    (b" " * (LIMIT + 1), 413, "too large"),
]
"""A body, the status it gets, and what is wrong with it."""


@of_sqlite
async def test_a_body_that_is_none_gets_a_clear_4xx(door) -> None:
    for body, status, why in HOSTILE:
        answer = await door.call(
            "POST", "/api/v1/dossiers", data=io.BytesIO(body), headers={"Content-Type": "application/json"}
        )

        assert (answer.status, answer.content_type) == (status, "application/problem+json"), why
        problem = await answer.json()
        assert problem["status"] == status
        assert problem["title"]


@of_sqlite
async def test_rows_of_hostile_shapes_are_refused_one_by_one(door) -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = {"applicant": deep}
    rows = [None, 1, [], {}, deep, ROW | {"code": "a\u0000b"}, ROW | {"applicant": {"name": "x" * 5000}}, ROW]

    answer = await door.call("POST", "/api/v1/dossiers", json={"dossiers": rows})

    assert answer.status == 200
    outcomes = [one["outcome"] for one in (await answer.json())["results"]]
    assert outcomes == ["refused"] * 7 + ["created"]


@of_sqlite
async def test_a_body_that_is_larger_unpacked_than_allowed_is_refused(door) -> None:
    packed = gzip.compress(b" " * (LIMIT * 2))
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}

    answer = await door.call("POST", "/api/v1/dossiers", data=packed, headers=headers)

    assert answer.status == 413


@of_sqlite
async def test_a_body_of_another_kind_is_refused(door) -> None:
    answer = await door.call("POST", "/api/v1/dossiers", data=b"a=1", headers={"Content-Type": "text/plain"})

    assert answer.status == 415


@of_sqlite
async def test_only_a_key_in_force_with_the_right_scope_is_let_in(door) -> None:
    reader = await door.new_key("dossiers:read")
    for key in ("", "mc_" + "x" * 43, "x", door.key[:-1], door.key + "é"):
        answer = await door.call("POST", "/api/v1/dossiers", key=key, json={"dossiers": []})
        assert answer.status == 401
        assert "WWW-Authenticate" in answer.headers

    assert (await door.call("POST", "/api/v1/dossiers", key=reader, json={"dossiers": []})).status == 403
    async with door.store.database.transaction() as tx:
        mine = await door.store.keys.of(tx, reader)
        await door.store.keys.revoke(tx, mine.id, door.clock())
    assert (await door.call("GET", "/api/v1/dossiers/x", key=reader)).status == 401


@of_sqlite
async def test_an_agencys_key_sees_and_brings_its_own_dossiers_alone(door) -> None:
    await door.call("POST", "/api/v1/dossiers", json={"dossiers": [ROW]})
    other = await door.new_key(agency="H36.22")

    assert (await door.call("GET", "/api/v1/dossiers/H36.21-260622-0001", key=other)).status == 404
    answer = await door.call("POST", "/api/v1/dossiers", key=other, json={"dossiers": [ROW | {"status": 9}]})
    assert [one["outcome"] for one in (await answer.json())["results"]] == ["refused"]


@of_sqlite
async def test_who_calls_too_fast_is_told_when_to_come_back(door) -> None:
    answers = [await door.call("GET", "/api/v1/dossiers/H36.21-260622-0009") for _ in range(41)]

    assert [answer.status for answer in answers] == [404] * 40 + [429]
    assert answers[-1].headers["Retry-After"] == "1"
    door.clock.advance(seconds=1)
    assert (await door.call("GET", "/api/v1/dossiers/H36.21-260622-0009")).status == 404


@of_sqlite
async def test_procedures_are_found_by_a_citizens_words(door) -> None:
    answer = await door.call("GET", "/api/v1/procedures", params={"q": "bán nhà"})
    assert (await answer.json())["procedures"] == []

    answer = await door.call("GET", "/api/v1/procedures", params={"q": "khai sinh cho con"})
    assert [one["code"] for one in (await answer.json())["procedures"]] == ["1.001193"]

    for wrong in ({}, {"q": " "}, {"q": "x" * 201}):
        assert (await door.call("GET", "/api/v1/procedures", params=wrong)).status == 422


@of_sqlite
async def test_codes_that_are_none_are_not_found(door) -> None:
    for code in ("x", "%00", "a" * 200, "..%2f..", "%F0%9F%98%80", "' OR 1=1 --"):
        answer = await door.call("GET", f"/api/v1/dossiers/{code}")
        assert answer.status == 404


async def test_the_same_batch_from_eight_clients_ten_times_each_at_once_tells_nobody_twice(door) -> None:
    rows = [
        ROW
        | {"code": f"H36.21-260622-{number:04d}"}
        | {"applicant": {"name": f"Nguyễn Văn {number}", "phone": f"09123{number:05d}"}}
        for number in range(40)
    ]
    keys = [await door.new_key() for _ in range(8)]

    async def client(key: str, turn: int) -> list[dict[str, Any]]:
        found = []
        for call in range(10):
            batch = rows[turn + call :] + rows[: turn + call]  # everybody in another order
            answer = await door.call("POST", "/api/v1/dossiers", key=key, json={"dossiers": batch})
            assert answer.status == 200
            found += (await answer.json())["results"]
        return found

    heard = await asyncio.gather(*(client(key, turn) for turn, key in enumerate(keys)))

    outcomes = Counter(one["outcome"] for each in heard for one in each)
    assert outcomes == {"created": 40, "unchanged": 80 * 40 - 40}
    told = [message for each in heard for one in each for message in one["messages"]]
    async with door.store.database.reading() as tx:
        messages = (await tx.execute(text("SELECT count(*) FROM message"))).scalar_one()
        people = (await tx.execute(text("SELECT count(*) FROM person"))).scalar_one()
    assert len(told) == len(set(told)) == messages == 40
    assert people == 40

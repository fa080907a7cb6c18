"""The one-stop-shop source: what changed since."""

import pytest

KEY = {"Authorization": "Bearer sandbox-source-token"}


def dossier(code: str, status: int = 2) -> dict:
    return {"code": code, "status": status, "procedure_code": "1.004873", "agency": {"code": "H36.21"}}


async def test_each_change_is_given_once_to_who_asks_with_what_came_next(anybody) -> None:
    world = anybody.sandbox.world
    world.put_dossier(dossier("A"))
    world.put_dossier(dossier("B"))
    _, first = await anybody.get("/source/dossiers", headers=KEY)
    world.put_dossier(dossier("A", 4))

    _, second = await anybody.get("/source/dossiers", params={"since": first["next"]}, headers=KEY)
    _, third = await anybody.get("/source/dossiers", params={"since": second["next"]}, headers=KEY)

    assert [each["code"] for each in first["dossiers"]] == ["A", "B"]
    assert second["dossiers"] == [dossier("A", 4)]
    assert third == {"dossiers": [], "next": second["next"]}


async def test_a_plus_that_became_a_space_is_understood(anybody) -> None:
    status, _ = await anybody.get("/source/dossiers?since=2026-06-22T10:00:00+07:00", headers=KEY)

    assert status == 200


@pytest.mark.parametrize("since", ["yesterday", "2026-06-22T10:00:00"])
async def test_a_moment_that_cannot_be_read_is_refused(anybody, since) -> None:
    status, answer = await anybody.get("/source/dossiers", params={"since": since}, headers=KEY)

    assert status == 400
    assert answer["error"]


async def test_without_the_token_nothing_is_given(anybody) -> None:
    assert (await anybody.get("/source/dossiers"))[0] == 401

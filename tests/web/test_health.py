"""Alive, ready, the figures, the description, and the file for Zalo."""

import pytest
from openapi_spec_validator import validate

from web.health import Health
from web.metrics import Metrics

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_alive_and_ready_say_so_without_detail(door) -> None:
    assert await (await door.client.get("/healthz")).json() == {"status": "ok"}
    assert await (await door.client.get("/readyz")).json() == {"status": "ok", "failing": []}


async def test_not_ready_names_the_part_that_fails(store, clock) -> None:
    async def broken() -> bool:
        raise OSError("a secret of the network")

    async def late() -> bool:
        return False

    health = Health(store, Metrics(), clock=clock, parts={"token": broken, "outbox": late})

    answer = await health.ready(None)

    assert answer.status == 503
    assert answer.body == b'{"status":"failing","failing":["token","outbox"]}'


async def test_a_database_that_is_gone_is_named(store, clock) -> None:
    await store.database.close()

    answer = await Health(store, Metrics(), clock=clock).ready(None)

    assert b"database" in answer.body


async def test_the_figures_count_webhooks_rows_and_what_waits(door) -> None:
    await door.client.post("/webhooks/zalo", data=b"")
    await door.call("POST", "/api/v1/dossiers", json={"dossiers": [{}]})

    text = await (await door.client.get("/metrics")).text()

    assert 'motcua_webhooks_total{channel="zalo",outcome="unsigned"} 1.0' in text
    assert 'motcua_dossier_rows_total{outcome="refused"} 1.0' in text
    assert "motcua_inbox_waiting 0.0" in text


async def test_limits_are_figures_too_by_scope_and_period(door, store) -> None:
    async with store.database.transaction() as tx:
        await store.spending.begin(tx, ("agency:H36.21", "2026-06-25"), used=850, most=1_000)
        await store.spending.begin(tx, ("all", "2026-06"), used=5_000, most=9_000)
        await store.spending.begin(tx, ("all", "2026-05"), used=9_000, most=9_000)

    text = await (await door.client.get("/metrics")).text()

    assert 'motcua_limit_used{period="day",scope="agency:H36.21"} 850.0' in text
    assert 'motcua_limit_most{period="month",scope="all"} 9000.0' in text
    assert text.count("motcua_limit_used{") == 2


async def test_the_description_is_valid_and_names_every_address_of_the_api(door) -> None:
    described = await (await door.client.get("/openapi.json")).json()

    validate(described)
    served = {
        (resource.canonical, route.method.lower())
        for resource in door.client.app.router.resources()
        for route in resource
        if resource.canonical.startswith("/api/")
    }
    assert served == {(path, method) for path, methods in described["paths"].items() for method in methods}


async def test_zalo_finds_its_file_and_no_other(door) -> None:
    assert 'content="Ab12"' in await (await door.client.get("/zalo_verifierAb12.html")).text()
    assert (await door.client.get("/zalo_verifierAb13.html")).status == 404

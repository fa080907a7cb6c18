"""The whole matrix: every role at every route; what stands in no table is refused."""

import pytest

from console import roles
from console.routes import application
from store.staff import Officer, Role

RANK = list(Role)


def listed(app) -> set[tuple[str, str]]:
    """Every route that is really there, as the table writes it."""
    found = set()
    for route in app.router.routes():
        if route.method != "HEAD":
            found.add((route.method, "/" + route.resource.canonical.lstrip("/")))
    return found


async def test_the_table_of_roles_and_the_routes_are_the_same(house) -> None:
    routes = listed(application(house.console))

    assert routes == set(roles.TABLE) | roles.OPEN


@pytest.mark.parametrize("role", RANK)
async def test_each_role_opens_what_the_table_says_and_nothing_else(house, role: Role) -> None:
    dossier = await house.dossier()
    browser = await house.signed_in(role)

    wrong = []
    for (method, path), least in roles.TABLE.items():
        if path == "/sign-out":
            continue
        address = path.replace("{id}", dossier if "dossiers" in path else "01aaaaaaaaaaaaaaaaaaaaaaaa")
        answer = await (browser.get(address) if method == "GET" else browser.post(address))
        allowed = RANK.index(role) >= RANK.index(least)
        if (answer.status != 403) != allowed or answer.status >= 500:
            wrong.append((method, path, answer.status))

    assert wrong == []


async def test_without_a_session_nothing_opens_but_the_door(house) -> None:
    dossier = await house.dossier()
    browser = await house.browser()

    wrong = []
    for method, path in roles.TABLE:
        address = path.replace("{id}", dossier)
        answer = await (browser.get(address) if method == "GET" else browser.post(address))
        to_door = answer.status == 401 or (
            answer.status == 303 and answer.headers["Location"].startswith("/console/sign-in")
        )
        if not to_door:
            wrong.append((method, path, answer.status))

    assert wrong == []


async def test_every_refusal_is_in_the_trail(house) -> None:
    browser = await house.signed_in(Role.VIEWER)

    answer = await browser.get("/audit")

    assert answer.status == 403
    assert (await house.trail())[-1] == "route.refused"


@pytest.mark.parametrize("path", ["/audit", "/channels/hold"])
def test_an_agencys_admin_does_not_reach_what_is_the_provinces(path: str) -> None:
    admin = Officer(id="a", login="a", name="A", role=Role.ADMIN, agency="H36.21")

    assert not roles.may(admin, "GET" if path == "/audit" else "POST", path)


def test_a_route_outside_the_table_is_refused_for_everybody() -> None:
    admin = Officer(id="a", login="a", name="A", role=Role.ADMIN, agency=None)

    assert not roles.may(admin, "DELETE", "/")
    assert not roles.may(admin, "GET", "/new-page")

"""Zalo's OAuth: permission, the two grants, and the refresh token that is good for one use only."""

from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.zalo_oauth import challenge_of

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
SECRET = {"secret_key": "sandbox-app-secret"}
FORM = {"app_id": "1000000000000000001", "grant_type": "refresh_token", "refresh_token": "sandbox-refresh-token-1"}
PERMISSION = {"app_id": "1000000000000000001", "redirect_uri": "http://127.0.0.1/back", "state": "s"}


def test_the_published_verifier_gives_the_published_challenge() -> None:
    assert challenge_of(VERIFIER) == CHALLENGE


async def test_a_refresh_token_gives_a_pair_whose_life_is_text(anybody) -> None:
    status, pair = await anybody.post("/v4/oa/access_token", headers=SECRET, data=FORM)

    assert status == 200
    assert pair["expires_in"] == "90000"
    assert pair["refresh_token"] not in ("", FORM["refresh_token"])


async def test_a_refresh_token_is_good_once_and_its_reuse_does_not_harm_the_new_pair(anybody) -> None:
    _, first = await anybody.post("/v4/oa/access_token", headers=SECRET, data=FORM)

    status, again = await anybody.post("/v4/oa/access_token", headers=SECRET, data=FORM)
    _, later = await anybody.post(
        "/v4/oa/access_token", headers=SECRET, data=FORM | {"refresh_token": first["refresh_token"]}
    )

    assert status == 200
    assert again["error"] == -14014
    assert again["error_name"]
    assert "message" not in again
    assert later["access_token"] != first["access_token"]


async def test_a_refresh_token_dies_after_three_months(anybody, clock) -> None:
    clock.pass_by(days=90)

    _, answer = await anybody.post("/v4/oa/access_token", headers=SECRET, data=FORM)

    assert answer["error"] == -14014


@pytest.mark.parametrize(
    ("headers", "form", "code"),
    [
        (SECRET, FORM | {"app_id": "1"}, -14002),
        ({}, FORM, -14004),
        ({"secret_key": "wrong"}, FORM, -14004),
        (SECRET, FORM | {"grant_type": "password"}, -14018),
        (SECRET, FORM | {"grant_type": "authorization_code", "code": "never-given"}, -14005),
        (SECRET, FORM | {"refresh_token": "stolen"}, -14014),
    ],
)
async def test_a_wrong_token_call_is_refused_with_its_own_code(anybody, headers, form, code) -> None:
    status, answer = await anybody.post("/v4/oa/access_token", headers=headers, data=form)

    assert (status, answer["error"]) == (200, code)


async def test_the_admin_allows_and_comes_back_with_a_code_that_answers_the_challenge(anybody) -> None:
    asked = PERMISSION | {"code_challenge": CHALLENGE}
    status, page = await anybody.get("/v4/oa/permission", params=asked)
    assert status == 200
    assert "Cho phép" in page

    code = await granted(anybody, asked)
    form = FORM | {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    _, pair = await anybody.post("/v4/oa/access_token", headers=SECRET, data=form)
    _, second = await anybody.post("/v4/oa/access_token", headers=SECRET, data=form)

    assert pair["access_token"]
    assert second["error"] == -14005


async def test_a_code_with_the_wrong_verifier_is_refused_and_lost(anybody) -> None:
    code = await granted(anybody, PERMISSION | {"code_challenge": CHALLENGE})
    form = FORM | {"grant_type": "authorization_code", "code": code}

    _, wrong = await anybody.post("/v4/oa/access_token", headers=SECRET, data=form | {"code_verifier": "x" * 43})
    _, right = await anybody.post("/v4/oa/access_token", headers=SECRET, data=form | {"code_verifier": VERIFIER})

    assert (wrong["error"], right["error"]) == (-14005, -14005)


async def test_a_code_dies_after_ten_minutes(anybody, clock) -> None:
    code = await granted(anybody, PERMISSION)
    clock.pass_by(minutes=10)

    _, answer = await anybody.post(
        "/v4/oa/access_token", headers=SECRET, data=FORM | {"grant_type": "authorization_code", "code": code}
    )

    assert answer["error"] == -14005


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"app_id": "2"}, -14002),
        ({"redirect_uri": "http://127.0.0.1/back/"}, -14003),
        ({"redirect_uri": "javascript:alert(1)"}, -14003),
        ({"redirect_uri": ""}, -14003),
    ],
)
async def test_the_permission_page_refuses_another_app_or_callback(opened, app_of, changed, code) -> None:
    app = app_of(await opened(redirect_uri="http://127.0.0.1/back"))

    _, answer = await app.get("/v4/oa/permission", params=PERMISSION | changed)

    assert answer["error"] == code


async def test_secrets_are_masked_in_what_is_written_down(anybody) -> None:
    await anybody.post("/v4/oa/access_token", headers=SECRET, data=FORM)

    call = anybody.sandbox.world.calls_to("/v4/oa/access_token")[0]

    assert FORM["refresh_token"] not in call.body
    assert SECRET["secret_key"] not in str(call.headers)


async def granted(anybody, asked: dict) -> str:
    """Press the button; the code that comes back with the state and the OA's id."""
    async with anybody.session.get(
        anybody.sandbox.url + "/v4/oa/permission", params=asked | {"allow": "yes"}, allow_redirects=False
    ) as answer:
        assert answer.status == 302
        back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert back["oa_id"] == ["3000000000000000003"]
    assert back["state"] == ["s"]
    return back["code"][0]

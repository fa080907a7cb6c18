"""Forms: from our own pages only, within bounds; every answer under the content policy and out of every cache."""

import pytest

from console.headers import POLICY
from store.staff import Role

FOREIGN = [
    ("no token", {}, ""),
    ("a wrong token", {}, "x" * 43),
    ("a token that is not text", {}, "\ud7ff\U0001f600"),
]


@pytest.mark.parametrize(("what", "headers", "token"), FOREIGN, ids=[what for what, _, _ in FOREIGN])
async def test_a_form_without_the_sessions_token_is_refused(house, what: str, headers: dict, token: str) -> None:
    browser = await house.signed_in(Role.ADMIN)
    browser.csrf = token

    answer = await browser.post("/channels/hold", headers=headers)

    assert answer.status == 403
    assert "delivery.held" not in await house.trail()


ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
]


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
async def test_another_sites_form_is_refused_even_with_the_token(house, headers: dict[str, str]) -> None:
    browser = await house.signed_in(Role.ADMIN)

    assert (await browser.post("/channels/hold", headers=headers)).status == 403


async def test_a_token_of_another_session_is_refused(house) -> None:
    one, other = await house.signed_in(Role.ADMIN), await house.signed_in(Role.APPROVER)
    one.csrf = other.csrf

    assert (await one.post("/channels/hold")).status == 403


async def test_an_upload_whose_token_is_wrong_is_refused_before_the_file_is_read(house) -> None:
    browser = await house.signed_in(Role.CLERK)
    browser.csrf = "x"

    assert (await browser.upload(b"PK")).status == 403


BODIES = [
    ("too large", b"q=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413),
    ("too many fields", b"&".join(b"a%d=1" % n for n in range(60)), "application/x-www-form-urlencoded", 400),
    ("not UTF-8", b"csrf=\xff\xfe", "application/x-www-form-urlencoded", 400),
    ("JSON", b"{}", "application/json", 415),
    ("no boundary", b"x", "multipart/form-data", 400),
    ("a broken multipart", b"--x\r\nContent-Disposition: nonsense\r\n\r\n", "multipart/form-data; boundary=x", 400),
    (
        "a file first",
        b'--x\r\nContent-Disposition: form-data; name="sheet"; filename="a"\r\n\r\nx\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
        403,
    ),
]


@pytest.mark.parametrize(("what", "body", "kind", "status"), BODIES, ids=[what for what, *_ in BODIES])
async def test_a_hostile_body_gets_a_clear_answer(house, what: str, body: bytes, kind: str, status: int) -> None:
    browser = await house.signed_in(Role.CLERK)

    answer = await browser.client.post("/console/dossiers", data=body, headers={"Content-Type": kind})

    assert answer.status == status
    assert "Traceback" not in await answer.text()


async def test_an_upload_over_ten_megabytes_is_refused(house) -> None:
    browser = await house.signed_in(Role.CLERK)

    assert (await browser.upload(b"x" * (10 * 1024 * 1024 + 1))).status == 413


PAGES = ["/", "/dossiers", "/notices", "/channels", "/audit", "/nothing", "/sign-in"]


@pytest.mark.parametrize("path", PAGES)
async def test_every_answer_carries_the_policy_and_stays_in_no_cache(house, path: str) -> None:
    browser = await house.signed_in(Role.ADMIN)

    answer = await browser.get(path)

    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_has_a_style_or_a_script_in_line(house, path: str) -> None:
    browser = await house.signed_in(Role.ADMIN)

    text = await (await browser.get(path)).text()

    assert " style=" not in text
    assert "<style" not in text
    assert " onclick=" not in text
    assert "<script>" not in text


async def test_assets_are_kept_long_under_their_contents_mark_and_nothing_else_is_served(house) -> None:
    browser = await house.browser()
    page = await (await browser.get("/sign-in")).text()
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]

    style = await browser.client.get(address)
    outside = [await browser.get(f"/assets/{name}") for name in ("../routes.py", "routes.py", "fonts/../../roles.py")]

    assert (style.status, style.content_type) == (200, "text/css")
    assert "immutable" in style.headers["Cache-Control"]
    assert [answer.status for answer in outside if answer.status != 404] in ([], [303])


async def test_an_error_inside_shows_a_number_and_nothing_of_the_inside(house) -> None:
    browser = await house.signed_in(Role.ADMIN)
    await house.store.database.close()

    answer = await browser.get("/notices")

    text = await answer.text()
    assert answer.status == 500
    assert "Hệ thống gặp lỗi" in text
    assert "sqlite" not in text.lower()
    await house.store.database.open()

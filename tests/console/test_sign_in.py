"""Signing in: one answer for whoever guesses, waits that grow, sessions that end, a link that is good once."""

import time
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from console.passwords import Passwords, Weak, refuse_weak
from console.sign_in import PAIR
from store.staff import Role

PASSWORD = "một câu dài mà chỉ tôi nhớ"


async def test_the_right_password_opens_the_console_under_a_new_cookie(house) -> None:
    await house.officer("hanh", Role.CLERK)
    browser = await house.browser()

    answer = await browser.sign_in("HANH")
    page = await browser.get("/")

    cookie = answer.headers.getall("Set-Cookie")[0]
    assert (answer.status, answer.headers["Location"], page.status) == (303, "/console/", 200)
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Cán Bộ Hanh" in await page.text()


async def test_an_unknown_login_and_a_wrong_password_read_the_same(house) -> None:
    await house.officer("hanh", Role.CLERK)
    browser, other = await house.browser(), await house.browser()

    wrong = await browser.sign_in("hanh", "sai mật khẩu rồi")
    unknown = await other.sign_in("hang", "sai mật khẩu rồi")

    def plain(text: str, login: str) -> str:
        return text.replace(login, "")

    first, second = await wrong.text(), await unknown.text()
    assert (wrong.status, unknown.status) == (422, 422)
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in first
    assert len(plain(first, "hanh")) == len(plain(second, "hang"))


async def test_nobodys_login_costs_the_same_work() -> None:
    passwords = Passwords()
    hashed = await passwords.hash(PASSWORD)

    async def took(against: str | None) -> float:
        began = time.process_time()
        await passwords.fits("sai mật khẩu", against)
        return time.process_time() - began

    wrong = min([await took(hashed) for _ in range(2)])
    nobody = min([await took(None) for _ in range(2)])

    assert 0.5 < nobody / wrong < 2


def test_passwords_are_hashed_with_the_libraries_own_costs() -> None:
    assert not PasswordHasher().check_needs_rehash(PasswordHasher().hash("x"))
    assert PasswordHasher().memory_cost >= 47_104  # OWASP's least for one pass, in KiB


async def test_guessing_is_slowed_and_the_right_password_must_wait_too(house) -> None:
    await house.officer("hanh", Role.CLERK)
    browser = await house.browser()

    answers = [(await browser.sign_in("hanh", f"sai lần {n}")).status for n in range(PAIR.free)]
    waiting = await browser.sign_in("hanh")
    house.clock.advance(seconds=31)
    after = await browser.sign_in("hanh")

    assert answers == [422] * PAIR.free
    assert waiting.status == 429
    assert after.status == 303


async def test_a_form_without_its_token_is_refused(house) -> None:
    await house.officer("hanh", Role.CLERK)
    browser = await house.browser()
    await browser.get("/sign-in")
    browser.csrf = "another"

    answer = await browser.post("/sign-in", {"login": "hanh", "password": PASSWORD})

    assert answer.status == 403


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/console/",
    "/\\evil.example",
    "/console/../../evil",
    "javascript:alert(1)",
    "/other",
]


@pytest.mark.parametrize("where", ELSEWHERE)
async def test_signing_in_never_leads_to_another_site(house, where: str) -> None:
    await house.officer("hanh", Role.CLERK)
    browser = await house.browser()

    answer = await browser.sign_in("hanh", next=where)

    assert answer.headers["Location"].startswith("/console/")


async def test_half_an_hour_without_use_ends_the_session_and_says_so(house) -> None:
    browser = await house.signed_in(Role.CLERK)
    house.clock.advance(minutes=31)

    answer = await browser.get("/notices")
    door = await browser.get("/sign-in?ended=1")

    assert answer.headers["Location"] == "/console/sign-in?next=/console/notices&ended=1"
    assert "Phiên đăng nhập đã hết sau 30 phút không dùng." in await door.text()


async def test_a_page_that_polls_by_itself_does_not_keep_the_session_alive(house) -> None:
    browser = await house.signed_in(Role.CLERK)

    statuses = []
    for _ in range(32):
        house.clock.advance(minutes=1)
        statuses.append((await browser.get("/notices/x/progress/fragment")).status)

    assert statuses[0] == 404
    assert statuses[-1] == 401


async def test_signing_out_ends_the_session_on_the_server(house) -> None:
    browser = await house.signed_in(Role.CLERK)
    cookies = browser.client.session.cookie_jar.filter_cookies(browser.client.make_url("/"))
    stolen = {"Cookie": "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items())}

    await browser.post("/sign-out")
    thief = await house.browser()
    answer = await thief.get("/", headers=stolen)

    assert answer.status == 303


async def test_a_new_session_gets_a_new_cookie_and_the_old_one_is_dead(house) -> None:
    browser = await house.browser()
    await house.officer("hanh", Role.CLERK)
    planted = {"Cookie": "motcua_console=planted-by-somebody"}
    await browser.get("/sign-in", headers=planted)

    await browser.sign_in("hanh")
    thief = await house.browser()

    assert (await browser.get("/")).status == 200
    assert (await thief.get("/", headers=planted)).status == 303


async def test_a_link_signs_in_once(house) -> None:
    hanh = await house.officer("hanh", Role.CLERK)
    async with house.store.database.transaction() as tx:
        await house.store.staff.invite(tx, hanh.id, "a-long-token", house.clock() + timedelta(hours=1))
    first, second = await house.browser(), await house.browser()

    entered = await first.get("/enter/a-long-token")
    again = await second.get("/enter/a-long-token")

    assert (entered.status, (await first.get("/")).status) == (303, 200)
    assert again.status == 410


WEAK = [
    ("1234567", "ngắn"),
    ("a" * 257, "dài"),
    ("Password1", "phổ biến"),
    ("aaaaaaaaaaaa", "một chữ"),
    ("Hanh.TT-2026", "tên đăng nhập"),
]


@pytest.mark.parametrize(("password", "_why"), WEAK)
def test_a_weak_password_is_refused(password: str, _why: str) -> None:
    with pytest.raises(Weak):
        refuse_weak(password, "hanh.tt")


@pytest.mark.parametrize("password", [PASSWORD, "x7!kq29z", "đỉnh Lang Biang mờ sương sớm"])
def test_a_good_password_is_taken(password: str) -> None:
    refuse_weak(password, "hanh.tt")

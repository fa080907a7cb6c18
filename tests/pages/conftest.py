"""The pages in a real browser: one house at work with its sandbox, one Chromium, for all tests of this room.

Everything lives on the session's event loop. A page that writes an error into its console, breaks its content policy
or asks for what is not there fails the test that opened it.
"""

import os
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Response,
    async_playwright,
    expect,
)

from console.notices import hand
from console.passwords import Passwords
from console.routes import Console
from dossiers import agencies
from motcua.config import Config
from motcua.demo.samples import BINH, moved, samples
from motcua.demo.settings import demo_config
from motcua.demo.world import BINH_ZALO, play
from motcua.doors import staff_pages
from motcua.rooms import Rooms, opened
from motcua.service import running
from notices.samples import sample
from notices.upload import Upload
from sandbox.faults import Faults
from sandbox.server import Sandbox
from store.notices import Notice
from store.staff import Officer, Role
from vietnam.calendar import local
from web.guard import SCOPES

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync"
).split()
PASSWORD = "một mật khẩu đủ dài"
PATIENCE = 20.0
"""Seconds within which what a test waits for must happen."""

WIDTHS = {"desk": (1280, 900), "phone": (390, 844)}
OWING = range(8, 16)
"""Which samples owe a fee: the sample sheet is made of them."""


@dataclass(kw_only=True)
class House:
    """The service and its outside, at work. `dossiers` are in the wire form, as they were pushed last."""

    rooms: Rooms
    sandbox: Sandbox
    desk: Console
    url: str
    key: str
    dossiers: list[dict[str, Any]] = field(default_factory=list)
    officers: dict[str, Officer] = field(default_factory=dict)

    async def filed(self, person: str, **changes: Any) -> dict[str, Any]:
        """One more dossier of a person who is played, received just now; back once they were told."""
        number = len(self.dossiers) + 5000
        who = self.sandbox.world.people[person]
        like = self.dossiers[2 if person == "binh" else 0]
        made = like | {"code": f"{like['code'].rpartition('-')[0]}-{number}", "status": 2, "fees": []} | changes
        made["status_at"] = self.rooms.clock().isoformat()
        if person != "binh":
            made["applicant"] = like["applicant"] | {"name": who.name, "phone": who.phone, "email": who.email}
        self.dossiers.append(made)
        await self.push(made)
        return made

    async def push(self, *dossiers: dict[str, Any], told: bool = True) -> None:
        """As the one-stop-shop system does; back once everybody was told, unless they are not to be."""
        headers = {"Authorization": f"Bearer {self.key}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            url = f"{self.url}/api/v1/dossiers"
            async with session.post(url, json={"dossiers": dossiers}) as response:
                answer = await response.json()
        assert all(result["outcome"] != "refused" for result in answer["results"]), answer
        for dossier in dossiers:
            self.sandbox.world.put_dossier(dict(dossier))
        if told:
            await self.settled([message for result in answer["results"] for message in result["messages"]])

    async def settled(self, message_ids: list[str]) -> None:
        """Until each of these messages has an end."""
        ended = {"delivered", "failed", "expired", "cancelled"}
        while message_ids:
            async with self.rooms.store.database.reading() as tx:
                states = [await self.rooms.store.outbox.get(tx, one) for one in message_ids]
            by_mail = [one.channel == "email" and one.state == "accepted" for one in states]
            if all(one.state in ended or mailed for one, mailed in zip(states, by_mail, strict=True)):
                return
            await self.rooms.store.wakeup.wait("receipts", 0.1)

    async def notice(self, title: str) -> Notice:
        """The clerk's, from the sample sheet, with its wrong rows; the same people may be written to again."""
        codes = [self.dossiers[place]["code"] for place in OWING]
        data = sample(codes, local(self.rooms.clock()).date())
        upload = Upload(data=data, filename="mau.xlsx", title=title, template="nhac_nop_phi", again=True)
        return await self.desk.desk.take(upload, hand(self.officers["clerk"]))

    async def link(self, login: str) -> str:
        """An address that signs this member of staff in once."""
        token = secrets.token_urlsafe(32)
        async with self.rooms.store.database.transaction() as tx:
            until = self.rooms.clock() + timedelta(hours=1)
            await self.rooms.store.staff.invite(tx, self.officers[login].id, token, until)
        return f"{self.url}/console/enter/{token}"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(_outside())
        config = _config(tmp_path_factory.mktemp("house"), sandbox)
        rooms = await stack.enter_async_context(opened(config, upgrade=True))
        url = await stack.enter_async_context(running(rooms, "all"))
        desk = staff_pages(rooms)
        stack.push_async_callback(desk.sending.close)
        house = House(rooms=rooms, sandbox=sandbox, desk=desk, url=url, key=await _prepared(rooms))
        sandbox.join(webhook_base=url, api_base=url, api_key=house.key, console_url=f"{url}/console")
        house.officers = await _staff(rooms)
        house.dossiers = samples(rooms.clock(), random.Random(352), 20)
        await house.push(*house.dossiers)
        for place in (2, *OWING):
            house.dossiers[place] = moved(house.dossiers[place], 6, rooms.clock())
        await house.push(*(house.dossiers[place] for place in (2, *OWING)))
        yield house


def _outside() -> Sandbox:
    """The demo's, with two people more: what fails on a phone is remembered, and must not touch the others' tests."""
    sandbox = play()
    for number, (key, name) in enumerate({"cuc": "Hồ Thị Cúc", "dung": "Võ Văn Dũng"}.items()):
        sandbox.world.add_person(
            key=key,
            name=name,
            phone=f"8491200000{number}",
            email=f"{key}@example.vn",
            zalo_user_id=f"800000000000{number}",
        )
    return sandbox


def _config(folder: Path, sandbox: Sandbox) -> Config:
    """The demo's, but that a notice to more than five people needs a second person."""
    config = demo_config(folder, sandbox, port=0)
    return config.model_copy(update={"notices": config.notices.model_copy(update={"approval_above": 5})})


async def _prepared(rooms: Rooms) -> str:
    """The agencies, Bình's linked account, a key for the source; the key."""
    known, _ = agencies.read(files("motcua.demo").joinpath("agencies.csv").read_bytes(), "agencies.csv")
    store = rooms.store
    async with store.database.transaction() as tx:
        await store.agencies.put(tx, known)
        person = (await store.people.ensure(tx, [("phone", BINH)], rooms.clock()))["phone", BINH]
        for kind, value in (("phone", BINH), ("zalo", BINH_ZALO)):
            await store.people.link(tx, person, kind, value, rooms.clock())
        return await store.keys.add(tx, "pages", scopes=SCOPES, agency=None, at=rooms.clock())


async def _staff(rooms: Rooms) -> dict[str, Officer]:
    """One of each role, by login; the viewer is of one ward."""
    password = await Passwords().hash(PASSWORD)
    people = (
        ("admin", "Lê Quốc Bảo", Role.ADMIN, None),
        ("approver", "Đinh Thị Mai", Role.APPROVER, None),
        ("clerk", "Trần Thị Hạnh", Role.CLERK, None),
        ("viewer", "Cil Múp Ha Klas", Role.VIEWER, "H36.21"),
    )
    async with rooms.store.database.transaction() as tx:
        return {
            login: await rooms.store.staff.add(
                tx, login=login, name=name, password=password, role=role, agency=agency, at=rooms.clock()
            )
            for login, name, role, agency in people
        }


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        missing = "no Chromium: apt-get install chromium fonts-noto-core"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


class Watch:
    """What goes wrong in a page without anybody seeing it."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def follow(self, page: Page) -> None:
        page.set_default_timeout(PATIENCE * 1000)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        """An answer that is an error is looked at in `_answered`: a refused form is no fault of its page."""
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.faults.append(message.text)

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.faults.append(f"{response.status} {response.url}")


Opened = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser) -> AsyncIterator[Opened]:
    """`await open_page("desk" | "phone", url)`: a browser of its own for each call."""
    watch, contexts = Watch(), list[BrowserContext]()

    async def opened_page(width: str = "desk", url: str = "", *, script: bool = True) -> Page:
        wide, high = WIDTHS[width]
        context = await browser.new_context(
            viewport={"width": wide, "height": high}, locale="vi-VN", java_script_enabled=script
        )
        contexts.append(context)
        context.on("page", watch.follow)
        page = await context.new_page()
        if url:
            await page.goto(url)
        return page

    yield opened_page
    for context in contexts:
        await context.close()
    assert watch.faults == []


@pytest_asyncio.fixture(loop_scope="session")
async def staff(house: House, open_page: Opened) -> Opened:
    """`await staff("clerk")`: the console's first page, signed in."""

    async def enter(login: str = "admin", width: str = "desk") -> Page:
        return await open_page(width, await house.link(login))

    return enter


class Phone:
    """The demo's phone in somebody's hand."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.talk = page.get_by_role("list", name="Hội thoại")
        self._answers = self.talk.locator("li.theirs:not(.dots)")

    async def say(self, text: str) -> Locator:
        """Types and sends; the answer, once it is there."""
        before = await self._answers.count()
        await self.page.get_by_label("Tin nhắn, bấm Enter").fill(text)
        await self.page.keyboard.press("Enter")
        return await self.told(before)

    async def press(self, card: Locator, button: str) -> Locator:
        """Presses a button of a card; the answer, once it is there."""
        before = await self._answers.count()
        await card.get_by_role("button", name=button, exact=True).click()
        return await self.told(before)

    async def move(self, code: str, status: str) -> None:
        """Moves a dossier, as an officer would."""
        form = self.page.locator("form#move")
        await form.locator("[name=code]").select_option(code)
        await form.locator("[name=status]").select_option(label=status)
        await form.get_by_role("button").click()
        await expect(form.get_by_role("status")).to_have_text(f"Đã chuyển sang: {status}")

    async def told(self, before: int) -> Locator:
        """What the page says next, after so many messages of its own."""
        answer = self._answers.nth(before)
        await expect(answer).to_be_visible(timeout=PATIENCE * 1000)
        return answer

    async def heard(self) -> int:
        """How many messages the page has written so far."""
        return await self._answers.count()


@pytest_asyncio.fixture(loop_scope="session")
async def phone(house: House, open_page: Opened) -> Callable[..., Awaitable[Phone]]:
    """`await phone("an")`: the demo's phone, one person played, its events followed."""

    async def hold(person: str = "an", width: str = "desk") -> Phone:
        page = await open_page(width, f"{house.sandbox.url}/")
        name = house.sandbox.world.people[person].name.split()[-1]
        await page.get_by_role("group", name="Người dân đang đóng vai").get_by_role("button", name=name).click()
        await house.sandbox.world.until(lambda: house.sandbox.world.watched(person), seconds=PATIENCE)
        await expect(page.get_by_role("button", name=name, pressed=True)).to_be_visible()
        return Phone(page)

    return hold


@pytest_asyncio.fixture(loop_scope="session")
async def faults(house: House) -> AsyncIterator[Faults]:
    """What goes wrong outside; nothing any more afterwards."""
    yield house.sandbox.faults
    house.sandbox.faults.clear()


@pytest.fixture
def accessible() -> Callable[[Page], Awaitable[None]]:
    """Fails where axe finds anything, or where the page is wider than its window."""

    async def look(page: Page) -> None:
        await page.evaluate("document.fonts.ready")
        found = (await Axe().run(page)).response["violations"]
        said = [f"{one['id']}: {one['help']} ({one['nodes'][0]['html'][:160]})" for one in found]
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (said, wide) == ([], 0), page.url

    return look

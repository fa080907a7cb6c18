"""A sandbox on free ports, a house that takes its webhooks, and a clock that moves only when told."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web

from sandbox.server import Sandbox
from sandbox.settings import Settings

AN = "2512523625412515"


class Clock:
    """Ten in the morning in Vietnam, until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 6, 22, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **much: float) -> None:
        self.now += timedelta(**much)


@dataclass
class House:
    """Where the webhooks arrive; `answers` are the statuses of the next ones, then 200."""

    url: str = ""
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    silent: bool = False

    def events(self, path: str = "/webhooks/zalo") -> list[tuple[dict[str, str], bytes]]:
        return [(headers, body) for at, headers, body in self.got if at == path]


@dataclass
class Caller:
    """A plain HTTP client of the sandbox."""

    sandbox: Sandbox
    session: aiohttp.ClientSession
    token: str = ""

    async def get(self, path: str, **more) -> tuple[int, object]:
        return await self._call("GET", path, more)

    async def post(self, path: str, **more) -> tuple[int, object]:
        return await self._call("POST", path, more)

    async def _call(self, verb: str, path: str, more: dict) -> tuple[int, object]:
        headers = {"access_token": self.token} if self.token else {}
        more["headers"] = headers | more.get("headers", {})
        async with self.session.request(verb, self.sandbox.url + path, allow_redirects=False, **more) as answer:
            if answer.content_type == "application/json":
                return answer.status, await answer.json()
            return answer.status, await answer.text()

    async def says(self, text: str = "Đã nhận hồ sơ", **more) -> dict:
        """Send An a consultation message; Zalo's answer."""
        message = {"text": text} | more
        _, answer = await self.post("/v3.0/oa/message/cs", json={"recipient": {"user_id": AN}, "message": message})
        return answer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        house.got.append((request.path, {name.lower(): value for name, value in request.headers.items()}, body))
        if house.silent:
            await asyncio.sleep(60)
        status = house.answers.pop(0) if house.answers else 200
        return web.json_response({"results": []}, status=status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    house.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield house
    await runner.cleanup()


Open = Callable[..., "asyncio.Future[Sandbox]"]


@pytest.fixture
async def opened(clock: Clock, house: House) -> AsyncIterator[Open]:
    """Opens sandboxes with settings of one's own; each has An, who follows, and Bình, who has no Zalo."""
    running: list[Sandbox] = []

    async def open_one(*, sleep=asyncio.sleep, **given) -> Sandbox:
        given = {"delivery_after": 0.0, "seen_after": 0.0, "webhook_base": house.url, "api_base": house.url} | given
        sandbox = Sandbox(Settings(**given), clock=clock, chance=random.Random(7), sleep=sleep)
        await sandbox.start()
        running.append(sandbox)
        sandbox.world.add_person(
            key="an",
            name="Nguyễn Văn An",
            phone="84912345678",
            email="an@example.vn",
            zalo_user_id=AN,
            user_id_by_app="552177279717587730",
            telegram_id=42,
            follows=True,
        )
        sandbox.world.add_person(key="binh", name="Trần Thị Bình", phone="84987654321", email="binh@example.vn")
        return sandbox

    yield open_one
    for sandbox in running:
        await sandbox.stop()


@pytest.fixture
async def sandbox(opened: Open) -> Sandbox:
    return await opened()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def anybody(sandbox: Sandbox, session: aiohttp.ClientSession) -> Caller:
    """A caller without a token."""
    return Caller(sandbox, session)


@pytest.fixture
def app(sandbox: Sandbox, session: aiohttp.ClientSession) -> Caller:
    """A caller with a good access token."""
    return Caller(sandbox, session, sandbox.tokens.pair()["access_token"])


@pytest.fixture
def app_of(session: aiohttp.ClientSession) -> Callable[[Sandbox], Caller]:
    """A caller with a good access token of a sandbox of one's own."""
    return lambda sandbox: Caller(sandbox, session, sandbox.tokens.pair()["access_token"])

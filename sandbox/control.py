"""The phone page and the JSON behind it: what it shows, what it does, and its stream of events.

Only for a browser on this machine: other Host headers and cross-origin posts are refused, unless told otherwise.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware
from pydantic import BaseModel, ValidationError

from sandbox import pages
from sandbox.carrier import sms_item
from sandbox.faults import DRAWER, Channel, Handler, Kind, drawer
from sandbox.inboxes import Person
from sandbox.mail import mail_item
from sandbox.officer import phones_of
from sandbox.play import NotPossible, Play
from sandbox.settings import Settings
from sandbox.world import TASKS, World
from sandbox.zalo_delivery import chat_item

PAGE = Path(__file__).parent / "page"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
HEARTBEAT = 15.0
SHOWN = 200
"""How many lines of each inbox the page gets."""


class FaultOrder(BaseModel, extra="forbid"):
    """A fault asked for over HTTP; the fields are those of `Faults.set`."""

    channel: Channel
    kind: Kind
    times: int | None = None
    seconds: float | None = None
    retry_after: int | None = None
    code: int | None = None
    stored: bool = False
    where: str = ""


def own_path(path: str) -> bool:
    """Whether a path is the phone page's or the control API's, not a provider's."""
    return path == "/" or path.startswith(("/assets/", "/sandbox/"))


def fence(settings: Settings) -> Middleware:
    """The middleware that keeps the phone page and the control API on this machine, and dresses their answers."""

    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not own_path(request.path):
            return await handler(request)
        host = urlsplit(f"//{request.host}").hostname
        if host not in LOOPBACK and not settings.any_host:
            return web.json_response({"error": "Chỉ mở được trên chính máy này."}, status=403)
        if request.method not in ("GET", "HEAD"):
            origin = request.headers.get("Origin")
            same = origin is None or urlsplit(origin).netloc == request.host
            if not same or request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
                return web.json_response({"error": "Yêu cầu đến từ trang khác."}, status=403)
            if request.content_type != "application/json":
                return web.json_response({"error": "Cần application/json."}, status=415)
        answer = await handler(request)
        if not answer.prepared:
            for name, value in pages.HEADERS.items():
                answer.headers.setdefault(name, value)
        return answer

    return keep


class Control:
    """The handlers of the phone page."""

    def __init__(self, settings: Settings, world: World, play: Play) -> None:
        self._settings = settings
        self._world = world
        self._play = play

    def routes(self) -> list[web.AbstractRouteDef]:
        """What the page asks for."""
        act = self._acting
        return [
            web.get("/", self.index),
            web.get("/assets/{name:.+}", self.asset),
            web.get("/sandbox/state", self.state),
            web.get("/sandbox/events", self.events),
            web.get("/sandbox/mails/{id}", self.mail),
            web.post("/sandbox/say", act(self.say)),
            web.post("/sandbox/press", act(self.press)),
            web.post("/sandbox/follow", act(self.follow)),
            web.post("/sandbox/move", act(self.move)),
            web.post("/sandbox/fault", act(self.fault)),
            web.post("/sandbox/faults", act(self.any_fault)),
            web.post("/sandbox/sms-reply", act(self.sms_reply)),
            web.post("/sandbox/reset-tasks", act(self.reset_tasks)),
        ]

    async def index(self, request: web.Request) -> web.StreamResponse:
        """The phone."""
        return self._file("index.html")

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """A style, a script, a font."""
        return self._file(request.match_info["name"])

    async def state(self, request: web.Request) -> web.Response:
        """All that the page shows, for one person; the first when none is named."""
        key = request.query.get("person") or next(iter(self._world.people), "")
        person = self._world.people.get(key)
        if person is None:
            return web.json_response({"error": "Không có người này."}, status=404)
        return web.json_response(self._state(person))

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Changes as server-sent events, until the page or the sandbox goes."""
        key = request.query.get("person", "")
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", **pages.HEADERS})
        await stream.prepare(request)
        with self._world.listener(key) as changes, suppress(ConnectionResetError):  # the page was closed
            await stream.write(b"retry: 1000\n\n")
            while True:
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        change = await changes.get()
                except TimeoutError:
                    await stream.write(b": heartbeat\n\n")
                    continue
                if change is None:
                    return stream
                kind, _, value = change
                shown = self._dossiers(self._world.people.get(key)) if kind == "dossiers" else value
                await stream.write(f"event: {kind}\ndata: {json.dumps(shown, ensure_ascii=False)}\n\n".encode())
        return stream

    async def mail(self, request: web.Request) -> web.Response:
        """A mail's HTML part, for a sandboxed frame."""
        found = next((each for each in self._world.mails if each.id == request.match_info["id"]), None)
        if found is None:
            return web.json_response({"error": "Không có thư này."}, status=404)
        return pages.mail(found.html, found.text)

    async def say(self, given: Mapping[str, object]) -> object:
        """Write to the page."""
        return {"message_id": (await self._play.say(_text(given, "person"), _text(given, "text"))).id}

    async def press(self, given: Mapping[str, object]) -> object:
        """Press a button."""
        return await self._play.press(_text(given, "person"), _text(given, "message_id"), _number(given, "index"))

    async def follow(self, given: Mapping[str, object]) -> object:
        """Follow or leave the page."""
        await self._play.follow(_text(given, "person"), wanted=_flag(given, "follow"))
        return {}

    async def move(self, given: Mapping[str, object]) -> object:
        """Move a dossier."""
        return await self._play.move(_text(given, "code"), _number(given, "status"))

    async def fault(self, given: Mapping[str, object]) -> object:
        """One of the five switches of the drawer."""
        chosen = DRAWER.get(_text(given, "key"))
        if chosen is None:
            raise NotPossible("Không có sự cố này.")
        _, channel, kind = chosen
        if _flag(given, "on"):
            self._world.faults.set(channel, kind, retry_after=5 if kind is Kind.HTTP_429 else None)
        else:
            self._world.faults.clear(channel, kind)
        return drawer(self._world.faults)

    async def any_fault(self, given: Mapping[str, object]) -> object:
        """Any fault of any channel, for those who test against a sandbox of their own; without a kind: clear."""
        if "kind" not in given:
            channel = given.get("channel")
            self._world.faults.clear(None if channel is None else str(channel))
            return {}
        order = FaultOrder.model_validate(given)
        self._world.faults.set(**order.model_dump())
        return {}

    async def sms_reply(self, given: Mapping[str, object]) -> object:
        """Answer by SMS, where a two-way number is configured."""
        return {"status": await self._play.answer_by_sms(_text(given, "person"), _text(given, "text"))}

    async def reset_tasks(self, given: Mapping[str, object]) -> object:
        """Begin the newcomer's tasks again."""
        self._world.tasks = dict.fromkeys(TASKS, False)
        self._world.publish("tasks", None, dict(self._world.tasks))
        return self._world.tasks

    def _acting(
        self, act: Callable[[Mapping[str, object]], Awaitable[object]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                given = json.loads(await request.read())
                if not isinstance(given, dict):
                    raise NotPossible("Yêu cầu không đúng dạng.")
                return web.json_response(await act(given))
            except (ValueError, ValidationError):
                return web.json_response({"error": "Yêu cầu không đúng dạng."}, status=400)
            except NotPossible as reason:
                return web.json_response({"error": str(reason)}, status=400)

        return handle

    def _file(self, name: str) -> web.StreamResponse:
        path = (PAGE / name).resolve()
        if not path.is_relative_to(PAGE) or not path.is_file():
            return web.Response(status=404, text="Không có trang này.")
        return web.FileResponse(path)

    def _state(self, person: Person) -> dict[str, object]:
        world = self._world
        return {
            "oa": {"name": self._settings.oa_name},
            "console_url": world.links.console_url,
            "two_way_number": self._settings.two_way_number,
            "people": [_person_item(each) for each in world.people.values()],
            "chat": [chat_item(each) for each in world.chat(person.key)[-SHOWN:]],
            "sms": [sms_item(each) for each in world.texts_to(person.phone)[-SHOWN:]],
            "mails": [mail_item(each) for each in world.mails_to(person.email)[-SHOWN:]] if person.email else [],
            "dossiers": self._dossiers(person),
            "faults": drawer(world.faults),
            "path": world.route.steps,
            "tasks": world.tasks,
        }

    def _dossiers(self, person: Person | None) -> list[dict[str, object]]:
        return [
            {
                "code": code,
                "procedure_name": each.get("procedure_name") or each.get("procedure_code"),
                "status": each.get("status"),
                "filing_channel": each.get("filing_channel"),
                "owner": person is not None and person.phone in phones_of(each),
            }
            for code, each in self._world.dossiers.items()
        ]


def _person_item(person: Person) -> dict[str, object]:
    local = f"0{person.phone.removeprefix('84')}"
    return {
        "key": person.key,
        "name": person.name,
        "phone_masked": f"{local[:4]} ··· {local[-3:]}",
        "email": person.email,
        "note": person.note,
        "follows": person.follows,
    }


def _text(given: Mapping[str, object], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str):
        raise NotPossible(f"Thiếu {name}.")
    return value


def _number(given: Mapping[str, object], name: str) -> int:
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotPossible(f"Thiếu {name}.")
    return value


def _flag(given: Mapping[str, object], name: str) -> bool:
    value = given.get(name)
    if not isinstance(value, bool):
        raise NotPossible(f"Thiếu {name}.")
    return value

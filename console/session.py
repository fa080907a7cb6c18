"""Who is asking: the session behind the cookie, the role that the route needs, the token that a form must carry."""

import secrets
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from console import forms, roles
from store.ids import Clock
from store.nouns import Store
from store.personal import token_hash
from store.staff import LONGEST, Officer, Session

SESSION: Final = web.RequestKey("session", Session)
POSTED: Final = web.RequestKey("posted", forms.Posted)

_NOTED_EVERY = timedelta(seconds=60)
_SAFE = frozenset({"GET", "HEAD"})


def officer_of(request: web.Request) -> Officer:
    """Who asks; only where a session is needed."""
    return request[SESSION].officer


def new_token() -> str:
    """256 bits that nobody can guess."""
    return secrets.token_urlsafe(32)


class Sessions:
    """The middleware, and the cookie. Over https the cookie is `__Host-` and Secure; in the demo it cannot be."""

    def __init__(self, store: Store, *, clock: Clock, https: bool) -> None:
        self._store = store
        self._clock = clock
        self._https = https
        self.cookie = "__Host-motcua" if https else "motcua_console"
        self._door = "__Host-motcua-door" if https else "motcua_door"

    @property
    def middleware(self) -> Middleware:
        @web.middleware
        async def sessions(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._check(request, handler)

        return sessions

    async def enter(self, response: web.StreamResponse, officer: Officer, request: web.Request) -> None:
        """Begins a session under a new cookie; one that the browser had before ends."""
        token = new_token()
        async with self._store.database.transaction() as tx:
            if old := request.cookies.get(self.cookie):
                await self._store.staff.leave(tx, old)
            await self._store.staff.enter(tx, officer.id, token, new_token(), self._clock())
            await self._store.audit.record(tx, officer.id, "session.began", f"staff:{officer.id}", at=self._clock())
        self._set(response, self.cookie, token, LONGEST)
        self._drop(response, self._door)

    async def leave(self, response: web.StreamResponse, request: web.Request) -> None:
        who = officer_of(request)
        async with self._store.database.transaction() as tx:
            await self._store.staff.leave(tx, request.cookies.get(self.cookie, ""))
            await self._store.audit.record(tx, who.id, "session.ended", f"staff:{who.id}", at=self._clock())
        self._drop(response, self.cookie)

    async def current(self, request: web.Request) -> Session | None:
        token = request.cookies.get(self.cookie)
        if not token:
            return None
        async with self._store.database.reading() as tx:
            return await self._store.staff.session(tx, token, self._clock())

    def door_token(self, request: web.Request) -> tuple[str, str]:
        """Before there is a session: the door's cookie (new where there is none), and the token of its form."""
        door = request.cookies.get(self._door) or new_token()
        return door, token_hash(f"console door {door}").hex()

    def keep_door(self, response: web.StreamResponse, door: str) -> None:
        self._set(response, self._door, door, timedelta(hours=1))

    async def _check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        method, path = request.method, _path(request)
        if path is None:  # no such page, or not by this method: the handler says so
            return await handler(request)
        if (("GET" if method == "HEAD" else method), path) in roles.OPEN:
            return await handler(request)
        session = await self.current(request)
        if session is None:
            raise self._to_sign_in(request)
        if not roles.may(session.officer, method, path):
            await self._refused(session.officer, method, path)
            raise web.HTTPForbidden
        request[SESSION] = session
        if method not in _SAFE:
            request[POSTED] = await forms.read(request, session.csrf)
        await self._note(request, session)
        return await handler(request)

    async def _note(self, request: web.Request, session: Session) -> None:
        """The session is in use; a page that asks by itself does not keep it alive."""
        now = self._clock()
        if request.path.endswith("/fragment") or now - session.seen_at < _NOTED_EVERY:
            return
        async with self._store.database.transaction() as tx:
            await self._store.staff.seen(tx, request.cookies[self.cookie], now)

    async def _refused(self, officer: Officer, method: str, path: str) -> None:
        async with self._store.database.transaction() as tx:
            await self._store.audit.record(tx, officer.id, "route.refused", f"{method} {path}", at=self._clock())

    def _to_sign_in(self, request: web.Request) -> web.HTTPException:
        if request.path.endswith("/fragment"):
            return web.HTTPUnauthorized()
        back = request.path if request.method in _SAFE and request.path != "/console/" else ""
        ended = "&ended=1" if self.cookie in request.cookies else ""
        return web.HTTPSeeOther(f"/console/sign-in?next={quote(back, safe='')}{ended}")

    def _set(self, response: web.StreamResponse, name: str, value: str, age: timedelta) -> None:
        response.set_cookie(
            name,
            value,
            max_age=int(age.total_seconds()),
            path="/",
            httponly=True,
            secure=self._https,
            samesite="Lax",
        )

    def _drop(self, response: web.StreamResponse, name: str) -> None:
        response.del_cookie(name, path="/", secure=self._https, httponly=True, samesite="Lax")


def _path(request: web.Request) -> str | None:
    """The route as the table of roles has it, or None where there is none."""
    resource = request.match_info.route.resource
    return None if resource is None else "/" + resource.canonical.removeprefix("/console").lstrip("/")

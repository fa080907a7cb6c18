"""Signing in and out: one answer for an unknown login and a wrong password, and waits that grow for whoever guesses."""

import math
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from aiohttp import web

from console import forms
from console.pages import Pages
from console.passwords import Passwords
from console.session import Sessions
from store.audit import SYSTEM
from store.ids import Clock
from store.nouns import Store
from store.staff import Lock, Officer

PAIR = Lock(free=5, first=timedelta(seconds=30), longest=timedelta(hours=1))
ADDRESS = Lock(free=30, first=timedelta(minutes=1), longest=timedelta(hours=1))
LOGIN = Lock(free=50, first=timedelta(minutes=1), longest=timedelta(minutes=5))
"""A login from one address; all logins from one address; one login from everywhere (short, so that nobody is
locked out by others)."""

_WRONG = "Tên đăng nhập hoặc mật khẩu không đúng."
_LONGEST_LOGIN = 100


class SignIn:
    def __init__(
        self, store: Store, sessions: Sessions, pages: Pages, *, clock: Clock, passwords: Passwords | None = None
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._pages = pages
        self._clock = clock
        self._passwords = passwords or Passwords()

    async def form(self, request: web.Request) -> web.StreamResponse:
        if await self._sessions.current(request) is not None:
            raise web.HTTPSeeOther("/console/")
        notice = "Phiên đăng nhập đã hết sau 30 phút không dùng." if "ended" in request.query else None
        return self._form(request, notice=notice, back=_inside(request.query.get("next", "")))

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """A posted login and password."""
        posted = await forms.read(request, self._sessions.door_token(request)[1])
        login, back = posted.text("login", _LONGEST_LOGIN), _inside(posted.text("next"))
        if not login or not posted.fields.get("password"):
            missing = {"login": "Xin nhập tên đăng nhập."} if not login else {"password": "Xin nhập mật khẩu."}
            return self._form(request, errors=missing, login=login, back=back, status=422)
        keys = _keys(login, request.remote or "")
        async with self._store.database.transaction() as tx:
            wait = await self._store.staff.attempt(tx, keys.items(), self._clock())
        if wait > timedelta(0):
            minutes = math.ceil(wait.total_seconds() / 60)
            errors = {"": f"Đã nhập sai nhiều lần. Xin thử lại sau {minutes} phút."}
            return self._form(request, errors=errors, login=login, back=back, status=429)
        officer = await self._right(login, posted.fields["password"])
        if officer is None:
            return self._form(request, errors={"": _WRONG}, login=login, back=back, status=422)
        async with self._store.database.transaction() as tx:
            await self._store.staff.succeed(tx, list(keys)[:1])
        return await self._begin(request, officer, back)

    async def by_link(self, request: web.Request) -> web.StreamResponse:
        """A link that is good once."""
        async with self._store.database.transaction() as tx:
            officer = await self._store.staff.accept(tx, request.match_info["token"], self._clock())
        if officer is None:
            errors = {"": "Đường dẫn đăng nhập này đã dùng rồi hoặc đã hết hạn."}
            return self._form(request, errors=errors, status=410)
        return await self._begin(request, officer, "")

    async def leave(self, request: web.Request) -> web.StreamResponse:
        response = web.Response(status=303, headers={"Location": "/console/sign-in"})
        await self._sessions.leave(response, request)
        return response

    async def _right(self, login: str, password: str) -> Officer | None:
        """Whose login and password these are; the same work for a login that nobody has."""
        async with self._store.database.reading() as tx:
            found = await self._store.staff.find(tx, login)
        active = found is not None and found[0].disabled_at is None
        right = await self._passwords.fits(password, found[1] if found is not None and active else None)
        if found is None or not right:
            async with self._store.database.transaction() as tx:
                await self._store.audit.record(
                    tx, found[0].id if found else SYSTEM, "session.refused", "sign-in", at=self._clock()
                )
            return None
        if self._passwords.outdated(found[1]):
            hashed = await self._passwords.hash(password)
            async with self._store.database.transaction() as tx:
                await self._store.staff.change_password(tx, found[0].id, hashed)
        return found[0]

    async def _begin(self, request: web.Request, officer: Officer, back: str) -> web.StreamResponse:
        response = web.Response(status=303, headers={"Location": back or "/console/"})
        await self._sessions.enter(response, officer, request)
        return response

    def _form(
        self,
        request: web.Request,
        *,
        errors: Mapping[str, str] | None = None,
        login: str = "",
        back: str = "",
        notice: str | None = None,
        status: int = 200,
    ) -> web.Response:
        door, token = self._sessions.door_token(request)
        shown = {"csrf": token, "next": back, "login": login, "errors": errors or {}, "notice": notice}
        response = self._pages.bare("sign_in", code=status, **shown)
        self._sessions.keep_door(response, door)
        return response


def _keys(login: str, address: str) -> dict[str, Lock]:
    """Under which names a failure counts; the first is wiped by a success."""
    name = login.casefold()
    return {f"{name} from {address}": PAIR, f"address {address}": ADDRESS, f"login {name}": LOGIN}


def _inside(address: str) -> str:
    """An address of the console itself, or nothing: never a way to another site."""
    parts = urlsplit(address)
    plain = not parts.scheme and not parts.netloc and "\\" not in address and address.isprintable()
    return address if plain and address.startswith("/console/") and not address.startswith("//") else ""

"""Dossiers: found by the full code or the full phone, shown masked; each search and each sight is written down."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from aiohttp import web

from console import roles, telling, words
from console.dossier_page import SHOWABLE, mute_words, page_of
from console.pages import Pages
from console.session import POSTED, officer_of
from delivery.texts.render import Renderer
from dossiers.agencies import named
from dossiers.lookup import Lookup
from dossiers.naming import Naming
from dossiers.statuses import FINAL, Status
from store.audit import Entry
from store.database import Tx
from store.dossiers import Stored
from store.ids import Clock
from store.nouns import Store
from store.personal import Unreadable
from store.staff import Officer, Role
from vietnam import phone
from vietnam.calendar import day

_LONGEST_QUERY = 100
_SEARCH_LIVES = timedelta(minutes=15)
_SEARCH = "console.search"


class Dossiers:
    def __init__(
        self, store: Store, lookup: Lookup, naming: Naming, renderer: Renderer, pages: Pages, *, clock: Clock
    ) -> None:
        self._store = store
        self._lookup = lookup
        self._naming = naming
        self._renderer = renderer
        self._pages = pages
        self._clock = clock

    async def search(self, request: web.Request) -> web.StreamResponse:
        """The empty page, or what a search found: `?s=` is the search itself, sealed for this member of staff."""
        asked = request.query.get("s")
        if asked is None:
            return await self._pages.show(request, "dossiers", "dossiers", asked=False, errors={}, found=[])
        who = officer_of(request)
        query = self._opened(asked, who)
        found = [] if query is None else await self._find(query, who)
        rows = [self._row(stored) for stored in found]
        return await self._pages.show(request, "dossiers", "dossiers", asked=True, errors={}, found=rows)

    async def look(self, request: web.Request) -> web.StreamResponse:
        """A posted search: neither the phone nor the code comes into an address."""
        who, query = officer_of(request), request[POSTED].text("q", _LONGEST_QUERY)
        if not query:
            errors = {"q": "Xin nhập đủ mã hồ sơ hoặc đủ số điện thoại."}
            return await self._pages.show(
                request, "dossiers", "dossiers", code=422, asked=False, errors=errors, found=[]
            )
        found = await self._find(query, who)
        where = f"/console/dossiers/{found[0].id}" if len(found) == 1 else self._address(query, who)
        return web.Response(status=303, headers={"Location": where})

    async def show(self, request: web.Request) -> web.StreamResponse:
        return await self._page(request, shown=None)

    async def reveal(self, request: web.Request) -> web.StreamResponse:
        """Shows a phone, a name or a sum, once, and writes down who saw it."""
        what = request[POSTED].text("what")
        if what not in SHOWABLE:
            raise web.HTTPBadRequest
        return await self._page(request, shown=what)

    async def unmute(self, request: web.Request) -> web.StreamResponse:
        """An officer has looked at the number: whoever said "not mine" hears of this dossier again."""
        who, dossier_id = officer_of(request), request.match_info["id"]
        async with self._store.database.transaction() as tx:
            stored = await self._store.dossiers.get(tx, dossier_id)
            if stored is None or not roles.sees(who, stored.dossier.agency.code):
                raise web.HTTPNotFound
            await self._store.mutes.lift(tx, stored.id)
            detail = {"code": stored.dossier.code}
            await self._store.audit.record(
                tx, who.id, "dossier.unmuted", f"dossier:{stored.id}", detail, at=self._clock()
            )
        return web.Response(status=303, headers={"Location": f"/console/dossiers/{dossier_id}"})

    async def _page(self, request: web.Request, shown: str | None) -> web.Response:
        who, now = officer_of(request), self._clock()
        dossier_id = request.match_info["id"]
        action = "dossier.seen" if shown is None else f"dossier.{shown}_shown"
        async with self._store.database.transaction() as tx:
            stored = await self._store.dossiers.get(tx, dossier_id)
            if stored is None or not roles.sees(who, stored.dossier.agency.code):
                raise web.HTTPNotFound
            (stored,) = await self._named(tx, [stored])
            context = page_of(stored, await self._store.dossiers.history(tx, stored.id), self._naming, shown, now)
            context["hidden"] = [word for word in context["hidden"] if roles.at_least(who, Role.CLERK)]
            context["messages"] = await self._messages(tx, stored)
            context["last_seen"] = await self._last_seen(tx, stored.id)
            context["muted"] = [mute_words(one) for one in await self._store.mutes.of_dossier(tx, stored.id)]
            context["may_unmute"] = roles.at_least(who, Role.CLERK)
            detail = {"code": stored.dossier.code}
            await self._store.audit.record(tx, who.id, action, f"dossier:{stored.id}", detail, at=now)
        return await self._pages.show(request, "dossier", "dossiers", **context)

    async def _messages(self, tx: Tx, stored: Stored) -> list[dict[str, Any]]:
        names = [party.name for party in (stored.dossier.applicant, stored.dossier.delegate) if party is not None]
        messages = await self._store.outbox.of_dossier(tx, stored.id)
        return [telling.on_dossier(one, self._renderer, self._pages.place, names=names) for one in messages]

    async def _last_seen(self, tx: Tx, dossier_id: str) -> str | None:
        """Who saw the phone last, from the trail itself."""
        entries = await self._store.audit.page(tx, subject=f"dossier:{dossier_id}", limit=50)
        entry: Entry | None = next((one for one in entries if one.action == "dossier.phone_shown"), None)
        if entry is None:
            return None
        people = await self._store.staff.named(tx, [entry.who])
        name = people[entry.who].name if entry.who in people else "một cán bộ"
        return f"Đã xem số điện thoại gần đây: {name}, {words.clock(entry.at)} ngày {day(entry.at)}."

    async def _find(self, query: str, who: Officer) -> Sequence[Stored]:
        """Found by full phone or full code, theirs to see; the search is written down with how many were found."""
        async with self._store.database.transaction() as tx:
            number = _phone(query)
            if number is not None:
                every = [stored for _, stored in await self._store.dossiers.of_phone(tx, number)]
                found = list({stored.id: stored for stored in every}.values())
            else:
                one = await self._lookup.find(tx, query)
                found = [] if one is None else [one]
            mine = await self._named(tx, [one for one in found if roles.sees(who, one.dossier.agency.code)])
            asked = {"by": "code", "code": query} if number is None else {"by": "phone", "phone": phone.masked(number)}
            await self._store.audit.record(
                tx, who.id, "dossier.searched", "dossiers", asked | {"found": len(mine)}, at=self._clock()
            )
        return mine

    async def _named(self, tx: Tx, found: Sequence[Stored]) -> list[Stored]:
        """With each agency's name from the directory, where the source gave none."""
        directory = await self._store.agencies.named(tx, {stored.dossier.agency.code for stored in found})
        shown = []
        for stored in found:
            office = stored.dossier.agency
            office = replace(office, name=office.name or named(office, directory).name)
            shown.append(replace(stored, dossier=replace(stored.dossier, agency=office)))
        return shown

    def _row(self, stored: Stored) -> Mapping[str, str]:
        dossier = stored.dossier
        status = Status(dossier.status)
        kind = "ok" if status in (Status.DONE, Status.RETURNED) else "" if status in FINAL else "run"
        return {
            "href": f"/console/dossiers/{stored.id}",
            "code": dossier.code,
            "procedure_name": self._naming.of(dossier) or dossier.procedure_name or dossier.procedure_code,
            "agency": dossier.agency.name or dossier.agency.code,
            "status": status.words,
            "status_kind": "warn" if status.paused else kind,
            "when": words.moment(dossier.status_at),
        }

    def _address(self, query: str, who: Officer) -> str:
        """The search, sealed: it opens for this member of staff alone, for a quarter of an hour."""
        until = self._clock() + _SEARCH_LIVES
        cell = self._store.seal.seal_data(_SEARCH, who.id, {"q": query, "until": until})
        return f"/console/dossiers?s={base64.urlsafe_b64encode(cell).decode().rstrip('=')}"

    def _opened(self, asked: str, who: Officer) -> str | None:
        try:
            cell = base64.urlsafe_b64decode(asked[:1000] + "=" * (-len(asked[:1000]) % 4))
            held = self._store.seal.open_data(_SEARCH, who.id, cell)
        except (ValueError, Unreadable):
            return None
        return str(held["q"]) if held["until"] > self._clock() else None


def _phone(query: str) -> str | None:
    try:
        return phone.read(query)
    except phone.PhoneError:
        return None

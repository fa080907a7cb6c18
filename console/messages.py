"""One message: why it is where it is, its whole history, its words; the sight of them is written down."""

from typing import Any

from aiohttp import web

from console import roles, telling
from console.pages import Pages
from console.session import officer_of
from delivery.history import EVENTS
from delivery.texts.render import Renderer
from store.database import Tx
from store.ids import Clock
from store.nouns import Store
from store.outbox.tables import OutboxMessage
from store.staff import Officer, Role


class Messages:
    def __init__(self, store: Store, renderer: Renderer, pages: Pages, *, clock: Clock) -> None:
        self._store = store
        self._renderer = renderer
        self._pages = pages
        self._clock = clock

    async def show(self, request: web.Request) -> web.StreamResponse:
        who = officer_of(request)
        async with self._store.database.transaction() as tx:
            message = await self._store.outbox.get(tx, request.match_info["id"])
            if message is None or not await self._may_see(tx, who, message):
                raise web.HTTPNotFound
            shown = telling.alone(message, self._renderer, self._pages.place)
            shown |= self._words(who, message)
            around = await self._around(tx, message)
            detail = {"event": message.event}
            await self._store.audit.record(
                tx, who.id, "message.seen", f"message:{message.id}", detail, at=self._clock()
            )
        return await self._pages.show(
            request,
            "message",
            "dossiers",
            message=shown,
            sentences=shown["sentences"],
            attempts=telling.attempts(message),
            **around,
        )

    async def _may_see(self, tx: Tx, who: Officer, message: OutboxMessage) -> bool:
        """Of their agency: by the message's own mark, else by its dossier's; what is nobody's is the province's."""
        if who.agency is None or message.agency is not None or message.dossier_id is None:
            return roles.sees(who, message.agency)
        stored = await self._store.dossiers.get(tx, message.dossier_id)
        return stored is not None and roles.sees(who, stored.dossier.agency.code)

    def _words(self, who: Officer, message: OutboxMessage) -> dict[str, str]:
        """A clerk reads what the citizen read; a viewer does not."""
        if roles.at_least(who, Role.CLERK):
            return telling.open_text(message, self._renderer)
        return {"text": "", "subject": ""}

    async def _around(self, tx: Tx, message: OutboxMessage) -> dict[str, Any]:
        stored = await self._store.dossiers.get(tx, message.dossier_id) if message.dossier_id else None
        notice = await self._store.notices.get(tx, message.notice_id) if message.notice_id else None
        return {
            "dossier": None
            if stored is None
            else {"code": stored.dossier.code, "href": f"/console/dossiers/{stored.id}"},
            "notice": None
            if notice is None
            else {"title": notice.words.title, "href": f"/console/notices/{notice.id}"},
            "carrier": None if message.joined_into is None else f"/console/messages/{message.joined_into}",
            "members": [
                {"title": EVENTS.get(one.event, one.event), "href": f"/console/messages/{one.message_id}"}
                for one in await self._store.outbox.members(tx, message.id)
            ],
        }

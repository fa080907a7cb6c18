"""Bulk notices, first half: the list, the upload, the wrong rows, the preview. Nothing is sent from here."""

import asyncio
from datetime import timedelta
from typing import Any

from aiohttp import web

from console import notice_price, notice_rows, roles, words
from console.notice_steps import Step, rail, when
from console.pages import Pages
from console.session import POSTED, officer_of
from notices import wrong_sheet
from notices.approval import Approval
from notices.check import REASONS
from notices.estimate import Estimates
from notices.people import AMOUNT, SheetRefused
from notices.progress import progress
from notices.samples import sample
from notices.sending import Hand, around
from notices.texts import NoSuchText, Texts
from notices.upload import Desk, SentBefore, Upload
from store.database import Tx
from store.ids import Clock
from store.notices import Notice, State
from store.nouns import Store
from store.staff import Officer
from vietnam.calendar import local

_PAGE = 10
_LISTED = 50
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def hand(officer: Officer) -> Hand:
    """A member of staff as the business knows them."""
    return Hand(id=officer.id, agency=officer.agency)


async def notice_of(store: Store, tx: Tx, request: web.Request) -> Notice:
    """The notice of the address, if it is theirs to see."""
    notice = await store.notices.get(tx, request.match_info["id"])
    if notice is None or not roles.sees(officer_of(request), notice.agency):
        raise web.HTTPNotFound
    return notice


def moved(notice_id: str, step: str, done: str = "") -> web.Response:
    """On to a step's page."""
    where = f"/console/notices/{notice_id}/{step}" + (f"?done={done}" if done else "")
    return web.Response(status=303, headers={"Location": where})


class Notices:
    def __init__(
        self,
        store: Store,
        desk: Desk,
        approval: Approval,
        texts: Texts,
        pages: Pages,
        *,
        estimates: Estimates | None,
        clock: Clock,
    ) -> None:
        self._estimates = estimates
        self._store = store
        self._desk = desk
        self._approval = approval
        self._texts = texts
        self._pages = pages
        self._clock = clock

    async def list(self, request: web.Request) -> web.StreamResponse:
        who = officer_of(request)
        async with self._store.database.reading() as tx:
            found = await self._store.notices.newest(tx, agency=who.agency, limit=_LISTED)
            rows = await listed(self._store, tx, found)
        may_write = roles.may(who, "POST", "/notices")
        return await self._pages.show(request, "notices", "notices", notices=rows, pages=None, may_write=may_write)

    async def new(self, request: web.Request) -> web.StreamResponse:
        return await self._form(request)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        posted = request[POSTED]
        title, template = posted.text("title", 120), posted.text("template", 60)
        errors = {}
        if not title:
            errors["title"] = "Xin đặt tên cho thông báo."
        if not template:
            errors["template"] = "Xin chọn một mẫu tin."
        if not posted.data:
            errors["sheet"] = "Xin chọn tệp danh sách người nhận."
        if errors or posted.data is None:
            return await self._form(request, errors, title=title, template=template)
        upload = Upload(
            data=posted.data,
            filename=posted.filename,
            title=title,
            template=template,
            again=posted.text("anyway") == "1",
        )
        try:
            notice = await self._desk.take(upload, hand(officer_of(request)))
        except SheetRefused as why:
            return await self._form(request, {"sheet": why.reason}, title=title, template=template)
        except NoSuchText:
            return await self._form(request, {"template": "Không có mẫu tin này."}, title=title)
        except SentBefore as why:
            return await self._form(request, title=title, template=template, same_file=why.words)
        return moved(notice.id, "errors")

    async def sample(self, request: web.Request) -> web.StreamResponse:
        """The sample file, on dossiers of their agency that owe something."""
        who, now = officer_of(request), self._clock()
        async with self._store.database.reading() as tx:
            owing = await self._store.dossiers.unpaid_due(tx, now + timedelta(days=365), limit=200)
        codes = [one.dossier.code for one in owing if roles.sees(who, one.dossier.agency.code)]
        data = await asyncio.to_thread(sample, codes[:20], local(now).date())
        return _file(data, "tep-mau-nhac-nop-phi.xlsx")

    async def open(self, request: web.Request) -> web.StreamResponse:
        """On to the step where the notice stands."""
        async with self._store.database.reading() as tx:
            notice = await notice_of(self._store, tx, request)
        return moved(notice.id, when(notice))

    async def errors(self, request: web.Request) -> web.StreamResponse:
        """The wrong rows, page by page, those of one reason if asked."""
        reason = request.query.get("reason", "")
        reason = reason if reason in REASONS else ""
        page = max(1, int(request.query["page"])) if request.query.get("page", "").isdecimal() else 1
        async with self._store.database.transaction() as tx:
            notice = await notice_of(self._store, tx, request)
            counts = await self._store.notices.reasons(tx, notice.id)
            rows = await self._store.notices.wrong_rows(
                tx, notice.id, code=reason or None, skip=(page - 1) * _PAGE, limit=_PAGE
            )
            await self._seen(tx, request, notice, "notice.rows_seen")
        total = counts.get(reason, 0) if reason else notice.wrong
        return await self._pages.show(
            request,
            "notice_errors",
            "notices",
            notice=_head(notice) | {"saved_at": words.clock(notice.created_at)},
            steps=rail(notice, Step.ERRORS),
            check=notice_rows.verdict(notice, counts),
            reasons=notice_rows.reasons(notice, counts),
            reason=reason,
            columns=[{"letter": letter, "name": title} for letter, _, title in notice.columns],
            rows=[notice_rows.masked(notice, row) for row in rows],
            pages=notice_rows.pager(notice, reason, page, _PAGE, len(rows), total),
            to_approve=self._approval.needed(notice),
        )

    async def wrong_rows(self, request: web.Request) -> web.StreamResponse:
        """The wrong rows as a file, with a column that says why."""
        async with self._store.database.transaction() as tx:
            notice = await notice_of(self._store, tx, request)
            rows = await wrong_sheet.wrong_rows(self._store, tx, notice)
            await self._seen(tx, request, notice, "notice.rows_taken")
        data = await asyncio.to_thread(wrong_sheet.workbook, notice, rows)
        return _file(data, "dong-can-sua.xlsx")

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """The wrong rows stay behind; on with the right ones."""
        async with self._store.database.reading() as tx:
            notice = await notice_of(self._store, tx, request)
        return moved(notice.id, "preview")

    async def preview(self, request: web.Request) -> web.StreamResponse:
        """What one person of the sheet would read; `?row=` is which of the right ones, from 0."""
        place = min(int(request.query["row"]), 10_000) if request.query.get("row", "").isdecimal() else 0
        async with self._store.database.transaction() as tx:
            notice = await notice_of(self._store, tx, request)
            rows = await self._store.notices.right_rows(tx, notice.id, skip=place, limit=2)
            surroundings = await around(self._store, tx, notice.agency)
            await self._seen(tx, request, notice, "notice.rows_seen")
        if not rows:
            return moved(notice.id, "errors")
        here = f"/console/notices/{notice.id}/preview?row="
        return await self._pages.show(
            request,
            "notice_preview",
            "notices",
            notice=_head(notice) | {"template_name": self._texts.get(notice.template).title},
            steps=rail(notice, Step.PREVIEW),
            sample={
                "number": rows[0].number,
                "who": notice_rows.recipient(rows[0]),
                "previous": f"{here}{place - 1}" if place else None,
                "next": f"{here}{place + 1}" if len(rows) > 1 else None,
            },
            previews=notice_rows.previews(self._texts, notice, rows[0], surroundings, self._pages.place),
            people=notice.right,
            **await notice_price.shown(self._store, self._estimates, notice),
            to_approve=self._approval.needed(notice),
        )

    async def _form(
        self,
        request: web.Request,
        errors: dict[str, str] | None = None,
        *,
        title: str = "",
        template: str = "",
        same_file: str | None = None,
    ) -> web.Response:
        templates = [
            {"key": text.key, "name": text.title, "about": text.about, "fields": text.columns}
            for text in sorted(self._texts.all(), key=lambda text: AMOUNT not in text.needs)
        ]
        return await self._pages.show(
            request,
            "notice_new",
            "notices",
            code=422 if errors else 409 if same_file else 200,
            steps=rail(None, Step.PEOPLE),
            values={"title": title, "template": template or templates[0]["key"]},
            errors=errors or {},
            templates=templates,
            same_file=same_file,
            limit="10 MB",
        )

    async def _seen(self, tx: Tx, request: web.Request, notice: Notice, action: str) -> None:
        who = officer_of(request)
        await self._store.audit.record(tx, who.id, action, f"notice:{notice.id}", at=self._clock())


async def listed(store: Store, tx: Tx, notices: list[Notice]) -> list[dict[str, Any]]:
    """Rows of a list of notices: who wrote each, how much of it arrived."""
    people = await store.staff.named(tx, {notice.author for notice in notices})
    rows = []
    for notice in notices:
        share = None
        if notice.state in (State.SENDING, State.PAUSED, State.DONE, State.CANCELLED):
            counts = await progress(store, tx, notice)
            share = counts.figures.delivered / counts.total if counts.total else None
        author = people.get(notice.author)
        rows.append(
            {
                "title": notice.words.title,
                "href": f"/console/notices/{notice.id}",
                "author": author.name if author else "Lệnh trên máy chủ",
                "when": words.moment(notice.created_at),
                "people": notice.right,
                "delivered_share": share,
                "state": "returned" if notice.words.returned_why else notice.state.value,
            }
        )
    return rows


def _head(notice: Notice) -> dict[str, Any]:
    return {"id": notice.id, "title": notice.words.title, "file_name": notice.words.filename}


def _file(data: bytes, name: str) -> web.Response:
    return web.Response(
        body=data, headers={"Content-Type": _XLSX, "Content-Disposition": f'attachment; filename="{name}"'}
    )

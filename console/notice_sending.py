"""Bulk notices, second half: submit, approve or return, follow, pause, resume, cancel."""

from typing import Any

from aiohttp import web

from console import notice_price, notice_rows, roles, words
from console.notice_steps import Step, rail
from console.notices import hand, moved, notice_of
from console.pages import Pages
from console.session import POSTED, officer_of
from delivery.history import CHANNELS
from notices.approval import Approval
from notices.estimate import Estimates
from notices.progress import Progress, progress
from notices.sending import Sending, Unfitting, around
from notices.texts import Texts
from store.database import Tx
from store.ids import Clock
from store.notices import Notice, State
from store.nouns import Store
from store.staff import Officer
from vietnam import money


class NoticeSending:
    def __init__(
        self,
        store: Store,
        approval: Approval,
        sending: Sending,
        texts: Texts,
        pages: Pages,
        *,
        estimates: Estimates | None,
        clock: Clock,
    ) -> None:
        self._estimates = estimates
        self._store = store
        self._approval = approval
        self._sending = sending
        self._texts = texts
        self._pages = pages
        self._clock = clock

    async def submit(self, request: web.Request) -> web.StreamResponse:
        try:
            notice = await self._approval.submit(request.match_info["id"], hand(officer_of(request)))
        except Unfitting:
            return await self._where_it_stands(request)
        waits = notice.state is State.SUBMITTED
        return moved(notice.id, "approve" if waits else "progress", "submitted" if waits else "sending")

    async def approval(self, request: web.Request) -> web.StreamResponse:
        return await self._approval_page(request, {})

    async def approve(self, request: web.Request) -> web.StreamResponse:
        try:
            notice = await self._approval.approve(request.match_info["id"], hand(officer_of(request)))
        except Unfitting as why:
            return await self._approval_page(request, {"": why.reason})
        return moved(notice.id, "progress", "approved")

    async def give_back(self, request: web.Request) -> web.StreamResponse:
        reason = request[POSTED].text("reason")
        if not reason:
            return await self._approval_page(request, {"reason": "Xin ghi lý do trả lại."})
        try:
            await self._approval.give_back(request.match_info["id"], hand(officer_of(request)), reason)
        except Unfitting:
            return await self._where_it_stands(request)
        return web.Response(status=303, headers={"Location": "/console/notices?done=returned"})

    async def follow(self, request: web.Request) -> web.StreamResponse:
        return await self._progress_page(request, {}, asking="cancel" in request.query)

    async def fragment(self, request: web.Request) -> web.StreamResponse:
        """The moving part alone; it also notices that nothing is left to send."""
        await self._sending.close_if_through(request.match_info["id"])
        async with self._store.database.reading() as tx:
            notice = await notice_of(self._store, tx, request)
            shown = await self._moving(tx, notice)
        return self._pages.bare("_notice_progress", notice={"id": notice.id, "state": notice.state.value}, **shown)

    async def pause(self, request: web.Request) -> web.StreamResponse:
        try:
            await self._sending.pause(request.match_info["id"], hand(officer_of(request)))
        except Unfitting:
            return await self._where_it_stands(request)
        return moved(request.match_info["id"], "progress", "paused")

    async def resume(self, request: web.Request) -> web.StreamResponse:
        try:
            await self._sending.resume(request.match_info["id"], hand(officer_of(request)))
        except Unfitting:
            return await self._where_it_stands(request)
        return moved(request.match_info["id"], "progress", "resumed")

    async def cancel(self, request: web.Request) -> web.StreamResponse:
        reason = request[POSTED].text("reason")
        if not reason:
            return await self._progress_page(request, {"reason": "Xin ghi lý do hủy."}, asking=True)
        try:
            await self._sending.cancel(request.match_info["id"], hand(officer_of(request)), reason)
        except Unfitting:
            return await self._where_it_stands(request)
        return moved(request.match_info["id"], "progress", "cancelled")

    async def _where_it_stands(self, request: web.Request) -> web.Response:
        """Someone was faster, or the page was old: to the step where the notice is now."""
        async with self._store.database.reading() as tx:
            notice = await notice_of(self._store, tx, request)
        return web.Response(status=303, headers={"Location": f"/console/notices/{notice.id}"})

    async def _approval_page(self, request: web.Request, errors: dict[str, str]) -> web.Response:
        who = officer_of(request)
        async with self._store.database.transaction() as tx:
            notice = await notice_of(self._store, tx, request)
            if notice.state is not State.SUBMITTED or notice.submitted_at is None:
                return web.Response(status=303, headers={"Location": f"/console/notices/{notice.id}"})
            rows = await self._store.notices.right_rows(tx, notice.id, limit=1)
            people = await self._store.staff.named(tx, [notice.author])
            surroundings = await around(self._store, tx, notice.agency)
            await self._store.audit.record(tx, who.id, "notice.rows_seen", f"notice:{notice.id}", at=self._clock())
        shown = notice_rows.previews(self._texts, notice, rows[0], surroundings, self._pages.place) if rows else []
        author = people.get(notice.author)
        return await self._pages.show(
            request,
            "notice_approve",
            "notices",
            code=422 if errors else 200,
            notice={
                "id": notice.id,
                "title": notice.words.title,
                "template_name": self._texts.get(notice.template).title,
                "author": author.name if author else "Lệnh trên máy chủ",
                "submitted_at": words.moment(notice.submitted_at),
                "file_name": notice.words.filename,
            },
            steps=rail(notice, Step.APPROVAL),
            people=notice.right,
            **await notice_price.shown(self._store, self._estimates, notice),
            preview=notice_rows.first_preview(shown, self._pages.place),
            left_out=[{"text": "Dòng có ô sai, không gửi", "count": notice.wrong}] if notice.wrong else [],
            errors=errors,
            **self._may(who, notice),
        )

    def _may(self, who: Officer, notice: Notice) -> dict[str, Any]:
        """Whether this person may decide, and why not."""
        if not roles.may(who, "POST", "/notices/{id}/approve"):
            return {"may_approve": False, "why_not": "Thông báo đang chờ người duyệt."}
        if notice.author == who.id:
            return {"may_approve": False, "why_not": "Anh/chị soạn thông báo này nên cần người khác duyệt."}
        return {"may_approve": True, "why_not": ""}

    async def _progress_page(self, request: web.Request, errors: dict[str, str], *, asking: bool) -> web.Response:
        await self._sending.close_if_through(request.match_info["id"])
        async with self._store.database.reading() as tx:
            notice = await notice_of(self._store, tx, request)
            shown = await self._moving(tx, notice)
        return await self._pages.show(
            request,
            "notice_progress",
            "notices",
            code=422 if errors else 200,
            notice={
                "id": notice.id,
                "title": notice.words.title,
                "state": notice.state.value,
                "started_at": words.moment(notice.approved_at) if notice.approved_at else "",
            },
            steps=rail(notice, Step.PROGRESS),
            may_steer=roles.may(officer_of(request), "POST", "/notices/{id}/cancel"),
            asking=asking,
            errors=errors,
            **shown,
        )

    async def _moving(self, tx: Tx, notice: Notice) -> dict[str, Any]:
        """What `_notice_progress.html` asks for, but for the notice."""
        seen = await progress(self._store, tx, notice)
        spent = await self._store.spending.of_notice(tx, notice.id)
        return {
            "progress": self._figures(notice, seen) | {"spent": notice_price.spent(spent)},
            "channels": [
                {
                    "key": key,
                    "name": CHANNELS.get(key, key),
                    "total": one.total,
                    "delivered": one.delivered,
                    "accepted": one.accepted,
                    "failed": one.failed,
                    "waiting": one.waiting,
                    "spent": money.screen(spent[key]) if key in spent else "–",
                }
                for key, one in seen.by_channel.items()
            ],
            "failures": [
                {
                    "count": count,
                    "reason": why[:1].upper() + why[1:],
                    "channel": CHANNELS.get(key, "không có kênh"),
                    "note": "",
                }
                for key, why, count in seen.failures
            ],
        }

    def _figures(self, notice: Notice, seen: Progress) -> dict[str, Any]:
        now, figures = self._clock(), seen.figures
        seconds = (now - notice.approved_at).total_seconds() if notice.approved_at else 0.0
        pace = figures.gone / seconds if seconds >= 1 and seen.live else 0.0
        return {
            "total": seen.total,
            "gone": figures.gone,
            "delivered": figures.delivered,
            "accepted": figures.accepted,
            "failed": figures.failed,
            "unknown": figures.unknown,
            "waiting": figures.waiting,
            "cancelled": figures.cancelled,
            "skipped": seen.skipped,
            "live": seen.live,
            "speed": f"{words.number(pace)} tin/giây" if pace >= 1 else "",
            "left": _left(figures.waiting / pace) if pace and figures.waiting else "",
            "updated": words.clock(now),
        }


def _left(seconds: float) -> str:
    return f"còn khoảng {round(seconds)} giây" if seconds < 90 else f"còn khoảng {round(seconds / 60)} phút"

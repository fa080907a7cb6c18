"""The trail: who did or saw what, the newest first, and whether the chain still holds."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from console import words
from console.pages import Pages
from console.session import officer_of
from delivery.history import EVENTS
from store.audit import SYSTEM, Entry, Verdict
from store.database import Tx
from store.ids import Clock
from store.nouns import Store
from store.staff import Officer

ACTIONS: Mapping[str, str] = {
    "session.began": "Đăng nhập",
    "session.ended": "Đăng xuất",
    "session.refused": "Đăng nhập không thành công",
    "route.refused": "Bị từ chối vì chưa được giao quyền",
    "dossier.searched": "Tìm hồ sơ",
    "dossier.seen": "Xem hồ sơ",
    "dossier.phone_shown": "Hiện số điện thoại",
    "dossier.name_shown": "Hiện họ tên, căn cước",
    "dossier.money_shown": "Hiện số tiền",
    "message.seen": "Xem tin đã gửi",
    "notice.uploaded": "Tải lên danh sách người nhận",
    "notice.rows_seen": "Xem các dòng của danh sách",
    "notice.rows_taken": "Tải về các dòng sai",
    "notice.submitted": "Trình duyệt thông báo",
    "notice.sent": "Gửi thông báo",
    "notice.approved": "Duyệt gửi thông báo",
    "notice.returned": "Trả lại thông báo",
    "notice.paused": "Tạm dừng gửi thông báo",
    "notice.resumed": "Gửi tiếp thông báo",
    "notice.cancelled": "Hủy các tin chưa gửi",
    "notice.done": "Thông báo gửi xong",
    "delivery.held": "Dừng gửi",
    "delivery.resumed": "Gửi lại",
    "dossier.unmuted": "Cho báo tin lại",
    "audit.seen": "Xem nhật ký thao tác",
    "misses.seen": "Xem câu trợ lý chưa hiểu",
}
_FIELDS: Mapping[str, str] = {
    "code": "mã hồ sơ",
    "phone": "số điện thoại",
    "found": "tìm thấy",
    "reason": "lý do",
    "total": "số dòng",
    "right": "số dòng đúng",
    "template": "mẫu tin",
    "event": "sự kiện",
    "held": "tin giữ lại",
    "freed": "tin gửi tiếp",
    "queued": "tin đã hủy",
    "before": "trước dòng",
    "part": "phần",
    "stale": "tin quá hạn đã bỏ",
}
_PLACES = {"dossier": "/console/dossiers/", "message": "/console/messages/", "notice": "/console/notices/"}
_KINDS = {"dossier": "Hồ sơ", "message": "Tin", "notice": "Thông báo", "staff": "Cán bộ"}
_PAGE = 50
_CHECKED_EVERY = timedelta(minutes=5)


class AuditPage:
    """The whole chain is read at most each five minutes; the page says when."""

    def __init__(self, store: Store, pages: Pages, *, clock: Clock) -> None:
        self._store = store
        self._pages = pages
        self._clock = clock
        self._checked: tuple[datetime, Verdict] | None = None

    async def show(self, request: web.Request) -> web.StreamResponse:
        before = int(request.query["before"]) if request.query.get("before", "").isdecimal() else None
        async with self._store.database.reading() as tx:
            checked_at, verdict = await self._verdict(tx)
            entries = await self._store.audit.page(tx, before=before, limit=_PAGE)
            people = await self._store.staff.named(tx, {entry.who for entry in entries})
            last = await self._store.audit.head(tx)
        who, now = officer_of(request), self._clock()
        async with self._store.database.transaction() as tx:
            await self._store.audit.record(tx, who.id, "audit.seen", "audit", {"before": before or 0}, at=now)
        chain = {"sound": verdict.holds, "count": verdict.count, "checked_at": words.moment(checked_at)}
        rows = [_row(entry, people) for entry in entries]
        return await self._pages.show(
            request, "audit", "audit", chain=chain, entries=rows, pages=_pager(entries, before, last.number)
        )

    async def _verdict(self, tx: Tx) -> tuple[datetime, Verdict]:
        now = self._clock()
        if self._checked is None or now - self._checked[0] >= _CHECKED_EVERY:
            self._checked = (now, await self._store.audit.verify(tx))
        return self._checked


def _row(entry: Entry, people: Mapping[str, Officer]) -> Mapping[str, Any]:
    kind, _, found = entry.subject.partition(":")
    who = people.get(entry.who)
    return {
        "at": words.exactly(entry.at),
        "who": who.name if who else "Hệ thống" if entry.who == SYSTEM else entry.who,
        "action": ACTIONS.get(entry.action, entry.action),
        "subject": _KINDS.get(kind, "") if found else "",
        "href": f"{_PLACES[kind]}{found}" if found and kind in _PLACES else None,
        "detail": "; ".join(f"{_FIELDS[key]}: {_said(value)}" for key, value in entry.detail.items() if key in _FIELDS),
    }


def _said(value: object) -> object:
    """An event by its name, whatever else as it is."""
    return EVENTS.get(value, value) if isinstance(value, str) else value


def _pager(entries: list[Entry], before: int | None, total: int) -> Mapping[str, Any] | None:
    if total <= _PAGE:
        return None
    older = entries[-1].number if entries else 0
    page = 1 if before is None else (total - before + 1) // _PAGE + 1
    newer = None if before is None else "/console/audit" if page <= 2 else f"/console/audit?before={before + _PAGE}"
    return {
        "shown": len(entries),
        "total": total,
        "page": page,
        "pages": -(-total // _PAGE),
        "previous": newer,
        "next": f"/console/audit?before={older}" if older > 1 else None,
    }

"""Who lets a bulk notice go: above a number of recipients a second person, and never its own author."""

from collections.abc import Collection
from typing import Any

from notices.sending import Hand, Sending, Unfitting
from notices.settings import Settings
from store.database import Tx
from store.ids import Clock
from store.notices import Notice, State, Words
from store.nouns import Store


class OwnNotice(Unfitting):
    """Nobody approves what they wrote themselves."""

    reason = "Anh/chị soạn thông báo này nên cần người khác duyệt."


class Empty(Unfitting):
    """No row of it is right."""

    reason = "Tệp không có dòng nào đúng để gửi."


class NotNow(Unfitting):
    """The notice stands elsewhere by now: someone was faster, or the page is old."""

    reason = "Thông báo này đã chuyển sang bước khác. Xin tải lại trang."


class Approval:
    """Moves a notice from checked to sending, over a second person where it must be."""

    def __init__(self, store: Store, sending: Sending, *, settings: Settings, clock: Clock) -> None:
        self._store = store
        self._sending = sending
        self._settings = settings
        self._clock = clock

    def needed(self, notice: Notice) -> bool:
        """A second person must see it."""
        return notice.right > self._settings.approval_above

    async def submit(self, notice_id: str, by: Hand) -> Notice:
        """Sends it, or puts it before a second person. Raises `Unfitting`."""
        async with self._store.database.transaction() as tx:
            notice = await self._standing(tx, notice_id, by, {State.CHECKED})
            if not notice.right:
                raise Empty
            now = self._clock()
            waits = self.needed(notice)
            state = State.SUBMITTED if waits else State.SENDING
            approved: dict[str, Any] = {} if waits else {"approver": by.id, "approved_at": now}
            await self._store.notices.move(tx, notice_id, state, submitted_at=now, **approved)
            action = "notice.submitted" if waits else "notice.sent"
            await self._note(tx, by, action, notice, {"right": notice.right})
        if not waits:
            self._sending.begin(notice_id)
        return await self._again(notice_id)

    async def approve(self, notice_id: str, by: Hand) -> Notice:
        """A second person lets it go. Raises `OwnNotice`, `NotNow`."""
        async with self._store.database.transaction() as tx:
            notice = await self._standing(tx, notice_id, by, {State.SUBMITTED})
            if notice.author == by.id:
                raise OwnNotice
            await self._store.notices.move(tx, notice_id, State.SENDING, approver=by.id, approved_at=self._clock())
            await self._note(tx, by, "notice.approved", notice, {"right": notice.right})
        self._sending.begin(notice_id)
        return await self._again(notice_id)

    async def give_back(self, notice_id: str, by: Hand, reason: str) -> Notice:
        """Back to its author, with the reason. Raises `NotNow`."""
        async with self._store.database.transaction() as tx:
            notice = await self._standing(tx, notice_id, by, {State.SUBMITTED})
            await self._store.notices.move(tx, notice_id, State.CHECKED, submitted_at=None)
            words = Words(title=notice.words.title, filename=notice.words.filename, returned_why=reason)
            await self._store.notices.rewrite(tx, notice_id, words)
            await self._note(tx, by, "notice.returned", notice, {"reason": reason})
        return await self._again(notice_id)

    async def _standing(self, tx: Tx, notice_id: str, by: Hand, states: Collection[State]) -> Notice:
        notice = await self._store.notices.get(tx, notice_id, lock=True)
        if notice is None or not by.may_touch(notice) or notice.state not in states:
            raise NotNow
        return notice

    async def _note(self, tx: Tx, by: Hand, action: str, notice: Notice, detail: dict[str, Any]) -> None:
        await self._store.audit.record(tx, by.id, action, f"notice:{notice.id}", detail, at=self._clock())

    async def _again(self, notice_id: str) -> Notice:
        async with self._store.database.reading() as tx:
            notice = await self._store.notices.get(tx, notice_id)
        if notice is None:
            raise NotNow
        return notice

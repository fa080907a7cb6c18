"""Tổng quan: what needs a person first, then the day in figures, a month of sending, what is going out now."""

from datetime import date, datetime, time, timedelta
from typing import Any

from aiohttp import web

from console import limits, roles, words
from console.notices import listed
from console.pages import Pages
from console.session import officer_of
from delivery.history import reason
from delivery.money.meters import day_of, month_of
from delivery.switch import HOLD
from notices.progress import progress
from store.database import Tx
from store.ids import Clock
from store.notices import Notice, State
from store.nouns import Store
from store.outbox.tables import State as Outgoing
from store.staff import Officer
from surveys.definition import SATISFACTION
from surveys.scores import SMALLEST_GROUP
from vietnam.calendar import ZONE, day, local, weekday

_DAYS = 30
_RECENT = 6
_FRESH = timedelta(seconds=60)
_SERIES = (("zalo", "zalo", "Zalo"), ("sms", "sms", "SMS"), ("email", "mail", "Email"))
_MARKS = {"5": "Rất hài lòng", "4": "Hài lòng", "3": "Bình thường", "2": "Không hài lòng", "1": "Rất không hài lòng"}


class Dashboard:
    """The month's plot is counted at most once a minute, for everybody."""

    def __init__(self, store: Store, pages: Pages, *, clock: Clock) -> None:
        self._store = store
        self._pages = pages
        self._clock = clock
        self._plot: tuple[datetime, dict[str, Any] | None] | None = None

    async def show(self, request: web.Request) -> web.StreamResponse:
        who, now = officer_of(request), self._clock()
        today, tomorrow = _day(local(now).date())
        async with self._store.database.reading() as tx:
            notices = await self._store.notices.newest(tx, agency=who.agency, limit=_RECENT)
            failures = [] if who.agency else await self._store.outbox.failures(tx, today, tomorrow)
            context: dict[str, Any] = {
                "todo": await self._todo(tx, who, sum(count for _, count in failures)),
                "figures": await self._figures(tx, who, today, tomorrow),
                "plot": None if who.agency else await self._month(tx, now),
                "running": [await self._running(tx, one) for one in notices if one.state is State.SENDING],
                "recent": await listed(self._store, tx, notices),
                "satisfaction": await self._satisfaction(tx, who, now),
                "may_write": roles.may(who, "POST", "/notices"),
                "reasons": [{"text": reason(code)[:1].upper() + reason(code)[1:], "count": n} for code, n in failures],
            }
        return await self._pages.show(
            request, "dashboard", "dashboard", today=weekday(now), updated=words.clock(now), **context
        )

    async def _todo(self, tx: Tx, who: Officer, failed: int) -> list[dict[str, Any]]:
        """What waits for this very person, the heaviest first."""
        tasks = []
        held = await self._store.switches.read(tx, HOLD)
        if held is not None and held.on and roles.may(who, "POST", "/channels/resume"):
            text = f"Từ {words.moment(held.at)}, không tin nào được gửi đi."
            tasks.append(_task("warning", "bad", "Mọi tin đang bị dừng", text, "/console/channels", "Xem và gửi lại"))
        if roles.may(who, "POST", "/notices/{id}/approve"):
            for notice in await self._store.notices.newest(tx, agency=who.agency, states=[State.SUBMITTED], limit=5):
                if notice.author != who.id:
                    text = f"{notice.words.title} · {words.number(notice.right)} người"
                    href = f"/console/notices/{notice.id}/approve"
                    tasks.append(_task("clipboard", "warn", "Thông báo chờ anh/chị duyệt", text, href, "Xem và duyệt"))
        for notice in await self._store.notices.newest(tx, agency=who.agency, states=[State.CHECKED], limit=20):
            if notice.author == who.id and notice.words.returned_why:
                text = f"{notice.words.title}: {notice.words.returned_why}"
                href = f"/console/notices/{notice.id}/errors"
                tasks.append(_task("clipboard", "warn", "Thông báo bị trả lại", text, href, "Xem và sửa"))
        if failed and "channels" in roles.menu(who):
            text = "Lý do ở cuối trang này; mỗi hồ sơ có đủ diễn biến của từng tin."
            title = f"{words.number(failed)} tin không tới người nhận hôm nay"
            tasks.append(_task("warning", "bad", title, text, "/console/channels", "Xem kênh gửi"))
        standing = await self._store.spending.standing(tx, [day_of(self._clock()), month_of(self._clock())])
        for one in limits.shown(standing, who):
            if one.near and "channels" in roles.menu(who):
                tasks.append(_task("warning", one.tone, one.title, one.text, "/console/channels", "Xem hạn mức"))
        if tasks:
            tasks[0]["primary"] = True
        return tasks

    async def _figures(self, tx: Tx, who: Officer, today: datetime, tomorrow: datetime) -> list[dict[str, Any]]:
        ended = await self._store.outbox.ended(tx, today, tomorrow, who.agency)
        counts: dict[Outgoing, int] = {}
        for one in ended:
            counts[one.state] = counts.get(one.state, 0) + one.count
        waiting = [] if who.agency else await self._store.outbox.waiting(tx)
        accepted = sum(one.count for one in waiting if one.state is Outgoing.ACCEPTED)
        delivered, failed = counts.get(Outgoing.DELIVERED, 0), counts.get(Outgoing.FAILED, 0)
        sent = delivered + counts.get(Outgoing.ACCEPTED, 0) + counts.get(Outgoing.UNKNOWN, 0) + accepted
        figures = [_figure("Đã gửi hôm nay", words.number(sent), "tin")]
        if delivered + failed:
            share = delivered / (delivered + failed)
            note = f"{words.number(accepted)} tin còn chờ xác nhận" if accepted else ""
            figures.append(_figure("Đã tới người nhận", words.percent(share), note=note, share=share))
        if not who.agency:
            queued = sum(one.count for one in waiting if one.state is Outgoing.WAITING)
            figures.append(_figure("Đang chờ gửi", words.number(queued), "tin"))
        return [*figures, _figure("Không gửi được hôm nay", words.number(failed), "tin")]

    async def _month(self, tx: Tx, now: datetime) -> dict[str, Any] | None:
        if self._plot is None or now - self._plot[0] >= _FRESH:
            self._plot = (now, await self._counted(tx, local(now).date()))
        return self._plot[1]

    async def _counted(self, tx: Tx, today: date) -> dict[str, Any] | None:
        """Thirty days by channel; nothing where nothing was sent."""
        dates = [today - timedelta(days=back) for back in reversed(range(_DAYS))]
        sent = await self._store.outbox.sent_by_day(tx, [_day(one) for one in dates])
        totals = {key: sum(counts.get(key, 0) for counts in sent) for key, _, _ in _SERIES}
        everything = sum(totals.values())
        if not everything:
            return None
        days = [
            {
                "day": day(one),
                "tick": "hôm nay" if one == today else f"{one.day}/{one.month}" if (today - one).days % 5 == 0 else "",
                "values": [counts.get(key, 0) for key, _, _ in _SERIES],
                "weekend": one.weekday() >= 5,
            }
            for one, counts in zip(dates, sent, strict=True)
        ]
        series = [{"key": css, "name": name, "share": totals[key] / everything} for key, css, name in _SERIES]
        about = f"{words.number(everything)} tin đã gửi trong {_DAYS} ngày, đến hết hôm nay."
        return {"days": days, "series": series, "about": about}

    async def _running(self, tx: Tx, notice: Notice) -> dict[str, Any]:
        seen = await progress(self._store, tx, notice)
        return {
            "title": notice.words.title,
            "href": f"/console/notices/{notice.id}/progress",
            "delivered": seen.figures.delivered,
            "accepted": seen.figures.accepted,
            "failed": seen.figures.failed,
            "total": seen.total,
            "left": "",
        }

    async def _satisfaction(self, tx: Tx, who: Officer, now: datetime) -> dict[str, Any] | None:
        """This month's marks; hidden while so few have answered that one could guess who."""
        first = local(now).date().replace(day=1)
        since = _day(first)[0]
        asked = await self._store.surveys.asked(tx, since, now)
        tallies = await self._store.surveys.tallies(tx, SATISFACTION, since, now)
        counts = {
            mark: sum(one.counts.get(mark, 0) for one in tallies if roles.sees(who, one.agency)) for mark in _MARKS
        }
        answers = sum(counts.values())
        people = sum(count for agency, count in asked.items() if roles.sees(who, agency))
        if answers < SMALLEST_GROUP:
            return None
        mean = sum(int(mark) * count for mark, count in counts.items()) / answers
        return {
            "period": f"tháng {first.month}/{first.year}",
            "score": f"{mean:.1f}".replace(".", ","),
            "answers": answers,
            "rate": answers / people if people else 0.0,
            "spread": [{"name": name, "count": counts[mark]} for mark, name in _MARKS.items()],
        }


def _task(icon: str, tone: str, title: str, text: str, href: str, action: str) -> dict[str, Any]:
    return {"icon": icon, "tone": tone, "title": title, "text": text, "href": href, "action": action, "primary": False}


def _figure(name: str, value: str, unit: str = "", note: str = "", share: float | None = None) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "note": note, "share": share}


def _day(one: date) -> tuple[datetime, datetime]:
    """A day in Vietnam, from midnight to midnight."""
    start = datetime.combine(one, time.min, ZONE)
    return start, start + timedelta(days=1)

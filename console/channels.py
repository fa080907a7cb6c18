"""The channels' state in words, the one switch that holds everything, and those that hold a part."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from channels.channel import Channels as Voices
from console import limits, roles, words
from console.pages import Pages
from console.session import POSTED, officer_of
from delivery import switch
from delivery.history import CHANNELS, EVENTS
from delivery.money.meters import day_of, month_of
from delivery.switch import EVERYTHING, Kind, Scope
from delivery.waiting import FILINGS, scope, scope_words
from store.ids import Clock
from store.nouns import Store
from store.outbox.history import Ended, Waiting
from store.outbox.tables import State
from store.staff import Officer
from store.switches import Switch

_LATE = timedelta(minutes=10)
_DAY = timedelta(hours=24)


class Channels:
    def __init__(self, store: Store, voices: Voices, pages: Pages, *, clock: Clock) -> None:
        self._store = store
        self._voices = voices
        self._pages = pages
        self._clock = clock

    async def show(self, request: web.Request) -> web.StreamResponse:
        now, who = self._clock(), officer_of(request)
        async with self._store.database.reading() as tx:
            thrown = await self._store.switches.thrown(tx, switch.HOLD)
            waiting = await self._store.outbox.waiting(tx)
            ended = await self._store.outbox.ended(tx, now - _DAY, now + timedelta(minutes=1))
            people = await self._store.staff.named(tx, {one.by for one in thrown})
            standing = await self._store.spending.standing(tx, [day_of(now), month_of(now)])
        by = {one.name: _by(one, people) for one in thrown}
        parts = [one for one in map(switch.scope_of, by) if one != EVERYTHING]
        queued = sum(one.count for one in waiting if one.state is State.WAITING)
        return await self._pages.show(
            request,
            "channels",
            "channels",
            delivery={
                "mode": self._pages.place.mode,
                "held": switch.HOLD in by,
                "held_by": by.get(switch.HOLD, ""),
                "waiting": queued,
            },
            parts=[_part(one, by[one.name]) for one in parts],
            choices=_CHOICES,
            limits=limits.shown(standing, who),
            cards=[self._card(key, waiting, ended, now) for key in CHANNELS],
            may_hold=roles.may(who, "POST", "/channels/hold"),
            asking="hold" in request.query,
        )

    async def hold(self, request: web.Request) -> web.StreamResponse:
        who, part = officer_of(request), _asked(request)
        await switch.stop(self._store, self._clock, by=who.id, scope=part)
        await self._note(who.id, "delivery.held", {"part": scope_words(part)})
        return web.Response(status=303, headers={"Location": "/console/channels?done=held"})

    async def resume(self, request: web.Request) -> web.StreamResponse:
        who, part, hours = officer_of(request), _asked(request), self._pages.place.hours
        resumed = await switch.resume(self._store, self._clock, by=who.id, scope=part, hours=hours)
        await self._note(who.id, "delivery.resumed", {"part": scope_words(part), "stale": resumed.dropped})
        return web.Response(status=303, headers={"Location": "/console/channels?done=released"})

    async def _note(self, who: str, action: str, detail: dict[str, Any]) -> None:
        async with self._store.database.transaction() as tx:
            await self._store.audit.record(tx, who, action, "delivery", detail, at=self._clock())

    def _card(self, key: str, waiting: Sequence[Waiting], ended: Sequence[Ended], now: datetime) -> Mapping[str, Any]:
        """One channel. "Late" is a message that should have left ten minutes ago."""
        mine = [one for one in waiting if one.channel == key and one.state is State.WAITING]
        counts = {one.state: one.count for one in ended if one.channel == key}
        oldest = min((one.oldest_due_at for one in mine), default=now)
        state, text = self._state(key, now - oldest, counts)
        facts = [
            ("Đang chờ gửi", f"{words.number(sum(one.count for one in mine))} tin"),
            ("Đã tới trong 24 giờ", f"{words.number(counts.get(State.DELIVERED, 0))} tin"),
            ("Không gửi được trong 24 giờ", f"{words.number(counts.get(State.FAILED, 0))} tin"),
            ("Người dân trả lời được", "có" if key in self._voices and self._voices[key].can.two_way else "không"),
        ]
        return {
            "key": key,
            "name": CHANNELS[key],
            "state": state,
            "words": text,
            "facts": facts if key in self._voices else [],
            "last_error": "",
            "to_sandbox": key in self._pages.place.sandboxed,
        }

    def _state(self, key: str, late: timedelta, counts: Mapping[State, int]) -> tuple[str, str]:
        if key not in self._voices:
            return "off", "Chưa bật"
        if late > _LATE:
            return "warn", f"Chậm {int(late.total_seconds() // 60)} phút"
        failed, good = counts.get(State.FAILED, 0), counts.get(State.DELIVERED, 0) + counts.get(State.ACCEPTED, 0)
        if failed > 10 and failed > good:
            return "bad", "Phần lớn tin không gửi được"
        return "ok", "Hoạt động tốt" if good else "Đã bật"


_CHOICES: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (
    ("Kênh", tuple((f"{Kind.CHANNEL}:{key}", name) for key, name in CHANNELS.items())),
    ("Loại tin", tuple((f"{Kind.EVENT}:{key}", name) for key, name in EVENTS.items())),
    ("Hồ sơ", tuple((f"{Kind.FILING}:{key}", name) for key, name in FILINGS.items())),
)
"""What can be held by itself, as the form offers it; an agency's code is typed."""


def _asked(request: web.Request) -> Scope:
    """What the form names: an agency, a choice of the list, or everything."""
    posted = request[POSTED]
    agency, (kind, _, value) = posted.text("agency", 64), posted.text("what", 80).partition(":")
    if not agency and not kind and "what" not in posted.fields:
        return EVERYTHING
    try:
        return scope(Kind.AGENCY, agency) if agency else scope(Kind(kind), value)
    except ValueError as why:
        raise web.HTTPBadRequest from why


def _by(one: Switch, people: Mapping[str, Officer]) -> str:
    return f"{people[one.by].name if one.by in people else one.by}, {words.moment(one.at)}"


def _part(one: Scope, by: str) -> Mapping[str, str]:
    agency = one.value if one.kind is Kind.AGENCY else ""
    return {"words": scope_words(one), "by": by, "agency": agency, "what": "" if agency else f"{one.kind}:{one.value}"}

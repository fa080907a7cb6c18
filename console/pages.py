"""Turns a page's name and what it shows into HTML: Jinja2 that escapes everything and refuses a missing name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from jinja2 import DictLoader, Environment, StrictUndefined

import templates
from channels.channel import Channels
from console import roles, words
from console.assets import Assets
from console.session import SESSION
from delivery.history import CHANNELS
from delivery.hours import Hours
from delivery.policy import Mode
from delivery.switch import HOLD
from store.notices import State
from store.nouns import Store
from vietnam import calendar, money


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where this console stands. `sandboxed` names the channels that point to the sandbox.

    `hours`: by which a backlog goes spread when sending is resumed.
    """

    service_name: str
    https: bool = False
    sandboxed: frozenset[str] = field(default_factory=frozenset)
    mode: Mode = "off"
    hours: Hours | None = None

    @property
    def trial(self) -> bool:
        return bool(self.sandboxed)


def environment(assets: Assets) -> Environment:
    """All pages, compiled as they are first used."""
    folder = templates.root() / "console"
    sources = {f"console/{page.name}": page.read_text("utf-8") for page in folder.iterdir() if page.is_file()}
    made = Environment(autoescape=True, undefined=StrictUndefined, loader=DictLoader(sources), auto_reload=False)
    made.globals["asset"] = assets.address
    made.filters |= {
        "money": money.screen,
        "number": words.number,
        "percent": words.percent,
        "day": calendar.day,
        "clock": words.clock,
        "moment": words.moment,
        "weekday": calendar.weekday,
    }
    return made


class Pages:
    """Shows pages. `show` adds what the layout needs: who asks, the menu, the health of the channels."""

    def __init__(self, environment: Environment, store: Store, channels: Channels, place: Place) -> None:
        self._environment = environment
        self._store = store
        self._channels = channels
        self.place = place

    async def show(self, request: web.Request, name: str, page: str, *, code: int = 200, **shown: Any) -> web.Response:
        """A page inside the layout; `page` is its word in the menu."""
        return self.bare(name, code=code, **await self._layout(request, page), **shown)

    def bare(self, name: str, *, code: int = 200, **shown: Any) -> web.Response:
        """A page without a session, or a piece of one."""
        around = {"service_name": self.place.service_name, "trial": self.place.trial}
        text = self._environment.get_template(f"console/{name}.html").render(around | shown)
        return web.Response(text=text, content_type="text/html", status=code)

    async def _layout(self, request: web.Request, page: str) -> dict[str, Any]:
        session = request[SESSION]
        who = session.officer
        async with self._store.database.reading() as tx:
            held = await self._store.switches.read(tx, HOLD)
            agencies = await self._store.agencies.named(tx, [who.agency]) if who.agency else {}
            submitted = []
            if roles.may(who, "POST", "/notices/{id}/approve"):
                submitted = await self._store.notices.newest(tx, agency=who.agency, states=[State.SUBMITTED], limit=100)
        agency = agencies.get(who.agency or "")
        return {
            "csrf": session.csrf,
            "page": page,
            "may": roles.menu(who),
            "waiting": {"notices": sum(notice.author != who.id for notice in submitted)},
            "user": {
                "name": who.name,
                "role": roles.WORDS[who.role],
                "agency": agency.name if agency else who.agency or "",
                "initials": words.initials(who.name),
            },
            "channel_health": self._health(held is not None and held.on),
            "flash": DONE.get(request.query.get("done", "")),
        }

    def _health(self, held: bool) -> list[Mapping[str, str]]:
        if held:
            state, text = "warn", "đang dừng"
        elif self.place.mode == "live":
            state, text = "ok", "đang bật"
        else:
            state, text = "off", "đang tắt gửi" if self.place.mode == "off" else "chạy song song"
        return [
            {"name": name, "state": state, "words": text}
            if key in self._channels
            else {"name": name, "state": "off", "words": "chưa bật"}
            for key, name in CHANNELS.items()
            if key in self._channels or key != "telegram"
        ]


DONE: Mapping[str, str] = {
    "submitted": "Đã trình duyệt. Tin chỉ đi sau khi người khác duyệt.",
    "sending": "Đã bắt đầu gửi.",
    "approved": "Đã duyệt, tin bắt đầu đi.",
    "returned": "Đã trả lại thông báo cho người soạn.",
    "paused": "Đã tạm dừng: các tin chưa gửi được giữ lại.",
    "resumed": "Đang gửi tiếp.",
    "cancelled": "Đã hủy các tin chưa gửi.",
    "held": "Đã dừng mọi tin trên mọi kênh.",
    "released": "Đã gửi lại bình thường; tin quá hạn được bỏ.",
}
"""What a page says was just done, by the word in its address."""

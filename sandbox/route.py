"""The way that the last message took, as the outside saw it: "Đường đi của tin vừa rồi"."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from sandbox.inboxes import Links

Icon = Literal["in", "ok", "out", "done", "fail"]
LONGEST = 40
OUR_ID = re.compile(r"[A-Za-z0-9_-]{6,64}")


class Route:
    """The steps since somebody did something on the phone page, with milliseconds since then.

    It follows only what concerns the addresses that it was begun with (phones, user ids, mail addresses), so that
    other traffic does not mingle with it.
    """

    def __init__(self, clock: Callable[[], datetime], links: Links, changed: Callable[[], None]) -> None:
        self._clock = clock
        self._links = links
        self._changed = changed
        self._since = clock()
        self._addresses: frozenset[str] = frozenset()
        self.steps: list[dict[str, object]] = []

    def begin(self, *addresses: str) -> None:
        """Start anew, for these addresses."""
        self._since = self._clock()
        self._addresses = frozenset(filter(None, addresses))
        self.steps.clear()

    def add(self, address: str, title: str, detail: str, icon: Icon, channel: str, our_id: str = "") -> None:
        """A step, if it concerns an address that is followed.  `our_id` is the house's message id, where it is seen."""
        if address not in self._addresses or len(self.steps) >= LONGEST:
            return
        passed = (self._clock() - self._since).total_seconds() * 1000
        step: dict[str, object] = {
            "title": title,
            "detail": detail,
            "ms": round(passed, 1),
            "icon": icon,
            "channel": channel,
        }
        if self._links.console_url and OUR_ID.fullmatch(our_id):
            step["link"] = f"{self._links.console_url}/messages/{our_id}"
        self.steps.append(step)
        self._changed()

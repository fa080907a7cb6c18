"""What the assistant did not understand, most often written first, so that staff can give procedures these names."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from console import words
from console.pages import Pages
from console.session import officer_of
from store.ids import Clock
from store.misses import Miss
from store.nouns import Store

Nearest = Callable[[str], Sequence[tuple[str, str]]]
"""The (code, title) of the procedures that a message is nearest to."""
KINDS: Mapping[str, tuple[str, str]] = {"unknown": ("Chưa có câu trả lời", "warn"), "wrong": ("Trả lời nhầm", "bad")}
_SHOWN = 50


def nothing_near(_text: str) -> Sequence[tuple[str, str]]:
    """Where no catalogue is at hand."""
    return ()


class MissesPage:
    """Numbers, addresses and names of people are masked; that the page was seen stands in the trail."""

    def __init__(self, store: Store, pages: Pages, *, nearest: Nearest, clock: Clock) -> None:
        self._store = store
        self._pages = pages
        self._nearest = nearest
        self._clock = clock

    async def show(self, request: web.Request) -> web.StreamResponse:
        async with self._store.database.reading() as tx:
            most = await self._store.misses.most(tx, _SHOWN)
        async with self._store.database.transaction() as tx:
            seen = {"found": len(most)}
            await self._store.audit.record(tx, officer_of(request).id, "misses.seen", "misses", seen, at=self._clock())
        rows = await asyncio.to_thread(lambda: [self._row(miss) for miss in most])  # a search each
        return await self._pages.show(request, "misses", "misses", rows=rows)

    def _row(self, miss: Miss) -> Mapping[str, Any]:
        kind, tone = KINDS.get(miss.kind, (miss.kind, ""))
        return {
            "text": words.without_people(miss.text),
            "kind": kind,
            "tone": tone,
            "count": miss.count,
            "last_at": words.moment(miss.last_at),
            "near": [{"code": code, "title": title} for code, title in self._nearest(miss.text)],
        }

"""Alive, ready, and the figures: what a load balancer and Prometheus ask. No detail that helps an attacker."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import web

from store.ids import Clock
from store.nouns import Store
from web.metrics import CONTENT_TYPE, Metrics
from web.problems import json

Part = Callable[[], Awaitable[bool]]
"""Whether one part of the service is ready."""

_PATIENCE = 3.0  # seconds for one part
_log = structlog.get_logger(__name__)


class Health:
    """`parts` are asked for readiness, beside the database, each by its own name."""

    def __init__(
        self, store: Store, metrics: Metrics, *, clock: Clock, parts: Mapping[str, Part] | None = None
    ) -> None:
        self._store = store
        self._metrics = metrics
        self._clock = clock
        self._parts: dict[str, Part] = {"database": self._database, **(parts or {})}

    async def alive(self, _request: web.Request) -> web.StreamResponse:
        """200 as long as the loop turns; asks nothing."""
        return json({"status": "ok"})

    async def ready(self, _request: web.Request) -> web.StreamResponse:
        """200, or 503 with the names of the parts that are not ready."""
        answers = await asyncio.gather(*(self._is_ready(name, part) for name, part in self._parts.items()))
        failing = [name for name, good in zip(self._parts, answers, strict=True) if not good]
        return json({"status": "failing" if failing else "ok", "failing": failing}, status=503 if failing else 200)

    async def figures(self, _request: web.Request) -> web.StreamResponse:
        body = await self._metrics.text(self._store, self._clock)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    async def _is_ready(self, name: str, part: Part) -> bool:
        try:
            async with asyncio.timeout(_PATIENCE):
                return await part()
        except Exception as why:
            _log.warning("health.failing", part=name, why=type(why).__name__)
            return False

    async def _database(self) -> bool:
        async with self._store.database.reading() as tx:
            await self._store.inbox.waiting(tx)
        return True

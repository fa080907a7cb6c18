"""A one-stop-shop system that others pull from: its dossiers, and which have changed since a moment."""

import hmac
from datetime import datetime

from aiohttp import web

from sandbox.settings import Settings
from sandbox.world import World

PAGE = 500


class Source:
    """`GET /source/dossiers?since=ISO` answers `{"dossiers": […], "next": ISO}`; ask again with `next`."""

    def __init__(self, settings: Settings, world: World) -> None:
        self._settings = settings
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """What the source serves."""
        return [web.get("/source/dossiers", self.dossiers)]

    async def dossiers(self, request: web.Request) -> web.Response:
        """What changed after `since`, oldest change first, at most 500 a page; without `since` everything."""
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._settings.source_token}".encode()):
            return web.json_response({"error": "unauthorized"}, status=401)
        text = request.query.get("since", "").replace(" ", "+")
        try:
            since = datetime.fromisoformat(text) if text else None
        except ValueError:
            return web.json_response({"error": "since is not an ISO date and time"}, status=400)
        if since is not None and since.tzinfo is None:
            return web.json_response({"error": "since has no zone"}, status=400)
        changed = sorted((at, code) for code, at in self._world.changed_at.items() if since is None or at > since)[
            :PAGE
        ]
        following = changed[-1][0] if changed else since or self._world.clock()
        body = {"dossiers": [self._world.dossiers[code] for _, code in changed], "next": following.isoformat()}
        return web.json_response(body)

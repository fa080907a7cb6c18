"""The console's style, script, icons and letters: read once, addressed by their content, kept long by the browser."""

import hashlib
from importlib.resources import files

from aiohttp import web

_KINDS = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
    "txt": "text/plain; charset=utf-8",
}
_LONG = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=300"


class Assets:
    """All files of `console/assets`. `address(name)` changes when the file does."""

    def __init__(self, at: str = "/console/assets/") -> None:
        folder = files("console") / "assets"
        found = {one.name: one for one in folder.iterdir() if one.is_file()}
        found |= {f"fonts/{one.name}": one for one in (folder / "fonts").iterdir() if one.is_file()}
        self._files = {name: one.read_bytes() for name, one in found.items() if _ending(name) in _KINDS}
        self._marks = {name: hashlib.sha256(data).hexdigest()[:12] for name, data in self._files.items()}
        self._at = at

    def address(self, name: str) -> str:
        """Raises KeyError for a name that no file has: a page with a broken picture must not be shown quietly."""
        return f"{self._at}{name}?v={self._marks[name]}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        data = self._files.get(name)
        if data is None:
            raise web.HTTPNotFound
        fresh = request.query.get("v") == self._marks[name]
        kept = {"Cache-Control": _LONG if fresh else _SHORT, "ETag": f'"{self._marks[name]}"'}
        return web.Response(body=data, headers=kept | {"Content-Type": _KINDS[_ending(name)]})


def _ending(name: str) -> str:
    return name.rpartition(".")[2]

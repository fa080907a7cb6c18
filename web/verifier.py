"""The file by which Zalo sees that the domain is ours: `zalo_verifier<code>.html` (facts/zalo.md 6.1)."""

from aiohttp import web

_PAGE = """<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><title>Một Cửa</title>
<meta property="zalo-platform-site-verification" content="{code}"></head>
<body>Trang xác minh tên miền với Zalo.</body></html>
"""


class Verifier:
    """Serves the file of this code, and no other; nothing where no code is configured."""

    def __init__(self, code: str) -> None:
        self._code = code

    def routes(self) -> list[web.RouteDef]:
        if not self._code:
            return []
        return [web.get(f"/zalo_verifier{self._code}.html", self.show)]

    async def show(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text=_PAGE.format(code=self._code), content_type="text/html")

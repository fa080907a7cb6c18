"""The few pages that the sandbox makes itself, and the headers of all that it shows a browser."""

from html import escape

from aiohttp import web

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def permission(oa_name: str, allow: str) -> web.Response:
    """Zalo's permission page; `allow` is where the button leads."""
    page = (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Cấp quyền (bản chạy thử)</title></head>'
        "<body>"
        f"<h1>Cấp quyền cho ứng dụng</h1><p>Ứng dụng xin quyền gửi và nhận tin cho trang <b>{escape(oa_name)}</b>.</p>"
        f'<p><a href="{escape(allow)}">Cho phép</a></p><p>Đây là bản chạy thử, không phải Zalo.</p></body></html>'
    )
    return web.Response(text=page, content_type="text/html", headers=HEADERS)


def mail(html: str, text: str) -> web.Response:
    """A mail's HTML part as it came, or its text; harmless, because the policy lets nothing in it run or load."""
    page = html or f'<!doctype html><html lang="vi"><meta charset="utf-8"><pre>{escape(text)}</pre></html>'
    headers = HEADERS | {"Content-Security-Policy": MAIL_POLICY}
    return web.Response(text=page, content_type="text/html", headers=headers)

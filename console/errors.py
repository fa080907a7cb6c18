"""Any page that could not be shown: what happened in plain words, a number to quote, and nothing of the inside."""

import secrets
import traceback
from collections.abc import Mapping
from pathlib import Path

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from console.forms import Refused
from console.pages import Pages

TEXTS: Mapping[int, tuple[str, str]] = {
    400: ("Không đọc được nội dung gửi lên", "Xin tải lại trang rồi thử lại."),
    401: ("Phiên đăng nhập đã hết", "Xin đăng nhập lại."),
    403: (
        "Không thực hiện được",
        "Anh/chị chưa được giao quyền này, hoặc trang đã mở quá lâu. Xin tải lại trang rồi thử lại.",
    ),
    404: ("Không tìm thấy trang này", "Trang không có, hoặc không thuộc cơ quan của anh/chị."),
    405: ("Không thực hiện được", "Xin quay lại trang trước và dùng nút trên trang."),
    408: ("Tải lên quá lâu", "Đường truyền chậm. Xin thử lại."),
    413: ("Tệp quá lớn", "Tệp lớn hơn 10 MB. Xin chia thành nhiều tệp rồi tải lên lại."),
    415: ("Không đọc được nội dung gửi lên", "Xin dùng nút trên trang."),
    500: ("Hệ thống gặp lỗi", "Lỗi đã được ghi lại. Xin thử lại sau ít phút."),
}
_log = structlog.get_logger(__name__)


class Errors:
    """The middleware around all others."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    @property
    def middleware(self) -> Middleware:
        @web.middleware
        async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._catch(request, handler)

        return errors

    async def _catch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as answer:
            if answer.status < 400:
                raise
            return self._page(answer.status)
        except Refused as why:
            _log.warning("console.form_refused", path=request.match_info.route.name, why=str(why))
            return self._page(why.status)
        except Exception as why:
            where = [f"{Path(step.filename).name}:{step.lineno}" for step in traceback.extract_tb(why.__traceback__)]
            # No message and no locals: either may hold what a citizen told us.
            _log.error("console.failed", request_id=_id(), why=type(why).__name__, where=where[-6:])
            return self._page(500)

    def _page(self, status: int) -> web.Response:
        title, text = TEXTS.get(status, TEXTS[400] if status < 500 else TEXTS[500])
        return self._pages.bare("error", code=status, title=title, text=text, request_id=_id(), home=True)


def _id() -> str:
    """The number under which the log knows this request: the server's own where it bound one."""
    bound = structlog.contextvars.get_contextvars().get("request_id")
    if bound is None:
        bound = secrets.token_hex(8)
        structlog.contextvars.bind_contextvars(request_id=bound)
    return str(bound)

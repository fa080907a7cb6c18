"""What is wrong with a whole call, as RFC 9457 has it, in Vietnamese: for machines to branch on, for people to read."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import wraps

import orjson
from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

TITLES: Mapping[int, str] = {
    400: "Nội dung gửi lên không đọc được",
    401: "Thiếu khóa truy cập hoặc khóa không đúng",
    403: "Khóa này không được làm việc này",
    404: "Không tìm thấy",
    405: "Địa chỉ này không nhận phương thức đó",
    408: "Chờ nội dung gửi lên quá lâu",
    409: "Trùng với một lần gọi khác",
    413: "Nội dung gửi lên quá lớn",
    415: "Nội dung phải là application/json",
    422: "Nội dung gửi lên không đúng mẫu",
    429: "Gọi quá nhanh, xin thử lại sau",
    503: "Dịch vụ tạm thời chưa sẵn sàng",
}


class Problem(Exception):
    """The call cannot be served."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        errors: Sequence[Mapping[str, object]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(TITLES[status])
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}

    def response(self) -> web.Response:
        body: dict[str, object] = {"type": "about:blank", "title": TITLES[self.status], "status": self.status}
        if self.detail:
            body["detail"] = self.detail
        if self.errors:
            body["errors"] = list(self.errors)
        return web.Response(
            status=self.status,
            body=orjson.dumps(body),
            content_type="application/problem+json",
            headers={"Cache-Control": "no-store", **self.headers},
        )


def answering(handler: Handler) -> Handler:
    """A handler whose `Problem` becomes the answer."""

    @wraps(handler)
    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Problem as problem:
            return problem.response()

    return answered


def json(body: object, status: int = 200) -> web.Response:
    """An answer of the API; personal or not, it is never kept on the way."""
    headers = {"Cache-Control": "no-store"}
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json", headers=headers)

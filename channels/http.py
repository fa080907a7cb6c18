"""The one way out over HTTP: it alone knows which network failure left nothing with the provider, and which may have.

What decides is whether a connection was in hand.  Before that (address not found, connection or TLS refused, no
free connection in time) nothing left us: `Unavailable`.  After it the request may have been read: `Unknown`.
"""

import json
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

import aiohttp
from pydantic import AfterValidator

from channels.errors import Unavailable, Unknown

LARGEST_ANSWER = 1_000_000
"""In bytes.  No provider's answer comes near it; what is longer is not an answer."""

_KEPT_ALIVE_SECONDS = 10.0
_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?")


def origin(url: str) -> str:
    """A provider's address as the configuration gives it: `https://host[:port]`, nothing after it."""
    bare = url.strip().rstrip("/")
    if not _ORIGIN.fullmatch(bare):
        raise ValueError("phải có dạng https://máy-chủ[:cổng], không có đường dẫn phía sau")
    return bare


def address(url: str) -> str:
    """A full http(s) address, path included."""
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname or re.search(r"[\s\x00-\x1f]", url.strip()):
        raise ValueError("phải là một địa chỉ http:// hoặc https:// đầy đủ")
    return url.strip()


Origin = Annotated[str, AfterValidator(origin)]
WebAddress = Annotated[str, AfterValidator(address)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A provider's whole answer.  Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, object] | None:
        """The JSON object in the body; None for anything else.  Whole numbers keep all their digits."""
        try:
            value = json.loads(self.body.decode())
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None


class Http:
    """A client for one provider: so many connections, such patience.  No redirects, no cookies, no retries.

    `connect_seconds` covers the wait for a free connection, the address and TLS; `read_seconds` the answer.
    """

    def __init__(self, *, connections: int = 8, connect_seconds: float = 5.0, read_seconds: float = 10.0) -> None:
        self._connections = connections
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._session: aiohttp.ClientSession | None = None

    @property
    def longest_call(self) -> float:
        """The most seconds that one request may take."""
        return self._connect_seconds + self._read_seconds

    async def open(self) -> None:
        if self._session is not None:
            return
        self._session = aiohttp.ClientSession(
            connector=_Connector(limit=self._connections, keepalive_timeout=_KEPT_ALIVE_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=self.longest_call, connect=self._connect_seconds, sock_read=self._read_seconds
            ),
            headers={"User-Agent": "motcua"},
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Ask once.  Raises `Unavailable` when nothing left us, `Unknown` when the request may have been taken."""
        if self._session is None:
            raise Unavailable("the HTTP client is not open")
        way = _Way()
        _WAY.set(way)
        try:
            async with self._session.request(
                method,
                url,
                headers=headers,
                params=query,
                data=body,
                allow_redirects=False,
            ) as response:
                return Answer(
                    status=response.status,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=await _bounded(response),
                )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as fault:
            # "from None": aiohttp's messages quote the URL, and Telegram's token is in its URL
            happened = type(fault).__name__
            raise (Unknown if way.in_hand else Unavailable)(happened) from None


@dataclass(slots=True)
class _Way:
    """How far a request has come."""

    in_hand: bool = False


_WAY: ContextVar[_Way] = ContextVar("way")


class _Connector(aiohttp.TCPConnector):
    """Says when a connection is in hand: aiohttp's own tracing would, at a tenth of a request's whole cost."""

    async def connect(self, req: aiohttp.ClientRequest, traces: list[Any], timeout: aiohttp.ClientTimeout) -> Any:
        connection = await super().connect(req, traces, timeout)
        _WAY.get().in_hand = True
        return connection


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_chunked(65_536):
        parts.append(part)
        size += len(part)
        if size > LARGEST_ANSWER:
            raise ValueError("longer than any answer")
    return b"".join(parts)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds of a Retry-After header, a day at most; None when it is absent or a date."""
    value = headers.get("retry-after", "").strip()
    return min(float(value), 86_400.0) if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", value) else None

"""The same way out over HTTP by libcurl, at a quarter of the processor's time a request: `[channels] client = "curl"`.

libcurl sends a request again by itself when a kept connection dies under it, a POST too. Here the body comes out of
a function that cannot be wound back, so that such a repeat fails (`E_SEND_FAIL_REWIND`) and is in doubt, as it should.
Source: libcurl's pages on CURLMOPT_SOCKETFUNCTION and CURLOPT_SEEKFUNCTION.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import urlencode

import pycurl

from channels.errors import Unavailable, Unknown
from channels.http import LARGEST_ANSWER, Answer, Http

_NO_CONNECTION = frozenset(
    {
        pycurl.E_UNSUPPORTED_PROTOCOL,
        pycurl.E_URL_MALFORMAT,
        pycurl.E_COULDNT_RESOLVE_HOST,
        pycurl.E_COULDNT_CONNECT,
        pycurl.E_SSL_CONNECT_ERROR,
        pycurl.E_PEER_FAILED_VERIFICATION,
        pycurl.E_SSL_CERTPROBLEM,
        pycurl.E_SSL_CACERT_BADFILE,
        pycurl.E_OPERATION_TIMEDOUT,
    }
)
"""What may go wrong before a connection is in hand; each may come later too, when something has been written."""


@dataclass(slots=True)
class _Call:
    """One request under way, and what has come of its answer."""

    done: asyncio.Future[None]
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    whole: bool = False  # the header has its end

    @property
    def heard(self) -> int:
        """Grows with each word of the answer."""
        return len(self.headers) + len(self.body)

    def header(self, line: bytes) -> None:
        if line.startswith(b"HTTP/"):  # the last of several: an interim answer comes first
            self.headers.clear()
            self.status = int(line.split(None, 2)[1])
            self.whole = False
            return
        self.whole = not line.strip()
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            self.headers[name.strip().lower()] = value.strip()

    def part(self, data: bytes) -> int | None:
        """A number other than its length ends the transfer."""
        self.body += data
        return -1 if len(self.body) > LARGEST_ANSWER else None


class Curl(Http):
    """`Http` by libcurl's multi interface on the event loop's own selector."""

    def __init__(self, *, connections: int = 8, connect_seconds: float = 5.0, read_seconds: float = 10.0) -> None:
        super().__init__(connections=connections, connect_seconds=connect_seconds, read_seconds=read_seconds)
        self._multi: pycurl.CurlMulti | None = None
        self._calls: dict[pycurl.Curl, _Call] = {}
        self._idle: list[pycurl.Curl] = []
        self._places = asyncio.Semaphore(connections)
        self._timer: asyncio.TimerHandle | None = None
        self._watched: set[int] = set()

    async def open(self) -> None:
        if self._multi is not None:
            return
        self._loop = asyncio.get_running_loop()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._wait)
        self._multi.setopt(pycurl.M_MAXCONNECTS, self._connections)

    async def close(self) -> None:
        multi, self._multi = self._multi, None
        if multi is None:
            return
        for handle, call in list(self._calls.items()):
            multi.remove_handle(handle)
            if not call.done.done():
                call.done.set_exception(Unknown("closed"))
        self._calls.clear()
        multi.close()
        for handle in self._idle:
            handle.close()
        self._idle.clear()
        for number in list(self._watched):
            self._forget(number)
        self._wait(-1)

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
        if self._multi is None:
            raise Unavailable("the HTTP client is not open")
        end = self._loop.time() + self.longest_call
        try:
            async with asyncio.timeout(self._connect_seconds):
                await self._places.acquire()
        except TimeoutError:
            raise Unavailable("no free connection") from None
        try:
            address = url if not query else f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
            return await self._ask(method, address, headers or {}, body, end)
        finally:
            self._places.release()

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, end: float) -> Answer:
        """`end`: when the whole call is over, in the loop's time; the wait for a place is a part of it."""
        if self._multi is None:
            raise Unavailable("the HTTP client was closed")
        call = _Call(self._loop.create_future())
        handle = self._idle.pop() if self._idle else self._new()
        try:
            _prepare(handle, method, url, headers, body, call)
            handle.setopt(pycurl.TIMEOUT_MS, max(1, int((end - self._loop.time()) * 1000)))
        except (pycurl.error, UnicodeError, TypeError) as fault:
            handle.close()
            raise Unavailable(type(fault).__name__) from None
        self._calls[handle] = call
        self._multi.add_handle(handle)
        watch = self._loop.call_later(self._read_seconds, self._listen, handle, call, 0)
        try:
            await call.done
        except BaseException:
            self._drop(handle)
            raise
        finally:
            watch.cancel()
        self._idle.append(handle)
        return Answer(status=call.status, headers=call.headers, body=bytes(call.body))

    def _listen(self, handle: pycurl.Curl, call: _Call, heard: int) -> None:
        """The patience with a provider that says nothing; libcurl has one for the whole call alone."""
        if call.done.done():
            return
        if handle.getinfo(pycurl.REQUEST_SIZE) and call.heard == heard:
            call.done.set_exception(Unknown("silence"))
        else:
            self._loop.call_later(self._read_seconds, self._listen, handle, call, call.heard)

    def _drop(self, handle: pycurl.Curl) -> None:
        """Cut off, or failed: the handle is not used again."""
        if self._calls.pop(handle, None) is not None and self._multi is not None:
            self._multi.remove_handle(handle)
        handle.close()

    def _new(self) -> pycurl.Curl:
        handle = pycurl.Curl()
        paths = ssl.get_default_verify_paths()
        for option, value in (
            (pycurl.NOSIGNAL, 1),
            (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
            (pycurl.PROXY, ""),  # what the environment says of proxies is not for us
            (pycurl.USERAGENT, "motcua"),
            (pycurl.CONNECTTIMEOUT_MS, int(self._connect_seconds * 1000)),
            (pycurl.CAINFO, paths.cafile),
            (pycurl.CAPATH, paths.capath),
        ):
            if value is not None:
                handle.setopt(option, value)
        return handle

    def _watch(self, event: int, number: int, _multi: object, _data: object) -> None:
        """libcurl says on which of its sockets it waits, and for what."""
        self._forget(number)
        if event & pycurl.POLL_IN:
            self._loop.add_reader(number, self._turn, number, pycurl.CSELECT_IN)
        if event & pycurl.POLL_OUT:
            self._loop.add_writer(number, self._turn, number, pycurl.CSELECT_OUT)
        if event != pycurl.POLL_REMOVE:
            self._watched.add(number)

    def _forget(self, number: int) -> None:
        if number in self._watched:
            self._watched.discard(number)
            self._loop.remove_reader(number)
            self._loop.remove_writer(number)

    def _wait(self, milliseconds: int) -> None:
        """libcurl says when it wants to be called though no socket stirs; -1: never."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if milliseconds >= 0:
            self._timer = self._loop.call_later(milliseconds / 1000, self._turn, pycurl.SOCKET_TIMEOUT, 0)

    def _turn(self, number: int, what: int) -> None:
        if self._multi is None:
            return
        self._multi.socket_action(number, what)
        _, done, failed = self._multi.info_read()
        for handle in done:
            self._finish(handle, None)
        for handle, code, _words in failed:
            self._finish(handle, code)

    def _finish(self, handle: pycurl.Curl, code: int | None) -> None:
        assert self._multi is not None  # noqa: S101
        call = self._calls.pop(handle)
        self._multi.remove_handle(handle)
        if call.done.done():
            return
        if code is None and call.whole:
            call.done.set_result(None)
            return
        nothing_left = code in _NO_CONNECTION and not handle.getinfo(pycurl.REQUEST_SIZE)
        call.done.set_exception((Unavailable if nothing_left else Unknown)(f"curl {code}"))


def _prepare(
    handle: pycurl.Curl, method: str, url: str, headers: Mapping[str, str], body: bytes | None, call: _Call
) -> None:
    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.HTTPHEADER, [*(f"{name}: {value}" for name, value in headers.items()), "Expect:"])
    handle.setopt(pycurl.HEADERFUNCTION, call.header)
    handle.setopt(pycurl.WRITEFUNCTION, call.part)
    if body is None:
        handle.setopt(pycurl.HTTPGET, 1)
    else:
        handle.setopt(pycurl.POST, 1)
        handle.setopt(pycurl.POSTFIELDSIZE, len(body))
        handle.setopt(pycurl.READFUNCTION, BytesIO(body).read)
    handle.setopt(pycurl.CUSTOMREQUEST, method)

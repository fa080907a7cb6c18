"""Which failure of the network left nothing with the provider, and which may have."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from channels.errors import Unavailable, Unknown
from channels.http import LARGEST_ANSWER, Http, address, origin, retry_after

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Handler], object]]:
    """Starts a raw TCP server that treats each connection as the test says; its address."""
    servers = []

    async def start(handler: Handler) -> str:
        async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await handler(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(guarded, "127.0.0.1", 0)
        servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x"

    yield start
    for server in servers:
        server.close()


def answering(raw: bytes) -> Handler:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()

    return handler


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def abrupt(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def test_a_whole_answer_comes_with_its_headers_in_lower_case(http: Http, serve) -> None:
    url = await serve(answering(b"HTTP/1.1 202 Accepted\r\nRetry-After: 7\r\nContent-Length: 8\r\n\r\n" + b'{"a": 1}'))

    answer = await http.request("POST", url, body=b"{}")

    assert (answer.status, answer.headers["retry-after"], answer.json()) == (202, "7", {"a": 1})


NOTHING_LEFT = {
    "nobody listens": "http://127.0.0.1:9/x",
    "no such host": "http://no-such-host.invalid/x",
    "not an address": "http://[::1/x",
    "another scheme": "gopher://127.0.0.1/x",
}


@pytest.mark.parametrize("case", NOTHING_LEFT)
async def test_without_a_connection_nothing_left_us(case: str, http: Http) -> None:
    with pytest.raises(Unavailable):
        await http.request("POST", NOTHING_LEFT[case], body=b"{}")


async def test_a_server_that_speaks_no_tls_got_nothing(http: Http, serve) -> None:
    url = await serve(answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"))

    with pytest.raises(Unavailable):
        await http.request("POST", url.replace("http:", "https:"), body=b"{}")


async def test_waiting_too_long_for_a_free_connection_is_not_sending(client: type[Http], serve) -> None:
    url = await serve(silent)
    http = client(connections=1, connect_seconds=0.1, read_seconds=2)
    await http.open()
    first = asyncio.create_task(http.request("POST", url, body=b"{}"))
    await asyncio.sleep(0)

    with pytest.raises(Unavailable):
        await http.request("POST", url, body=b"{}")

    first.cancel()
    await asyncio.wait({first})
    await http.close()


IT_MAY_HAVE_GONE = {
    "silence": silent,
    "cut at once": abrupt,
    "half a header": answering(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "half a body": answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
    "not HTTP": answering(b"220 smtp ready\r\n"),
    "a body without end": answering(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (LARGEST_ANSWER + 10)),
    "a broken chunk": answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
}


@pytest.mark.parametrize("case", IT_MAY_HAVE_GONE)
async def test_with_a_connection_in_hand_it_may_have_gone(case: str, http: Http, serve) -> None:
    url = await serve(IT_MAY_HAVE_GONE[case])

    with pytest.raises(Unknown):
        await http.request("POST", url, body=b"{}")


async def test_a_redirect_is_an_answer_and_is_not_followed(http: Http, serve) -> None:
    url = await serve(answering(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"))

    assert (await http.request("POST", url, body=b"{}")).status == 302


async def test_a_cookie_given_is_not_kept(http: Http, serve) -> None:
    seen = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            seen.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")

    url = await serve(handler)
    await http.request("GET", url)
    await http.request("GET", url)

    assert len(seen) == 2
    assert b"cookie" not in seen[1].lower()


async def test_a_post_on_a_kept_connection_that_dies_is_sent_once(http: Http, serve) -> None:
    seen = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n{}"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        seen.append(await reader.readuntil(b"\r\n\r\n{}"))

    url = await serve(handler)
    await http.request("POST", url, body=b"{}")

    with pytest.raises(Unknown):
        await http.request("POST", url, body=b"{}")

    assert len(seen) == 2


async def test_a_client_that_is_not_open_sends_nothing(client: type[Http]) -> None:
    with pytest.raises(Unavailable):
        await client().request("POST", "http://127.0.0.1:9/", body=b"{}")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0", 0), ("1.5", 1.5), ("9999999", 86_400), ("", None), ("-3", None), ("soon", None), ("1e9", None)],
)
def test_retry_after_is_seconds_of_a_day_at_most(header: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": header}) == seconds


@pytest.mark.parametrize(
    "written", ["https://openapi.zalo.me", "http://127.0.0.1:8080", "https://[::1]:8443", "https://openapi.zalo.me/"]
)
def test_a_base_is_scheme_host_and_port(written: str) -> None:
    assert origin(written) == written.rstrip("/")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "openapi.zalo.me",
        "https://openapi.zalo.me/v3.0",
        "ftp://a",
        "https://a b",
        "https://u:p@host",
        "https://a?x=1",
    ],
)
def test_anything_else_is_not_a_base(written: str) -> None:
    with pytest.raises(ValueError, match="phải có dạng"):
        origin(written)


@pytest.mark.parametrize("written", ["", "sms.example/send", "ftp://a/b", "http://", "http://a/\nb"])
def test_what_is_no_web_address_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="phải là một địa chỉ"):
        address(written)

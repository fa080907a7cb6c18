"""One message of a peer: rendered from its own plain Jinja2 template and posted to the counting gateway."""

import json

import aiohttp
import jinja2

from benchmarks.speed import letters

CONCURRENCY = 32

_WORDS = jinja2.Environment(autoescape=False).from_string(letters.TEMPLATE)  # noqa: S701  (an SMS is no HTML)
_HEADERS = {"Authorization": f"Bearer {letters.TOKEN}", "Content-Type": "application/json"}


def payload(number: int) -> str:
    """All that a job must carry to render and send the message, as JSON."""
    return json.dumps({"id": f"{number:026d}", "to": letters.phone(number), "fields": letters.plain_fields(number)})


def body(job: str | bytes) -> bytes:
    """What is posted."""
    told = json.loads(job)
    text = _WORDS.render(told["fields"])
    return json.dumps({"id": told["id"], "from": letters.SENDER, "to": told["to"], "text": text}).encode()


class Post:
    """An open client; calling it sends one job's message, or does nothing where there is no gateway."""

    def __init__(self, gateway: str) -> None:
        self._gateway = gateway
        self._session: aiohttp.ClientSession | None = None
        self._left = 0

    def expect(self, count: int) -> None:
        self._left = count

    @property
    def left(self) -> int:
        """How many jobs this process has still to do; only then is it worth asking the database what is open."""
        return max(0, self._left)

    async def open(self) -> None:
        connector = aiohttp.TCPConnector(limit=CONCURRENCY)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def __call__(self, job: str | bytes) -> None:
        if self._gateway:
            assert self._session is not None
            async with self._session.post(self._gateway, data=body(job), headers=_HEADERS) as response:
                await response.read()
                response.raise_for_status()
        self._left -= 1

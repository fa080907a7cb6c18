"""Pulls dossiers from a source over HTTP: `GET url?since=…` → `{"dossiers": […], "next": "…"}`, page by page.

What was pulled and how far is stored as it goes, so that a stop in the middle repeats at most one page, which changes
nothing. The first load of a source is stored and not announced.
"""

from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import orjson
import structlog

from dossiers.changes import Outcome
from dossiers.intake import Intake, RowResult
from dossiers.settings import PullSettings
from store.ids import Clock
from store.nouns import Store
from store.sources import Read

MOST_BYTES = 32 * 1024 * 1024
MOST_ROWS = 5000  # of one page
MOST_PAGES = 200  # of one pull; the next one goes on from there
BATCH = 1000
_LONGEST_CURSOR = 300
_FIRST_LOAD = "first:"
"""Marks the cursor of a first load that is not done yet: what follows it is still part of it."""

_log = structlog.get_logger(__name__)


class PullError(Exception):
    """The source could not be read."""


class Unreachable(PullError):
    """The source did not answer in time."""


class Refused(PullError):
    """The source answered with a status that is not 200."""


class Unreadable(PullError):
    """The source's answer is not what was agreed, or too large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What one pull brought."""

    pages: int = 0
    taken: int = 0
    changed: int = 0
    refused: int = 0
    messages: int = 0

    @property
    def sentence(self) -> str:
        """For the operator."""
        return (
            f"{self.taken} hồ sơ, {self.changed} mới hoặc thay đổi, {self.refused} dòng sai, "
            f"{self.messages} tin được lên lịch"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    rows: list[object]
    next: str


class Pull:
    """One source. Opened and closed by who made it."""

    def __init__(self, store: Store, intake: Intake, settings: PullSettings, *, clock: Clock) -> None:
        self._store = store
        self._intake = intake
        self._settings = settings
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout_seconds)
        self._session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def once(self) -> Pulled:
        """Everything that is new since the last time. Raises `PullError`; what was read until then stays."""
        cursor, first = await self._last()
        pulled = Pulled()
        for _ in range(MOST_PAGES):
            page = await self._page(cursor)
            results = await self._take(page.rows, first_load=first)
            ended = page.next == cursor or not page.rows
            first = first and not ended
            await self._note(page.next, results, first)
            pulled = _added(pulled, results)
            if ended:
                break
            cursor = page.next
        return pulled

    async def _last(self) -> tuple[str, bool]:
        """Where to go on, and whether the first load is still under way."""
        async with self._store.database.reading() as tx:
            last = await self._store.dossiers.sources.last(tx, self._settings.source)
        if last is None:
            return "", not self._settings.announce_first_load
        return last.cursor.removeprefix(_FIRST_LOAD), last.cursor.startswith(_FIRST_LOAD)

    async def _take(self, rows: list[object], *, first_load: bool) -> list[RowResult]:
        results: list[RowResult] = []
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            results += await self._intake.take(batch, source=self._settings.source, first_load=first_load)
        for result in results:
            if result.outcome is Outcome.REFUSED:
                fields = [error.field for error in result.errors]
                _log.warning("pull.refused", source=self._settings.source, row=result.row, fields=fields)
        return results

    async def _note(self, cursor: str, results: list[RowResult], first: bool) -> None:
        refused = sum(result.outcome is Outcome.REFUSED for result in results)
        read = Read(
            source=self._settings.source,
            cursor=f"{_FIRST_LOAD if first else ''}{cursor}",
            read_at=self._clock(),
            taken=len(results),
            refused=refused,
        )
        async with self._store.database.transaction() as tx:
            await self._store.dossiers.sources.read(tx, read)

    async def _page(self, cursor: str) -> _Page:
        assert self._session is not None, "the pull is not open"  # noqa: S101
        headers = {"Accept": "application/json"}
        if token := self._settings.token.get_secret_value():
            headers["Authorization"] = f"Bearer {token}"
        query = {"since": cursor} if cursor else {}
        try:
            async with self._session.get(
                self._settings.url, params=query, headers=headers, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    raise Refused(f"{urlsplit(self._settings.url).hostname} answered {answer.status}")
                return _read(await _bounded(answer))
        except (aiohttp.ClientError, TimeoutError) as why:
            raise Unreachable(f"{urlsplit(self._settings.url).hostname}: {type(why).__name__}") from why


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for piece in answer.content.iter_chunked(64 * 1024):
        body += piece
        if len(body) > MOST_BYTES:
            raise Unreadable("the answer is too large")
    return bytes(body)


def _read(body: bytes) -> _Page:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as why:
        raise Unreadable("the answer is not JSON") from why
    rows = found.get("dossiers") if isinstance(found, dict) else None
    if not isinstance(rows, list) or len(rows) > MOST_ROWS:
        raise Unreadable(f"the answer has no list of at most {MOST_ROWS} dossiers")
    following = found.get("next")
    if not isinstance(following, str) or not 1 <= len(following) <= _LONGEST_CURSOR or "\0" in following:
        raise Unreadable("the answer does not say where to go on")
    return _Page(rows=rows, next=following)


def _added(pulled: Pulled, results: list[RowResult]) -> Pulled:
    counts = Counter(result.outcome for result in results)
    return Pulled(
        pages=pulled.pages + 1,
        taken=pulled.taken + len(results),
        changed=pulled.changed + counts[Outcome.CREATED] + counts[Outcome.CHANGED],
        refused=pulled.refused + counts[Outcome.REFUSED],
        messages=pulled.messages + sum(len(result.messages) for result in results),
    )

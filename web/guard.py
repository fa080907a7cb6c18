"""Who may call, how often, and how much they may send: checked before anything is parsed."""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web

from store.ids import Clock
from store.keys import ApiKey, due_to_note
from store.nouns import Store
from web.problems import Problem

SCOPES = ("dossiers:write", "dossiers:read", "procedures:read", "messages:write", "messages:read")
"""What a key may be allowed to do."""
BODY_SECONDS = 20.0
_TOKEN = re.compile(r"mc_[A-Za-z0-9_-]{20,100}")
_PIECE = 64 * 1024
_BURST_SECONDS = 2.0


async def body(request: web.Request, limit: int, seconds: float = BODY_SECONDS) -> bytes:
    """The raw body, at most `limit` bytes (unpacked), within `seconds`. Raises `Problem` 413, 408 or 400."""
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    pieces = bytearray()
    try:
        if request.content.is_eof():  # it came whole with its head: a small call does, and need not be waited for
            pieces += request.content.read_nowait()
            if len(pieces) > limit:
                raise _too_large(limit)
            return bytes(pieces)
        async with asyncio.timeout(seconds):
            async for piece in request.content.iter_chunked(_PIECE):
                pieces += piece
                if len(pieces) > limit:
                    raise _too_large(limit)
    except TimeoutError as why:
        raise Problem(408) from why
    except web.RequestPayloadError as why:
        raise Problem(400, "Nội dung bị cắt ngang hoặc nén sai.") from why
    return bytes(pieces)


def parsed(raw: bytes) -> Any:
    """The JSON of a body. Raises `Problem` 400 for what is none: bad UTF-8, lone surrogates, NaN, nested too deep."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as why:
        raise Problem(400, "Nội dung không phải JSON (UTF-8) hợp lệ.") from why


async def json_body(request: web.Request, limit: int) -> Any:
    """The JSON that was sent as JSON."""
    if request.content_type != "application/json":
        raise Problem(415)
    return parsed(await body(request, limit))


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: datetime


class Guard:
    """Checks the key of a call: `Authorization: Bearer mc_…`, its scope, and its rate in this process."""

    def __init__(self, store: Store, *, per_second: float, clock: Clock) -> None:
        self._store = store
        self._per_second = per_second
        self._burst = max(1.0, per_second * _BURST_SECONDS)
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    async def key(self, request: web.Request, scope: str) -> ApiKey:
        """The key that calls. Raises `Problem` 401, 403 or 429."""
        now = self._clock()
        key = await self._known(_token(request))
        self._spend(key, now)
        if scope not in key.scopes:
            raise Problem(403, f"Khóa này chưa được cấp quyền {scope}.")
        if due_to_note(key, now):
            async with self._store.database.transaction() as tx:
                await self._store.keys.used(tx, key, now)
        return key

    async def _known(self, token: str | None) -> ApiKey:
        if token is not None:
            async with self._store.database.reading() as tx:
                key = await self._store.keys.of(tx, token)
            if key is not None:
                return key
        raise Problem(401, headers={"WWW-Authenticate": 'Bearer realm="motcua"'})

    def _spend(self, key: ApiKey, now: datetime) -> None:
        bucket = self._buckets.setdefault(key.id, _Bucket(self._burst, now))
        earned = (now - bucket.at).total_seconds() * self._per_second
        bucket.tokens = min(self._burst, bucket.tokens + max(0.0, earned))
        bucket.at = now
        if bucket.tokens < 1:
            wait = (1 - bucket.tokens) / self._per_second
            raise Problem(429, headers={"Retry-After": str(max(1, round(wait)))})
        bucket.tokens -= 1


def _token(request: web.Request) -> str | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    return token if kind.lower() == "bearer" and _TOKEN.fullmatch(token) else None


def _too_large(limit: int) -> Problem:
    return Problem(413, f"Nhiều nhất {limit // 1024:,} KB một lần.".replace(",", "."))

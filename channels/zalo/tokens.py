"""Zalo's keys: an access token of 25 hours, and the refresh token, good for one use, that buys the next pair.

A lost pair needs an administrator of the page (`motcua zalo authorize`), so: one renewal at a time over all
processes, the new pair is stored before it is used, a renewal once begun is not cancelled, and a refused refresh
token is not tried again.  Source: facts/zalo.md section 2.
"""

import asyncio
import hashlib
import logging
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode

from channels.errors import Rejected, SendError, Unavailable, Unknown
from channels.http import Answer, Http
from channels.zalo.codes import OAUTH
from channels.zalo.settings import Settings

log = logging.getLogger(__name__)

NAME = "zalo"
RENEW_AFTER = timedelta(hours=12)
"""The age at which `upkeep` renews: well before the 25 hours, with a second chance in the same day."""

_LAST_MOMENT = timedelta(minutes=10)
_LIFE_SECONDS = 90_000
_PAUSE_AFTER_FAILURE = timedelta(seconds=10)
_LOOK_AGAIN_SECONDS = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTokens:
    """A pair of tokens as the store keeps it.  `seed`: hash of the configured refresh token that began this chain."""

    access: str
    refresh: str
    expires_at: datetime
    seed: str
    renewed_at: datetime


class Pair(Protocol):
    """A kept pair as this room reads it; the store has a class of its own, for neither imports the other."""

    @property
    def access(self) -> str: ...

    @property
    def refresh(self) -> str: ...

    @property
    def expires_at(self) -> datetime: ...

    @property
    def seed(self) -> str: ...

    @property
    def renewed_at(self) -> datetime: ...


class TokenStore(Protocol):
    """What outlives a process, fulfilled by the store."""

    async def load(self, name: str) -> Pair | None: ...

    async def save(self, name: str, tokens: StoredTokens) -> None:
        """Durable when it returns."""
        ...

    def alone(self, name: str, seconds: float) -> AbstractAsyncContextManager[bool]:
        """Hold the name for at most `seconds`; False when another process holds it."""
        ...


def seed_of(refresh_token: str) -> str:
    """The mark of a configured refresh token, kept in place of the token itself."""
    return hashlib.sha256(refresh_token.encode()).hexdigest() if refresh_token else ""


class Tokens:
    """The access token of the moment.  Raises only what a message may: `Unavailable`, or `Rejected` with `ours`."""

    def __init__(self, settings: Settings, http: Http, store: TokenStore, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._http = http
        self._store = store
        self._clock = clock
        self._held: Pair | None = None
        self._unsaved: StoredTokens | None = None
        self._refused = ""
        self._paused_until: datetime | None = None
        self._renewal: asyncio.Task[Pair] | None = None

    async def access(self) -> str:
        """A token that is good now; the first call, and one in the last minutes of the pair, renews it."""
        if self._held is None or not self._fresh(self._held):
            self._held = await self._load()
        held = self._held
        if self._fresh(held):
            return held.access
        try:
            return await self.renewed(held.access)
        except Unavailable:
            if held.access and self._clock() < held.expires_at:
                return held.access
            raise

    async def renewed(self, stale: str) -> str:
        """The token after `stale`, which Zalo refused or which ends.  Callers at the same moment share one renewal."""
        if self._held is not None and self._held.access != stale and self._fresh(self._held):
            return self._held.access
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew(stale))
            self._renewal.add_done_callback(_look_at_outcome)
        return (await asyncio.shield(self._renewal)).access

    async def upkeep(self) -> str:
        """Renew early.  One sentence for the operator."""
        tokens = await self._load()
        if tokens.access and self._clock() - tokens.renewed_at < RENEW_AFTER and self._fresh(tokens):
            self._held = tokens
            return "Mã kết nối Zalo còn tốt, chưa cần đổi."
        self._held = tokens
        await self.renewed(tokens.access)
        return "Đã đổi mã kết nối Zalo và lưu cặp mã mới."

    async def close(self) -> None:
        """Wait for a renewal under way: its answer is the only copy of the new pair."""
        if self._renewal is not None and not self._renewal.done():
            await asyncio.wait({self._renewal})

    def _fresh(self, tokens: Pair) -> bool:
        return bool(tokens.access) and self._clock() < tokens.expires_at - _LAST_MOMENT

    async def _load(self) -> Pair:
        """The stored chain; the configured seed where there is none, or where the seed was changed since."""
        configured = self._settings.refresh_token.get_secret_value()
        try:
            stored = await self._store.load(NAME)
        except Exception as fault:
            raise Unavailable("the token store failed") from fault
        if stored is not None and (not configured or stored.seed == seed_of(configured)):
            return stored
        if not configured:
            raise Rejected(
                "chưa có refresh token; chạy: motcua zalo authorize", code="oauth", permanent=False, ours=True
            )
        now = self._clock()
        return StoredTokens(access="", refresh=configured, expires_at=now, seed=seed_of(configured), renewed_at=now)

    async def _renew(self, stale: str) -> Pair:
        """Under the lock of all processes: look again, exchange, store, and only then use."""
        self._refuse_while_paused()
        try:
            async with self._store.alone(NAME, 2 * self._http.longest_call) as alone:
                tokens = await self._load_again(stale) if alone else await self._wait_for_the_other(stale)
        except SendError:
            raise
        except Exception as fault:
            self._pause()
            raise Unavailable("the token store failed") from fault
        self._held = tokens
        return tokens

    async def _load_again(self, stale: str) -> Pair:
        if self._unsaved is not None:
            return await self._save(self._unsaved)
        tokens = await self._load()
        if tokens.access != stale and self._fresh(tokens):
            return tokens
        return await self._save(await self._exchange(tokens))

    async def _save(self, tokens: StoredTokens) -> StoredTokens:
        self._unsaved = tokens
        await self._store.save(NAME, tokens)
        self._unsaved = None
        return tokens

    async def _wait_for_the_other(self, stale: str) -> Pair:
        """Another process renews: look for its pair, or take its place when it has died in the middle."""
        loop = asyncio.get_running_loop()
        end = loop.time() + 2 * self._http.longest_call
        while loop.time() < end:
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            tokens = await self._load()
            if tokens.access != stale and self._fresh(tokens):
                return tokens
            async with self._store.alone(NAME, 2 * self._http.longest_call) as alone:
                if alone:
                    return await self._load_again(stale)
        raise Unavailable("another process is renewing the token")

    async def _exchange(self, tokens: Pair) -> StoredTokens:
        if tokens.refresh == self._refused:
            raise _needs_a_person("oauth:-14014")
        form = {
            "refresh_token": tokens.refresh,
            "app_id": self._settings.app_id,
            "grant_type": "refresh_token",
        }
        try:
            return await ask_for_tokens(self._http, self._settings, form, tokens, self._clock)
        except (Unavailable, Unknown) as fault:
            self._pause()
            raise Unavailable("the token could not be renewed") from fault
        except Rejected as refusal:
            self._refused = tokens.refresh
            log.error("zalo refused the refresh token: %s", refusal.code)
            raise

    def _pause(self) -> None:
        self._paused_until = self._clock() + _PAUSE_AFTER_FAILURE

    def _refuse_while_paused(self) -> None:
        if self._paused_until is not None and self._clock() < self._paused_until:
            raise Unavailable("the token could not be renewed a moment ago")
        self._paused_until = None


async def ask_for_tokens(
    http: Http,
    settings: Settings,
    form: dict[str, str],
    before: Pair,
    clock: Callable[[], datetime],
) -> StoredTokens:
    """One call of Zalo's token address, for both grants.  `before` has the seed, and the refresh token to keep."""
    answer = await http.request(
        "POST",
        f"{settings.oauth_base}/v4/oa/access_token",
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "secret_key": settings.app_secret.get_secret_value(),
        },
        body=urlencode(form).encode(),
    )
    body = _success(answer)
    now = clock()
    return StoredTokens(
        access=str(body["access_token"]),
        refresh=str(body.get("refresh_token") or before.refresh),
        expires_at=now + timedelta(seconds=_life(body.get("expires_in"))),
        seed=before.seed,
        renewed_at=now,
    )


def _success(answer: Answer) -> dict[str, object]:
    """Success only when there is an access token: error bodies of this host may lack the usual fields (facts 2)."""
    body = answer.json()
    if body is None or answer.status >= 500 or answer.status == 429:
        raise Unknown(f"oauth answered {answer.status} without tokens")
    if isinstance(body.get("access_token"), str) and body["access_token"]:
        return body
    raise _needs_a_person(f"oauth:{body.get('error', answer.status)}")


def _needs_a_person(code: str) -> Rejected:
    number = code.removeprefix("oauth:")
    meaning = OAUTH.get(int(number), "refused") if re.fullmatch(r"-?\d{1,9}", number) else "refused"
    return Rejected(f"{code[:40]} {meaning}", code=code[:40], permanent=False, ours=True)


def _life(expires_in: object) -> int:
    """Seconds; Zalo writes them as text."""
    digits = str(expires_in)
    return min(max(int(digits), 60), 10 * _LIFE_SECONDS) if digits.isdecimal() and len(digits) < 9 else _LIFE_SECONDS


def _look_at_outcome(task: asyncio.Task[Pair]) -> None:
    """A renewal whose callers all left still has its error read, or asyncio complains at exit."""
    if not task.cancelled():
        task.exception()

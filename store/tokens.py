"""Providers' tokens that must outlive a call: Zalo's single-use refresh token above all. One renews at a time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Field, SQLModel

from store.columns import Sealed, UtcTime, table
from store.database import Database
from store.ids import Clock, Ids
from store.personal import Seal


class TokenTable(SQLModel, table=True):
    __tablename__ = "token"

    name: str = Field(primary_key=True)
    sealed: bytes | None = Field(default=None, sa_type=Sealed)
    held_by: str | None = None
    held_until: datetime | None = Field(default=None, sa_type=UtcTime)


_token = table(TokenTable)
HOLD = timedelta(seconds=4)
"""How long a hold outlives its holder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTokens:
    """A pair as last received. `seed` is a hash of the configured refresh token that the chain began with."""

    access: str
    refresh: str
    expires_at: datetime
    seed: str
    renewed_at: datetime


class Tokens:
    """What a channel's `TokenStore` asks for, each call a short transaction of its own: kept before it is used."""

    def __init__(self, database: Database, seal: Seal, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._seal = seal
        self._ids = ids
        self._clock = clock

    async def load(self, name: str) -> StoredTokens | None:
        async with self._database.reading() as tx:
            row = (await tx.execute(select(_token.c.sealed).where(_token.c.name == name))).one_or_none()
        if row is None or row.sealed is None:
            return None
        return StoredTokens(**self._seal.open_data("token.sealed", name, row.sealed))

    async def save(self, name: str, tokens: StoredTokens) -> None:
        """Durable when it returns."""
        pair = {
            "access": tokens.access,
            "refresh": tokens.refresh,
            "expires_at": tokens.expires_at,
            "seed": tokens.seed,
            "renewed_at": tokens.renewed_at,
        }
        sealed = self._seal.seal_data("token.sealed", name, pair)
        put = upsert(TokenTable).values(name=name, sealed=sealed)
        async with self._database.transaction() as tx:
            await tx.execute(put.on_conflict_do_update(index_elements=["name"], set_={"sealed": sealed}))

    @asynccontextmanager
    async def alone(self, name: str, seconds: float) -> AsyncIterator[bool]:
        """True for the one process that may renew, for at most `seconds`; one that dies stops the others for `HOLD`."""
        me = self._ids()
        alone = await self._take(name, me)
        beating = asyncio.create_task(self._beat(name, me, seconds)) if alone else None
        try:
            yield alone
        finally:
            if beating is not None:
                beating.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await beating
                await self._hold(name, me, None)

    async def _take(self, name: str, me: str) -> bool:
        now = self._clock()
        over = or_(_token.c.held_until < now, _token.c.held_until > now + HOLD)  # or the clock was put back
        free = or_(_token.c.held_until.is_(None), over)
        hold = update(_token).where(_token.c.name == name, free).values(held_by=me, held_until=now + HOLD)
        async with self._database.transaction() as tx:
            await tx.execute(upsert(TokenTable).values(name=name).on_conflict_do_nothing(index_elements=["name"]))
            return (await tx.execute(hold)).rowcount == 1

    async def _beat(self, name: str, me: str, seconds: float) -> None:
        """The hold lasts as long as its holder turns."""
        pause = HOLD.total_seconds() / 4
        for _ in range(int(seconds / pause)):
            await asyncio.sleep(pause)
            with contextlib.suppress(Exception):
                await self._hold(name, me, self._clock() + HOLD)

    async def _hold(self, name: str, me: str, until: datetime | None) -> None:
        mine = update(_token).where(_token.c.name == name, _token.c.held_by == me)
        async with self._database.transaction() as tx:
            await tx.execute(mine.values(held_by=None if until is None else me, held_until=until))

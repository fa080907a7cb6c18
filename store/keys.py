"""API keys of other systems: shown once, kept as a hash, and what was asked under an Idempotency-Key."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Field, SQLModel

from store.columns import Json, UtcTime, table
from store.database import Tx
from store.ids import Ids
from store.personal import Seal, token_hash

PREFIX = "mc_"
SHOWN = 9  # letters of a key that stay in clear, to tell keys apart


class KeyTable(SQLModel, table=True):
    __tablename__ = "api_key"
    __table_args__ = (Index("uq_api_key_hash", "hash", unique=True),)

    id: str = Field(primary_key=True)
    name: str
    prefix: str
    hash: bytes
    scopes: list[str] = Field(sa_type=Json)
    agency: str | None = None
    created_at: datetime = Field(sa_type=UtcTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcTime)


class AskedTable(SQLModel, table=True):
    __tablename__ = "api_asked"

    key_id: str = Field(primary_key=True, foreign_key="api_key.id")
    asked: bytes = Field(primary_key=True)  # hash of the Idempotency-Key
    body: bytes  # keyed hash of the body that came with it
    answer: dict[str, Any] | None = Field(default=None, sa_type=Json)  # ids and outcomes only
    at: datetime = Field(sa_type=UtcTime)


_key = table(KeyTable)
_asked = table(AskedTable)
_USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """Who calls: what the key may do, and for which agency (None: for all)."""

    id: str
    name: str
    prefix: str
    scopes: frozenset[str]
    agency: str | None
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def covers(self, agency: str) -> bool:
        """Whether an agency is the key's own or stands under it (`H36` covers `H36.21`)."""
        return self.agency is None or agency == self.agency or agency.startswith(f"{self.agency}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked before under an Idempotency-Key: `same` body or another; `answer` is what was answered."""

    same: bool
    answer: dict[str, Any] | None


class Keys:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self._ids = ids

    async def add(
        self, tx: Tx, name: str, *, scopes: Collection[str], agency: str | None, at: datetime, token: str | None = None
    ) -> str:
        """A new key, told this once. `token` is given by the demo and tests alone."""
        told = token or PREFIX + secrets.token_urlsafe(32)
        row = {"id": self._ids(), "name": name, "prefix": told[:SHOWN], "hash": token_hash(told)}
        await tx.execute(_key.insert(), row | {"scopes": sorted(scopes), "agency": agency, "created_at": at})
        return told

    async def of(self, tx: Tx, token: str) -> ApiKey | None:
        """The key in force that this token is. Served by the unique index on hash."""
        query = select(_key).where(_key.c.hash == token_hash(token), _key.c.revoked_at.is_(None))
        row = (await tx.execute(query)).one_or_none()
        return None if row is None else _api_key(row)

    async def used(self, tx: Tx, key: ApiKey, at: datetime) -> None:
        """Notes that a key was used, to the minute."""
        await tx.execute(update(_key).where(_key.c.id == key.id).values(last_used_at=at))

    async def revoke(self, tx: Tx, key_id: str, at: datetime) -> bool:
        """Ends a key at once; whether there was one in force."""
        change = update(_key).where(_key.c.id == key_id, _key.c.revoked_at.is_(None)).values(revoked_at=at)
        return (await tx.execute(change)).rowcount > 0

    async def all(self, tx: Tx) -> list[ApiKey]:
        return [_api_key(row) for row in await tx.execute(select(_key).order_by(_key.c.id))]

    async def asked(self, tx: Tx, key: ApiKey, name: str, body: bytes, at: datetime) -> Asked | None:
        """None: this Idempotency-Key is new, and now taken; a second caller waits here for the first one's commit."""
        mine = {"key_id": key.id, "asked": token_hash(name), "body": self._seal.hash("asked", body.hex()), "at": at}
        put = upsert(AskedTable).values(mine).on_conflict_do_nothing(index_elements=["key_id", "asked"])
        if (await tx.execute(put.returning(_asked.c.at))).one_or_none() is not None:
            return None
        query = select(_asked).where(_asked.c.key_id == key.id, _asked.c.asked == mine["asked"])
        row = (await tx.execute(query)).one()
        return Asked(same=row.body == mine["body"], answer=row.answer)

    async def answered(self, tx: Tx, key: ApiKey, name: str, answer: dict[str, Any]) -> None:
        where = (_asked.c.key_id == key.id, _asked.c.asked == token_hash(name))
        await tx.execute(update(_asked).where(*where).values(answer=answer))

    async def forget(self, tx: Tx, before: datetime) -> None:
        """Drops what was asked before this moment; a later repeat counts as new."""
        await tx.execute(delete(_asked).where(_asked.c.at < before))


def due_to_note(key: ApiKey, at: datetime) -> bool:
    """Whether the last noted use is old enough to write again."""
    return key.last_used_at is None or at - key.last_used_at >= _USED_EVERY


def _api_key(row: Any) -> ApiKey:
    values = {name: value for name, value in row._asdict().items() if name not in {"hash", "scopes"}}
    return ApiKey(scopes=frozenset(row.scopes), **values)

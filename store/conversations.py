"""Conversations: where a talk with one address stands, and the codes that prove a phone (mã liên kết).

What was said is not kept here; the dialogue under way is sealed, for it may hold a phone or a text.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, Select, Update, bindparam, func, select, update
from sqlmodel import Field, SQLModel

from store.columns import Sealed, UtcTime, table
from store.database import Dialect, Tx
from store.ids import Ids
from store.inserts import Inserts
from store.people import Kind
from store.personal import Seal, same
from store.prepared import each, run
from store.sets import among_hashes, among_listed, dialect_of, listed, packed_hashes


class ConversationTable(SQLModel, table=True):
    __tablename__ = "conversation"
    __table_args__ = (
        Index("uq_conversation_kind_hash", "kind", "hash", unique=True),
        Index(None, "wants_person_at"),
    )

    id: str = Field(primary_key=True)
    kind: str
    hash: bytes
    sealed: bytes = Field(sa_type=Sealed)
    updated_at: datetime = Field(sa_type=UtcTime)
    greeted_at: datetime | None = Field(default=None, sa_type=UtcTime)
    wants_person_at: datetime | None = Field(default=None, sa_type=UtcTime)


class VerificationTable(SQLModel, table=True):
    """A code sent to a phone so that the chat which asked for it may be linked to that phone."""

    __tablename__ = "verification"
    __table_args__ = (
        Index(None, "conversation_id", "sent_at"),
        Index(None, "phone_hash", "sent_at"),
    )

    id: str = Field(primary_key=True)
    conversation_id: str
    phone_hash: bytes
    code_hash: bytes
    sent_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    tries: int = 0
    used_at: datetime | None = Field(default=None, sa_type=UtcTime)


_conversation = table(ConversationTable)
_verification = table(VerificationTable)
_BEGUN = Inserts(_conversation, ("kind", "hash", "id", "updated_at", "sealed"), "ON CONFLICT (kind, hash) DO NOTHING")


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """Where the talk with one address stands. `under_way` is the dialogue's own plain data, None between errands."""

    id: str
    updated_at: datetime
    under_way: Mapping[str, Any] | None = None
    greeted_at: datetime | None = None
    wants_person_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sendings:
    """How often a code was asked for lately: the last time, and how many in the time asked about."""

    last_at: datetime | None
    count: int


class Conversations:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self._ids = ids

    async def begin(self, tx: Tx, kind: Kind, value: str, at: datetime) -> Talk:
        """The talk with this address, locked until the transaction ends; made where there is none."""
        return (await self.begin_all(tx, [(kind, value)], at))[kind, value]

    async def begin_all(
        self, tx: Tx, addresses: Collection[tuple[Kind, str]], at: datetime
    ) -> dict[tuple[Kind, str], Talk]:
        """The talks with these addresses, locked until the transaction ends; made where there are none.

        Served by the unique index on (kind, hash).
        """
        by_hash = {(kind, self._seal.hash(kind, value)): (kind, value) for kind, value in addresses}
        talks = await self._talks(tx, by_hash)
        missing = {key: pair for key, pair in sorted(by_hash.items()) if pair not in talks}
        if missing:
            rows = [self._new(kind, hash_, at) for kind, hash_ in missing]
            if await _BEGUN.write(tx, rows) < len(rows):  # another transaction began some of them
                return talks | await self._talks(tx, missing)
            talks |= {by_hash[kind, hash_]: Talk(id=new_id, updated_at=at) for kind, hash_, new_id, *_ in rows}
        return talks

    async def _talks(
        self, tx: Tx, by_hash: Mapping[tuple[Kind, bytes], tuple[Kind, str]]
    ) -> dict[tuple[Kind, str], Talk]:
        dialect = dialect_of(tx)
        bound = {
            "kinds": listed(dialect, {kind for kind, _ in by_hash}),
            "hashes": packed_hashes(dialect, [hash_ for _, hash_ in by_hash]),
        }
        return {
            by_hash[row.kind, row.hash]: Talk(
                id=row.id,
                updated_at=row.updated_at,
                under_way=self._seal.open_data("conversation.sealed", row.id, row.sealed),
                greeted_at=row.greeted_at,
                wants_person_at=row.wants_person_at,
            )
            for row in await run(tx, _talks, bound)
            if (row.kind, row.hash) in by_hash
        }

    def _new(self, kind: Kind, hash_: bytes, at: datetime) -> tuple[Kind, bytes, str, datetime, bytes]:
        new_id = self._ids()
        return kind, hash_, new_id, at, self._seal.seal_data("conversation.sealed", new_id, None)

    async def save(self, tx: Tx, talk: Talk, at: datetime) -> None:
        """The talk as it stands now, whole."""
        await self.save_all(tx, [talk], at)

    async def save_all(self, tx: Tx, talks: Collection[Talk], at: datetime) -> None:
        """The talks as they stand now, whole."""
        rows = [
            {
                "talk": talk.id,
                "sealed": self._seal.seal_data("conversation.sealed", talk.id, talk.under_way),
                "updated_at": at,
                "greeted_at": talk.greeted_at,
                "wants_person_at": talk.wants_person_at,
            }
            for talk in talks
        ]
        await each(tx, _saved, rows)

    async def wanting_a_person(self, tx: Tx) -> int:
        """How many talks wait for an officer."""
        query = select(func.count()).where(_conversation.c.wants_person_at.is_not(None))
        return int((await tx.execute(query)).scalar_one())

    async def put_code(self, tx: Tx, talk_id: str, phone: str, code: str, *, at: datetime, expires_at: datetime) -> str:
        """A code is on its way to this phone; only its keyed hash stays. Earlier ones of this talk end here."""
        await tx.execute(
            update(_verification)
            .where(_verification.c.conversation_id == talk_id, _verification.c.used_at.is_(None))
            .values(expires_at=at)
        )
        row_id = self._ids()
        row = {"id": row_id, "conversation_id": talk_id, "phone_hash": self._seal.hash("phone", phone), "tries": 0}
        row |= {"code_hash": self._code_hash(row_id, code), "sent_at": at, "expires_at": expires_at}
        await tx.execute(_verification.insert(), row)
        return row_id

    async def sent_to(self, tx: Tx, phone: str, since: datetime) -> Sendings:
        """Codes sent to this phone. Served by the index on (phone_hash, sent_at)."""
        return await self._sendings(tx, _verification.c.phone_hash == self._seal.hash("phone", phone), since)

    async def sent_for(self, tx: Tx, talk_id: str, since: datetime) -> Sendings:
        """Codes that this talk asked for, whatever the phone. Served by the index on (conversation_id, sent_at)."""
        return await self._sendings(tx, _verification.c.conversation_id == talk_id, since)

    async def try_code(self, tx: Tx, verification_id: str, code: str, *, at: datetime, tries: int) -> bool | None:
        """Whether this is the code; None when it can no longer be tried (too late, used, `tries` spent)."""
        query = select(_verification).where(_verification.c.id == verification_id).with_for_update()
        row = (await tx.execute(query)).one_or_none()
        if row is None or row.used_at is not None or at >= row.expires_at or row.tries >= tries:
            return None
        right = same(row.code_hash, self._code_hash(row.id, code))
        change = update(_verification).where(_verification.c.id == row.id)
        await tx.execute(change.values(tries=row.tries + 1, used_at=at if right else None))
        if not right and row.tries + 1 >= tries:
            return None
        return right

    def _code_hash(self, row_id: str, code: str) -> bytes:
        return self._seal.hash(f"verification.{row_id}", code)

    async def _sendings(self, tx: Tx, whose: Any, since: datetime) -> Sendings:
        sent_at = _verification.c.sent_at
        row = (await tx.execute(select(func.max(sent_at), func.count()).where(whose, sent_at > since))).one()
        return Sendings(last_at=row[0], count=row[1])


def _talks(dialect: Dialect) -> Select[Any]:
    mine = among_listed(dialect, _conversation.c.kind, "kinds")
    return select(_conversation).where(mine, among_hashes(dialect, _conversation.c.hash, "hashes")).with_for_update()


def _saved(_dialect: Dialect) -> Update:
    names = ("sealed", "updated_at", "greeted_at", "wants_person_at")
    values = {name: bindparam(name, type_=_conversation.c[name].type) for name in names}
    return update(_conversation).where(_conversation.c.id == bindparam("talk")).values(values)

"""People (người dân, tổ chức) and the addresses that reach them: sealed, found by keyed hash.

A person is whoever stands behind a set of addresses. A phone alone makes one; linking a Zalo account adds to it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Delete, Index, Select, Update, and_, bindparam, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Field, SQLModel

from store.columns import Sealed, UtcTime, table
from store.database import Dialect, Tx, breaths, pages, storable
from store.ids import Ids
from store.inserts import Inserts
from store.personal import Seal, Unreadable
from store.prepared import each, run
from store.sets import among, among_hashes, dialect_of, packed_hashes, packed_texts

Kind = Literal["phone", "zalo", "telegram", "email"]


class PersonTable(SQLModel, table=True):
    __tablename__ = "person"

    id: str = Field(primary_key=True)
    created_at: datetime = Field(sa_type=UtcTime)
    language: str = "vi"
    preferred_channel: str | None = None
    opted_out_at: datetime | None = Field(default=None, sa_type=UtcTime)
    flagged: str | None = None  # why this number lists nothing: it stands on many people's dossiers, or is staff's


class AddressTable(SQLModel, table=True):
    __tablename__ = "address"
    __table_args__ = (Index("uq_address_kind_hash", "kind", "hash", unique=True), Index(None, "person_id"))

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id")
    kind: str
    hash: bytes
    sealed: bytes = Field(sa_type=Sealed)
    created_at: datetime = Field(sa_type=UtcTime)
    verified_at: datetime | None = Field(default=None, sa_type=UtcTime)
    last_word_at: datetime | None = Field(default=None, sa_type=UtcTime)


class RefusalTable(SQLModel, table=True):
    """A provider refused an address on one path for good: not tried again until then (a number without Zalo, …)."""

    __tablename__ = "refusal"
    __table_args__ = (Index(None, "hash"),)

    path: str = Field(primary_key=True)
    hash: bytes = Field(primary_key=True)
    until: datetime = Field(sa_type=UtcTime)
    why: str


class ConsentTable(SQLModel, table=True):
    """Consent per purpose with the version of the text that was shown (Law 91/2025): who, what, when, withdrawn."""

    __tablename__ = "consent"

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    purpose: str
    text_version: str
    channel: str
    given_at: datetime = Field(sa_type=UtcTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcTime)


_person = table(PersonTable)
_address = table(AddressTable)
_refusal = table(RefusalTable)
_consent = table(ConsentTable)
_PEOPLE = Inserts(_person, ("id", "created_at", "language"))
_ADDRESSES = Inserts(
    _address,
    ("hash", "id", "person_id", "kind", "sealed", "created_at", "last_word_at"),
    "ON CONFLICT (kind, hash) DO NOTHING",
)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One address of a person, opened."""

    kind: Kind
    value: str
    verified_at: datetime | None
    last_word_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """All that is known of how to reach a person."""

    person_id: str
    addresses: tuple[Known, ...] = ()
    opted_out_at: datetime | None = None
    preferred_channel: str | None = None
    flagged: str | None = None

    def of(self, kind: Kind) -> Known | None:
        """The address of this kind that spoke last."""
        mine = [known for known in self.addresses if known.kind == kind]
        return max(mine, key=lambda known: known.last_word_at or _NEVER, default=None)


@dataclass(slots=True)
class _Behind:
    """The person behind an address, as `heard` collects them: `row` is any of theirs, `known` by the address's id."""

    row: Any
    known: dict[str, Known] = field(default_factory=dict)

    def reach(self, at: datetime) -> Reach:
        """With their last word from this address at `at`."""
        mine = self.row.mine_id
        known = (replace(one, last_word_at=at) if id_ == mine else one for id_, one in self.known.items())
        return Reach(
            person_id=self.row.person_id,
            addresses=tuple(known),
            opted_out_at=self.row.opted_out_at,
            preferred_channel=self.row.preferred_channel,
            flagged=self.row.flagged,
        )


class People:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self._ids = ids

    async def find(self, tx: Tx, kind: Kind, value: str) -> str | None:
        """The person behind an address. Served by the unique index on (kind, hash)."""
        query = select(_address.c.person_id).where(_address.c.kind == kind, _address.c.hash == self._hash(kind, value))
        return (await tx.execute(query)).scalar_one_or_none()

    async def ensure(self, tx: Tx, addresses: Iterable[tuple[Kind, str]], at: datetime) -> dict[tuple[Kind, str], str]:
        """The person behind each address, made where there is none: in batches, whatever their number."""
        wanted = list(dict.fromkeys(addresses))
        found = await self._found(tx, wanted)
        if missing := {pair: at for pair in wanted if pair not in found}:
            found |= await self._made(tx, missing)
            late = [pair for pair in missing if pair not in found]
            found |= await self._found(tx, late) if late else {}
        return found

    async def _made(
        self, tx: Tx, wanted: Mapping[tuple[Kind, str], datetime], *, spoke: bool = False
    ) -> dict[tuple[Kind, str], str]:
        """New people behind new addresses, known since these moments; without those whom another process made first."""
        rows, people, made = [], [], {}
        async for pair, at in breaths(wanted.items()):
            row_id, person_id = self._ids(), self._ids()
            people.append((person_id, at, "vi"))
            sealed = self._seal.seal("address.sealed", row_id, pair[1])
            rows.append((self._hash(*pair), row_id, person_id, pair[0], sealed, at, at if spoke else None))
            made[pair] = person_id
        await _PEOPLE.write(tx, people)
        # In the order of their hashes: two imports of the same people wait for each other, and never both.
        if await _ADDRESSES.write(tx, sorted(rows)) == len(rows):
            return made
        kept = await self._found(tx, made)
        left_over = packed_texts(set(made.values()) - set(kept.values()))
        await run(tx, _drop, {"ids": left_over})
        return {pair: person_id for pair, person_id in made.items() if kept.get(pair) == person_id}

    async def link(self, tx: Tx, person_id: str, kind: Kind, value: str, at: datetime) -> None:
        """This address belongs to this person, proved at `at`: moved from whoever had it."""
        owner = (await self.ensure(tx, [(kind, value)], at))[kind, value]
        change = self._where(update(_address), kind, value).values(verified_at=at)
        await tx.execute(change if owner == person_id else change.values(person_id=person_id))

    async def unlink(self, tx: Tx, kind: Kind, value: str, at: datetime) -> None:
        """The address stands alone again, under a new person."""
        person_id = self._ids()
        await tx.execute(_person.insert(), {"id": person_id, "created_at": at, "language": "vi"})
        await tx.execute(self._where(update(_address), kind, value).values(person_id=person_id, verified_at=None))

    async def spoke(self, tx: Tx, kind: Kind, value: str, at: datetime) -> str:
        """They wrote to us from this address: it is reachable, and a free answer is possible for a while."""
        return (await self.heard(tx, {(kind, value): at}))[kind, value].person_id

    async def heard(self, tx: Tx, words: Mapping[tuple[Kind, str], datetime]) -> dict[tuple[Kind, str], Reach]:
        """People wrote to us from these addresses at these moments: how they can be reached from now on.

        Two statements for those who have written before, two more for those who have not. Locks the addresses; served
        by uq_address_kind_hash.
        """
        heard = await self._behind(tx, words)
        new = {pair: at for pair, at in words.items() if pair not in heard}
        made = await self._made(tx, new, spoke=True) if new else {}
        late = [pair for pair in new if pair not in made]
        heard |= await self._behind(tx, late) if late else {}
        if heard:
            await each(tx, _spoken, [{"mine": one.row.mine_id, "at": words[pair]} for pair, one in heard.items()])
        for page in pages(one.row.mine_hash for one in heard.values() if one.row.refused):
            await tx.execute(delete(_refusal).where(_refusal.c.hash.in_(page)))
        met = {pair: _met(pair, person_id, words[pair]) for pair, person_id in made.items()}
        return met | {pair: one.reach(words[pair]) for pair, one in heard.items()}

    async def refused(self, tx: Tx, cases: Iterable[tuple[str, Kind, str, datetime, str]]) -> None:
        """(path, kind, value, until, why): remembered, so that the next message goes another way at once."""
        hashed = [(self._hash(kind, value), path, until, why) for path, kind, value, until, why in cases]
        for hash_, path, until, why in sorted(hashed):
            values = {"until": until, "why": storable(why, 200)}
            put = upsert(RefusalTable).values(path=path, hash=hash_, **values)
            await tx.execute(put.on_conflict_do_update(index_elements=["path", "hash"], set_=values))

    async def refusals(
        self, tx: Tx, addresses: Iterable[tuple[Kind, str]], now: datetime
    ) -> set[tuple[str, Kind, str]]:
        """Which (path, kind, value) are not to be tried now. Served by the index on hash."""
        by_hash = {self._hash(kind, value): (kind, value) for kind, value in addresses}
        if not by_hash:
            return set()
        dialect = dialect_of(tx)
        bound = {"now": now, "hashes": packed_hashes(dialect, by_hash)}
        return {(row.path, *by_hash[row.hash]) for row in await run(tx, _refused, bound)}

    async def opt(self, tx: Tx, person_id: str, out_at: datetime | None) -> None:
        """Opted out of notices at this moment; None opts in again."""
        await tx.execute(update(_person).where(_person.c.id == person_id).values(opted_out_at=out_at))

    async def reach(self, tx: Tx, person_ids: Collection[str]) -> dict[str, Reach]:
        """How to reach each of these people. By primary key and by the index on person_id."""
        if not person_ids:
            return {}
        known: dict[str, list[Known]] = {}
        people = {}
        async for row in breaths(await run(tx, _reached, {"ids": packed_texts(person_ids)})):
            people[row.person_id] = row
            known.setdefault(row.person_id, [])
            if row.id is not None and (address := self._opened(row)) is not None:
                known[row.person_id].append(address)
        return {
            person_id: Reach(
                person_id=person_id,
                addresses=tuple(known[person_id]),
                opted_out_at=row.opted_out_at,
                preferred_channel=row.preferred_channel,
                flagged=row.flagged,
            )
            for person_id, row in people.items()
        }

    async def consent(
        self, tx: Tx, person_id: str, purpose: str, text_version: str, channel: str, at: datetime
    ) -> None:
        row = {"id": self._ids(), "person_id": person_id, "purpose": purpose, "text_version": text_version}
        await tx.execute(_consent.insert(), row | {"channel": channel, "given_at": at})

    async def withdraw(self, tx: Tx, person_id: str, at: datetime) -> None:
        """All consents end, all chat accounts are unlinked from the phone (rút lại đồng ý)."""
        change = update(_consent).where(_consent.c.person_id == person_id, _consent.c.withdrawn_at.is_(None))
        await tx.execute(change.values(withdrawn_at=at))

    def _hash(self, kind: Kind, value: str) -> bytes:
        return self._seal.hash(kind, value.lower() if kind == "email" else value)

    def _where(self, statement: Update, kind: Kind, value: str) -> Update:
        return statement.where(_address.c.kind == kind, _address.c.hash == self._hash(kind, value))

    async def _behind(self, tx: Tx, pairs: Iterable[tuple[Kind, str]]) -> dict[tuple[Kind, str], "_Behind"]:
        """Who is behind these addresses, with all other addresses of theirs, by the address."""
        found: dict[tuple[Kind, str], _Behind] = {}
        for kind, values in self._by_hash(pairs).items():
            for row in await run(tx, _behind, {"kind": kind, "hashes": packed_hashes(dialect_of(tx), values)}):
                one = found.setdefault((kind, values[row.mine_hash]), _Behind(row))
                if (address := self._opened(row)) is not None:
                    one.known[row.id] = address
        return found

    def _opened(self, row: Any) -> Known | None:
        """An address; one that does not open reaches nobody, and hides nobody."""
        try:
            value = self._seal.open("address.sealed", row.id, row.sealed)
        except Unreadable:
            return None
        return Known(kind=row.kind, value=value, verified_at=row.verified_at, last_word_at=row.last_word_at)

    async def _found(self, tx: Tx, pairs: Iterable[tuple[Kind, str]]) -> dict[tuple[Kind, str], str]:
        return {
            (kind, values[row.hash]): row.person_id
            for kind, values in self._by_hash(pairs).items()
            for row in await run(tx, _found, {"kind": kind, "hashes": packed_hashes(dialect_of(tx), values)})
        }

    def _by_hash(self, pairs: Iterable[tuple[Kind, str]]) -> dict[Kind, dict[bytes, str]]:
        """Addresses by kind, with which uq_address_kind_hash begins, and hash."""
        hashed: dict[Kind, dict[bytes, str]] = {}
        for kind, value in pairs:
            hashed.setdefault(kind, {})[self._hash(kind, value)] = value
        return hashed


def _those(dialect: Dialect, addresses: Any) -> ColumnElement[bool]:
    """Addresses of this `kind` and these `hashes`."""
    return and_(addresses.c.kind == bindparam("kind"), among_hashes(dialect, addresses.c.hash, "hashes"))


def _found(dialect: Dialect) -> Select[Any]:
    return select(_address.c.hash, _address.c.person_id).where(_those(dialect, _address))


def _behind(dialect: Dialect) -> Select[Any]:
    """Addresses with the person behind them and each address of theirs, the former locked."""
    mine = _address.alias("mine")
    columns = (
        mine.c.id.label("mine_id"),
        mine.c.hash.label("mine_hash"),
        _person.c.id.label("person_id"),
        _person.c.opted_out_at,
        _person.c.preferred_channel,
        _person.c.flagged,
        *(_address.c[name] for name in ("id", "kind", "sealed", "verified_at", "last_word_at")),
        exists().where(_refusal.c.hash == mine.c.hash).label("refused"),
    )
    query = select(*columns).join(_person, _person.c.id == mine.c.person_id)
    query = query.join(_address, _address.c.person_id == _person.c.id)
    return query.where(_those(dialect, mine)).with_for_update(of=mine)


def _met(pair: tuple[Kind, str], person_id: str, at: datetime) -> Reach:
    """Somebody who has just written for the first time."""
    return Reach(
        person_id=person_id, addresses=(Known(kind=pair[0], value=pair[1], verified_at=None, last_word_at=at),)
    )


def _spoken(_dialect: Dialect) -> Update:
    at = bindparam("at", type_=_address.c.last_word_at.type)
    return update(_address).where(_address.c.id == bindparam("mine")).values(last_word_at=at)


def _drop(dialect: Dialect) -> Delete:
    return delete(_person).where(among(dialect, _person.c.id, "ids"))


def _reached(dialect: Dialect) -> Select[Any]:
    """People with all their addresses, a row an address; one row for a person without any."""
    person = (_person.c.id.label("person_id"), _person.c.opted_out_at, _person.c.preferred_channel, _person.c.flagged)
    address = (_address.c.id, _address.c.kind, _address.c.sealed, _address.c.verified_at, _address.c.last_word_at)
    joined = _person.outerjoin(_address, _address.c.person_id == _person.c.id)
    return select(*person, *address).select_from(joined).where(among(dialect, _person.c.id, "ids"))


def _refused(dialect: Dialect) -> Select[Any]:
    now = bindparam("now", type_=_refusal.c.until.type)
    theirs = among_hashes(dialect, _refusal.c.hash, "hashes")
    return select(_refusal.c.path, _refusal.c.hash).where(_refusal.c.until > now, theirs)

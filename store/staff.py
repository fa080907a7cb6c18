"""Staff (cán bộ) who may enter the console: their roles, their sessions, and the failures to sign in.

A login and a name are personal: sealed, found by keyed hash. Of a session and of a sign-in link only the hash of the
token is kept, so that whoever reads the database cannot enter with it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Field, SQLModel

from store.columns import Sealed, UtcTime, table
from store.database import Tx
from store.ids import Ids
from store.personal import Seal, token_hash

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
"""A session ends after so long without use, and after so long in any case."""

_FORGET = timedelta(hours=24)
"""Failures older than this no longer count."""


class Role(StrEnum):
    """What a member of staff may do; each role may all that the one before it may."""

    VIEWER = "viewer"
    CLERK = "clerk"
    APPROVER = "approver"
    ADMIN = "admin"


class StaffTable(SQLModel, table=True):
    __tablename__ = "staff"

    id: str = Field(primary_key=True)
    login: bytes = Field(unique=True)  # keyed hash
    sealed: bytes = Field(sa_type=Sealed)  # login and name
    password: str  # argon2id, with its own salt and costs
    role: str
    agency: str | None = None
    created_at: datetime = Field(sa_type=UtcTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcTime)


class SessionTable(SQLModel, table=True):
    __tablename__ = "staff_session"

    id: bytes = Field(primary_key=True)  # hash of the cookie
    staff_id: str = Field(foreign_key="staff.id", index=True)
    csrf: str
    created_at: datetime = Field(sa_type=UtcTime)
    seen_at: datetime = Field(sa_type=UtcTime)


class LinkTable(SQLModel, table=True):
    """A link that signs in once, without a password (the demo, a first visit)."""

    __tablename__ = "staff_link"

    id: bytes = Field(primary_key=True)  # hash of the token
    staff_id: str = Field(foreign_key="staff.id")
    expires_at: datetime = Field(sa_type=UtcTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcTime)


class FailureTable(SQLModel, table=True):
    __tablename__ = "staff_failure"

    id: bytes = Field(primary_key=True)  # keyed hash of who tried: a login, an address, or both
    tries: int
    last_at: datetime = Field(sa_type=UtcTime)


_staff = table(StaffTable)
_session = table(SessionTable)
_link = table(LinkTable)
_failure = table(FailureTable)


class LoginTaken(Exception):
    """Another member of staff has this login."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """One member of staff. Without an agency they see every agency's matters."""

    id: str
    login: str
    name: str
    role: Role
    agency: str | None
    disabled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An open session and whose it is."""

    officer: Officer
    csrf: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """How failures under one name are slowed: free tries, then a wait that doubles up to `longest`."""

    free: int
    first: timedelta
    longest: timedelta

    def wait(self, count: int) -> timedelta:
        """How long after the last of `count` failures the next try must wait."""
        if count < self.free:
            return timedelta(0)
        return min(self.first * (1 << min(count - self.free, 20)), self.longest)


class Staff:
    def __init__(self, seal: Seal, ids: Ids) -> None:
        self._seal = seal
        self._ids = ids

    async def add(
        self, tx: Tx, *, login: str, name: str, password: str, role: Role, agency: str | None, at: datetime
    ) -> Officer:
        """A new member of staff; `password` is hashed already. Raises `LoginTaken`."""
        row_id = self._ids()
        sealed = self._seal.seal_data("staff.sealed", row_id, {"login": login, "name": name})
        row = {"id": row_id, "login": self._hash(login), "sealed": sealed, "password": password, "role": role.value}
        put = upsert(StaffTable).on_conflict_do_nothing(index_elements=["login"]).returning(_staff.c.id)
        if not (await tx.execute(put.values(row | {"agency": agency, "created_at": at}))).all():
            raise LoginTaken(LoginTaken.__doc__)
        return Officer(id=row_id, login=login, name=name, role=role, agency=agency)

    async def find(self, tx: Tx, login: str) -> tuple[Officer, str] | None:
        """Who has this login, and the hash of their password. Served by the unique index on login."""
        row = (await tx.execute(select(_staff).where(_staff.c.login == self._hash(login)))).one_or_none()
        return None if row is None else (self._officer(row), row.password)

    async def named(self, tx: Tx, staff_ids: Collection[str]) -> dict[str, Officer]:
        """Members of staff by id, for the pages that say who did what."""
        if not staff_ids:
            return {}
        rows = await tx.execute(select(_staff).where(_staff.c.id.in_(staff_ids)))
        return {row.id: self._officer(row) for row in rows}

    async def change_password(self, tx: Tx, staff_id: str, password: str) -> None:
        await tx.execute(update(_staff).where(_staff.c.id == staff_id).values(password=password))

    async def disable(self, tx: Tx, staff_id: str, at: datetime) -> None:
        """They may no longer enter, and are out at once."""
        await tx.execute(update(_staff).where(_staff.c.id == staff_id).values(disabled_at=at))
        await tx.execute(delete(_session).where(_session.c.staff_id == staff_id))

    async def enter(self, tx: Tx, staff_id: str, token: str, csrf: str, at: datetime) -> None:
        """A session begins under the hash of `token`; those that have run out are swept."""
        gone = delete(_session).where((_session.c.seen_at < at - IDLE) | (_session.c.created_at < at - LONGEST))
        await tx.execute(gone)
        row = {"id": token_hash(token), "staff_id": staff_id, "csrf": csrf, "created_at": at, "seen_at": at}
        await tx.execute(_session.insert(), row)

    async def session(self, tx: Tx, token: str, at: datetime) -> Session | None:
        """The session of a cookie, if it has not run out and its owner may still enter. By primary key."""
        query = (
            select(_staff, _session.c.csrf, _session.c.seen_at, _session.c.created_at.label("began_at"))
            .join(_session, _session.c.staff_id == _staff.c.id)
            .where(_session.c.id == token_hash(token), _staff.c.disabled_at.is_(None))
            .where(_session.c.seen_at >= at - IDLE, _session.c.created_at >= at - LONGEST)
        )
        row = (await tx.execute(query)).one_or_none()
        if row is None:
            return None
        return Session(officer=self._officer(row), csrf=row.csrf, created_at=row.began_at, seen_at=row.seen_at)

    async def seen(self, tx: Tx, token: str, at: datetime) -> None:
        await tx.execute(update(_session).where(_session.c.id == token_hash(token)).values(seen_at=at))

    async def leave(self, tx: Tx, token: str) -> None:
        await tx.execute(delete(_session).where(_session.c.id == token_hash(token)))

    async def invite(self, tx: Tx, staff_id: str, token: str, expires_at: datetime) -> None:
        """A link that signs this person in once, until `expires_at`."""
        await tx.execute(_link.insert(), {"id": token_hash(token), "staff_id": staff_id, "expires_at": expires_at})

    async def accept(self, tx: Tx, token: str, at: datetime) -> Officer | None:
        """Whom the link signs in; used up by this call, whoever else tries it at the same moment."""
        use = (
            update(_link)
            .where(_link.c.id == token_hash(token), _link.c.used_at.is_(None), _link.c.expires_at > at)
            .values(used_at=at)
            .returning(_link.c.staff_id)
        )
        staff_id = (await tx.execute(use)).scalar_one_or_none()
        officer = (await self.named(tx, [staff_id])).get(staff_id) if staff_id else None
        return officer if officer is not None and officer.disabled_at is None else None

    async def attempt(self, tx: Tx, keys: Iterable[tuple[str, Lock]], at: datetime) -> timedelta:
        """Counts a try as failed before the password is looked at; how long this asker must still wait.

        A try that must wait is not counted, so that the wait ends. Tries at once are counted one after another
        (row locks), so that a hundred at the same moment have no more guesses than a hundred in a row.
        """
        locks = {self._seal.hash("staff.failure", key): lock for key, lock in keys}
        for key in sorted(locks):
            first = {"id": key, "tries": 0, "last_at": at}
            await tx.execute(upsert(FailureTable).values(first).on_conflict_do_nothing(index_elements=["id"]))
        query = select(_failure).where(_failure.c.id.in_(locks)).order_by(_failure.c.id).with_for_update()
        waits, counts = [timedelta(0)], dict[bytes, int]()
        for row in await tx.execute(query):
            counts[row.id] = 0 if row.last_at < at - _FORGET else row.tries
            waits.append(row.last_at + locks[row.id].wait(counts[row.id]) - at)
        if max(waits) > timedelta(0):
            return max(waits)
        for key, count in counts.items():
            await tx.execute(update(_failure).where(_failure.c.id == key).values(tries=count + 1, last_at=at))
        return timedelta(0)

    async def succeed(self, tx: Tx, keys: Iterable[str]) -> None:
        """The password was right: these count no failures any more."""
        hashes = [self._seal.hash("staff.failure", key) for key in keys]
        await tx.execute(delete(_failure).where(_failure.c.id.in_(hashes)))

    def _hash(self, login: str) -> bytes:
        return self._seal.hash("staff.login", login.strip().casefold())

    def _officer(self, row: Row[tuple[object, ...]]) -> Officer:
        who = self._seal.open_data("staff.sealed", row.id, row.sealed)
        return Officer(
            id=row.id,
            login=who["login"],
            name=who["name"],
            role=Role(row.role),
            agency=row.agency,
            disabled_at=row.disabled_at,
        )

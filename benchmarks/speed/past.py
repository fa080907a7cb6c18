"""A long past in a short time: real rows, made by the engine itself, repeated by the database in bulk.

The copies have their own ids (older than any of today's), their own hashes and their own provider's ids, so indexes
are as deep and as scattered as after years; the columns are the models' own, so that a new one is copied too.
"""

from dataclasses import dataclass

from sqlalchemy import text

from benchmarks.speed import house
from benchmarks.speed.outbound import drained
from benchmarks.speed.servers import Kind
from benchmarks.speed.setting import Judge, Setting
from channels.message import Receipt, ReceiptState
from motcua.rooms import Rooms
from store.columns import metadata
from store.database import Database

SEED = 1_000
_AT_ONCE = 500
"""Times that the seed is repeated in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A table's columns that must differ in each copy: `keys` are texts that begin anew, `chance` random bytes,
    `words` random texts."""

    table: str
    keys: tuple[str, ...]
    chance: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


MESSAGES = (
    Copied(table="person", keys=("id",)),
    Copied(table="address", keys=("id", "person_id"), chance=("hash",)),
    Copied(table="message", keys=("id", "person_id", "dossier_id", "about"), chance=("natural_key",)),
    Copied(table="attempt", keys=("id", "message_id"), words=("provider_id",)),
)
DOSSIERS = (
    Copied(table="dossier", keys=("id", "code"), chance=("content",)),
    Copied(table="dossier_name", keys=("name", "dossier_id")),
    Copied(table="dossier_phone", keys=("dossier_id",), chance=("hash",)),
    Copied(table="dossier_status", keys=("dossier_id",)),
)


async def messages(setting: Setting, judge: Judge, kind: Kind, count: int) -> str:
    """A database with so many messages that were delivered long ago; its URL."""
    url = await setting.fresh(kind)
    await house.make_schema(url)
    if count:
        await drained(setting, judge, kind, SEED, url=url)
        async with house.rooms(house.config(url, judge.url)) as rooms:
            await _delivered(rooms, judge)
        await multiply(url, MESSAGES, count // SEED)
    return url


async def _delivered(rooms: Rooms, judge: Judge) -> None:
    """The seed's receipts come in, so that nothing of it is under way any more."""
    arrived = (await judge.program.ask(do="arrivals"))["arrived"]
    moment = house.now()
    receipts = [Receipt(event_id=name, state=ReceiptState.DELIVERED, at=moment, message_id=name) for name in arrived]
    async with rooms.store.database.transaction() as tx:
        await rooms.store.receipts.put(tx, "sms", receipts, moment)
    await rooms.receiver().once()
    async with rooms.store.database.reading() as tx:
        assert not await rooms.store.outbox.waiting(tx)


async def multiply(url: str, tables: tuple[Copied, ...], times: int) -> None:
    """Repeats every row of these tables so often, each time as another."""
    database = Database(url)
    await database.open()
    for begin in range(0, times, _AT_ONCE):
        async with database.transaction() as tx:
            for copied in tables:
                await tx.execute(
                    text(_statement(copied, database.dialect)),
                    {"first": begin + 1, "last": min(begin + _AT_ONCE, times)},
                )
    if database.dialect == "postgresql":
        async with database.transaction() as tx:  # as autovacuum does in a day
            for copied in tables:
                await tx.execute(text(f"ANALYZE {copied.table}"))
    await database.close()


def _statement(copied: Copied, dialect: Kind) -> str:
    """INSERT … SELECT of the first rows, once a number; a key that begins with a dash is a copy's."""
    names = [column.name for column in metadata.tables[copied.table].columns]
    values = ", ".join(_value(copied, name, dialect) for name in names)
    numbers = (
        "generate_series(CAST(:first AS integer), CAST(:last AS integer)) AS n(k)"
        if dialect == "postgresql"
        else "(WITH RECURSIVE m(k) AS (SELECT :first UNION ALL SELECT k + 1 FROM m WHERE k < :last) SELECT k FROM m) n"
    )
    first = copied.keys[0]
    return (
        f"INSERT INTO {copied.table} ({', '.join(names)}) "  # noqa: S608  (names of our own models, no one's words)
        f"SELECT {values} FROM {copied.table} s CROSS JOIN {numbers} WHERE s.{first} NOT LIKE '-%'"
    )


def _value(copied: Copied, name: str, dialect: Kind) -> str:
    postgresql = dialect == "postgresql"
    if name in copied.keys:
        number = "lpad(CAST(n.k AS text), 6, '0')" if postgresql else "printf('%06d', n.k)"
        return f"'-' || {number} || substr(s.{name}, 8)"
    if name in copied.chance:
        return "uuid_send(gen_random_uuid())" if postgresql else "randomblob(16)"
    if name in copied.words:
        made = "CAST(gen_random_uuid() AS text)" if postgresql else "hex(randomblob(16))"
        return f"CASE WHEN s.{name} IS NULL THEN NULL ELSE {made} END"
    return f"s.{name}"

"""The hot queries use their indexes on both databases: a lost index fails here, not in production."""

import re
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from channels.message import Receipt, ReceiptState
from store.database import Database, Tx
from store.nouns import Store
from store.outbox.tables import Draft, Move, State

MANY = 3_000
DONE = (
    "UPDATE inbox SET done_at = received_at WHERE id NOT IN (SELECT id FROM inbox ORDER BY id DESC LIMIT :left)",
    "UPDATE receipt SET done_at = received_at WHERE id NOT IN (SELECT id FROM receipt ORDER BY id DESC LIMIT :left)",
)


async def put(store: Store, clock, count: int, *, state: State = State.WAITING, late: bool = False) -> None:
    """Messages to as many people; most of what is under way is not what a query looks for."""
    moment = clock()
    drafts = [
        Draft(
            id=store.ids(),
            natural_key=store.seal.hash("k", f"{state}{late}{n}"),
            recipient=store.seal.hash("r", f"{state}{late}{n}"),
            person_id=f"p{n}",
            event="done",
            about="d",
            lane=1 + n % 2,
            created_at=moment,
            due_at=moment - timedelta(hours=1) if late else moment + timedelta(hours=n % 24 + 1),
            expires_at=moment + timedelta(hours=72),
            body={},
            channel="sms",
            path="sms",
            dossier_id=f"{state}{n}",
        )
        for n in range(count)
    ]
    async with store.database.transaction() as tx:
        await store.outbox.put(tx, drafts)
        if state is not State.WAITING:
            due_at = moment - timedelta(hours=1) if late else moment + timedelta(hours=1)
            values = {"state": state, "attempt": 1, "due_at": due_at, "channel": "sms", "path": "sms"}
            values |= {"worker": "w", "lease_until": moment - timedelta(hours=1)} if state is State.SENDING else {}
            moves = [
                Move(message_id=d.id, at=moment, step="x", provider_id=f"provider-{d.id}", **values) for d in drafts
            ]
            await store.outbox.move(tx, moves)


@pytest.fixture
async def full(store: Store, clock) -> Store:
    """Some thousand rows of everything, and the planner's statistics of them."""
    for state, late in ((State.WAITING, False), (State.ACCEPTED, False), (State.UNKNOWN, False)):
        await put(store, clock, MANY, state=state, late=late)
    for state in (State.WAITING, State.ACCEPTED, State.SENDING):
        await put(store, clock, 20, state=state, late=True)
    moment = clock()
    told = [
        Receipt(event_id=f"e{n}", state=ReceiptState.DELIVERED, at=moment, message_id=f"m{n}") for n in range(4 * MANY)
    ]
    async with store.database.transaction() as tx:
        await store.people.ensure(tx, [("phone", f"84{900_000_000 + n}") for n in range(MANY)], moment)
        words = [(f"e{n}", {"text": "x", "sender": ["zalo", f"{n % 500}"]}) for n in range(MANY)]
        await store.inbox.put(tx, "zalo", words, moment)
        await store.receipts.put(tx, "zalo", told, moment)
        for statement in DONE:
            await tx.execute(text(statement), {"left": 20})
        await tx.exec_driver_sql("ANALYZE")
    return store


@asynccontextmanager
async def explained(database: Database):
    """A transaction whose selects are explained: their plans are collected when it has been used."""
    plans: list[str] = []
    prefix = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "

    async with database.transaction() as tx:
        asked: list[tuple[str, tuple[object, ...]]] = []
        heard = _traced if database.dialect == "sqlite" else _logged
        with heard(tx, asked):
            yield tx, plans
        for statement, parameters in asked:
            if statement.lstrip().upper().startswith(("SELECT", "WITH")):
                rows = await tx.exec_driver_sql(prefix + statement, parameters)
                plans.append("\n".join(str(row[-1]) for row in rows))


@contextmanager
def _traced(tx: Tx, asked: list[tuple[str, tuple[object, ...]]]):
    """What SQLite itself is asked, with its values in the text."""
    connection = tx.sync_connection.connection.driver_connection._connection
    connection.set_trace_callback(lambda statement: asked.append((statement, ())))
    yield
    connection.set_trace_callback(None)


@contextmanager
def _logged(tx: Tx, asked: list[tuple[str, tuple[object, ...]]]):
    """What PostgreSQL is asked: through SQLAlchemy, and by the driver directly."""

    def keep(_connection, _cursor, statement, parameters, _context, _many) -> None:
        asked.append((statement, parameters))

    event.listen(tx.sync_connection, "before_cursor_execute", keep)
    with tx.sync_connection.connection.driver_connection.query_logger(lambda one: asked.append((one.query, one.args))):
        yield
    event.remove(tx.sync_connection, "before_cursor_execute", keep)


def scans(plan: str, table: str) -> bool:
    """Whether a plan reads this table from one end to the other."""
    return bool(re.search(rf"Seq Scan on {table}\b|SCAN {table}\b(?! USING)", plan))


async def claim(store: Store, tx: Tx, now) -> int:
    return len(await store.outbox.claim(tx, now=now, limit=8, lanes=(1,)))


async def company(store: Store, tx: Tx, now) -> int:
    leaders = await store.outbox.claim(tx, now=now, limit=8, lanes=(1,))
    return len(await store.outbox.company(tx, leaders))


async def overdue(store: Store, tx: Tx, now) -> int:
    return len(await store.outbox.overdue(tx, now=now, limit=200))


async def abandoned(store: Store, tx: Tx, now) -> int:
    return len(await store.outbox.abandoned(tx, now=now, limit=200))


async def inbox(store: Store, tx: Tx, now) -> int:
    (first,) = await store.inbox.claim(tx, 1)
    await store.inbox.failed(tx, first.id, "why", now + timedelta(minutes=1))
    return len(await store.inbox.claim(tx, 1, now))


async def heard(store: Store, tx: Tx, now) -> int:
    return len(await store.people.heard(tx, {("phone", "84900000007"): now, ("phone", "84900000008"): now}))


async def receipts(store: Store, tx: Tx, _now) -> int:
    return len(await store.receipts.take(tx, 20))


async def person(store: Store, tx: Tx, _now) -> int:
    return int(await store.people.find(tx, "phone", "84900000007") is not None)


async def known(store: Store, tx: Tx, now) -> int:
    return len(await store.people.ensure(tx, [("phone", f"84{900_000_000 + n}") for n in range(50)], now))


async def of_dossiers(store: Store, tx: Tx, _now) -> int:
    return len(await store.outbox.waiting_of(tx, [f"waiting{n}" for n in range(50, 60)], ["done"]))


async def by_provider(store: Store, tx: Tx, _now) -> int:
    ids = (await tx.execute(text("SELECT provider_id FROM attempt WHERE provider_id IS NOT NULL LIMIT 5"))).scalars()
    return len(await store.outbox.by_provider_ids(tx, list(ids)))


QUERIES = [
    (claim, "ix_queue_due", ["queue", "message"]),
    (claim, "ix_queue_order", []),  # an earlier message to the same person
    (company, "ix_queue_order", ["queue", "message"]),
    (overdue, "ix_queue_due", ["queue", "message"]),
    (abandoned, "ix_queue_due", ["queue", "message"]),
    (inbox, "ix_inbox_open", ["inbox"]),
    (inbox, "ix_inbox_aside", []),  # an earlier message of the same sender that failed
    (heard, "uq_address_kind_hash", ["address", "person"]),
    (receipts, "ix_receipt_open", ["receipt"]),
    (person, "uq_address_kind_hash", ["address"]),
    (known, "uq_address_kind_hash", ["address"]),
    (of_dossiers, "ix_message_dossier_id_id", ["message", "queue"]),
    (by_provider, "ix_attempt_provider_id", []),
]


async def test_the_hot_queries_use_their_indexes(full: Store, clock) -> None:
    for query, index, tables in QUERIES:
        async with explained(full.database) as (tx, plans):
            found = await query(full, tx, clock())

        assert found, query.__name__
        assert any(index in plan for plan in plans), f"{query.__name__}\n" + "\n".join(plans)
        assert not [t for t in tables if any(scans(plan, t) for plan in plans)], f"{query.__name__}\n" + "\n".join(
            plans
        )

"""The house as it is measured: its configuration as plain data, an empty database, and messages that wait in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import text

from benchmarks.speed import letters
from delivery.event import Event, EventName, FilingChannel, Recipient
from motcua.config import parse
from motcua.rooms import Rooms, opened
from store.columns import metadata
from store.database import Database

_MIGRATIONS = Path(__file__).parents[2] / "store" / "migrations"
_BATCH = 1_000


def now() -> datetime:
    return datetime.now(UTC)


def config(url: str, gateway: str, *, senders: int = 32, client: str = "") -> dict[str, Any]:
    """A configuration that sends by SMS to the counting gateway at once, by this HTTP client ("": the default)."""
    http = {"url": f"{gateway}/sms", "token": letters.TOKEN, "sender": letters.SENDER, "timeout_seconds": 60}
    return {
        "database": {"url": url},
        "security": {"secret_key": "the benchmark's key, long enough to be one"},
        "delivery": {"mode": "live", "settling": False, "senders": senders},
        "routing": {"order": ["sms"], "quiet_hours": ""},
        "channels": {
            "sms": {"enabled": True, "gateways": ["http"], "connections": senders, "http": http},
            **({"client": client} if client else {}),
        },
    }


async def make_schema(url: str) -> None:
    """The schema as the models have it, marked as the newest; a test holds the migrations to the same."""
    database = Database(url)
    await database.open()
    newest = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
        await tx.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        await tx.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": newest})
    await database.close()


@asynccontextmanager
async def rooms(configured: dict[str, Any]) -> AsyncIterator[Rooms]:
    """The house's lower floors over an existing schema, in this process: to fill and to look, never measured."""
    async with opened(parse(configured)) as found:
        yield found


async def fill(house: Rooms, count: int, *, event: EventName = EventName.DONE, first: int = 0) -> None:
    """So many people's dossiers have a result; planned as always, a thousand in a transaction, due at once."""
    for begin in range(first, first + count, _BATCH):
        numbers = range(begin, min(begin + _BATCH, first + count))
        moment = now()
        async with house.store.database.transaction() as tx:
            people = await house.store.people.ensure(tx, [("phone", letters.phone(n)) for n in numbers], moment)
            events = [_event(event, n, people["phone", letters.phone(n)], moment) for n in numbers]
            planned = await house.planner.plan(tx, events)
        assert {one.outcome for one in planned} == {"planned"}


def _event(name: EventName, number: int, person: str, moment: datetime) -> Event:
    dossier = f"{number:026d}"
    return Event(
        name=name,
        about=dossier,
        occurrence="1",
        at=moment,
        recipient=Recipient(person_id=person, phone=letters.phone(number)),
        fields=letters.fields(number) | ({"text": "Bộ phận Một cửa nghỉ."} if name is EventName.NOTICE else {}),
        agency="H36.21",
        filing_channel=FilingChannel.COUNTER,
        dossier_id=dossier,
    )

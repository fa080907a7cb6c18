"""SIGKILL at every named point of answering, on both databases: each question is answered once, whole."""

import asyncio
import random
import signal
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from sqlalchemy import text

from channels.message import Inbound, InboundKind, ZaloUser
from channels.plain import inbound_to_item
from store.columns import metadata
from store.database import Database
from store.ids import ids
from store.nouns import Store
from store.personal import Seal

POINTS = ("claimed", "answered", "planned", "before_commit", "after_commit")
PEOPLE = 20
QUESTIONS = ("đăng ký khai sinh", "thủ tục kết hôn", "gặp cán bộ")
KILLS = 25
KEY = "a secret key that is long enough for tests"
VICTIM = Path(__file__).with_name("victim.py")
pytestmark = pytest.mark.kills


def now() -> datetime:
    return datetime.now(UTC)


async def asked(store: Store) -> None:
    """Everybody asks everything, as the webhook stores it."""
    for number, question in enumerate(QUESTIONS):
        items = []
        for person in range(PEOPLE):
            event_id = f"{person}-{number}"
            sender = ZaloUser(user_id=f"{1_000 + person}")
            inbound = Inbound(event_id=event_id, kind=InboundKind.TEXT, sender=sender, at=now(), text=question)
            items.append((event_id, inbound_to_item(inbound)))
        async with store.database.transaction() as tx:
            await store.inbox.put(tx, "zalo", items, now())


async def until_all_answered(store: Store, url: str, seed: int) -> Counter:
    """Listeners that die, one after another, until nothing waits; how many died at each point."""
    chance = random.Random(seed)
    died: Counter = Counter()
    victims = await asyncio.create_subprocess_exec(
        sys.executable, str(VICTIM), cwd=VICTIM.parents[2], stdin=PIPE, stdout=PIPE
    )
    for number in range(KILLS + 10):
        point = POINTS[number % len(POINTS)] if number < KILLS else "nowhere"
        order = {"work": "listen", "url": url, "point": point, "nth": chance.randint(1, 2)}
        victims.stdin.write(orjson.dumps(order) + b"\n")
        code = int(await victims.stdout.readline())
        assert code in (0, -signal.SIGKILL), code
        died[point] += code != 0
        async with store.database.reading() as tx:
            if number >= KILLS and not await store.inbox.waiting(tx):
                break
    victims.stdin.close()
    await victims.wait()
    return died


@pytest.mark.timeout(240)
async def test_each_question_is_answered_once_however_often_its_listener_is_killed(database_url: str) -> None:
    database = Database(database_url)
    await database.open()
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    store = Store(database, Seal(KEY), ids(now), now)
    await asked(store)

    died = await until_all_answered(store, database_url, seed=352)

    async with database.reading() as tx:
        rows = (await tx.execute(text("SELECT id, done_at, tries FROM inbox"))).all()
        answers = Counter((await tx.execute(text("SELECT about FROM message WHERE event = 'reply'"))).scalars())
        shown = [message.body["text"] for message in await store.outbox.recent(tx, 1_000)]
    await database.close()
    assert all(died[point] for point in POINTS), died
    assert all(row.done_at is not None and row.tries == 0 for row in rows)
    assert answers.keys() == {row.id for row in rows}, "each question has its answer, and nothing else has one"
    assert len(set(Counter(shown).values())) == 1, "every person read the same, no word of it twice"

"""SIGKILL at every named point of answering, on both databases: each question is answered once, whole.

An answer leaves with the commit that planned it: it is sent at most once, and who died with it leaves it in doubt.
"""

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
from store.outbox.tables import State
from store.personal import Seal

POINTS = ("claimed", "answered", "planned", "before_commit", "after_commit", "before_send", "after_send")
PEOPLE = 20
QUESTIONS = ("đăng ký khai sinh", "thủ tục kết hôn", "gặp cán bộ")
KILLS = 28
IN_HAND = 4
"""Answers that one listener has under way at most: as many as it has senders."""

LEASE = 16.0
"""Seconds that each listener's clock is ahead of the one before it: the leases of the dead have run out."""

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


async def until_all_answered(store: Store, url: str, taken: Path, seed: int) -> Counter:
    """Listeners that die, one after another, until nothing waits; how many died at each point."""
    chance = random.Random(seed)
    died: Counter = Counter()
    victims = await asyncio.create_subprocess_exec(
        sys.executable, str(VICTIM), cwd=VICTIM.parents[2], stdin=PIPE, stdout=PIPE
    )
    for number in range(KILLS + 10):
        point = POINTS[number % len(POINTS)] if number < KILLS else "nowhere"
        order = {"work": "listen", "url": url, "taken": str(taken), "point": point, "nth": chance.randint(1, 2)}
        order["ahead"] = number * LEASE
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
async def test_each_question_is_answered_once_however_often_its_listener_is_killed(
    database_url: str, tmp_path: Path
) -> None:
    database = Database(database_url)
    await database.open()
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    store = Store(database, Seal(KEY), ids(now), now)
    await asked(store)

    taken = tmp_path / "taken"
    died = await until_all_answered(store, database_url, taken, seed=352)

    async with database.reading() as tx:
        rows = (await tx.execute(text("SELECT id, done_at, tries FROM inbox"))).all()
        answers = await store.outbox.recent(tx, 1_000)
    await database.close()
    sent = Counter(taken.read_text().split())
    accepted = {answer.id for answer in answers if answer.state is State.ACCEPTED}
    doubt = {answer.id for answer in answers if answer.state is State.UNKNOWN}
    assert all(died[point] for point in POINTS), died
    assert all(row.done_at is not None and row.tries == 0 for row in rows)
    assert Counter(answer.about for answer in answers) == Counter(row.id for row in rows), "one answer a question"
    assert set(Counter(answer.body["text"] for answer in answers).values()) == {PEOPLE}, "everybody reads the same"
    assert accepted | doubt == {answer.id for answer in answers}, "every answer is accounted for"
    assert accepted <= set(sent), "what is said to be sent was taken"
    assert set(sent) <= accepted | doubt, "nothing left before it was planned for good"
    assert max(sent.values()) == 1, "nobody got it twice"
    assert len(doubt) <= died.total() * IN_HAND, "only what the dead had in hand is in doubt"

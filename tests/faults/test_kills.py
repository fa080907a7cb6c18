"""SIGKILL at every named point of sending, again and again, on both databases: the gateway is the judge."""

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

from channels.channel import Capabilities
from channels.message import Phone
from delivery.event import Event, EventName, Recipient
from delivery.planner import Planner
from delivery.policy import RoutingSettings, Settings
from delivery.routing import Router, Templates
from sandbox.server import Sandbox
from sandbox.settings import Settings as Play
from store.columns import metadata
from store.database import Database
from store.ids import ids
from store.nouns import Store
from store.outbox.tables import State
from store.personal import Seal

POINTS = ("before_claim", "before_commit", "after_commit", "before_send", "after_send")
MESSAGES = 60
KILLS = 25
KEY = "a secret key that is long enough for tests"
VICTIM = Path(__file__).with_name("victim.py")
pytestmark = pytest.mark.kills


def now() -> datetime:
    return datetime.now(UTC)


class Silent:
    """A channel that the planner may plan for; only the victims send."""

    def __init__(self, can: object) -> None:
        self.name, self.can = "sms", can


async def plan(store: Store, event: EventName) -> list[str]:
    channels = {"sms": Silent(Capabilities(addresses=frozenset({Phone}), longest=459))}
    routing = RoutingSettings(order=("sms",), quiet_hours="")
    router = Router(channels, order=("sms",), templates=Templates(by_event={}))
    planner = Planner(store, router, settings=Settings(mode="live", settling=False), routing=routing, clock=now)
    phones = [f"84900100{n:03d}" for n in range(MESSAGES)]
    moment = now()
    async with store.database.transaction() as tx:
        people = await store.people.ensure(tx, [("phone", phone) for phone in phones], moment)
        events = [
            Event(
                name=event,
                about=f"dossier-{phone}",
                occurrence="1",
                at=moment,
                recipient=Recipient(person_id=people["phone", phone], phone=phone),
                fields={
                    "code": "H36.21-260622-0001",
                    "agency": "UBND phường Bắc Gia Nghĩa",
                    "hotline": "0263.3540.616",
                    "n": 2,
                    "missing_items": ["Tờ khai", "Bản sao căn cước"],
                },
            )
            for phone in phones
        ]
        return [planned.message_id for planned in await planner.plan(tx, events)]


async def until_all_sent(url: str, sandbox: Sandbox, *, idempotent: bool, seed: int) -> int:
    """Workers that die, one after another, until one ends by itself; how many were killed."""
    chance = random.Random(seed)
    order = {"work": "send", "url": url, "gateway": f"{sandbox.url}/sms/send", "token": sandbox.settings.sms_token}
    order["sender"] = sandbox.settings.sender_name
    killed = 0
    victims = await asyncio.create_subprocess_exec(
        sys.executable, str(VICTIM), cwd=VICTIM.parents[2], stdin=PIPE, stdout=PIPE
    )
    for number in range(KILLS + 10):
        point = POINTS[number % len(POINTS)] if number < KILLS else "nowhere"
        order |= {"point": point, "nth": chance.randint(1, 6), "idempotent": idempotent}
        order["ahead"] = 40 * number if number < KILLS else 900 * number
        victims.stdin.write(orjson.dumps(order) + b"\n")
        code = int(await victims.stdout.readline())
        assert code in (0, -signal.SIGKILL), code
        killed += code != 0
    victims.stdin.close()
    await victims.wait()
    return killed


@pytest.mark.parametrize(("idempotent", "event"), [(True, EventName.DONE), (False, EventName.DONE)])
@pytest.mark.timeout(240)
async def test_no_message_is_lost_or_doubled_however_often_its_worker_is_killed(
    database_url: str, idempotent: bool, event: EventName
) -> None:
    database = Database(database_url)
    await database.open()
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    store = Store(database, Seal(KEY), ids(now), now)
    messages = await plan(store, event)

    async with Sandbox(Play(sms_idempotent=idempotent)) as sandbox:
        killed = await until_all_sent(database_url, sandbox, idempotent=idempotent, seed=352)
        received = Counter(sms.id for sms in sandbox.world.texts)

    async with database.reading() as tx:
        states = {message_id: (await store.outbox.get(tx, message_id)).state for message_id in messages}
    await database.close()
    sent = {message_id for message_id, state in states.items() if state is State.ACCEPTED}
    doubt = {message_id for message_id, state in states.items() if state is State.UNKNOWN}
    assert killed >= 5
    assert sent | doubt == set(messages), "every message is accounted for"
    assert sent <= set(received), "what is said to be sent was received"
    assert max(received.values()) == 1, "nobody got it twice"
    if idempotent:
        assert not doubt
        assert set(received) == set(messages)

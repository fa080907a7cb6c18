"""Mishaps of our own: a commit whose answer is lost, a database that goes away, a stop, hostile answers."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from channels.errors import Rejected, Throttled, Unknown
from channels.message import Accepted
from delivery.event import EventName
from delivery.policy import Lane
from store.database import Database
from store.outbox.tables import State


class Deaf:
    """A database whose next commits hold, and whose answers are lost on the way."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.losing = 0

    def __getattr__(self, name: str):
        return getattr(self._database, name)

    @asynccontextmanager
    async def transaction(self):
        async with self._database.transaction() as tx:
            yield tx
        if self.losing:
            self.losing -= 1
            raise ConnectionResetError


async def test_a_claim_whose_commit_got_no_answer_is_sent_once_and_never_in_doubt(house) -> None:
    house.store.database = database = Deaf(house.store.database)
    person = await house.person()
    (planned,) = await house.plan(house.event(person))
    database.losing = 1
    with pytest.raises(ConnectionResetError):
        await house.dispatcher.tick()

    await house.dispatcher.drain()

    assert len(house.zalo.sent) == 1
    assert await house.steps(planned.message_id) == ["planned", "sending", "released", "sending", "accepted"]


async def test_a_reply_that_comes_while_a_commit_is_in_doubt_makes_no_outcome_be_written_twice(house) -> None:
    house.store.database = database = Deaf(house.store.database)
    person = await house.person()
    (planned,) = await house.plan(house.event(person, channel="email"))
    await house.dispatcher.tick()
    await house.ran()
    database.losing = 1
    with pytest.raises(ConnectionResetError):
        await house.dispatcher.tick()

    await house.dispatcher.tick((Lane.REPLY,), recording=False)
    await house.dispatcher.drain()

    assert await house.steps(planned.message_id) == ["planned", "sending", "accepted"]


async def test_an_outcome_whose_commit_got_no_answer_is_recorded_once(house) -> None:
    house.store.database = database = Deaf(house.store.database)
    person = await house.person()
    (planned,) = await house.plan(house.event(person, channel="email"))
    await house.dispatcher.tick()
    await house.ran()
    database.losing = 1
    with pytest.raises(ConnectionResetError):
        await house.dispatcher.tick()

    await house.dispatcher.drain()

    assert await house.steps(planned.message_id) == ["planned", "sending", "accepted"]
    assert len(house.email.sent) == 1


async def test_the_loop_goes_on_after_the_database_was_away(house) -> None:
    house.store.database = database = Deaf(house.store.database)
    person = await house.person()
    (planned,) = await house.plan(house.event(person, channel="email"))
    database.losing = 1
    stop = asyncio.Event()
    running = asyncio.create_task(house.dispatcher.run(stop))

    await asyncio.wait_for(house.sending(house.email), 20)
    stop.set()
    await running

    assert (await house.message(planned.message_id)).state is State.ACCEPTED
    assert len(house.email.sent) == 1


async def test_what_does_not_end_within_the_grace_is_marked_as_in_doubt(house) -> None:
    reached = asyncio.Event()

    async def hang(_message):
        reached.set()
        await asyncio.Event().wait()

    house.zalo.send = hang
    person = await house.person()
    (planned,) = await house.plan(house.event(person))
    stop = asyncio.Event()
    running = asyncio.create_task(house.worker(grace=0.1).run(stop))
    await reached.wait()

    stop.set()
    await running

    message = await house.message(planned.message_id)
    assert message.state is State.UNKNOWN
    assert message.history[-1].detail == "stopped"


HOSTILE = [
    Accepted(provider_id="a\0b"),
    Accepted(provider_id="x" * 100_000),
    Accepted(provider_id="\ud800"),
    Rejected("\0" * 1000, code="\ud8000\0" * 100),
    Rejected("no", code="business:-118"),
    Throttled("later", retry_after=float("inf")),
    Throttled("later", retry_after=float("nan")),
    Throttled("later", retry_after=-1e300),
    Throttled("later", retry_after=1e300, whole=False),
    Unknown("\0"),
    KeyError("an error of the channel itself"),
]


@pytest.mark.parametrize("answer", HOSTILE, ids=lambda answer: repr(answer)[:40])
async def test_no_answer_of_a_provider_stops_the_others(house, answer) -> None:
    async def reply(_message):
        if isinstance(answer, Exception):
            raise answer
        return answer

    house.sms.send = reply
    first, second = await house.person(), await house.person("84912000002")
    (planned,) = await house.plan(house.event(first, channel="sms"))
    await house.dispatcher.drain()
    (other,) = await house.plan(house.event(second, about="d2", dossier_id="d2", channel="email"))

    await house.dispatcher.drain()

    assert (await house.message(other.message_id)).state is State.ACCEPTED
    assert (await house.message(planned.message_id)).state is not State.SENDING


async def test_words_that_cannot_be_made_are_no_doubt(house) -> None:
    class Clumsy:
        def render(self, *_args):
            raise ZeroDivisionError

    person = await house.person()
    (planned,) = await house.plan(house.event(person, channel="sms"))
    house.renderer = Clumsy()

    await house.worker().drain()

    assert "unknown" not in await house.steps(planned.message_id)
    assert (await house.message(planned.message_id)).state is State.WAITING


async def test_a_database_that_loses_its_connections_is_found_again(house) -> None:
    database = house.store.database
    if database.dialect == "sqlite":
        pytest.skip("SQLite is in this process")
    await house.store.wakeup.open()
    stop = asyncio.Event()
    loops = [asyncio.create_task(each.run(stop)) for each in (house.dispatcher, house.receiver)]
    other = Database(database.url.render_as_string(hide_password=False).replace("+asyncpg", ""))
    await other.open()

    for round_ in range(3):
        async with other.transaction() as tx:
            await tx.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        person = await house.person(f"8491200000{round_}")
        await house.plan(house.event(person, about=f"d{round_}", dossier_id=f"d{round_}"))
        await house.store.wakeup.wake("outbox")
        await asyncio.wait_for(house.sending(house.zalo, round_ + 1), 20)

    stop.set()
    await asyncio.gather(*loops)
    await house.store.wakeup.close()
    await other.close()
    assert len(house.zalo.sent) == 3


@pytest.mark.parametrize("event", [EventName.DONE, EventName.SUPPLEMENT_REQUIRED])
async def test_a_message_in_doubt_never_ends_as_expired_or_failed(house, event: EventName) -> None:
    house.sms.answers.extend([Unknown("cut")] * 10)
    person = await house.person()
    fields = {
        "code": "H36.21-260622-0001",
        "agency": "UBND phường",
        "hotline": "0263",
        "n": 1,
        "missing_items": ["Đơn"],
    }
    (planned,) = await house.plan(house.event(person, event, fields=fields, channel="sms"))

    for _ in range(200):
        await house.dispatcher.drain()
        await house.receiver.once()
        house.clock.advance(minutes=30)

    assert (await house.message(planned.message_id)).state is State.UNKNOWN
    assert (await house.steps(planned.message_id))[-1] == "never_known"
    assert (await house.steps(planned.message_id)).count("sending") == (1 if event is EventName.DONE else 3)

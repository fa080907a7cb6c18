"""The inbox loop: one transaction a message, on both databases; a crash repeats nothing and loses nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from sqlalchemy import text

from bot.conversation import Message
from bot.listener import Listener
from channels.message import InboundKind, ZaloUser
from delivery.event import Event
from store.database import Database, Tx
from store.ids import ids
from store.inbox import TRIES
from store.nouns import Store

AN = ZaloUser(user_id="1000")


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the house may catch it."""


class Speechless:
    """A conversation that has no answer to anything, and can only say sorry."""

    def __init__(self, conversation: Any) -> None:
        self.fail = conversation.fail

    async def take(self, *_: object) -> list[Event]:
        raise LookupError("no words")


def killed_at(point: str) -> Any:
    def fault(reached: str) -> None:
        if reached == point:
            raise Killed(point)

    return fault


async def waiting(town: Any) -> int:
    async with town.store.database.reading() as tx:
        return int(await town.store.inbox.waiting(tx))


async def test_a_message_is_answered_once_where_it_came_from(town: Any) -> None:
    replies = await town.says(AN, "xin chào")

    assert [reply.recipient.to for reply in replies] == [AN]
    assert await town.listener.once() == 0
    assert await waiting(town) == 0


@pytest.mark.parametrize("point", ["claimed", "answered", "planned", "before_commit"])
async def test_killed_before_the_commit_nothing_happened(town: Any, point: str) -> None:
    await town.put(AN, InboundKind.TEXT, "TẮT")
    dying = Listener(town.store, town.conversation, town.heard, town.clock, fault=killed_at(point))

    with pytest.raises(Killed):
        await dying.once()

    assert await waiting(town) == 1
    town.heard.events.clear()
    await town.listener.once()
    assert len(town.heard.replies()) == 1
    assert "planned" in town.heard.outcomes
    assert "duplicate" not in town.heard.outcomes


async def test_killed_after_the_commit_nothing_is_repeated(town: Any) -> None:
    await town.put(AN, InboundKind.TEXT, "xin chào")
    dying = Listener(town.store, town.conversation, town.heard, town.clock, fault=killed_at("after_commit"))

    with pytest.raises(Killed):
        await dying.once()

    assert await town.listener.once() == 0
    assert town.heard.outcomes == ["planned"]


async def test_many_listeners_answer_each_message_once(town: Any) -> None:
    for number in range(12):
        await town.put(ZaloUser(user_id=str(number % 4)), InboundKind.TEXT, "xin chào")
    listeners = [Listener(town.store, town.conversation, town.heard, town.clock) for _ in range(4)]

    async def work(listener: Listener) -> int:
        done = 0
        while count := await listener.once():
            done += count
        return done

    done = 0
    while await waiting(town):  # one that met only busy senders has stopped, as its loop would for a moment
        done += sum(await asyncio.gather(*(work(listener) for listener in listeners)))

    assert done == 12
    assert town.heard.outcomes.count("planned") == 12


async def test_a_message_that_fails_holds_up_nobody(town: Any) -> None:
    town.heard.broken = True
    await town.put(AN, InboundKind.TEXT, "xin chào")
    await town.listener.once()
    town.heard.broken = False
    await town.put(ZaloUser(user_id="2000"), InboundKind.TEXT, "xin chào")

    await town.listener.once()
    assert [reply.recipient.to for reply in town.heard.replies()] == [ZaloUser(user_id="2000")]
    assert await town.listener.once() == 0, "it is left alone for a while"

    town.clock.advance(seconds=3)
    await town.listener.once()
    assert await waiting(town) == 0


class Diary:
    """A conversation that only writes down who said what, and lets others in between."""

    def __init__(self, broken: str = "") -> None:
        self.heard: list[tuple[str, str]] = []
        self.taken: list[list[str]] = []
        self.at_work: set[str] = set()
        self.together: list[str] = []
        self._broken = broken

    async def take(self, tx: Tx, messages: Sequence[Message]) -> list[Event]:
        self.taken.append([message.inbound.text for message in messages])
        for message in messages:
            sender, words = str(message.inbound.sender), message.inbound.text
            if sender in self.at_work:
                self.together.append(words)
            self.at_work.add(sender)
            await tx.execute(text("SELECT 1"))
            self.at_work.discard(sender)
            if words == self._broken:
                raise LookupError("no words for this")
            self.heard.append((sender, words))
        return []

    def of(self, sender: ZaloUser) -> list[str]:
        return [words for who, words in self.heard if who == str(sender)]


@pytest.fixture
async def neighbours(town: Any, database_url: str) -> AsyncIterator[list[Store]]:
    """Two other processes on the town's database."""
    databases = [Database(database_url) for _ in range(2)]
    for database in databases:
        await database.open()
    yield [Store(database, town.store.seal, ids(town.clock), town.clock, poll=0.05) for database in databases]
    for database in databases:
        await database.close()


async def test_listeners_on_one_database_keep_each_senders_order(town: Any, neighbours: list[Store]) -> None:
    people = [ZaloUser(user_id=str(number)) for number in range(5)]
    for number in range(8):
        for person in people:
            await town.put(person, InboundKind.TEXT, str(number))
    diary, stop = Diary(), asyncio.Event()
    listeners = [Listener(store, diary, town.heard, town.clock, together=3) for store in neighbours]

    running = [asyncio.create_task(listener.run(stop)) for listener in listeners]
    try:
        async with asyncio.timeout(50):
            while await waiting(town):
                await town.store.wakeup.wait("inbox", 0.05)
    finally:
        stop.set()
        await asyncio.gather(*running)

    assert diary.together == []
    for person in people:
        assert diary.of(person) == [str(number) for number in range(8)]


async def test_messages_that_wait_share_a_transaction_each_senders_one_after_another(town: Any) -> None:
    an, binh = ZaloUser(user_id="1"), ZaloUser(user_id="2")
    for sender, words in ((an, "an 1"), (an, "an 2"), (binh, "binh 1"), (an, "an 3")):
        await town.put(sender, InboundKind.TEXT, words)
    diary = Diary()

    assert await Listener(town.store, diary, town.heard, town.clock).once() == 4

    assert diary.taken == [["an 1", "binh 1"], ["an 2"], ["an 3"]]
    assert await waiting(town) == 0


async def test_one_that_fails_takes_none_of_its_neighbours_with_it(town: Any) -> None:
    an, binh = ZaloUser(user_id="1"), ZaloUser(user_id="2")
    for sender, words in ((an, "an 1"), (an, "an 2"), (binh, "binh 1"), (an, "an 3"), (binh, "binh 2")):
        await town.put(sender, InboundKind.TEXT, words)
    diary = Diary(broken="an 2")
    listener = Listener(town.store, diary, town.heard, town.clock)

    await listener.once()

    assert await waiting(town) == 2, "the one that failed, and what An wrote after it"
    assert diary.of(binh)[-2:] == ["binh 1", "binh 2"]
    assert await listener.once() == 0
    for _ in range(TRIES):
        town.clock.advance(minutes=1)
        await listener.once()
    assert diary.of(an)[-1] == "an 3"
    assert await waiting(town) == 0


async def test_three_questions_at_once_are_three_answers_in_one_talk(town: Any) -> None:
    for words in ("xin chào", "gặp cán bộ", "xin chào"):
        await town.put(AN, InboundKind.TEXT, words)

    assert await town.listener.once() == 3

    greeted = [reply for reply in town.heard.replies() if "trợ lý tự động" in (reply.text or "").lower()]
    assert len(town.heard.replies()) == 3
    assert greeted
    async with town.store.database.reading() as tx:
        assert await town.store.conversations.wanting_a_person(tx) == 1


async def test_after_the_last_try_a_person_is_promised(town: Any) -> None:
    listener = Listener(town.store, Speechless(town.conversation), town.heard, town.clock)
    await town.put(AN, InboundKind.TEXT, "xin chào")

    for _ in range(TRIES):
        assert await listener.once() == 1
        town.clock.advance(minutes=10)

    assert await listener.once() == 0
    replies = town.heard.replies()
    assert len(replies) == 1
    assert "Cán bộ một cửa sẽ trả lời" in replies[0].text
    async with town.store.database.reading() as tx:
        assert await town.store.conversations.wanting_a_person(tx) == 1


async def test_what_nobody_sent_is_done_in_silence(town: Any) -> None:
    await town.put(None, InboundKind.OTHER, name="oa_send_text")

    assert await town.listener.once() == 1

    assert await waiting(town) == 0
    assert town.heard.replies() == []


async def test_the_loop_answers_what_comes_and_ends_when_told(town: Any) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(town.listener.run(stop))

    await town.put(AN, InboundKind.TEXT, "xin chào")
    await town.store.wakeup.wake("inbox")
    async with asyncio.timeout(10):
        await town.store.wakeup.wait("outbox", 10)
        stop.set()
        await running

    assert len(town.heard.replies()) == 1


async def test_answers_come_though_a_burst_of_questions_never_ends(town: Any) -> None:
    stop = asyncio.Event()

    async def burst() -> None:
        while not stop.is_set():
            town.store.wakeup.storing(100)
            await asyncio.sleep(0.01)

    running = [asyncio.create_task(burst()), asyncio.create_task(town.listener.run(stop))]
    await town.put(AN, InboundKind.TEXT, "xin chào")
    await town.store.wakeup.wake("inbox")
    async with asyncio.timeout(10):
        await town.store.wakeup.wait("outbox", 10)
        stop.set()
        await asyncio.gather(*running)

    assert len(town.heard.replies()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "\u0000\u200b\ufeff",
        "🙂" * 3000,
        "a" * 100_000,
        "{{ 7*7 }} {% raw %}",
        "'; DROP TABLE dossier; --",
        "\u202exin chào",
        "999999999999999999999999",
        "H36.21-260622-0001 " * 200,
        "%s %d {0} {code}",
        "<script>alert(1)</script>",
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_text_gets_an_answer_that_zalo_carries(town: Any, text: str) -> None:
    replies = await town.says(AN, text)

    assert replies
    assert all(0 < len(reply.text) <= 2000 for reply in replies)

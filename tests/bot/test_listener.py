"""The inbox loop: one transaction a message, on both databases; a crash repeats nothing and loses nothing."""

import asyncio
from typing import Any

import pytest

from bot.listener import Listener
from channels.message import InboundKind, ZaloUser
from delivery.event import Event
from store.inbox import TRIES

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
        while await listener.once():
            done += 1
        return done

    done = await asyncio.gather(*(work(listener) for listener in listeners))

    assert await waiting(town) == 0
    assert sum(done) == 12
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

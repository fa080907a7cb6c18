"""The places of one worker: who leaves first, how many are marked ahead, what comes back at a stop."""

import asyncio
from collections import defaultdict

import pytest

from channels.errors import Unknown
from channels.message import Accepted, Phone
from delivery.outcome import Attempt
from delivery.policy import Lane
from delivery.routing import Path, Route
from delivery.senders import GROUP, GROUP_SECONDS, SMALL_GROUP, Outcome, Senders
from store.outbox.tables import Claimed, State


@pytest.fixture
def attempt(clock):
    """An attempt by name; everything else of it is of no matter here."""

    def make(name: str, lane: Lane = Lane.BULK, channel: str = "sms") -> Attempt:
        moment = clock()
        row = Claimed(
            message_id=name,
            person_id="p",
            event="done",
            about="d",
            dossier_id=None,
            notice_id=None,
            agency=None,
            filing_channel=None,
            lane=lane,
            state=State.WAITING,
            recipient=b"r",
            due_at=moment,
            expires_at=moment,
            created_at=moment,
            channel=channel,
            path="sms",
            tried={},
            tries=0,
            attempt=0,
            body={},
        )
        route = Route(channel=channel, path=Path.SMS, address=Phone(number="84912345678"))
        return Attempt(claimed=row, route=route, number=1, at=moment)

    return make


class Provider:
    """Notes what leaves; a channel that is closed answers when it is opened again."""

    def __init__(self) -> None:
        self.left: list[str] = []
        self.open: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def send(self, attempt: Attempt) -> Outcome:
        self.left.append(attempt.claimed.message_id)
        try:
            await self.open[attempt.route.channel].wait()
        except asyncio.CancelledError:
            return Outcome(id="", attempt=attempt, answer=Unknown("stopped"))
        return Outcome(id="", attempt=attempt, answer=Accepted(provider_id="x"))


@pytest.fixture
def provider() -> Provider:
    return Provider()


def names(outcomes: list[Outcome]) -> set[str]:
    return {outcome.attempt.claimed.message_id for outcome in outcomes}


async def turn() -> None:
    """Let what was begun go on until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_of_what_is_marked_replies_leave_first_and_bulk_last(provider, attempt) -> None:
    senders = Senders(provider.send, {"sms": 1}, senders=8)
    senders.take([attempt("first")])
    await turn()
    senders.take([attempt("bulk"), attempt("notice", Lane.NOTICE), attempt("reply", Lane.REPLY)])
    provider.open["sms"].set()

    while await senders.land():
        pass

    assert provider.left == ["first", "reply", "notice", "bulk"]


async def test_a_channel_that_hangs_takes_no_place_of_another(provider, attempt) -> None:
    senders = Senders(provider.send, {"zalo": 3, "sms": 3}, senders=8)
    provider.open["sms"].set()
    senders.take([attempt(f"z{n}", channel="zalo") for n in range(10)])
    senders.take([attempt(f"s{n}") for n in range(10)])
    await senders.ready.wait()
    await turn()

    assert [name for name in provider.left if name.startswith("z")] == ["z0", "z1", "z2"]
    assert names(senders.collect()) == {f"s{n}" for n in range(10)}


async def test_all_places_together_are_never_more_than_the_senders(provider, attempt) -> None:
    senders = Senders(provider.send, {"zalo": 3, "sms": 3}, senders=4)

    senders.take([attempt(f"{name}{n}", channel=name) for n in range(5) for name in ("zalo", "sms")])
    await turn()

    assert len(provider.left) == 4


async def test_a_group_of_outcomes_is_ready_at_once_and_the_last_ones_too(provider, attempt) -> None:
    senders = Senders(provider.send, {"sms": GROUP + 1}, senders=GROUP + 1)
    provider.open["sms"].set()
    senders.take([attempt(str(n)) for n in range(GROUP + 1)])

    await asyncio.wait_for(senders.ready.wait(), 1)
    first = senders.collect()
    while await senders.land():
        pass
    await turn()

    assert len(first) + len(senders.collect()) == GROUP + 1
    assert not senders.under_way()


async def test_nothing_is_marked_ahead_until_messages_land_quickly(provider, attempt) -> None:
    senders = Senders(provider.send, {"sms": 8}, senders=8)
    senders.take([attempt(str(n)) for n in range(8)])
    await turn()
    hanging = senders.ahead()
    provider.open["sms"].set()
    senders.take([attempt(f"more{n}") for n in range(2_000)])
    while await senders.land():
        pass
    await asyncio.sleep(0.06)  # the pace is measured over a time

    assert hanging == {"sms": 0}
    assert senders.ahead()["sms"] > 0


async def test_at_a_stop_what_has_not_left_is_forgotten_and_what_has_is_in_doubt(provider, attempt) -> None:
    senders = Senders(provider.send, {"sms": 2}, senders=8)
    senders.take([attempt(str(n)) for n in range(5)])
    await turn()

    senders.give_back()
    await senders.cut()
    outcomes = senders.collect()

    assert names(outcomes) == {"0", "1"}
    assert all(isinstance(outcome.answer, Unknown) for outcome in outcomes)
    assert not senders.under_way()


async def test_what_was_in_the_air_while_others_were_collected_is_not_lost(provider, attempt) -> None:
    senders = Senders(provider.send, {"sms": 2}, senders=8)
    senders.take([attempt("a")])
    await turn()
    senders.collect()

    provider.open["sms"].set()
    await senders.ready.wait()

    assert names(senders.collect()) == {"a"}


async def test_outcomes_put_back_come_again_before_the_newer_ones(provider, attempt) -> None:
    senders = Senders(provider.send, {"sms": 1}, senders=8)
    provider.open["sms"].set()
    senders.take([attempt("old")])
    await senders.ready.wait()
    kept = senders.collect()
    senders.take([attempt("new")])
    await senders.ready.wait()

    senders.put_back(kept)

    assert [outcome.attempt.claimed.message_id for outcome in senders.collect()] == ["old", "new"]


class Asking:
    """Somebody waits for an answer, or has lately."""

    def __init__(self, *, waits: bool = True) -> None:
        self.waits = waits

    def answering(self) -> float:
        return 1.0 if self.waits else 0.0

    def asked_lately(self) -> bool:
        return True


@pytest.mark.parametrize(("questions", "group"), [(None, GROUP), (Asking(waits=False), SMALL_GROUP)])
async def test_a_group_is_small_while_people_ask(provider, attempt, questions, group) -> None:
    provider.open["sms"].set()
    for _ in range(50):  # until one was not ended by the clock
        senders = Senders(provider.send, {"sms": 1}, senders=1, questions=questions)
        began = asyncio.get_running_loop().time()
        senders.take([attempt(f"m{n}") for n in range(99)])
        await senders.ready.wait()
        written = len(senders.collect())
        await senders.cut()
        if asyncio.get_running_loop().time() - began < GROUP_SECONDS:
            break

    assert written in (group, group + 1)  # one more may land before who waits is woken


async def test_while_somebody_waits_for_an_answer_only_answers_leave(provider, attempt) -> None:
    asked, last = Asking(), asyncio.Event()

    async def send(one: Attempt) -> Outcome:
        if len(provider.left) == 2:
            last.set()
        return await provider.send(one)

    senders = Senders(send, {"sms": 4}, senders=4, questions=asked)

    senders.take([attempt("bulk"), attempt("notice", Lane.NOTICE), attempt("reply", Lane.REPLY)])
    await asyncio.sleep(0)
    meanwhile = list(provider.left)
    asked.waits = False
    async with asyncio.timeout(10):
        await last.wait()
    await asyncio.sleep(0)

    assert meanwhile == ["reply"]
    assert provider.left == ["reply", "notice", "bulk"]
    await senders.cut()

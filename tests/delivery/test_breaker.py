"""A provider that is down: its messages wait without losing a try, or go another way; afterwards they leave spread."""

from dataclasses import replace
from datetime import timedelta

import pytest

from channels.errors import Throttled, Unavailable, Unknown
from delivery.event import EventName
from delivery.providers.breaker import TRIPS_AT
from delivery.providers.standings import providers
from store.outbox.tables import State


async def pass_time(house, minutes: float, *, step: float = 5) -> None:
    """Seconds go by, and the dispatcher works."""
    for _ in range(round(minutes * 60 / step)):
        await house.dispatcher.drain()
        house.clock.advance(seconds=step)


async def planned_by(house, channel: str | None, count: int, **changes) -> list[str]:
    phones = [("phone", f"8491{number:07d}") for number in range(count)]
    async with house.store.database.transaction() as tx:
        people = await house.store.people.ensure(tx, phones, house.clock())
    events = [
        house.event(people[phone], about=f"d{number}", dossier_id=f"d{number}", channel=channel, **changes)
        for number, phone in enumerate(phones)
    ]
    return [each.message_id for each in await house.plan(*events)]


async def test_while_a_provider_is_down_its_messages_wait_and_lose_no_try(house) -> None:
    house.sms.answers.extend([Unavailable("refused")] * 1_000)
    ids = await planned_by(house, "sms", 30)

    await pass_time(house, 5)

    steps = [await house.steps(message_id) for message_id in ids]
    tries = sum(each.count("unavailable") for each in steps)
    assert tries <= 12 + 5, "the failures that opened the breaker, and a try now and then"
    assert {(await house.message(message_id)).state for message_id in ids} == {State.WAITING}


async def test_when_it_answers_again_all_that_waited_is_sent(house) -> None:
    house.sms.answers.extend([Unavailable("refused")] * 9)
    ids = await planned_by(house, "sms", 30)

    await pass_time(house, 6)

    assert len(house.sms.sent) == 30
    assert {(await house.message(message_id)).state for message_id in ids} == {State.ACCEPTED}


async def test_a_provider_that_fails_without_a_clear_word_gets_few_messages_in_doubt(house) -> None:
    house.sms.answers.extend([Unknown("HTTP 502")] * 1_000)
    ids = await planned_by(house, "sms", 40)

    await pass_time(house, 10)

    doubts = [message_id for message_id in ids if (await house.message(message_id)).state is State.UNKNOWN]
    assert TRIPS_AT <= len(doubts) <= TRIPS_AT + 8 + 6


async def test_what_may_go_another_way_does_after_the_time_of_a_receipt(house) -> None:
    house.zalo.answers.extend([Unavailable("refused")] * 1_000)
    ids = await planned_by(house, None, 20)

    await pass_time(house, 9)
    before = len(house.sms.sent)
    await pass_time(house, 4)

    assert before == 0
    assert len(house.sms.sent) == 20
    assert {(await house.message(message_id)).channel for message_id in ids} == {"sms"}
    assert len({message.id for message in house.sms.sent}) == 20


async def test_what_has_no_other_way_waits_in_its_order(house) -> None:
    house.zalo.answers.extend([Unavailable("refused")] * 7)
    person = await house.person()
    ids = []
    for number in range(4):
        (planned,) = await house.plan(house.event(person, about=f"d{number}", dossier_id=f"d{number}", channel="zalo"))
        ids.append(planned.message_id)

    await pass_time(house, 30, step=10)

    assert [message.id for message in house.zalo.sent] == ids
    assert not house.sms.sent


async def test_a_reply_waits_for_its_own_channel_and_ends_with_its_life(house) -> None:
    house.zalo.answers.extend([Unavailable("refused")] * 1_000)
    await planned_by(house, "zalo", 10)
    await pass_time(house, 1)
    talker = await house.person("84912999999", zalo="111", spoke=True)
    message_id = await house.reply(talker, 1)

    await pass_time(house, 50, step=60)
    during = await house.message(message_id)
    house.clock.advance(minutes=15)
    await house.receiver.once()

    assert during.state is State.WAITING
    assert sum(step.step == "unavailable" for step in during.history) <= 15
    assert (await house.message(message_id)).state is State.EXPIRED


async def test_after_six_hours_the_pile_leaves_within_the_limit_and_nothing_was_given_up(open_house) -> None:
    house = open_house()
    house.sms.can = replace(house.sms.can, rate_per_second=5, connections=1_000)
    house.dispatcher = house.worker(senders=100)
    house.sms.answers.extend([Unavailable("refused")] * 1_000)
    ids = await planned_by(house, "sms", 40)
    await pass_time(house, 60 * 6, step=240)
    house.sms.answers.clear()
    moments = []

    for _ in range(1_000):
        before = len(house.sms.sent)
        await house.dispatcher.drain()
        moments += [house.clock()] * (len(house.sms.sent) - before)
        house.clock.advance(milliseconds=400)
        if len(house.sms.sent) == 40:
            break

    worst = max(sum(1 for at in moments if since <= at < since + timedelta(seconds=1)) for since in moments)
    assert worst <= 5
    assert sorted(message.id for message in house.sms.sent) == sorted(ids)


async def test_a_pause_that_a_provider_asks_for_stops_all_its_messages_and_eats_no_try(house) -> None:
    house.sms.can = replace(house.sms.can, connections=2)
    house.dispatcher = house.worker()
    house.sms.answers.append(Throttled("later", retry_after=60))
    ids = await planned_by(house, "sms", 12)

    await pass_time(house, 0.9)
    during = len(house.sms.sent)
    await pass_time(house, 5)

    assert during <= 1, "only what was under way with the one that was refused"
    assert len(house.sms.sent) == 12
    for message_id in ids:
        assert (await house.message(message_id)).history[-1].step == "accepted"


async def test_what_the_breaker_does_is_told(house) -> None:
    house.sms.answers.extend([Unavailable("refused")] * 100)
    await planned_by(house, "sms", 10)
    await pass_time(house, 0.2)

    told = {
        each.name: each
        for each in await providers(house.store, {c.name: c.can for c in house.channels.values()}, house.clock)
    }

    assert told["sms"].state == "broken"
    assert "không kết nối được" in told["sms"].sentence
    assert told["email"].sentence == "Bình thường."


@pytest.mark.parametrize(("event", "elsewhere"), [(EventName.FEE_REQUIRED, 0), (EventName.SUPPLEMENT_REQUIRED, 1)])
async def test_what_may_have_arrived_by_a_broken_provider_goes_another_way_only_where_a_miss_is_worse(
    house, event: EventName, elsewhere: int
) -> None:
    house.zalo.can = replace(house.zalo.can, deduplicates=True)
    house.dispatcher = house.worker()
    house.zalo.answers.append(Unknown("read time-out"))
    house.zalo.answers.extend([Unavailable("refused")] * 1_000)
    person = await house.person(zalo="111", spoke=True)
    fields = {
        "code": "H36.21-260622-0001",
        "agency": "UBND phường Bắc Gia Nghĩa",
        "hotline": "0263.3540.616",
        "n": 1,
        "missing_items": ["Tờ khai"],
        "total": 150000,
        "fee_lines": [{"name": "Lệ phí", "amount": 150000}],
    }
    await house.plan(house.event(person, event, fields=fields))
    await house.dispatcher.drain()
    await planned_by(house, "zalo", 10)

    await pass_time(house, 12)

    texts = [message for message in house.sms.sent if message.to.number == "84912345678"]
    assert len(texts) == elsewhere

"""After a message has left: receipts in any order, silence, and a worker that died."""

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from channels.errors import Rejected, Unavailable, Unknown
from channels.message import Receipt, ReceiptState
from delivery.dispatcher import LEASE
from delivery.event import EventName, Recipient
from delivery.history import why
from delivery.outcome import FAILURES
from delivery.silence import PAGE
from store.outbox.tables import State


async def test_a_receipt_makes_a_message_delivered(house) -> None:
    person = await house.person()
    (planned,) = await house.plan(house.event(person))
    await house.dispatcher.drain()

    await house.receipt("zalo", message_id=planned.message_id)

    assert (await house.message(planned.message_id)).state is State.DELIVERED


async def test_a_receipt_by_the_providers_own_id_finds_its_message(house) -> None:
    person = await house.person(zalo="111", spoke=True)
    (planned,) = await house.plan(house.event(person))
    await house.dispatcher.drain()

    await house.receipt("zalo", provider_id="zalo-0", state="seen")

    assert (await house.message(planned.message_id)).state is State.DELIVERED


async def test_a_failed_receipt_sends_by_the_next_channel(house) -> None:
    person = await house.person()
    (planned,) = await house.plan(house.event(person))
    await house.dispatcher.drain()

    await house.receipt("zalo", message_id=planned.message_id, state="failed", error="30005")
    await house.dispatcher.drain()

    assert len(house.sms.sent) == 1


async def test_a_failure_told_after_delivery_takes_nothing_back(house) -> None:
    person = await house.person()
    (planned,) = await house.plan(house.event(person))
    await house.dispatcher.drain()
    await house.receipt("zalo", message_id=planned.message_id)

    await house.receipt("zalo", message_id=planned.message_id, state="failed")

    assert (await house.message(planned.message_id)).state is State.DELIVERED


async def test_silence_sends_by_the_next_channel_and_a_late_receipt_ends_it(house) -> None:
    person = await house.person()
    (planned,) = await house.plan(house.event(person))
    await house.dispatcher.drain()
    house.clock.advance(minutes=11)
    await house.receiver.once()

    await house.receipt("zalo", message_id=planned.message_id)
    await house.dispatcher.drain()

    assert not house.sms.sent
    assert (await house.message(planned.message_id)).state is State.DELIVERED


async def test_silence_of_the_last_channel_leaves_the_message_accepted(house) -> None:
    person = await house.person()
    (planned,) = await house.plan(house.event(person, channel="sms"))
    await house.dispatcher.drain()

    house.clock.advance(minutes=11)
    await house.receiver.once()

    message = await house.message(planned.message_id)
    assert message.state is State.ACCEPTED
    assert message.history[-1].step == "no_receipt"


async def test_a_dead_workers_message_returns_in_doubt_within_its_lease(house) -> None:
    person = await house.person()
    (planned,) = await house.plan(house.event(person, channel="zalo"))
    async with house.store.database.transaction() as tx:
        ((attempt,), _) = await house.dispatcher._claim(tx)  # and the worker dies here
    assert attempt.claimed.message_id == planned.message_id

    house.clock.advance(seconds=LEASE.total_seconds() + 1)
    await house.receiver.once()

    assert (await house.message(planned.message_id)).state is State.UNKNOWN


async def test_a_doubt_is_cleared_by_asking_the_provider(house) -> None:
    house.zalo.can = type(house.zalo.can)(
        addresses=house.zalo.can.addresses, longest=2000, receipts=True, asks=True, templates=True
    )
    house.zalo.answers.append(Unknown("cut"))
    person = await house.person()
    (planned,) = await house.plan(house.event(person))
    await house.dispatcher.drain()
    house.zalo.told = Receipt(
        event_id="asked", state=ReceiptState.DELIVERED, at=house.clock(), message_id=planned.message_id
    )

    house.clock.advance(seconds=61)
    await house.receiver.once()
    await house.receiver.once()

    assert (await house.message(planned.message_id)).state is State.DELIVERED


async def test_a_receipt_for_nobodys_message_is_let_go_after_a_while(house) -> None:
    await house.receipt("zalo", message_id="not ours")
    house.clock.advance(minutes=3)

    followed = await house.receiver.once()

    assert followed.receipts == 1
    async with house.store.database.transaction() as tx:
        assert await house.store.receipts.take(tx, 10) == []


async def test_a_failure_told_before_the_answer_waits_for_it_and_then_counts(house) -> None:
    reached, let_go = asyncio.Event(), asyncio.Event()
    send = house.zalo.send

    async def slow(message):
        reached.set()
        await let_go.wait()
        return await send(message)

    house.zalo.send = slow
    person = await house.person()
    (planned,) = await house.plan(house.event(person))
    await house.dispatcher.tick()
    await reached.wait()
    await house.receipt("zalo", message_id=planned.message_id, state="failed", error="30005")
    let_go.set()
    await house.ran()
    await house.dispatcher.drain()

    await house.receiver.once()
    await house.dispatcher.drain()

    assert len(house.sms.sent) == 1
    assert (await house.message(planned.message_id)).channel == "sms"


async def test_a_receipt_waits_for_a_row_that_a_sender_holds(house) -> None:
    person = await house.person()
    (planned,) = await house.plan(house.event(person))
    await house.dispatcher.drain()
    async with house.store.database.transaction() as tx:
        await house.store.receipts.put(
            tx,
            "zalo",
            [Receipt(event_id="r", state=ReceiptState.DELIVERED, at=house.clock(), message_id=planned.message_id)],
            house.clock(),
        )

    async with house.store.database.transaction() as tx:
        await house.store.outbox.open_rows(tx, [planned.message_id])
        receiving = asyncio.create_task(house.receiver.once())
        await asyncio.wait({receiving}, timeout=0.3)
    await receiving

    assert (await house.message(planned.message_id)).state is State.DELIVERED


async def test_a_failure_of_an_earlier_attempt_leaves_the_later_one_alone(house) -> None:
    person = await house.person(zalo="111", spoke=True)
    (planned,) = await house.plan(house.event(person))
    await house.dispatcher.drain()
    await house.receipt("zalo", provider_id="zalo-0", state="failed", error="x")
    await house.dispatcher.drain()

    await house.receipt("zalo", provider_id="zalo-0", state="failed", error="y", event_id="again")
    await house.dispatcher.drain()

    message = await house.message(planned.message_id)
    assert (message.state, message.history[-1].path) == (State.ACCEPTED, "zalo/template_phone")
    assert not house.sms.sent


@pytest.mark.parametrize("answers", [[Unknown("cut")], [Unknown("cut"), Unavailable("down")]])
async def test_a_word_that_it_was_taken_ends_a_doubt_and_nothing_is_sent_twice(house, answers) -> None:
    house.sms.answers.extend(answers)
    person = await house.person()
    fields = {
        "code": "H36.21-260622-0001",
        "agency": "UBND phường",
        "hotline": "0263",
        "n": 1,
        "missing_items": ["Đơn"],
    }
    (planned,) = await house.plan(house.event(person, EventName.SUPPLEMENT_REQUIRED, fields=fields, channel="sms"))
    for _ in answers:
        await house.dispatcher.drain()
        house.clock.advance(seconds=12)

    await house.receipt("sms", message_id=planned.message_id, state="accepted")
    house.clock.advance(minutes=1)
    await house.dispatcher.drain()

    assert not house.sms.sent
    assert not house.sms.answers
    assert (await house.message(planned.message_id)).state is State.ACCEPTED


async def test_a_failure_told_days_later_is_the_end_of_the_message_and_the_only_one(house) -> None:
    person = await house.person()
    (planned,) = await house.plan(house.event(person, channel="sms"))
    await house.dispatcher.drain()
    house.clock.advance(minutes=11)
    await house.receiver.once()
    house.clock.advance(days=3)

    await house.receipt("sms", message_id=planned.message_id, state="failed", error="absent subscriber")

    assert (await house.message(planned.message_id)).state is State.FAILED
    assert await ends(house) == {("sms", State.FAILED): 1}


async def test_a_message_confirmed_late_is_counted_once(house) -> None:
    person = await house.person()
    (planned,) = await house.plan(house.event(person, channel="sms"))
    await house.dispatcher.drain()
    house.clock.advance(minutes=11)
    await house.receiver.once()

    await house.receipt("sms", message_id=planned.message_id)
    await house.receipt("sms", message_id=planned.message_id, event_id="told again")

    assert await ends(house) == {("sms", State.DELIVERED): 1}
    assert (await house.steps(planned.message_id)).count("delivered") == 1


async def test_a_carrier_that_fails_everything_for_the_moment_is_not_tried_for_ever(house) -> None:
    person = await house.person()
    (planned,) = await house.plan(house.event(person, channel="sms"))

    for n in range(20):
        await house.dispatcher.drain()
        await house.receipt("sms", provider_id=f"sms-{n}", state="failed", permanent=False, error="30008")
        house.clock.advance(minutes=5)

    assert len(house.sms.sent) == FAILURES
    assert (await house.message(planned.message_id)).state is State.FAILED


async def test_what_one_channel_took_is_not_called_failed_because_the_next_refused(house) -> None:
    house.sms.answers.append(Rejected("no", code="http:404"))
    person = await house.person()
    to = Recipient(person_id=person, phone="84912345678")
    (planned,) = await house.plan(house.event(person, recipient=to))
    await house.dispatcher.drain()
    house.clock.advance(minutes=11)
    await house.receiver.once()

    await house.dispatcher.drain()

    message = await house.message(planned.message_id)
    assert message.state is State.ACCEPTED
    assert why(message) == "Zalo đã nhận tin và chưa báo đã tới."


async def test_messages_of_a_channel_that_was_switched_off_still_end(house) -> None:
    house.sms.answers.append(Unknown("cut"))
    first, second = await house.person(), await house.person("84912000002")
    (doubt,) = await house.plan(house.event(first, channel="sms"))
    await house.dispatcher.drain()
    (lost,) = await house.plan(house.event(second, about="d2", dossier_id="d2", channel="sms"))
    async with house.store.database.transaction() as tx:
        await house.dispatcher._claim(tx)  # and the worker dies here
    follower = house.follower({"zalo": house.zalo})

    for _ in range(4):
        house.clock.advance(hours=25)
        await follower.once()

    assert [(await house.message(p.message_id)).state for p in (doubt, lost)] == [State.UNKNOWN] * 2


async def test_a_provider_that_cannot_say_now_is_asked_again(house) -> None:
    house.zalo.can = replace(house.zalo.can, asks=True)
    house.zalo.answers.append(Unknown("cut"))
    person = await house.person()
    (planned,) = await house.plan(house.event(person, channel="zalo"))
    await house.dispatcher.drain()
    asked = []

    async def ask(message, provider_id, since):
        asked.append(since)
        if len(asked) == 1:
            raise Unavailable
        return Receipt(event_id="a", state=ReceiptState.DELIVERED, at=house.clock(), message_id=message.id)

    house.zalo.ask = ask
    for _ in range(3):
        house.clock.advance(minutes=11)
        await house.receiver.once()

    assert (await house.message(planned.message_id)).state is State.DELIVERED


async def test_a_page_of_receipts_that_match_nothing_does_not_hide_the_next(house) -> None:
    person = await house.person()
    (planned,) = await house.plan(house.event(person))
    await house.dispatcher.drain()
    strange = [
        Receipt(event_id=f"e{n}", state=ReceiptState.DELIVERED, at=house.clock(), message_id=f"not ours {n}")
        for n in range(PAGE + 1)
    ]
    async with house.store.database.transaction() as tx:
        await house.store.receipts.put(tx, "zalo", strange, house.clock())

    await house.receipt("zalo", message_id=planned.message_id)

    assert (await house.message(planned.message_id)).state is State.DELIVERED


async def test_every_page_of_what_is_overdue_is_seen_at_once(house) -> None:
    people = [await house.person(f"8491200{n:04d}") for n in range(PAGE + 5)]
    events = [house.event(p, about=f"d{n}", dossier_id=f"d{n}", channel="sms") for n, p in enumerate(people)]
    await house.plan(*events)
    house.clock.advance(hours=73)

    followed = await house.receiver.once()

    assert followed.overdue == PAGE + 5


async def test_receipts_in_any_order_and_repeated_end_as_delivered(house) -> None:
    orders = list(itertools.permutations(["accepted", "delivered", "seen", "failed"]))
    messages = []
    for n, _ in enumerate(orders):
        person = await house.person(f"8491200{n:04d}")
        (planned,) = await house.plan(house.event(person, about=f"d{n}", dossier_id=f"d{n}", channel="sms"))
        messages.append(planned.message_id)
    await house.dispatcher.drain()

    for turn in range(4):
        for message_id, order in zip(messages, orders, strict=True):
            for again in range(2):
                event_id = f"{message_id}{order[turn]}{again}"
                await house.receipt("sms", message_id=message_id, state=order[turn], event_id=event_id)
        await house.dispatcher.drain()

    assert await ends(house) == {("sms", State.DELIVERED): len(orders)}


async def ends(house) -> dict:
    async with house.store.database.reading() as tx:
        found = await house.store.outbox.ended(
            tx, house.clock() - timedelta(days=30), house.clock() + timedelta(days=1)
        )
    return {(end.channel, end.state): end.count for end in found}

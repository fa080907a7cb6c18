"""Receipts that come when something else has happened meanwhile: a jump of the clock, a repeat, another channel."""

import itertools

from channels.errors import Unknown
from delivery.event import EventName
from delivery.steadiness import Steadiness
from store.outbox.tables import State


async def test_a_receipt_that_waits_for_its_answer_is_not_let_go_because_the_clock_jumps(house) -> None:
    pulse = itertools.count()
    follower = house.follower(steadiness=Steadiness(lambda: next(pulse)))
    await house.receipt("zalo", message_id="not yet known")
    await follower.once()

    house.clock.advance(hours=1)
    followed = await follower.once()

    assert followed.receipts == 0
    async with house.store.database.transaction() as tx:
        assert len(await house.store.receipts.take(tx, 10)) == 1


async def test_a_failure_of_an_attempt_whose_answer_was_never_heard_leaves_the_accepted_one_alone(house) -> None:
    house.sms.answers.append(Unknown("cut"))
    person = await house.person()
    fields = {"verification_code": "482913"}
    (planned,) = await house.plan(house.event(person, EventName.VERIFY_CODE, fields=fields))
    await house.dispatcher.drain()
    house.clock.advance(minutes=1)
    await house.dispatcher.drain()

    await house.receipt("sms", message_id=planned.message_id, provider_id="unheard", state="failed", error="x")
    house.clock.advance(minutes=1)
    await house.dispatcher.drain()

    assert (await house.message(planned.message_id)).state is State.ACCEPTED
    assert (await house.steps(planned.message_id)).count("sending") == 2


async def test_a_failure_told_late_by_the_first_channel_leaves_what_the_next_one_took(house) -> None:
    person = await house.person()
    (planned,) = await house.plan(house.event(person))
    await house.dispatcher.drain()
    for _ in range(2):  # no receipt from Zalo, then none from the SMS gateway
        house.clock.advance(minutes=11)
        await house.receiver.once()
        await house.dispatcher.drain()

    await house.receipt("zalo", message_id=planned.message_id, state="failed", error="absent")

    assert house.sms.sent
    assert (await house.message(planned.message_id)).state is State.ACCEPTED
    assert (await house.steps(planned.message_id))[-1] == "undelivered"

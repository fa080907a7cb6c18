"""After a message has left: receipts in any order, silence, and a worker that died."""

from channels.errors import Unknown
from channels.message import Receipt, ReceiptState
from delivery.dispatcher import LEASE
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
        (attempt,) = await house.dispatcher._claim(tx)  # and the worker dies here
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

    house.clock.advance(seconds=11)
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

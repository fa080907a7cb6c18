"""What may leave in a tick: nothing that must not, and nothing that holds up others."""

import asyncio
from dataclasses import replace

from sqlalchemy import text

from channels.errors import Rejected
from channels.message import ZaloUser
from delivery.event import EventName, Recipient
from store.outbox.tables import State


async def test_what_outlived_its_time_is_not_sent_even_before_anybody_looked(house) -> None:
    person = await house.person()
    (planned,) = await house.plan(house.event(person))
    house.clock.advance(hours=73)

    await house.dispatcher.drain()
    await house.receiver.once()

    assert not house.zalo.sent
    assert (await house.message(planned.message_id)).state is State.EXPIRED


async def test_who_opts_out_while_a_notice_waits_does_not_get_it(open_house) -> None:
    house = open_house(settling=True)
    person = await house.person()
    (planned,) = await house.plan(house.event(person))
    async with house.store.database.transaction() as tx:
        await house.store.people.opt(tx, person, house.clock())
    house.clock.advance(hours=1)

    await house.dispatcher.drain()

    message = await house.message(planned.message_id)
    assert not house.zalo.sent
    assert (message.state, message.history[-1].detail) == (State.CANCELLED, "opted_out")


async def test_a_message_that_does_not_open_holds_up_nobody_and_waits_for_its_key(house) -> None:
    first, second = await house.person(), await house.person("84912000002")
    (broken,) = await house.plan(house.event(first))
    await house.execute("UPDATE message SET sealed = :junk", junk=b"\x01\x09" + bytes(40))
    await house.plan(house.event(second, about="d2", dossier_id="d2"))

    await house.dispatcher.drain()

    assert len(house.zalo.sent) == 1
    async with house.store.database.transaction() as tx:
        assert (await house.store.outbox.open_rows(tx, [broken.message_id]))[broken.message_id].state is State.WAITING


async def test_an_event_of_a_newer_program_holds_up_nobody(house) -> None:
    first, second = await house.person(), await house.person("84912000002")
    await house.plan(house.event(first))
    await house.execute("UPDATE message SET event = 'of_tomorrow'")
    await house.plan(house.event(second, about="d2", dossier_id="d2"))

    await house.dispatcher.drain()
    await house.receiver.once()

    assert len(house.zalo.sent) == 1


async def test_a_message_to_an_erased_person_is_called_off_and_holds_up_nobody(house) -> None:
    first, second = await house.person(), await house.person("84912000002")
    (gone,) = await house.plan(house.event(first))
    await house.execute("DELETE FROM address WHERE person_id = :id", id=first)
    await house.execute("DELETE FROM person WHERE id = :id", id=first)
    await house.plan(house.event(second, about="d2", dossier_id="d2"))

    await house.dispatcher.drain()

    assert len(house.zalo.sent) == 1
    assert (await house.message(gone.message_id)).state is State.CANCELLED


async def test_an_erased_message_is_never_sent_empty(house) -> None:
    person = await house.person(zalo="111", spoke=True)
    message_id = await house.reply(person, 1)
    await house.execute("UPDATE message SET sealed = NULL")

    await house.dispatcher.drain()

    assert not house.zalo.sent
    assert (await house.message(message_id)).state is State.CANCELLED


async def test_what_waits_for_its_own_hour_does_not_hold_up_what_is_due(open_house) -> None:
    house = open_house(settling=True)
    person = await house.person()
    await house.plan(house.event(person, EventName.RETURNED))
    (due,) = await house.plan(house.event(person, about="d2", dossier_id="d2"))
    house.clock.advance(minutes=31)

    await house.dispatcher.drain()

    assert (await house.message(due.message_id)).state is State.ACCEPTED
    assert len(house.zalo.sent) == 1


async def test_a_message_held_up_by_a_fault_of_ours_does_not_hold_up_the_next(house) -> None:
    house.zalo.answers.append(Rejected("template not approved", code="business:-131", permanent=False, ours=True))
    person = await house.person()
    (stuck,) = await house.plan(house.event(person, channel="zalo"))
    await house.dispatcher.drain()
    (after,) = await house.plan(house.event(person, about="d2", dossier_id="d2", channel="sms"))

    await house.dispatcher.drain()

    assert (await house.message(stuck.message_id)).state is State.WAITING
    assert (await house.message(after.message_id)).state is State.ACCEPTED


async def test_a_fault_of_ours_is_tried_again_ever_more_rarely(house) -> None:
    broken = Rejected("template not approved", code="business:-131", permanent=False, ours=True)
    house.zalo.answers.extend([broken] * 1000)
    person = await house.person()
    (planned,) = await house.plan(house.event(person, channel="zalo"))

    for _ in range(4 * 24):
        await house.dispatcher.drain()
        house.clock.advance(minutes=15)

    assert (await house.steps(planned.message_id)).count("sending") < 40


async def test_a_provider_that_hangs_takes_nobody_elses_place(house) -> None:
    house.zalo.can = replace(house.zalo.can, connections=3)
    house.dispatcher = house.worker()
    hanging = asyncio.Event()

    send = house.zalo.send

    async def hang(message):
        await hanging.wait()
        return await send(message)

    house.zalo.send = hang
    people = [await house.person(f"8491200{n:04d}") for n in range(12)]
    await house.plan(*[house.event(p, about=f"d{n}", dossier_id=f"d{n}", channel="zalo") for n, p in enumerate(people)])
    other = await house.person("84912999999")
    await house.plan(house.event(other, about="x", dossier_id="x", channel="sms"))

    await house.dispatcher.tick()
    await house.dispatcher.tick()
    await house.ran()

    assert len(house.sms.sent) == 1
    async with house.store.database.reading() as tx:
        sending = await tx.execute(text("SELECT count(*) FROM queue WHERE state = 'sending' AND channel = 'zalo'"))
    assert sending.scalar_one() == 3
    hanging.set()
    await house.dispatcher.drain()


async def test_replies_find_a_place_while_bulk_and_notices_fill_the_house(house) -> None:
    hanging = asyncio.Event()
    send = house.sms.send

    async def hang(message):
        await hanging.wait()
        return await send(message)

    house.sms.send = hang
    people = [await house.person(f"8491200{n:04d}") for n in range(40)]
    notices = [house.event(p, about=f"d{n}", dossier_id=f"d{n}", channel="sms") for n, p in enumerate(people[:20])]
    bulk = [
        house.event(p, EventName.NOTICE, about=f"b{n}", dossier_id=None, fields={"text": "Mời họp"}, channel="sms")
        for n, p in enumerate(people[20:])
    ]
    await house.plan(*bulk, *notices)
    await house.dispatcher.tick()
    lanes = [attempt.claimed.lane for attempt in house.dispatcher.under_way()]
    talker = await house.person("84912999999", zalo="111", spoke=True)
    await house.reply(talker, 1)

    await house.dispatcher.tick()
    await house.ran()

    assert [message.text for message in house.zalo.sent] == ["Dạ"]
    assert {1, 2} <= set(lanes), "notices and bulk both have a place"
    hanging.set()
    await house.dispatcher.drain()


async def test_a_mode_that_is_no_longer_live_holds_what_was_planned_live(open_house) -> None:
    live = open_house()
    person = await live.person()
    (planned,) = await live.plan(live.event(person))
    quiet = open_house(mode="shadow")

    await quiet.dispatcher.drain()

    assert not quiet.zalo.sent
    assert (await quiet.message(planned.message_id)).state is State.WAITING


async def test_a_talk_keeps_its_order_and_does_not_wait_for_another_channel(house) -> None:
    person = await house.person(zalo="111", spoke=True)
    hanging = asyncio.Event()

    send = house.zalo.send

    async def hang(message):
        await hanging.wait()
        return await send(message)

    house.zalo.send = hang
    await house.reply(person, 1, "Dạ 1")
    await house.reply(person, 2, "Dạ 2")
    code = house.event(
        person,
        EventName.VERIFY_CODE,
        about="v1",
        dossier_id=None,
        fields={"verification_code": "123456"},
        recipient=Recipient(person_id=person, phone="84912345678"),
    )
    await house.plan(code)

    await house.dispatcher.tick()
    await house.ran()

    assert len(house.sms.sent) == 1
    chats = [a for a in house.dispatcher.under_way() if isinstance(a.route.address, ZaloUser)]
    assert len(chats) == 1
    hanging.set()
    await house.dispatcher.drain()
    assert [message.text for message in house.zalo.sent] == ["Dạ 1", "Dạ 2"]

"""What is due is sent, once, by the way that reaches the person; every answer has its consequence."""

import asyncio

import pytest

from channels.errors import Rejected, Throttled, Unavailable, Unknown
from channels.message import ZaloUser
from delivery import switch
from delivery.event import EventName, Recipient
from delivery.history import sentences, why
from store.outbox.tables import State


async def test_a_citizen_who_wrote_lately_is_told_in_the_free_chat(house) -> None:
    person = await house.person(zalo="111", spoke=True)
    (planned,) = await house.plan(house.event(person))

    await house.dispatcher.drain()

    (message,) = house.zalo.sent
    assert message.to == ZaloUser(user_id="111")
    assert message.template is None
    assert "000.00.53.H48-220921-0099" in message.text
    assert (await house.message(planned.message_id)).state is State.ACCEPTED


async def test_who_is_not_on_zalo_is_told_by_sms_and_not_asked_again_on_zalo(house) -> None:
    house.zalo.answers.append(Rejected("Zalo account not existed", code="-118"))
    person = await house.person()
    (first,) = await house.plan(house.event(person))
    await house.dispatcher.drain()

    await house.plan(house.event(person, about="dossier-2", dossier_id="dossier-2"))
    await house.dispatcher.drain()

    assert len(house.sms.sent) == 2
    message = await house.message(first.message_id)
    assert [step.step for step in message.history] == ["planned", "sending", "rejected", "sending", "accepted"]
    assert not house.zalo.answers
    assert "không dùng Zalo" in why(message) + " ".join(line.text for line in sentences(message))


async def test_nothing_is_sent_while_everything_is_held(house) -> None:
    person = await house.person()
    await house.plan(house.event(person))
    await switch.stop(house.store, house.clock, by="test")

    await house.dispatcher.drain()
    held = len(house.zalo.sent)
    await switch.resume(house.store, house.clock, by="test")
    await house.dispatcher.drain()

    assert (held, len(house.zalo.sent)) == (0, 1)


async def test_resuming_drops_what_has_gone_stale(house) -> None:
    person = await house.person()
    (planned,) = await house.plan(house.event(person))
    await switch.stop(house.store, house.clock, by="test")
    house.clock.advance(hours=73)

    dropped = await switch.resume(house.store, house.clock, by="test")
    await house.dispatcher.drain()

    assert dropped.stale == {"done": 1}
    assert not house.zalo.sent
    assert (await house.message(planned.message_id)).state is State.EXPIRED


async def test_waiting_for_a_provider_eats_no_attempt(house) -> None:
    house.zalo.answers.append(Throttled("later", retry_after=30))
    person = await house.person()
    (planned,) = await house.plan(house.event(person))
    await house.dispatcher.drain()
    during = len(house.zalo.sent)

    house.clock.advance(seconds=31)
    await house.dispatcher.drain()

    assert (during, len(house.zalo.sent)) == (0, 1)
    assert (await house.message(planned.message_id)).state is State.ACCEPTED


async def test_a_provider_that_is_down_is_tried_again_later(house) -> None:
    house.zalo.answers.append(Unavailable("refused"))
    person = await house.person()
    await house.plan(house.event(person))
    await house.dispatcher.drain()

    house.clock.advance(seconds=6)
    await house.dispatcher.drain()

    assert len(house.zalo.sent) == 1


@pytest.mark.parametrize(("event", "sent"), [(EventName.FEE_REQUIRED, 0), (EventName.SUPPLEMENT_REQUIRED, 1)])
async def test_a_doubt_is_resent_only_where_a_miss_is_worse(house, event: EventName, sent: int) -> None:
    house.sms.answers.append(Unknown("read time-out"))
    person = await house.person()
    fields = {
        "code": "H36.21-260622-0001",
        "agency": "UBND phường Bắc Gia Nghĩa",
        "hotline": "0263.3540.616",
        "n": 2,
        "missing_items": ["Tờ khai", "Bản sao căn cước"],
        "total": 150000,
        "fee_lines": [{"name": "Lệ phí", "amount": 150000}],
    }
    recipient = Recipient(person_id=person, phone="84912345678")
    (planned,) = await house.plan(house.event(person, event, fields=fields, recipient=recipient, channel="sms"))

    await house.dispatcher.drain()
    house.clock.advance(minutes=1)
    await house.dispatcher.drain()

    assert len(house.sms.sent) == sent
    expected = State.ACCEPTED if sent else State.UNKNOWN
    assert (await house.message(planned.message_id)).state is expected


async def test_replies_go_before_notices(house) -> None:
    person = await house.person(zalo="111", spoke=True)
    others = [await house.person(f"8491234{n:04d}") for n in range(20)]
    await house.plan(*[house.event(p, about=f"d{n}", dossier_id=f"d{n}") for n, p in enumerate(others)])
    await house.plan(
        house.event(
            person,
            EventName.REPLY,
            about="inbox-1",
            text="Dạ",
            recipient=Recipient(person_id=person, to=ZaloUser(user_id="111")),
        )
    )

    await house.dispatcher.drain()

    assert house.zalo.sent[0].text == "Dạ"
    assert len(house.zalo.sent) == 21


async def test_messages_to_one_person_keep_their_order(house) -> None:
    person = await house.person(zalo="111", spoke=True)
    to = Recipient(person_id=person, to=ZaloUser(user_id="111"))
    for n in range(12):
        await house.plan(house.event(person, EventName.REPLY, about=f"i{n}", text=f"{n}", recipient=to))

    await house.dispatcher.drain()

    assert [message.text for message in house.zalo.sent] == [f"{n}" for n in range(12)]


async def test_an_unforeseen_error_is_a_doubt_and_never_a_lost_message(house) -> None:
    class Broken(Exception): ...

    async def burst(_message):
        raise Broken

    house.zalo.send = burst
    person = await house.person(zalo="111", spoke=True)
    (planned,) = await house.plan(house.event(person))

    await house.dispatcher.drain()

    assert (await house.message(planned.message_id)).state is State.UNKNOWN


async def test_stopping_waits_for_what_is_under_way_and_records_it(house) -> None:
    person = await house.person()
    (planned,) = await house.plan(house.event(person))
    reached, let_go = asyncio.Event(), asyncio.Event()
    send = house.zalo.send

    async def slow(message):
        reached.set()
        await let_go.wait()
        return await send(message)

    house.zalo.send = slow
    stop = asyncio.Event()
    running = asyncio.create_task(house.dispatcher.run(stop))
    await reached.wait()

    stop.set()
    let_go.set()
    await running

    assert (await house.message(planned.message_id)).state is State.ACCEPTED

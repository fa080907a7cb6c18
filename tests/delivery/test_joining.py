"""Several notices to one person become one message, and nothing is lost on the way."""

import asyncio
import random
from datetime import timedelta

import pytest

from channels.errors import Rejected, Throttled, Unavailable, Unknown
from delivery.event import EventName, Recipient
from delivery.history import sentences, why
from delivery.policy import RoutingSettings
from store.outbox.tables import State
from vietnam.segments import measure


@pytest.fixture
def routing() -> RoutingSettings:
    return RoutingSettings(quiet_hours="", fallback_after_minutes=10)


@pytest.fixture
def house(open_house):
    return open_house(settling=True)


@pytest.fixture
def moved(house):
    """So many dossiers of one person have moved; the ids of their messages."""

    async def move(person: str, count: int = 3, name: EventName = EventName.RECEIVED, **changes) -> list[str]:
        events = [
            house.event(
                person,
                name,
                about=f"dossier-{n}",
                dossier_id=f"dossier-{n}",
                fields={"code": f"H36.21-260622-{n:04d}", "hotline": "0263.3540.616"},
                **changes,
            )
            for n in range(1, count + 1)
        ]
        return [planned.message_id for planned in await house.plan(*events)]

    return move


async def test_several_notices_to_one_person_become_one_message_that_names_each(house, moved) -> None:
    await moved(await house.person())

    house.clock.advance(minutes=6)
    await house.dispatcher.drain()

    (sms,) = house.sms.sent
    assert all(f"H36.21-260622-000{n}" in sms.text for n in (1, 2, 3))
    assert measure(sms.text).parts <= 2


async def test_each_keeps_its_row_its_history_and_ends_as_the_message_that_carries_it(house, moved) -> None:
    ids = await moved(await house.person())
    house.clock.advance(minutes=6)
    await house.dispatcher.drain()
    carrier = (await house.message(ids[0])).joined_into

    await house.receipt("sms", message_id=house.sms.sent[0].id)

    messages = [await house.message(message_id) for message_id in ids]
    assert carrier == house.sms.sent[0].id
    assert {message.joined_into for message in messages} == {carrier}
    assert {message.state for message in messages} == {State.DELIVERED}
    assert [step.step for step in messages[2].history] == ["planned", "joined", "sending", "accepted", "delivered"]
    assert sentences(messages[2])[1].text == "Gộp với các tin khác của cùng người nhận thành một tin."
    assert why(messages[2]) == "Đã tới người nhận qua SMS."


async def test_what_was_joined_is_not_told_again_when_it_is_reported_again(house, moved) -> None:
    person = await house.person()
    await moved(person)
    house.clock.advance(minutes=6)
    await house.dispatcher.drain()

    again = await moved(person, at=house.clock() - timedelta(minutes=6))
    await house.dispatcher.drain()

    assert again == [None, None, None]
    assert len(house.sms.sent) == 1


async def test_a_notice_waits_for_company_that_settles_within_the_window_and_no_longer(house, moved) -> None:
    person = await house.person()
    await moved(person, 1)
    house.clock.advance(minutes=4)
    await house.plan(house.event(person, EventName.RECEIVED, about="late", dossier_id="late"))

    house.clock.advance(minutes=2)  # the first has settled, the second has not
    await house.dispatcher.drain()
    at_once = len(house.sms.sent)
    house.clock.advance(minutes=4)
    await house.dispatcher.drain()

    assert (at_once, len(house.sms.sent)) == (0, 1)


async def test_news_without_end_does_not_keep_the_first_waiting(house, moved) -> None:
    person = await house.person()
    await moved(person, 1)
    for n in range(12):  # every two minutes another dossier, each within the window of the last
        house.clock.advance(minutes=2)
        await house.plan(house.event(person, EventName.RECEIVED, about=f"more-{n}", dossier_id=f"more-{n}"))
        await house.dispatcher.drain()
        if house.sms.sent:
            break

    assert n * 2 <= 5 + 10


async def test_what_has_not_settled_is_not_taken_along(house, moved) -> None:
    person = await house.person()
    await moved(person, 2)
    (done,) = await house.plan(house.event(person, EventName.DONE, about="other", dossier_id="other"))

    house.clock.advance(minutes=6)
    await house.dispatcher.drain()

    assert (await house.message(done.message_id)).state is State.WAITING
    assert len(house.sms.sent) == 1


async def test_papers_that_are_missing_are_told_in_a_message_of_their_own_and_in_order(house, moved) -> None:
    person = await house.person()
    await moved(person, 1)
    await house.plan(house.event(person, EventName.SUPPLEMENT_REQUIRED, about="papers", dossier_id="papers"))
    await house.plan(house.event(person, EventName.RECEIVED, about="after", dossier_id="after"))

    house.clock.advance(minutes=6)
    await house.dispatcher.drain()

    assert len(house.sms.sent) == 3
    assert "con thieu giay to" in house.sms.sent[1].text


async def test_a_registered_template_names_one_dossier_and_is_not_joined(house, moved) -> None:
    await moved(await house.person(), name=EventName.DONE)

    house.clock.advance(minutes=31)
    await house.dispatcher.drain()

    assert len(house.zalo.sent) == 3
    assert all(message.template is not None for message in house.zalo.sent)


async def test_an_open_chat_takes_all_of_them(house, moved) -> None:
    await moved(await house.person(zalo="111", spoke=True), 5)

    house.clock.advance(minutes=6)
    await house.dispatcher.drain()

    (chat,) = house.zalo.sent
    assert chat.text.startswith("5 hồ sơ của Ông/Bà vừa có thay đổi:")
    assert chat.text.count("đã được tiếp nhận") == 5


async def test_an_sms_takes_as_many_as_two_parts_can_name(house, moved) -> None:
    await moved(await house.person(), 12)

    house.clock.advance(minutes=6)
    await house.dispatcher.drain()

    assert 1 < len(house.sms.sent) < 4
    assert all(measure(sms.text).parts <= 2 for sms in house.sms.sent)
    assert sum(sms.text.count("da duoc tiep nhan") for sms in house.sms.sent) == 12


async def test_two_people_are_told_apart_even_where_they_share_a_dossier(house) -> None:
    first, second = await house.person(), await house.person("84912000002")
    there = Recipient(person_id=second, phone="84912000002")
    await house.plan(house.event(first, EventName.RECEIVED), house.event(second, EventName.RECEIVED, recipient=there))

    house.clock.advance(minutes=6)
    await house.dispatcher.drain()

    assert {sms.to.number for sms in house.sms.sent} == {"84912345678", "84912000002"}


async def test_a_sum_and_its_last_day_stand_in_the_line(house) -> None:
    person = await house.person()
    due = house.clock() + timedelta(days=3)
    for n in (1, 2):
        fields = {"code": f"H36.21-260622-000{n}", "total": 15_000, "fee_due_at": due}
        event = house.event(person, EventName.FEE_REQUIRED, about=f"d{n}", dossier_id=f"d{n}", fields=fields)
        await house.plan(event)
    async with house.store.database.transaction() as tx:
        await house.store.people.refused(tx, [("zalo/template_phone", "phone", "84912345678", due, "-118")])

    house.clock.advance(minutes=6)
    await house.dispatcher.drain()

    (sms,) = house.sms.sent
    assert "H36.21-260622-0001 can nop phi, le phi 15.000 dong, han 28/06/2026" in sms.text


async def test_the_joined_message_falls_back_like_any_other(house, moved) -> None:
    ids = await moved(await house.person())
    house.sms.answers.append(Rejected("no such number", code="21614", permanent=True))

    house.clock.advance(minutes=6)
    await house.dispatcher.drain()

    (mail,) = house.email.sent
    assert "3 hồ sơ vừa có thay đổi" in mail.subject
    assert {(await house.message(message_id)).state for message_id in ids} == {State.ACCEPTED}


async def test_when_the_joined_message_has_no_way_left_each_goes_its_own(house, moved) -> None:
    person = await house.person(zalo="111", spoke=True)
    only_phone = Recipient(person_id=person, phone="84912345678")
    ids = await moved(person, 2, EventName.DONE, recipient=only_phone)
    for channel in (house.zalo, house.sms):
        channel.answers.append(Rejected("no", code="-230", permanent=True))

    house.clock.advance(minutes=31)
    await house.dispatcher.drain()

    assert [message.template is not None for message in house.zalo.sent] == [True, True]
    assert [(await house.message(message_id)).joined_into for message_id in ids] == [None, None]
    assert "separated" in await house.steps(ids[0])


async def test_a_doubtful_joined_message_is_neither_repeated_nor_taken_apart(house, moved) -> None:
    ids = await moved(await house.person())
    house.sms.answers.append(Unknown("timeout"))

    house.clock.advance(minutes=6)
    await house.dispatcher.drain()
    async with house.store.database.transaction() as tx:
        await house.store.outbox.take_out(tx, ids, house.clock())
    await house.dispatcher.drain()

    assert {(await house.message(message_id)).state for message_id in ids} == {State.UNKNOWN}
    assert not house.sms.sent


async def test_a_newer_status_overtakes_what_waits_inside_a_joined_message(house, moved) -> None:
    person = await house.person()
    ids = await moved(person)
    house.sms.answers.append(Unavailable("down"))
    house.clock.advance(minutes=6)
    await house.dispatcher.drain()

    await house.plan(
        house.event(person, EventName.WITHDRAWN, about="dossier-2", dossier_id="dossier-2", occurrence="later")
    )
    house.clock.advance(minutes=6)
    await house.dispatcher.drain()

    told = " ".join(sms.text for sms in house.sms.sent)
    assert (await house.message(ids[1])).state is State.CANCELLED
    assert "H36.21-260622-0002 da duoc tiep nhan" not in told
    assert "H36.21-260622-0001" in told
    assert "H36.21-260622-0003" in told


async def test_cut_off_in_the_middle_nothing_is_joined_and_nothing_lost(house, moved) -> None:
    await moved(await house.person())
    house.clock.advance(minutes=6)

    def cut(point: str) -> None:
        if point == "before_commit":
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await house.worker(fault=cut).tick()
    await house.worker().drain()

    (sms,) = house.sms.sent
    assert sms.text.count("da duoc tiep nhan") == 3


async def test_an_erased_person_gets_no_joined_message(house, moved) -> None:
    ids = await moved(await house.person())
    house.sms.answers.append(Unavailable("down"))
    house.clock.advance(minutes=6)
    await house.dispatcher.drain()

    await house.execute("UPDATE message SET sealed = NULL")
    house.clock.advance(minutes=1)
    await house.dispatcher.drain()

    assert not house.sms.sent
    assert {(await house.message(message_id)).state for message_id in ids} == {State.CANCELLED}


async def test_nothing_is_joined_where_settling_or_the_window_is_off(open_house) -> None:
    house = open_house(settling=True, join_within_minutes=0)
    person = await house.person()
    await house.plan(*[house.event(person, EventName.RECEIVED, about=f"d{n}", dossier_id=f"d{n}") for n in range(3)])

    house.clock.advance(minutes=6)
    await house.dispatcher.drain()

    assert len(house.sms.sent) == 3


async def test_dossiers_of_two_agencies_are_joined_only_where_the_whole_service_is_live(open_house) -> None:
    house = open_house(settling=True, mode="shadow", modes={"H36.21": "live", "H36.22": "live"})
    person = await house.person()
    for agency in ("H36.21", "H36.22"):
        await house.plan(house.event(person, EventName.RECEIVED, about=agency, dossier_id=agency, agency=agency))

    house.clock.advance(minutes=6)
    await house.dispatcher.drain()

    assert len(house.sms.sent) == 2


async def test_several_workers_at_once_join_what_is_there_once(house) -> None:
    events = []
    for n in range(12):
        phone = f"849120000{n:02d}"
        person = await house.person(phone)
        for m in range(4):
            to, fields = Recipient(person_id=person, phone=phone), {"code": f"H36.21-{n:02d}-{m}"}
            about = f"d{n}-{m}"
            event = house.event(person, EventName.RECEIVED, about=about, dossier_id=about, recipient=to, fields=fields)
            events.append(event)
    await house.plan(*events)
    house.clock.advance(minutes=6)

    await asyncio.gather(*[house.worker().drain() for _ in range(3)])

    told = [sms.text for sms in house.sms.sent]
    assert len(told) == 12
    assert all(sum(f"H36.21-{n:02d}-{m} " in text for text in told) == 1 for n in range(12) for m in range(4))


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_fails_each_notice_is_told_once_or_accounted_for(house, seed: int) -> None:
    chance = random.Random(seed)
    people = [await house.person(f"8491200000{n}", zalo=f"z{n}", spoke=n == 0) for n in range(3)]
    faults = (Unavailable("down"), Rejected("no", code="21614", permanent=True), Rejected("busy"), Throttled("later"))
    planned: dict[str, str] = {}
    for n in range(30):
        who = chance.randrange(3)
        to = Recipient(person_id=people[who], phone=f"8491200000{who}", email=chance.choice([None, "an@example.vn"]))
        name = chance.choice([EventName.RECEIVED, EventName.FEE_PAID, EventName.RETURNED, EventName.REJECTED])
        fields = {"code": f"H36.21-260622-{n:04d}"}
        event = house.event(people[who], name, about=f"d{n}", dossier_id=f"d{n}", fields=fields, recipient=to)
        (one,) = await house.plan(event)
        planned[one.message_id] = fields["code"]
        if chance.random() < 0.4:
            house.clock.advance(minutes=chance.randrange(8))
            chance.choice([house.sms, house.zalo, house.email]).answers.append(chance.choice(faults))
            await house.dispatcher.drain()
    for _ in range(20):
        house.clock.advance(minutes=20)
        await house.dispatcher.drain()
        await house.receiver.once()

    told = [message.text for channel in house.channels.values() for message in channel.sent]
    for message_id, code in planned.items():
        message = await house.message(message_id)
        times = sum(code in text for text in told)
        took = [step for step in message.history if step.step == "accepted"]
        assert message.state in (State.ACCEPTED, State.FAILED), (code, message.state)
        assert times == len(took), (code, message.state, [step.step for step in message.history])

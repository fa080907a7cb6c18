"""Nobody is woken: not by a first sending, nor by a second try, nor by the next channel."""

import pytest

from channels.errors import Unavailable
from channels.message import ZaloUser
from delivery.event import EventName, Recipient
from delivery.policy import RoutingSettings


@pytest.fixture
def routing() -> RoutingSettings:
    return RoutingSettings(quiet_hours="21:00-07:00", fallback_after_minutes=60)


async def at_2030(house) -> str:
    house.clock.advance(hours=11, minutes=30)
    return await house.person()


async def test_the_next_channel_waits_for_the_morning(house) -> None:
    person = await at_2030(house)
    await house.plan(house.event(person))
    await house.dispatcher.drain()
    house.clock.advance(minutes=61)
    await house.receiver.once()

    await house.dispatcher.drain()
    at_night = len(house.sms.sent)
    house.clock.advance(hours=10)
    await house.dispatcher.drain()

    assert (at_night, len(house.sms.sent)) == (0, 1)


async def test_a_second_try_waits_for_the_morning(house) -> None:
    person = await at_2030(house)
    house.zalo.answers.extend([Unavailable("down")] * 30)
    await house.plan(house.event(person, channel="zalo"))
    for _ in range(10):
        await house.dispatcher.drain()
        house.clock.advance(minutes=15)
    tried_by_2100 = 30 - len(house.zalo.answers)
    house.zalo.answers.clear()

    await house.dispatcher.drain()
    at_night = len(house.zalo.sent)
    house.clock.advance(hours=9)
    await house.dispatcher.drain()

    assert tried_by_2100 <= 3
    assert (at_night, len(house.zalo.sent)) == (0, 1)


async def test_an_answer_comes_at_any_hour(house) -> None:
    house.clock.advance(hours=15)
    person = await house.person(zalo="111", spoke=True)
    to = Recipient(person_id=person, to=ZaloUser(user_id="111"))
    await house.plan(house.event(person, EventName.REPLY, about="i", text="Dạ", recipient=to))

    await house.dispatcher.drain()

    assert len(house.zalo.sent) == 1

"""A clock that jumps ends no lease and no life: they are judged when it has run evenly for a while."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from delivery.dispatcher import LEASE
from delivery.event import EventName
from delivery.silence import RENEWED_WITHIN, STEADY_FOR
from delivery.steadiness import Steadiness
from store.outbox.tables import State


@dataclass
class Pulse:
    """Runs with nobody's clock."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def pulse() -> Pulse:
    return Pulse()


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1)])
def test_a_jump_is_seen_and_forgotten(clock, pulse, jump) -> None:
    steadiness = Steadiness(pulse)
    assert steadiness.lasts(clock(), STEADY_FOR)

    clock.advance(seconds=jump.total_seconds())

    assert not steadiness.lasts(clock(), timedelta(seconds=8))
    clock.advance(seconds=8)
    pulse.now += 8
    assert steadiness.lasts(clock(), timedelta(seconds=8))
    assert not steadiness.lasts(clock(), STEADY_FOR)


def test_a_clock_that_runs_evenly_is_steady_however_rarely_it_is_looked_at(clock, pulse) -> None:
    steadiness = Steadiness(pulse)
    for hours in (0, 1, 24):
        clock.advance(hours=hours)
        pulse.now += hours * 3600

        assert steadiness.lasts(clock(), STEADY_FOR)


async def test_what_is_in_the_air_is_not_taken_for_a_dead_workers_when_the_clock_jumps(house, pulse) -> None:
    person = await house.person()
    (planned,) = await house.plan(house.event(person))
    follower = house.follower(steadiness=Steadiness(pulse))
    await house.dispatcher.tick()
    await follower.once()

    house.clock.advance(seconds=LEASE.total_seconds() + 1)
    await follower.once()
    early = (await house.message(planned.message_id)).state
    house.clock.advance(seconds=RENEWED_WITHIN.total_seconds())
    pulse.now += RENEWED_WITHIN.total_seconds()
    await follower.once()

    assert early is State.SENDING
    assert "worker_lost" in [step.detail for step in (await house.message(planned.message_id)).history]


@pytest.mark.parametrize(("event", "minutes"), [(EventName.DONE, 10), (EventName.REPLY, 1)])
async def test_a_life_does_not_end_because_the_clock_jumps(house, pulse, event: EventName, minutes: int) -> None:
    person = await house.person()
    (planned,) = await house.plan(house.event(person, event, text="…" if event is EventName.REPLY else None))
    follower = house.follower(steadiness=Steadiness(pulse))
    await follower.once()

    states = []
    house.clock.advance(days=4)
    for seconds in (0, minutes * 60 - 20, 20):
        house.clock.advance(seconds=seconds)
        pulse.now += seconds
        await follower.once()
        states.append((await house.message(planned.message_id)).state)

    assert states == [State.WAITING, State.WAITING, State.EXPIRED]


async def test_order_is_kept_while_a_life_only_looks_over(house, pulse) -> None:
    person = await house.person()
    follower = house.follower(steadiness=Steadiness(pulse))
    await follower.once()
    (first,) = await house.plan(house.event(person, about="first", dossier_id="first"))

    house.clock.advance(days=4)
    (second,) = await house.plan(house.event(person, about="second", dossier_id="second"))
    await follower.once()
    await house.dispatcher.drain()
    meanwhile = len(house.zalo.sent)
    house.clock.advance(days=-4)
    await house.dispatcher.drain()

    assert meanwhile == 0
    assert [message.id for message in house.zalo.sent] == [first.message_id, second.message_id]


async def test_a_message_made_while_the_clock_was_ahead_leaves_when_it_is_right_again_and_in_its_turn(house) -> None:
    person = await house.person()
    house.clock.advance(hours=7)
    (first,) = await house.plan(house.event(person, about="first", dossier_id="first"))
    house.clock.advance(hours=-7)
    (second,) = await house.plan(house.event(person, about="second", dossier_id="second"))

    await house.dispatcher.drain()

    assert [message.id for message in house.zalo.sent] == [first.message_id, second.message_id]


async def test_what_waits_for_an_hour_of_its_own_waits_for_it_whatever_the_clock_has_shown(open_house) -> None:
    house = open_house(settling=True)
    house.clock.advance(hours=7)
    await house.plan(house.event(await house.person()))
    house.clock.advance(hours=-7)

    await house.dispatcher.drain()

    assert not house.zalo.sent

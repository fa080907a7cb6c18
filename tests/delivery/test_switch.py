"""What is held waits, whole or in part; what is let go again goes spread, and what went stale is counted."""

import pytest

from delivery import switch
from delivery.event import EventName, FilingChannel
from delivery.switch import Kind, Scope
from delivery.waiting import scope, scope_words
from store.outbox.tables import State


@pytest.fixture
def held(house):
    """The house with one part of the sending held."""

    async def hold(kind: Kind, value: str):
        await switch.stop(house.store, house.clock, by="test", why="thử", scope=Scope(kind=kind, value=value))
        return house

    return hold


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.CHANNEL, "zalo"),
        (Kind.EVENT, "done"),
        (Kind.AGENCY, "H36.21"),
        (Kind.FILING, "counter"),
    ],
)
async def test_each_kind_of_switch_holds_its_own_and_nothing_else(held, kind: Kind, value: str) -> None:
    house = await held(kind, value)
    person, other = await house.person(), await house.person("84912000002")
    (mine,) = await house.plan(house.event(person))
    changes = {"agency": "H36.22", "filing_channel": FilingChannel.ONLINE, "channel": "sms"}
    await house.plan(house.event(other, EventName.RECEIVED, about="other", dossier_id="other", **changes))

    await house.dispatcher.drain()
    while_held = (len(house.zalo.sent), len(house.sms.sent))
    await switch.resume(house.store, house.clock, by="test", scope=Scope(kind=kind, value=value))
    house.clock.advance(minutes=2)
    await house.dispatcher.drain()

    assert while_held == (0, 1)
    assert len(house.zalo.sent) == 1
    assert (await house.message(mine.message_id)).state is State.ACCEPTED


async def test_what_is_held_in_part_is_in_nobodys_way(held) -> None:
    house = await held(Kind.EVENT, "done")
    person = await house.person()
    await house.plan(house.event(person), house.event(person, EventName.RECEIVED, about="other", dossier_id="other"))

    await house.dispatcher.drain()

    assert len(house.sms.sent) == 1


async def test_a_held_channel_holds_its_answers_too(held) -> None:
    house = await held(Kind.CHANNEL, "zalo")
    await house.reply(await house.person(zalo="111", spoke=True), 1)

    await house.dispatcher.drain()

    assert not house.zalo.sent


async def test_resuming_everything_leaves_the_part_that_is_held_by_itself(held) -> None:
    house = await held(Kind.CHANNEL, "zalo")
    await switch.stop(house.store, house.clock, by="test")

    await switch.resume(house.store, house.clock, by="test")

    assert [one.name for one, _ in await switch.thrown(house.store)] == ["hold:channel:zalo"]


async def test_a_message_on_its_way_to_another_channel_is_held_by_that_ones_switch(held) -> None:
    house = await held(Kind.CHANNEL, "sms")
    person = await house.person()
    async with house.store.database.transaction() as tx:
        until = house.clock().replace(year=2027)
        await house.store.people.refused(tx, [("zalo/template_phone", "phone", "84912345678", until, "-118")])
    (planned,) = await house.plan(house.event(person))

    await house.dispatcher.drain()

    assert (await house.message(planned.message_id)).state is State.WAITING


async def test_what_is_dropped_is_counted_by_its_event(house) -> None:
    await switch.stop(house.store, house.clock, by="test")
    for n in range(3):
        await house.plan(house.event(await house.person(f"8491200000{n}"), about=f"d{n}", dossier_id=f"d{n}"))
    await house.plan(house.event(await house.person(), EventName.RECEIVED))
    house.clock.advance(hours=80)

    resumed = await switch.resume(house.store, house.clock, by="test")

    assert dict(resumed.stale) == {"done": 3, "received": 1}
    assert resumed.dropped == 4


@pytest.mark.parametrize(
    ("kind", "value"), [(Kind.CHANNEL, "fax"), (Kind.EVENT, "xong"), (Kind.FILING, "quầy"), (Kind.AGENCY, " ")]
)
def test_a_switch_that_would_hold_nothing_is_refused(kind: Kind, value: str) -> None:
    with pytest.raises(ValueError, match=r"không có|chưa đúng"):
        scope(kind, value)


def test_a_switch_is_named_in_words() -> None:
    assert scope_words(Scope()) == "mọi tin"
    assert scope_words(Scope(kind=Kind.FILING, value="counter")) == "tin của hồ sơ nộp tại quầy"
    assert switch.scope_of("hold:agency:H36:21").value == "H36:21"

"""A reply leaves with the very commit that plans it, by the same rules as any other; what is not committed does not."""

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import ZaloUser
from delivery import switch
from delivery.event import EventName, Recipient
from tests.delivery.test_recovery import Deaf


async def planned(house, tx: AsyncConnection, person: str, *words: str) -> list[str]:
    """The ids of these replies to one chat, planned in this transaction."""
    to = Recipient(person_id=person, to=ZaloUser(user_id="111"))
    events = [
        house.event(person, EventName.REPLY, about=f"inbox-{number}", text=text, recipient=to)
        for number, text in enumerate(words)
    ]
    return [plan.message_id for plan in await house.planner.plan(tx, events)]


async def lost(house, person: str) -> None:
    """A reply is planned and taken along, and then something goes wrong."""
    async with house.dispatcher.leaving() as claim, house.store.database.transaction() as tx:
        await planned(house, tx, person, "Dạ")
        await claim(tx)
        raise LookupError


async def unheard(house, person: str) -> None:
    """A reply is planned and taken along."""
    async with house.dispatcher.leaving() as claim, house.store.database.transaction() as tx:
        await planned(house, tx, person, "Dạ")
        await claim(tx)


async def test_a_reply_leaves_with_the_commit_that_plans_it(house) -> None:
    person = await house.person(zalo="111", spoke=True)

    async with house.dispatcher.leaving() as claim, house.store.database.transaction() as tx:
        (reply,) = await planned(house, tx, person, "Dạ")
        claimed = await claim(tx)
    await house.sending(house.zalo)

    assert claimed == {reply}
    assert await house.steps(reply) == ["planned", "sending"]
    await house.dispatcher.drain()
    assert await house.steps(reply) == ["planned", "sending", "accepted"]
    assert len(house.zalo.sent) == 1


async def test_what_is_not_committed_does_not_leave(house) -> None:
    person = await house.person(zalo="111", spoke=True)

    with pytest.raises(LookupError):
        await lost(house, person)
    await house.ran()
    await house.dispatcher.drain()

    assert house.zalo.sent == []


async def test_a_stop_holds_it(house, clock) -> None:
    person = await house.person(zalo="111", spoke=True)
    await switch.stop(house.store, clock, by="an")

    async with house.dispatcher.leaving() as claim, house.store.database.transaction() as tx:
        (reply,) = await planned(house, tx, person, "Dạ")
        claimed = await claim(tx)
    await house.ran()

    assert claimed == set()
    assert await house.steps(reply) == ["planned"]


async def test_the_second_to_one_chat_waits_for_the_first(house) -> None:
    person = await house.person(zalo="111", spoke=True)

    async with house.dispatcher.leaving() as claim, house.store.database.transaction() as tx:
        first, second = await planned(house, tx, person, "một", "hai")
        claimed = await claim(tx)
    await house.dispatcher.drain()

    assert claimed == {first}
    assert [message.id for message in house.zalo.sent] == [first, second]


async def test_a_commit_without_an_answer_sends_it_once(house) -> None:
    house.store.database = database = Deaf(house.store.database)
    person = await house.person(zalo="111", spoke=True)
    database.losing = 1

    with pytest.raises(ConnectionResetError):
        await unheard(house, person)
    await house.dispatcher.drain()

    (message,) = house.zalo.sent
    assert await house.steps(message.id) == ["planned", "sending", "released", "sending", "accepted"]

"""How providers stand and who holds how much of a rate: what is written is read, and what is counted is bounded."""

from datetime import timedelta

import pytest

from store.ids import ids
from store.outbox.tables import Draft, Move, State
from store.rates import Share, Standing, Tally


async def test_a_standing_is_written_and_read_and_written_over(store, clock) -> None:
    first = Standing(
        name="sms/http", broken_at=clock(), probe_at=clock() + timedelta(seconds=15), probes=2, why="x" * 999
    )
    second = Standing(name="sms/http", ceiling=2.5, ceiling_at=clock(), choice="http", choice_why="vì rẻ")

    async with store.database.transaction() as tx:
        await store.rates.stand(tx, [first, Standing(name="zalo")])
    async with store.database.transaction() as tx:
        read = await store.rates.standings(tx)
        await store.rates.stand(tx, [second])
    async with store.database.reading() as tx:
        last = await store.rates.standings(tx)

    assert read["sms/http"].broken_at == clock()
    assert len(read["sms/http"].why) == 300
    assert last == {"sms/http": second, "zalo": Standing(name="zalo")}


async def test_shares_are_held_renewed_and_dropped_with_their_worker(store, clock) -> None:
    mine = Share(provider="sms", worker="a", held=3, wants=10, until=clock())
    other = Share(provider="sms", worker="b", held=7, wants=1, until=clock())
    more = Share(provider="sms", worker="a", held=5, wants=5, until=clock() + timedelta(seconds=1))
    async with store.database.transaction() as tx:
        await store.rates.hold(tx, [mine, other])

    async with store.database.transaction() as tx:
        await store.rates.hold(tx, [more])
        both = await store.rates.shares(tx)
        await store.rates.drop(tx, ["b"])
        left = await store.rates.shares(tx)

    assert (both, left) == ([more, other], [more])


async def test_only_one_at_a_time_changes_rates_and_the_second_does_not_wait(store) -> None:
    if store.database.dialect == "sqlite":
        pytest.skip("on SQLite all writers wait for each other")
    async with store.database.transaction() as first, store.database.transaction() as second:
        assert await store.rates.alone(first, store.database)
        assert not await store.rates.alone(second, store.database)
    async with store.database.transaction() as third:
        assert await store.rates.alone(third, store.database)


async def messages(store, clock, count: int) -> list[str]:
    """Messages that a gateway takes: made, so that their history has the order of time."""
    new = ids(clock)
    drafts = [
        Draft(
            id=new(),
            natural_key=new().encode(),
            recipient=b"r",
            person_id="p",
            event="done",
            about="d",
            lane=1,
            created_at=clock(),
            due_at=clock(),
            expires_at=clock() + timedelta(days=3),
            body={"text": "x"},
            channel="sms",
            path="sms",
        )
        for _ in range(count)
    ]
    async with store.database.transaction() as tx:
        await store.outbox.put(tx, drafts)
    return [draft.id for draft in drafts]


def moved(message_id: str, clock, step: str, **changes) -> Move:
    state = State.DELIVERED if step == "delivered" else State.ACCEPTED
    values = {"channel": "sms", "path": "sms", "due_at": clock()} | changes
    return Move(message_id=message_id, at=clock(), step=step, state=state, attempt=1, **values)


async def test_arrivals_are_counted_by_gateway_over_the_newest_messages(store, clock) -> None:
    since = clock()
    made = await messages(store, clock, 40)
    async with store.database.transaction() as tx:
        for number, message_id in enumerate(made):
            clock.advance(seconds=1)
            gateway = "http" if number % 2 else "twilio"
            await store.outbox.move(tx, [moved(message_id, clock, "accepted", provider_id=f"{gateway}:{number}")])
        clock.advance(seconds=1)
        until = clock()
        clock.advance(hours=1)
        late = [moved(message_id, clock, "delivered") for number, message_id in enumerate(made) if number % 4]
        await store.outbox.move(tx, late)
        await store.outbox.move(tx, [moved(made[0], clock, "accepted", provider_id="http:after")])

    async with store.database.reading() as tx:
        all_ = await store.rates.arrivals(tx, "sms", since=since, until=until, newest=100)
        newest = await store.rates.arrivals(tx, "sms", since=since, until=until, newest=4)
        others = await store.rates.arrivals(tx, "zalo", since=since, until=until, newest=100)

    assert all_ == {"http": Tally(taken=20, arrived=20), "twilio": Tally(taken=20, arrived=10)}
    assert newest == {"http": Tally(taken=4, arrived=4), "twilio": Tally(taken=4, arrived=2)}
    assert others == {}


async def test_what_waits_for_a_channel_is_found_page_by_page_and_no_reply_is_among_it(store, clock) -> None:
    made = await messages(store, clock, 5)

    async with store.database.transaction() as tx:
        first = await store.rates.stuck(tx, "sms", after="", limit=3)
        rest = await store.rates.stuck(tx, "sms", after=first[-1], limit=3)
        none = await store.rates.stuck(tx, "zalo", after="", limit=3)

    assert (first + rest, none) == (made, [])

"""The queue: unique for ever, in order, nobody's twice; a repeated put is silent next month too."""

import asyncio
from datetime import timedelta

from store.nouns import Store
from store.outbox.tables import Draft, Move, State


def draft(store: Store, clock, n: int, *, person: str = "p", lane: int = 1, **changes) -> Draft:
    values = {
        "id": store.ids(),
        "natural_key": n.to_bytes(16, "big"),
        "recipient": person.encode(),
        "person_id": person,
        "event": "done",
        "about": "d",
        "lane": lane,
        "created_at": clock(),
        "due_at": clock(),
        "expires_at": clock() + timedelta(hours=1),
        "body": {"order": person.encode().hex()},
        "channel": "sms",
    }
    return Draft(**(values | changes))


async def put(store: Store, *drafts: Draft) -> set[str]:
    async with store.database.transaction() as tx:
        return await store.outbox.put(tx, drafts)


async def claim(store: Store, clock, **changes) -> list:
    async with store.database.transaction() as tx:
        rows = await store.outbox.claim(tx, **({"now": clock(), "limit": 100} | changes))
        await store.outbox.move(tx, [sending(row, clock) for row in rows])
    return rows


def sending(row, clock) -> Move:
    return Move(
        message_id=row.message_id,
        at=clock(),
        step="sending",
        state=State.SENDING,
        attempt=row.attempt + 1,
        due_at=clock(),
        worker="w",
        lease_until=clock() + timedelta(seconds=12),
        channel="sms",
    )


async def test_a_natural_key_is_taken_once(store: Store, clock) -> None:
    first = await put(store, draft(store, clock, 1), draft(store, clock, 2))

    again = await put(store, draft(store, clock, 1), draft(store, clock, 3))

    assert (len(first), len(again)) == (2, 1)


async def test_lanes_leave_in_order_and_one_person_is_served_one_at_a_time(store: Store, clock) -> None:
    bulk = draft(store, clock, 1, person="a", lane=2)
    first, second = (draft(store, clock, n, person="b") for n in (2, 3))
    reply = draft(store, clock, 4, person="a", lane=0)
    await put(store, bulk, first, second, reply)

    claimed = await claim(store, clock)

    assert [row.message_id for row in claimed] == [reply.id, first.id, bulk.id]


async def test_what_is_not_due_or_may_not_leave_by_its_channel_stays(store: Store, clock) -> None:
    later = draft(store, clock, 1, person="a", due_at=clock() + timedelta(minutes=5))
    other = draft(store, clock, 2, person="b", channel="zalo")
    await put(store, later, other)

    assert await claim(store, clock, without=["zalo"]) == []


async def test_an_older_attempts_outcome_does_not_overwrite_a_newer_one(store: Store, clock) -> None:
    await put(store, draft(store, clock, 1))
    (row,) = await claim(store, clock)
    async with store.database.transaction() as tx:
        newer = Move(
            message_id=row.message_id, at=clock(), step="sending", state=State.SENDING, attempt=2, due_at=clock()
        )
        await store.outbox.move(tx, [newer])
        late = Move(message_id=row.message_id, at=clock(), step="failed", state=State.FAILED, attempt=1)
        await store.outbox.move(tx, [late])
        assert row.message_id in await store.outbox.open_rows(tx, [row.message_id])


async def test_two_workers_never_claim_the_same_message(store: Store, clock) -> None:
    await put(store, *[draft(store, clock, n, person=f"p{n}") for n in range(100)])

    groups = await asyncio.gather(*[claim(store, clock, limit=30) for _ in range(6)])

    ids = [row.message_id for group in groups for row in group]
    assert len(ids) == len(set(ids))
    assert len(ids) >= 60  # a group that finds rows locked by another may come home with fewer


async def test_cancelling_takes_what_waits_and_leaves_what_is_under_way(store: Store, clock) -> None:
    waiting = draft(store, clock, 1, notice_id="n1", due_at=clock() + timedelta(minutes=5))
    going = draft(store, clock, 2, person="q", notice_id="n1")
    await put(store, waiting, going)
    await claim(store, clock)

    async with store.database.transaction() as tx:
        count = await store.outbox.cancel(tx, at=clock(), detail="thôi", notice_id="n1")
        counts = await store.outbox.counts_of_notice(tx, "n1")

    assert count == 1
    assert {state: n for (_, state), n in counts.items()} == {State.CANCELLED: 1, State.SENDING: 1}


async def test_a_failed_message_can_be_sent_again_by_hand(store: Store, clock) -> None:
    await put(store, draft(store, clock, 1))
    (row,) = await claim(store, clock)
    async with store.database.transaction() as tx:
        end = Move(message_id=row.message_id, at=clock(), step="failed", state=State.FAILED, attempt=1)
        await store.outbox.move(tx, [end])
        await store.outbox.retry(tx, [row.message_id], clock(), clock() + timedelta(hours=1), "thử lại")

    assert [r.message_id for r in await claim(store, clock)] == [row.message_id]


async def test_what_has_arrived_or_was_cancelled_is_not_sent_again_by_hand(store: Store, clock) -> None:
    ends = [State.DELIVERED, State.ACCEPTED, State.CANCELLED, State.FAILED, State.EXPIRED, State.UNKNOWN]
    drafts = [draft(store, clock, n, person=f"p{n}") for n, _ in enumerate(ends)]
    under_way = draft(store, clock, 99, person="z")
    await put(store, *drafts, under_way)
    await claim(store, clock)
    async with store.database.transaction() as tx:
        for each, state in zip(drafts, ends, strict=True):
            end = Move(message_id=each.id, at=clock(), step="x", state=state, attempt=1, final=True)
            await store.outbox.move(tx, [end])

        again = await store.outbox.retry(
            tx, [each.id for each in (*drafts, under_way)], clock(), clock() + timedelta(hours=1), "thử lại"
        )

    assert again == 3
    assert [row.message_id for row in await claim(store, clock)] == [each.id for each in drafts[3:]]


async def test_a_message_sent_again_by_hand_has_no_end_until_it_ends_again(store: Store, clock) -> None:
    await put(store, draft(store, clock, 1))
    await claim(store, clock)
    async with store.database.transaction() as tx:
        (row,) = await store.outbox.recent(tx)
        end = Move(message_id=row.id, at=clock(), step="failed", state=State.FAILED, attempt=1)
        await store.outbox.move(tx, [end])
        await store.outbox.retry(tx, [row.id], clock(), clock() + timedelta(hours=1), "thử lại")

        ended = await store.outbox.ended(tx, clock() - timedelta(days=1), clock() + timedelta(days=1))

    assert ended == []


async def test_the_counts_of_a_notice_have_each_message_once(store: Store, clock) -> None:
    await put(store, draft(store, clock, 1, notice_id="n1"))
    (row,) = await claim(store, clock)
    async with store.database.transaction() as tx:
        for state, step in ((State.ACCEPTED, "no_receipt"), (State.DELIVERED, "delivered"), (State.FAILED, "late")):
            end = Move(message_id=row.message_id, at=clock(), step=step, state=state, attempt=1, final=True)
            await store.outbox.move(tx, [end])

        counts = await store.outbox.counts_of_notice(tx, "n1")

    assert counts == {(None, State.DELIVERED): 1}


async def test_one_person_is_served_one_at_a_time_even_if_ids_are_out_of_order(store: Store, clock) -> None:
    later, earlier = draft(store, clock, 1, id="b"), draft(store, clock, 2, id="a")
    await put(store, later)
    await claim(store, clock)  # "b" is on its way when a process whose clock is behind puts "a"
    await put(store, earlier)

    assert await claim(store, clock) == []


async def test_messages_of_one_millisecond_of_two_processes_have_one_order(store: Store, clock) -> None:
    drafts = [draft(store, clock, n, id=f"same{n:02d}") for n in range(6)]
    await put(store, *drafts[3:])
    await put(store, *drafts[:3])

    order = []
    while rows := await claim(store, clock):
        order += [row.message_id for row in rows]
        async with store.database.transaction() as tx:
            ends = [
                Move(message_id=row.message_id, at=clock(), step="x", state=State.FAILED, attempt=1) for row in rows
            ]
            await store.outbox.move(tx, ends)

    assert order == sorted(order)
    assert len(order) == 6


async def test_a_bulk_of_thousands_is_cancelled_whole(store: Store, clock) -> None:
    await put(store, *[draft(store, clock, n, person=f"p{n}", notice_id="n1") for n in range(6_000)])

    async with store.database.transaction() as tx:
        cancelled = await store.outbox.cancel(tx, at=clock(), detail="thôi", notice_id="n1")
        counts = await store.outbox.counts_of_notice(tx, "n1")

    assert cancelled == 6_000
    assert counts == {(None, State.CANCELLED): 6_000}


async def test_names_and_numbers_are_sealed_in_the_message(store: Store, clock) -> None:
    body = {"phone": "84912345678", "order": "00"}
    await put(store, draft(store, clock, 1, body=body))

    async with store.database.reading() as tx:
        cells = (await tx.exec_driver_sql("SELECT sealed FROM message")).scalars().all()
        (found,) = await store.outbox.recent(tx)

    assert not any(b"84912345678" in bytes(cell) for cell in cells)
    assert found.body == body

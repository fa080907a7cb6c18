"""Who may renew a provider's tokens: one process at a time, and no longer than it lives."""

from datetime import timedelta

from store.nouns import Store
from store.tokens import HOLD


async def test_one_process_renews_and_the_next_when_it_is_done(store: Store) -> None:
    async with store.tokens.alone("zalo", 30) as first, store.tokens.alone("zalo", 30) as second:
        assert (first, second) == (True, False)

    async with store.tokens.alone("zalo", 30) as third:
        assert third


async def test_a_process_that_died_while_it_renewed_stops_nobody_for_long(store: Store, clock) -> None:
    dead = store.tokens.alone("zalo", 30)
    await dead.__aenter__()  # and never leaves: nothing beats in it but its own task

    async with store.tokens.alone("zalo", 30) as at_once:
        assert not at_once
    clock.advance(seconds=HOLD.total_seconds() + 1)
    async with store.tokens.alone("zalo", 30) as later:
        assert later
    await dead.__aexit__(None, None, None)


async def test_a_hold_from_before_the_clock_was_put_back_stands_in_nobodys_way(store: Store, clock) -> None:
    dead = store.tokens.alone("zalo", 30)
    await dead.__aenter__()
    clock.now -= timedelta(days=1)

    async with store.tokens.alone("zalo", 30) as taken:
        assert taken
    await dead.__aexit__(None, None, None)

"""API keys: told once, kept as a hash, ended at once; what was asked under an Idempotency-Key."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from store.keys import due_to_note
from store.nouns import Store


async def _key(store: Store, clock, **changes: object) -> str:
    async with store.database.transaction() as tx:
        values = {"scopes": ["dossiers:write"], "agency": "H36.21", "at": clock()} | changes
        return await store.keys.add(tx, "igate", **values)


async def test_a_key_is_known_by_its_token_and_the_token_is_kept_nowhere(store: Store, clock) -> None:
    token = await _key(store, clock)

    async with store.database.reading() as tx:
        key = await store.keys.of(tx, token)
        cells = [str(cell) for row in await tx.execute(text("SELECT * FROM api_key")) for cell in row]
        other = await store.keys.of(tx, token + "x")
    assert key is not None
    assert (key.name, key.scopes, key.prefix) == ("igate", frozenset({"dossiers:write"}), token[:9])
    assert other is None
    assert not [cell for cell in cells if token[9:] in cell]


async def test_a_revoked_key_is_none(store: Store, clock) -> None:
    token = await _key(store, clock)

    async with store.database.transaction() as tx:
        key = await store.keys.of(tx, token)
        assert key is not None
        assert await store.keys.revoke(tx, key.id, clock())
        assert not await store.keys.revoke(tx, key.id, clock())
        assert await store.keys.of(tx, token) is None


async def test_a_key_covers_its_agency_and_what_stands_under_it(store: Store, clock) -> None:
    token, free = await _key(store, clock), await _key(store, clock, agency=None)

    async with store.database.reading() as tx:
        key, all_ = await store.keys.of(tx, token), await store.keys.of(tx, free)
    assert key is not None
    assert all_ is not None
    assert [key.covers(agency) for agency in ("H36.21", "H36.21.05", "H36.2", "H36.211", "H36", "")] == (
        [True, True, False, False, False, False]
    )
    assert all_.covers("")


async def test_the_use_of_a_key_is_noted_to_the_minute(store: Store, clock) -> None:
    token = await _key(store, clock)
    async with store.database.transaction() as tx:
        key = await store.keys.of(tx, token)
        assert key is not None
        assert due_to_note(key, clock())
        await store.keys.used(tx, key, clock())
        key = await store.keys.of(tx, token)

    assert key is not None
    assert not due_to_note(key, clock() + timedelta(seconds=59))
    assert due_to_note(key, clock() + timedelta(seconds=60))


async def test_of_many_who_ask_at_once_one_is_first_and_the_others_hear_its_answer(store: Store, clock) -> None:
    token = await _key(store, clock)

    async def ask(body: bytes) -> object:
        async with store.database.transaction() as tx:
            key = await store.keys.of(tx, token)
            assert key is not None
            asked = await store.keys.asked(tx, key, "once", body, clock())
            if asked is None:
                await store.keys.answered(tx, key, "once", {"id": "m1"})
                return "first"
            return (asked.same, asked.answer)

    heard = await asyncio.gather(*(ask(b"{}") for _ in range(5)), return_exceptions=True)

    assert sorted(map(str, heard)) == sorted(["first", *[str((True, {"id": "m1"}))] * 4])
    assert await ask(b"{other}") == (False, {"id": "m1"})


async def test_what_was_asked_long_ago_is_forgotten(store: Store, clock) -> None:
    token = await _key(store, clock)
    async with store.database.transaction() as tx:
        key = await store.keys.of(tx, token)
        assert key is not None
        await store.keys.asked(tx, key, "once", b"{}", clock())
        await store.keys.forget(tx, clock() + timedelta(days=1))

        assert await store.keys.asked(tx, key, "once", b"{}", clock()) is None

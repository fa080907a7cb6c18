"""People and the addresses that reach them."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from store.nouns import Store


async def test_one_phone_is_one_person_however_often_it_comes(store: Store, clock) -> None:
    async with store.database.transaction() as tx:
        first = await store.people.ensure(tx, [("phone", "84912345678"), ("phone", "84912345678")], clock())

    async with store.database.transaction() as tx:
        again = await store.people.ensure(tx, [("phone", "84912345678"), ("email", "an@example.vn")], clock())

    assert again["phone", "84912345678"] == first["phone", "84912345678"]
    assert again["email", "an@example.vn"] != first["phone", "84912345678"]


async def test_a_linked_zalo_account_reaches_the_person_of_the_phone(store: Store, clock) -> None:
    async with store.database.transaction() as tx:
        person = (await store.people.ensure(tx, [("phone", "84912345678")], clock()))["phone", "84912345678"]
        await store.people.spoke(tx, "zalo", "246845883529197922", clock())

        await store.people.link(tx, person, "zalo", "246845883529197922", clock())

        reach = (await store.people.reach(tx, [person]))[person]
    assert {known.kind for known in reach.addresses} == {"phone", "zalo"}
    assert reach.of("zalo").last_word_at == clock()


async def test_no_address_stands_readable_in_the_database(store: Store, clock) -> None:
    async with store.database.transaction() as tx:
        await store.people.ensure(tx, [("phone", "84912345678"), ("email", "an@example.vn")], clock())

    async with store.database.reading() as tx:
        cells = [bytes(cell) for row in await tx.execute(text("SELECT hash, sealed FROM address")) for cell in row]
    assert cells
    assert not any(b"912345678" in cell or b"example" in cell for cell in cells)


async def test_more_addresses_than_a_statement_binds_are_known_and_found_again(store: Store, clock) -> None:
    addresses = [("phone", f"84{900_000_000 + n}") for n in range(35_000)]
    async with store.database.transaction() as tx:
        people = await store.people.ensure(tx, addresses, clock())

    async with store.database.transaction() as tx:
        again = await store.people.ensure(tx, addresses, clock())
        reach = await store.people.reach(tx, list(people.values()))
        refusals = await store.people.refusals(tx, addresses, clock())

    assert again == people
    assert len(reach) == len(addresses)
    assert refusals == set()


async def test_two_that_meet_the_same_strangers_make_each_once_and_leave_nobody_over(store: Store, clock) -> None:
    addresses = [("phone", f"8491200{n:04d}") for n in range(200)]

    async def meet(order: int) -> dict:
        async with store.database.transaction() as tx:
            return await store.people.ensure(tx, addresses[::order], clock())

    met = await asyncio.gather(*[meet(-1 if n % 2 else 1) for n in range(6)])

    assert all(each == met[0] for each in met)
    async with store.database.reading() as tx:
        assert (await tx.execute(text("SELECT count(*) FROM person"))).scalar_one() == 200


@pytest.mark.parametrize("why", ["a\0b", "\ud800", "x" * 10_000])
async def test_why_an_address_was_refused_is_kept_whatever_the_provider_wrote(store: Store, clock, why: str) -> None:
    async with store.database.transaction() as tx:
        await store.people.refused(
            tx, [("zalo/template_phone", "phone", "84912345678", clock() + timedelta(days=1), why)]
        )

        assert await store.people.refusals(tx, [("phone", "84912345678")], clock())


async def test_an_address_that_does_not_open_hides_nobody(store: Store, clock) -> None:
    async with store.database.transaction() as tx:
        first = await store.people.ensure(tx, [("phone", "84912345678")], clock())
        await tx.execute(text("UPDATE address SET sealed = :junk"), {"junk": b"\x01\x09junk"})
        second = await store.people.ensure(tx, [("phone", "84912000002")], clock())

        reach = await store.people.reach(tx, [*first.values(), *second.values()])

    assert sorted(len(each.addresses) for each in reach.values()) == [0, 1]


async def test_several_who_write_at_once_are_each_reachable_from_their_own_moment(store: Store, clock) -> None:
    early, late = clock(), clock() + timedelta(minutes=1)
    async with store.database.transaction() as tx:
        an = (await store.people.ensure(tx, [("phone", "84912345678")], early))["phone", "84912345678"]
        await store.people.link(tx, an, "zalo", "1000", early)
        until = early + timedelta(days=30)
        await store.people.refused(
            tx, [("zalo/chat", "zalo", "1000", until, "left"), ("sms", "phone", "849", until, "")]
        )

        heard = await store.people.heard(tx, {("zalo", "1000"): late, ("telegram", "77"): early})
        reach = await store.people.reach(tx, [one.person_id for one in heard.values()])
        refusals = await store.people.refusals(tx, [("zalo", "1000"), ("phone", "849")], late)

    assert heard["zalo", "1000"].person_id == an
    assert {one.kind for one in heard["zalo", "1000"].addresses} == {"phone", "zalo"}
    assert heard["zalo", "1000"].of("zalo").last_word_at == late
    assert heard["telegram", "77"].of("telegram").last_word_at == early
    assert {one.person_id: set(one.addresses) for one in heard.values()} == {
        one.person_id: set(one.addresses) for one in reach.values()
    }
    assert refusals == {("sms", "phone", "849")}, "who writes to us can be reached again"

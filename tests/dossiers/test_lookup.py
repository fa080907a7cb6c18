"""What may be shown, and to whom: a phone is not a person."""

from datetime import timedelta

import pytest

from dossiers.guessing import MOST_LOOKED
from dossiers.lookup import Answer, Asker, Found
from dossiers.views import Proof

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CODE = "H36.21-260622-0001"
STRANGER = Asker(key="zalo:1")
OWNER = Asker(key="zalo:2", phones=("84912345678",))


@pytest.fixture
async def filed(desk, row, fee):
    """A dossier with a sum unpaid and a paper missing."""
    await desk.take(
        row(
            status=6,
            fees=[fee()],
            supplement={"items": ["Giấy kết hôn"], "due_at": None},
            public_reason="chưa nộp lệ phí",
            delegate={"name": "Trần Thị Hạnh", "phone": "0987654321"},
        )
    )


@pytest.fixture
def ask(store, lookup):
    async def ask(code: str, asker: Asker = STRANGER, digits: str | None = None) -> Answer:
        async with store.database.transaction() as tx:
            if digits is None:
                return await lookup.by_code(tx, code, asker)
            return await lookup.prove(tx, code, digits, asker)

    return ask


def _personal(answer: Answer) -> list[object]:
    view = answer.view
    assert view is not None
    return [view.procedure, view.procedure_code, view.fees, view.missing_items, view.reason]


async def test_a_code_alone_shows_the_state_and_nothing_personal(ask, filed) -> None:
    answer = await ask(CODE)

    assert answer.found is Found.SHOWN
    assert answer.view is not None
    assert (answer.view.status, answer.view.proof, answer.view.owed) == (6, Proof.CODE, None)
    assert answer.view.can_prove
    assert not any(_personal(answer))


@pytest.mark.parametrize("phone", ["84912345678", "84987654321"])
async def test_a_number_of_the_dossier_sees_the_sum_and_no_more(ask, filed, phone: str) -> None:
    answer = await ask(CODE, Asker(key="zalo:3", phones=(phone,)))

    assert answer.view is not None
    assert (answer.view.owed, answer.view.proof) == (15000, Proof.LINKED)
    assert not any(_personal(answer))


async def test_the_last_four_digits_of_the_id_number_show_the_whole_dossier(ask, filed) -> None:
    answer = await ask(CODE, digits="0123")

    assert answer.view is not None
    assert answer.view.procedure == "Cấp Giấy xác nhận tình trạng hôn nhân"
    assert answer.view.missing_items == ("Giấy kết hôn",)
    assert answer.view.reason == "chưa nộp lệ phí"


async def test_what_is_sensitive_is_named_to_nobody(ask, desk, row, fee) -> None:
    await desk.take(row(procedure_code="3.000333", status=6, fees=[fee()]))

    answer = await ask(CODE, OWNER, digits="0123")

    assert answer.view is not None
    assert (answer.view.status, answer.view.owed) == (6, 15000)
    assert not any(_personal(answer))


async def test_a_dossier_is_found_by_any_of_its_codes_in_any_spelling(ask, filed) -> None:
    for spelling in (" h36.21-260622-0001 ", "H36.21–260622–0001", "G22.99-260622-000123"):
        assert (await ask(spelling)).found is Found.SHOWN


async def test_the_old_prefix_may_be_missing_when_only_one_dossier_has_the_rest(ask, desk, row) -> None:
    await desk.take(row(code="000.00.16.H16-210305-0011", aliases=[]))
    assert (await ask("H16-210305-0011")).found is Found.SHOWN

    await desk.take(row(code="000.00.53.H16-210305-0011", aliases=[]))

    assert (await ask("H16-210305-0011")).found is Found.UNKNOWN
    assert (await ask("000.00.53.H16-210305-0011")).found is Found.SHOWN


async def test_five_wrong_proofs_lock_the_asker_for_a_time_that_grows_and_nobody_else(ask, filed, clock) -> None:
    left = [(await ask(CODE, digits="9999")).tries_left for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]

    locked = await ask(CODE, digits="0123")
    assert (locked.found, locked.view) == (Found.LOCKED, None)
    assert (await ask(CODE)).found is Found.LOCKED
    assert (await ask(CODE, Asker(key="zalo:9"), digits="0123")).found is Found.SHOWN

    clock.advance(minutes=16)
    last = [await ask(CODE, digits="9999") for _ in range(5)][-1]
    assert last.locked_until == clock() + timedelta(minutes=30)
    clock.advance(days=2)
    assert (await ask(CODE, digits="9999")).tries_left == 4


async def test_an_unknown_code_is_said_to_be_unknown_and_counts(ask, filed) -> None:
    answers = [await ask(f"H36.21-260622-9{number:03}") for number in range(6)]

    assert [answer.found for answer in answers] == [Found.UNKNOWN] * 5 + [Found.LOCKED]


async def test_right_answers_between_wrong_ones_do_not_forgive_them(ask, filed) -> None:
    for _ in range(4):
        await ask(CODE, digits="9999")
        await ask(CODE, digits="0123")

    assert (await ask(CODE, digits="9999")).locked_until is not None


async def test_codes_cannot_be_walked_through_by_one_asker(ask, desk, row, clock) -> None:
    codes = [f"H36.21-260622-{number:04}" for number in range(1, MOST_LOOKED + 3)]
    await desk.take(*(row(code=code, aliases=[]) for code in codes), first_load=True)

    found = [(await ask(code)).found for code in codes]

    assert found == [Found.SHOWN] * MOST_LOOKED + [Found.LOCKED] * 2
    assert (await ask(codes[0], OWNER)).found is Found.SHOWN
    clock.advance(days=1, minutes=1)
    assert (await ask(codes[0])).found is Found.SHOWN


async def test_without_an_id_number_nothing_can_be_proved(ask, desk, row) -> None:
    await desk.take(row(applicant={"name": "Nguyễn Văn An", "phone": "0912345678"}))

    assert (await ask(CODE, digits="0123")).found is Found.NO_PROOF
    assert not (await ask(CODE)).view.can_prove


async def test_a_linked_number_lists_its_own_and_what_they_owe(store, lookup, desk, row, fee) -> None:
    await desk.take(
        row(status=6, fees=[fee()]),
        row(code="H36.21-260622-0002", aliases=[]),
        row(code="H36.21-260622-0003", aliases=[], status=8, fees=[fee()]),  # stopped: nothing is owed any more
    )

    async with store.database.transaction() as tx:
        mine, owed = await lookup.mine(tx, OWNER), await lookup.owed(tx, OWNER)
        nobody = await lookup.owed(tx, STRANGER)

    assert len(mine.views) == 3
    assert ([view.code for view in owed.views], owed.owed) == ([CODE], 15000)
    assert (nobody.views, nobody.linked) == ((), False)


async def test_a_number_on_many_peoples_dossiers_lists_nothing(store, lookup, desk, row) -> None:
    people = [{"name": f"Người thứ {n}", "id_number": f"06720100010{n}", "phone": "0912345678"} for n in range(6)]
    await desk.take(*(row(code=f"H36.21-260622-000{n}", aliases=[], applicant=people[n]) for n in range(6)))

    async with store.database.transaction() as tx:
        listing = await lookup.mine(tx, OWNER)

    assert (listing.views, listing.too_many) == ((), True)


async def test_only_a_number_that_was_proved_is_the_askers_own(store, clock) -> None:
    async with store.database.transaction() as tx:
        typed = ("phone", "84912345678")
        person = (await store.people.ensure(tx, [typed], clock()))[typed]
        before = Asker.of("zalo:1", (await store.people.reach(tx, [person]))[person])
        await store.people.link(tx, person, "phone", "84912345678", clock())
        after = Asker.of("zalo:1", (await store.people.reach(tx, [person]))[person])

    assert (before.phones, after.phones) == ((), ("84912345678",))
    assert Asker.of("zalo:1", None).phones == ()

"""Hard limits in đồng and Zalo's quota: never above, no try eaten, a cheaper way where there is one."""

import asyncio
import random
from datetime import timedelta
from typing import get_args

import pytest

from channels.errors import Rejected, Throttled, Unknown
from channels.message import Accepted
from delivery.event import EventName, Recipient
from delivery.history import OVER, why
from delivery.money.meters import Why
from delivery.money.prices import Price, Prices
from delivery.money.purse import HELD
from store.outbox.tables import Move, State
from tests.delivery.budgeted import notices, prices, states, used


async def test_without_a_budget_the_price_stands_with_the_answer(with_budget) -> None:
    house = with_budget()
    (one,) = await notices(house, 1)

    await house.dispatcher.drain()

    assert [(step.step, step.price) for step in (await house.message(one)).history] == [
        ("planned", None),
        ("sending", None),
        ("accepted", 300),
    ]


async def test_what_does_not_fit_into_the_day_waits_and_goes_the_next(with_budget) -> None:
    house = with_budget(day=700)
    ids = await notices(house, 4)

    await house.dispatcher.drain()
    first = await states(house, ids)
    spent = await used(house)
    house.clock.advance(hours=24)
    await house.dispatcher.drain()

    assert first == [State.ACCEPTED, State.ACCEPTED, State.WAITING, State.WAITING]
    assert spent == {("all", "2026-06-25"): 600}
    assert await states(house, ids) == [State.ACCEPTED] * 4
    assert await used(house) == {("all", "2026-06-26"): 600}


async def test_a_message_that_waits_for_money_says_so_once_and_eats_no_try(with_budget) -> None:
    house = with_budget(day=100)
    (one,) = await notices(house, 1)

    for _ in range(5):
        await house.dispatcher.drain()
        house.clock.advance(hours=1, minutes=1)

    message = await house.message(one)
    assert [(step.step, step.detail) for step in message.history] == [("planned", ""), (HELD, "day")]
    assert why(message) == "Chờ vì đã hết ngân sách hôm nay; sẽ gửi khi có thể."
    async with house.store.database.transaction() as tx:
        row = (await house.store.outbox.open_rows(tx, [one]))[one]
    assert (row.attempt, row.tries, row.state) == (0, 0, State.WAITING)


async def test_a_free_way_is_taken_where_the_routing_has_one(with_budget) -> None:
    house = with_budget(day=100)
    ids = await notices(house, 2, email="an@example.vn")

    await house.dispatcher.drain()

    assert len(house.email.sent) == 2
    assert not house.zalo.sent
    assert not house.sms.sent
    assert await states(house, ids) == [State.ACCEPTED] * 2


async def test_an_agency_has_its_own_limit_and_the_others_go_on(with_budget) -> None:
    house = with_budget(agencies={"H36.21": {"day": 300}})
    mine = await notices(house, 2)
    others = await notices(house, 2, agency="H36.99", start=50)

    await house.dispatcher.drain()

    assert await states(house, mine) == [State.ACCEPTED, State.WAITING]
    assert await states(house, others) == [State.ACCEPTED, State.ACCEPTED]
    assert (await house.message(mine[1])).history[-1].detail == "agency_day"


async def test_the_month_holds_when_the_day_would_let_it_pass(with_budget) -> None:
    house = with_budget(day=600, month=900)
    ids = await notices(house, 2)
    await house.dispatcher.drain()
    house.clock.advance(hours=24)
    ids += await notices(house, 2, start=10)

    await house.dispatcher.drain()

    assert await states(house, ids) == [State.ACCEPTED, State.ACCEPTED, State.ACCEPTED, State.WAITING]
    assert (await house.message(ids[3])).history[-1].detail == "month"


async def test_replies_and_codes_leave_when_nothing_else_may_and_are_counted(with_budget) -> None:
    house = with_budget(day=300)
    person = await house.person("84912999999")
    await notices(house, 1)
    await house.dispatcher.drain()
    to = Recipient(person_id=person, phone="84912999999")
    code = house.event(person, EventName.VERIFY_CODE, fields={"verification_code": "123456"}, recipient=to)

    (planned,) = await house.plan(code)
    await house.dispatcher.drain()

    assert (await house.message(planned.message_id)).state is State.ACCEPTED
    assert await used(house) == {("all", "2026-06-25"): 720}


async def test_a_refusal_gives_the_money_back_at_once(with_budget) -> None:
    house = with_budget(day=900)
    house.zalo.answers.append(Rejected("no Zalo", code="business:-118"))
    (one,) = await notices(house, 1)

    await house.dispatcher.drain()

    lines = [
        (step.step, step.path, step.price) for step in (await house.message(one)).history if step.price is not None
    ]
    assert lines == [
        ("sending", "zalo/template_phone", 300),
        ("rejected", "zalo/template_phone", -300),
        ("sending", "sms", 420),
        ("accepted", "sms", 0),
    ]
    assert await used(house) == {("all", "2026-06-25"): 420}


async def test_what_may_have_gone_through_is_paid_for(with_budget) -> None:
    house = with_budget(day=900)
    house.zalo.answers.append(Unknown("cut"))
    await notices(house, 1)

    await house.dispatcher.drain()

    assert await used(house) == {("all", "2026-06-25"): 300}


async def test_money_comes_back_for_what_did_not_arrive_where_only_arrival_is_charged(with_budget) -> None:
    house = with_budget(prices(zalo_template_phone="delivered"), day=900)
    (one,) = await notices(house, 1)
    await house.dispatcher.drain()

    await house.receipt("zalo", message_id=one, state="failed", error="undelivered")
    back = await used(house)
    await house.receipt("zalo", message_id=one, state="delivered")

    assert back == {("all", "2026-06-25"): 0}
    zalo = [step.price for step in (await house.message(one)).history if step.path == "zalo/template_phone"]
    assert sum(price or 0 for price in zalo) == 300


async def test_money_stays_spent_where_acceptance_is_charged(with_budget) -> None:
    house = with_budget(day=900)
    (one,) = await notices(house, 1)
    await house.dispatcher.drain()

    await house.receipt("zalo", message_id=one, state="failed", error="undelivered")

    assert await used(house) == {("all", "2026-06-25"): 300}


async def test_a_budget_that_begins_in_the_middle_of_a_day_knows_what_was_spent_before(with_budget) -> None:
    house = with_budget()
    await notices(house, 2)
    await house.dispatcher.drain()

    house = with_budget(day=700)
    ids = await notices(house, 1, start=10)
    await house.dispatcher.drain()

    assert await states(house, ids) == [State.WAITING]
    assert await used(house) == {("all", "2026-06-25"): 600}


async def test_a_raised_limit_lets_them_go_within_the_hour(with_budget) -> None:
    house = with_budget(day=100)
    ids = await notices(house, 1)
    await house.dispatcher.drain()

    house = with_budget(day=1000)
    house.clock.advance(hours=1, minutes=1)
    await house.dispatcher.drain()

    assert await states(house, ids) == [State.ACCEPTED]


async def test_a_way_without_a_price_is_not_taken_under_a_budget(with_budget) -> None:
    house = with_budget(Prices([Price.model_validate({"path": "sms", "since": "2026-01-01", "dong": 420})]), day=1000)
    ids = await notices(house, 1)

    await house.dispatcher.drain()

    assert await states(house, ids) == [State.ACCEPTED]
    assert len(house.sms.sent) == 1


async def test_several_workers_together_never_spend_more(with_budget) -> None:
    house = with_budget(day=300 * 25)
    await notices(house, 60)
    workers = [house.worker(budgets=house.budgets) for _ in range(4)]

    await asyncio.gather(*(worker.drain() for worker in workers))

    assert len(house.zalo.sent) == 25
    assert await used(house) == {("all", "2026-06-25"): 7500}


async def test_what_was_marked_and_never_left_gives_its_money_back(with_budget) -> None:
    house = with_budget(day=900)
    (one,) = await notices(house, 1)
    marked = Move(
        message_id=one,
        at=house.clock(),
        step="sending",
        state=State.SENDING,
        attempt=1,
        due_at=house.clock(),
        worker="w",
        price=300,
    )
    async with house.store.database.transaction() as tx:
        await house.store.outbox.move(tx, [marked])
        await house.store.spending.begin(tx, ("all", "2026-06-25"), used=300, most=900)

    async with house.store.database.transaction() as tx:
        await house.budgets.unspent(tx, await house.store.outbox.release(tx, "w", [], house.clock()))

    assert await used(house) == {("all", "2026-06-25"): 0}
    assert [step.price for step in (await house.message(one)).history] == [None, 300, -300]


async def test_a_quota_that_is_used_up_sends_the_next_another_way_without_asking_zalo(with_budget) -> None:
    house = with_budget(zalo_templates_a_day=2)
    ids = await notices(house, 3)

    await house.dispatcher.drain()

    assert (len(house.zalo.sent), len(house.sms.sent)) == (2, 1)
    assert await states(house, ids) == [State.ACCEPTED] * 3


async def test_zalos_own_word_on_its_quota_is_heard(with_budget) -> None:
    house = with_budget()
    house.zalo.answers.append(Accepted(provider_id="z1", quota_left=1))
    await notices(house, 1)
    await house.dispatcher.drain()
    house.zalo.answers.append(Accepted(provider_id="z2", quota_left=0))
    await notices(house, 1, start=5)
    await house.dispatcher.drain()

    await notices(house, 2, start=10)
    await house.dispatcher.drain()

    assert len(house.sms.sent) == 2


async def test_a_refusal_for_the_days_quota_is_no_fault_of_the_message_and_of_the_next_not_even_a_call(
    with_budget,
) -> None:
    house = with_budget()
    house.zalo.answers.append(Throttled("quota", code="business:-144", retry_after=36_000, whole=False))
    await notices(house, 1)
    await house.dispatcher.drain()

    await notices(house, 5, start=10)
    await house.dispatcher.drain()

    assert not house.zalo.sent
    assert len(house.sms.sent) == 6


async def test_where_there_is_no_other_way_a_message_waits_for_the_quota_and_goes(with_budget) -> None:
    house = with_budget(zalo_templates_a_day=1)
    person = [await house.person(f"8491{n:07d}", zalo=f"z{n}") for n in range(2)]
    ids = []
    for n, each in enumerate(person):
        to = Recipient(person_id=each, phone=f"8491{n:07d}")
        event = house.event(each, about=f"d{n}", dossier_id=f"d{n}", recipient=to, channel="zalo")
        ids += [(await house.plan(event))[0].message_id]

    await house.dispatcher.drain()
    today = await states(house, ids)
    house.clock.advance(hours=16)
    await house.dispatcher.drain()

    assert today == [State.ACCEPTED, State.WAITING]
    assert await states(house, ids) == [State.ACCEPTED, State.ACCEPTED]
    assert [step.detail for step in (await house.message(ids[1])).history if step.step == HELD] == ["quota"]


async def test_they_do_not_all_leave_at_midnight(with_budget) -> None:
    house = with_budget(day=100)
    house.clock.advance(hours=14, minutes=30)  # 23:30 in Vietnam
    ids = await notices(house, 12)
    await house.dispatcher.drain()

    async with house.store.database.transaction() as tx:
        due = {row.due_at for row in (await house.store.outbox.open_rows(tx, ids)).values()}

    assert len(due) > 6
    midnight = house.clock() + timedelta(minutes=30)
    assert all(midnight <= at < midnight + timedelta(minutes=10) for at in due)


def test_every_limit_has_its_words() -> None:
    assert set(OVER) == set(get_args(Why))


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_providers_answer_the_count_is_the_history_and_never_above_the_limit(
    with_budget, seed: int
) -> None:
    chance = random.Random(seed)
    house = with_budget(prices(zalo_template_phone="delivered"), day=4_000)
    words = [
        lambda: Accepted(provider_id=f"x{chance.random()}"),
        lambda: Rejected("no", code="business:-118"),
        lambda: Unknown("cut"),
        lambda: Throttled("later", retry_after=5),
    ]
    ids = await notices(house, 20)
    fate = {one: chance.choice(["delivered", "failed"]) for one in ids}  # a provider that keeps its word
    for _ in range(12):
        house.zalo.answers += [chance.choice(words)() for _ in range(2)]
        house.sms.answers += [chance.choice(words)() for _ in range(2)]
        await house.dispatcher.drain()
        for one in chance.sample(ids, 2):
            await house.receipt("zalo", message_id=one, state=fate[one])
        counted = (await used(house)).get(("all", "2026-06-25"), 0)
        lines = [step.price or 0 for one in ids for step in (await house.message(one)).history]
        assert counted == sum(lines) <= 4_000
        house.clock.advance(minutes=chance.randint(1, 20))


async def test_a_free_reply_waits_for_no_other_worker_that_counts_money(with_budget) -> None:
    house = with_budget(day=300)
    person = await house.person(zalo="111", spoke=True)
    await house.reply(person, 1)

    async with house.store.database.reading() as other:
        await house.store.spending.lock(other)  # a worker in the middle of its tick
        await asyncio.wait_for(house.dispatcher.drain(), 10)

    assert len(house.zalo.sent) == 1

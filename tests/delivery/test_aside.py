"""Money of a message in doubt: it stays for the repeat, and its lack sends nothing another way."""

from dataclasses import replace

import pytest

from channels.errors import Rejected, Unknown
from channels.message import Accepted
from store.outbox.tables import State
from tests.delivery.budgeted import notices, states, used


@pytest.mark.parametrize(("answer", "spent"), [(Accepted(provider_id="1"), 600), (Rejected("no", code="c"), 300)])
async def test_money_stays_set_aside_for_a_repeat_until_the_doubt_is_over(with_budget, answer, spent: int) -> None:
    house = with_budget(day=700)
    house.zalo.can = replace(house.zalo.can, deduplicates=True)
    house.dispatcher = house.worker(budgets=house.budgets)
    house.zalo.answers.append(Unknown("cut"))
    (doubtful,) = await notices(house, 1)
    await house.dispatcher.drain()
    others = await notices(house, 2, start=10)
    await house.dispatcher.drain()
    meanwhile = await states(house, others)

    house.zalo.answers.append(answer)
    house.clock.advance(minutes=1)
    await house.dispatcher.drain()

    assert meanwhile == [State.ACCEPTED, State.WAITING]
    assert await used(house) == {("all", "2026-06-25"): spent}
    sending = [step.price for step in (await house.message(doubtful)).history if step.step == "sending"]
    assert sending[:2] == [300, 0]


async def test_what_may_have_gone_through_does_not_go_another_way_for_want_of_money(with_budget) -> None:
    house = with_budget(day=900)
    (one,) = await notices(house, 1, email="an@example.vn")
    house.zalo.can = replace(house.zalo.can, deduplicates=True)
    house.dispatcher = house.worker(budgets=house.budgets)
    house.zalo.answers.append(Unknown("cut"))
    await house.dispatcher.drain()

    house = with_budget(day=100)
    house.clock.advance(hours=24)
    await house.dispatcher.drain()

    assert not house.sms.sent
    assert not house.email.sent
    assert (await house.message(one)).state is State.WAITING


async def test_what_comes_back_after_midnight_is_no_gain_of_the_new_day(with_budget) -> None:
    house = with_budget(day=700)
    house.clock.advance(hours=14, minutes=59)  # 23:59 in Vietnam
    (one,) = await notices(house, 1)
    house.zalo.answers.append(Rejected("no", code="c"))
    await house.dispatcher.tick()

    house.clock.advance(minutes=2)
    await house.dispatcher.drain()

    prices = [step.price for step in (await house.message(one)).history]
    assert prices == [None, 300, -300, 420, 0]
    assert await used(house) == {("all", "2026-06-26"): 420}

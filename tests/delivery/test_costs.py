"""What was spent and what each rule saved, against each message alone by SMS; what a shadow run would have sent."""

from datetime import timedelta

import pytest

from channels.errors import Rejected
from delivery.event import EventName, Recipient
from delivery.money.budgets import Budgets
from delivery.money.costs import Costs, Rule
from delivery.money.meters import Settings
from delivery.money.prices import Price, Prices
from store.spending import Cost

PRICES = Prices(
    [
        Price.model_validate({"path": path, "since": "2026-01-01", "dong": dong})
        for path, dong in [("zalo/template_phone", 300), ("sms", 420), ("email", 0)]
    ]
)


@pytest.fixture
def priced(open_house):
    """A house that knows its prices, and its account."""

    def make(**settings):
        house = open_house(**settings)
        house.budgets = Budgets(house.store, house.renderer, Settings(), PRICES)
        house.dispatcher = house.worker(budgets=house.budgets)
        house.receiver = house.follower(budgets=house.budgets)
        house.costs = Costs(house.store, PRICES, house.renderer, {"done": "901"})
        return house

    return make


async def account(house) -> tuple[list[Cost], dict[tuple[Rule, str], tuple[int, int, int]]]:
    since, until = house.clock() - timedelta(days=2), house.clock() + timedelta(days=1)
    async with house.store.database.reading() as tx:
        spent = await house.store.spending.by(tx, since, until)
        saved = await house.costs.savings(tx, since, until)
    return spent, {(one.rule, one.path): (one.messages, one.without, one.cost) for one in saved}


async def told(house, n: int, name: EventName = EventName.DONE, **changes) -> str | None:
    phone = f"8491{n:07d}"
    person = await house.person(phone)
    to = Recipient(person_id=person, phone=phone, email=f"{n}@example.vn")
    values = {"about": f"d{n}", "dossier_id": f"d{n}", "recipient": to} | changes
    (planned,) = await house.plan(house.event(person, name, **values))
    return planned.message_id


async def test_by_event_agency_and_way(priced) -> None:
    house = priced()
    await told(house, 1)
    await told(house, 2, agency="H36.99")
    await told(house, 3, EventName.RECEIVED)  # has no Zalo template: an SMS

    await house.dispatcher.drain()
    spent, _ = await account(house)

    found = {(one.event, one.agency, one.path): (one.messages, one.parts, one.dong, one.unpriced) for one in spent}
    assert found == {
        ("done", "H36.21", "zalo/template_phone"): (1, 0, 300, 0),
        ("done", "H36.99", "zalo/template_phone"): (1, 0, 300, 0),
        ("received", "H36.21", "sms"): (1, 1, 420, 0),
    }


async def test_what_left_without_a_price_is_counted_as_such(priced) -> None:
    house = priced()
    house.dispatcher = house.worker()  # a table without these ways
    await told(house, 1)

    await house.dispatcher.drain()
    ((only,), saved) = await account(house)

    assert (only.messages, only.unpriced, only.dong) == (1, 1, 0)
    assert saved == {}


async def test_a_refused_message_costs_nothing_and_is_not_among_those_of_its_way(priced) -> None:
    house = priced()
    house.zalo.answers.append(Rejected("no Zalo", code="business:-118"))
    await told(house, 1)

    await house.dispatcher.drain()
    ((only,), _) = await account(house)

    assert (only.path, only.messages, only.dong) == ("sms", 1, 420)


async def test_what_the_cheaper_way_saved(priced) -> None:
    house = priced()
    for n in range(3):
        await told(house, n)

    await house.dispatcher.drain()
    _, saved = await account(house)

    assert saved == {(Rule.CHEAPER_PATH, "zalo/template_phone"): (3, 3 * 420, 3 * 300)}


async def test_what_going_on_to_another_way_has_cost(priced) -> None:
    house = priced()
    message_id = await told(house, 1)
    await house.dispatcher.drain()
    await house.receipt("zalo", message_id=message_id, state="failed", error="undelivered")

    await house.dispatcher.drain()
    _, saved = await account(house)

    assert saved[Rule.FALL_BACK, "sms"] == (1, 300, 720)


async def test_a_status_that_was_overtaken_saved_its_price(priced) -> None:
    house = priced(settling=True)
    await told(house, 1, EventName.RECEIVED, occurrence="1")
    house.clock.advance(minutes=1)
    await told(house, 1, EventName.DONE, occurrence="2")

    house.clock.advance(hours=1)
    await house.dispatcher.drain()
    _, saved = await account(house)

    assert saved[Rule.OVERTAKEN, "sms"] == (1, 420, 0)


async def test_a_shadow_run_is_priced_message_by_message_and_knows_what_would_have_been_overtaken(priced) -> None:
    house = priced(mode="shadow", settling=True)
    await told(house, 1, EventName.RECEIVED, occurrence="1")
    house.clock.advance(minutes=1)
    await told(house, 1, EventName.DONE, occurrence="2")
    await told(house, 2, EventName.RECEIVED)

    async with house.store.database.reading() as tx:
        found = await house.costs.shadows(tx, house.clock() - timedelta(days=1), house.clock() + timedelta(days=1))

    assert [(one.message.event, one.path, one.parts, one.price, one.overtaken) for one in found] == [
        ("received", "sms", 1, 420, True),
        ("done", "zalo/template_phone", None, 300, False),
        ("received", "sms", 1, 420, False),
    ]

"""Prices, and notices to many people, for the tests of what a budget lets pass."""

from delivery.event import Recipient
from delivery.money.prices import Price, Prices
from store.outbox.tables import State

PRICES = [("zalo/template_phone", 300), ("zalo/template_user", 200), ("sms", 420), ("email", 0)]


def prices(**charged: str) -> Prices:
    rows = [{"path": path, "since": "2026-01-01", "dong": dong} for path, dong in PRICES]
    for each in rows:
        if (name := each["path"].replace("/", "_")) in charged:
            each["charged"] = charged[name]
    return Prices([Price.model_validate(each) for each in rows])


async def notices(house, count: int, *, email: str | None = None, agency: str | None = "H36.21", start: int = 0):
    """So many messages, each to somebody else, by Zalo's template first; their ids."""
    found = []
    for n in range(start, start + count):
        phone = f"8491{n:07d}"
        person = await house.person(phone)
        to = Recipient(person_id=person, phone=phone, email=email)
        event = house.event(person, about=f"d{n}", dossier_id=f"d{n}", recipient=to, agency=agency)
        (planned,) = await house.plan(event)
        found.append(planned.message_id)
    return found


async def used(house) -> dict[tuple[str, str], int]:
    async with house.store.database.reading() as tx:
        return {(one.scope, one.period): one.used for one in await house.budgets.standing(tx, house.clock())}


async def states(house, ids) -> list[State]:
    return [(await house.message(each)).state for each in ids]

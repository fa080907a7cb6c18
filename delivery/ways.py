"""The ways still open to messages under way: what was planned may have changed while they waited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from delivery.event import EventName
from delivery.outcome import STUCK, elsewhere_allowed
from delivery.planner import recipient_of
from delivery.policy import POLICIES, Policy
from delivery.providers.account import channel_of
from delivery.routing import Route, Router
from store.database import Tx
from store.outbox.tables import Claimed
from store.people import Kind, People, Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A message, who it is for (None: erased), and its ways, the first to be tried first."""

    row: Claimed
    reach: Reach | None
    routes: list[Route]


class Ways:
    """One batch of messages, three statements."""

    def __init__(self, people: People, router: Router) -> None:
        self._people = people
        self._router = router

    async def of(self, tx: Tx, rows: Sequence[Claimed], now: datetime) -> list[Open]:
        """One a row, in order. A way that was given up for the message is not among its ways."""
        chosen = [row for row in rows if not row.body.get("to")]  # an answer goes where the question came from
        reach = {row.person_id: Reach(person_id=row.person_id) for row in rows if row.body.get("to")}
        reach |= await self._people.reach(tx, {row.person_id for row in chosen})
        refused = await self._people.refusals(tx, _addresses(chosen, reach), now)
        return [
            Open(row=row, reach=person, routes=[] if person is None else self._routes(row, person, refused, now))
            for row in rows
            for person in (reach.get(row.person_id),)
        ]

    def _routes(self, row: Claimed, reach: Reach, refused: set[tuple[str, Kind, str]], now: datetime) -> list[Route]:
        event = EventName(row.event)
        recipient = recipient_of(row.person_id, row.body)
        routes = self._router.routes(event, recipient, reach, now=now, refused=refused, only=row.body.get("only"))
        routes = [route for route in routes if route.path.value not in row.tried]
        if (home := _bound_to(row, POLICIES[event])) is not None:
            routes = [route for route in routes if route.channel == home]
        routes.sort(key=lambda route: row.attempt > 0 and route.path.value != row.path)  # stays on a way once begun
        return routes


def _bound_to(row: Claimed, policy: Policy) -> str | None:
    """The channel that it may not leave any more, however little money is left for it there; None: it is free."""
    if elsewhere_allowed(row, policy):
        return None
    if (account := row.tried.get(STUCK)) is not None:
        return channel_of(account)
    return row.channel if row.attempt else None


def _addresses(rows: Sequence[Claimed], reach: Mapping[str, Reach]) -> set[tuple[Kind, str]]:
    found: set[tuple[Kind, str]] = {(a.kind, a.value) for person in reach.values() for a in person.addresses}
    for row in rows:
        recipient = recipient_of(row.person_id, row.body)
        if recipient.phone is not None:
            found.add(("phone", recipient.phone))
        if recipient.email is not None:
            found.add(("email", recipient.email))
    return found

"""Which dossiers are asked about: result handed over, never asked before, somebody there who can and may be asked.

A survey invitation is a grey zone of the law on messages: who opted out, or let two pass, is left in peace.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from delivery.event import Event, EventName, FilingChannel, Planned, Recipient
from delivery.routing import Router
from store.agencies import Agency
from store.database import Tx
from store.dossier import Party
from store.dossiers import Stored
from store.ids import Clock
from store.nouns import Store
from store.people import Kind, Reach
from store.surveys import Invitation, Survey
from surveys.definition import Definition
from surveys.settings import Settings

RETURNED = 10
"""The national status "đã trả kết quả"."""

LOOK_BACK = timedelta(days=3)
"""A result handed over longer ago than this is not asked about any more."""

PAGE = 500


class Plans(Protocol):
    """What asking needs of `delivery.planner`."""

    async def plan(self, tx: Tx, events: Sequence[Event]) -> list[Planned]: ...


class Asking:
    """Invites. Whom no way reaches that takes answers is not asked now; their turn stays open for `LOOK_BACK`."""

    def __init__(
        self,
        store: Store,
        planner: Plans,
        router: Router,
        definition: Definition,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._store = store
        self._planner = planner
        self._router = router
        self._definition = definition
        self._settings = settings
        self._clock = clock

    async def invite_due(self) -> int:
        """Asks about every dossier whose turn has come; how many people were asked. Harmless when run twice."""
        if not self._settings.enabled:
            return 0
        now = self._clock()
        asked, after = 0, ""
        while True:
            async with self._store.database.transaction() as tx:
                until = now - self._settings.ask_after
                page = await self._store.dossiers.returned_between(
                    tx, until - LOOK_BACK, until, status=RETURNED, after=after, limit=PAGE
                )
                asked += await self._invite(tx, page, now)
            if len(page) < PAGE:
                break
            after = page[-1].id
        if asked:
            await self._store.wakeup.wake("outbox")
        return asked

    async def on_request(self, tx: Tx, code: str, person_id: str) -> None:
        """Opens the survey of a dossier before its turn, because the person it is about asks for it; sends nothing."""
        now = self._clock()
        stored = await self._store.dossiers.find(tx, code)
        if stored is None or stored.dossier.status != RETURNED or now - stored.dossier.status_at > self._settings.life:
            return
        address = _address(stored.dossier.told)
        if address is None or await self._store.people.find(tx, *address) != person_id:
            return
        await self._store.surveys.invite(
            tx,
            [_invitation(stored, person_id)],
            version=self._definition.version,
            at=now,
            expires_at=now + self._settings.life,
        )

    async def _invite(self, tx: Tx, page: Sequence[Stored], now: datetime) -> int:
        told = await self._people(tx, await self._new(tx, page), now)
        if not told:
            return 0
        invitations = [
            Invitation(
                dossier_id=one.id, dossier_code=one.dossier.code, person_id=person, agency=one.dossier.agency.code
            )
            for one, person in told
        ]
        surveys = await self._store.surveys.invite(
            tx, invitations, version=self._definition.version, at=now, expires_at=now + self._settings.life
        )
        by_id = {one.id: one for one, _ in told}
        agencies = await self._store.agencies.named(tx, {one.dossier.agency.code for one, _ in told})
        events = [_event(survey, by_id[survey.dossier_id], agencies, now) for survey in surveys]
        planned = await self._planner.plan(tx, events)
        unsent = [survey.id for survey, plan in zip(surveys, planned, strict=True) if plan.outcome != "planned"]
        await self._store.surveys.not_sent(tx, unsent)
        return len(surveys) - len(unsent)

    async def _new(self, tx: Tx, page: Sequence[Stored]) -> list[Stored]:
        """Dossiers never asked about that we saw moving; one that a first load brought finished is not announced."""
        ids = [one.id for one in page]
        known = await self._store.surveys.invited(tx, ids)
        seen = await self._store.dossiers.seen(tx, ids)
        return [one for one in page if one.id not in known and len(seen[one.id]) > 1]

    async def _people(self, tx: Tx, dossiers: Sequence[Stored], now: datetime) -> list[tuple[Stored, str]]:
        """Each dossier with whom to ask, where there is somebody."""
        addresses = {one.id: address for one in dossiers if (address := _address(one.dossier.told))}
        people = await self._store.people.ensure(tx, addresses.values(), now)
        reach = await self._store.people.reach(tx, set(people.values()))
        ignored = await self._store.surveys.ignored(tx, set(people.values()), now)
        pairs = [(one, people[addresses[one.id]]) for one in dossiers if one.id in addresses]
        return [
            (one, person)
            for one, person in pairs
            if ignored.get(person, 0) < self._settings.most_ignored and self._may_ask(one, reach[person], now)
        ]

    def _may_ask(self, one: Stored, reach: Reach, now: datetime) -> bool:
        """Not a flagged number, whose marks would not count; and only where an answer can come back."""
        if reach.flagged or reach.opted_out_at is not None:
            return False
        told = one.dossier.told
        recipient = Recipient(person_id=reach.person_id, phone=told.phone, email=told.email)
        return bool(self._router.routes(EventName.SURVEY_INVITE, recipient, reach, now=now))


def _address(party: Party) -> tuple[Kind, str] | None:
    if party.phone:
        return "phone", party.phone
    return ("email", party.email) if party.email else None


def _invitation(stored: Stored, person_id: str) -> Invitation:
    dossier = stored.dossier
    return Invitation(dossier_id=stored.id, dossier_code=dossier.code, person_id=person_id, agency=dossier.agency.code)


def _event(survey: Survey, stored: Stored, agencies: Mapping[str, Agency], at: datetime) -> Event:
    dossier = stored.dossier
    agency = agencies.get(dossier.agency.code)
    fields = {
        "code": dossier.code,
        "agency": agency.name if agency else dossier.agency.name,
        "agency_short": agency.short_name if agency else None,
        "hotline": agency.hotline if agency else None,
    }
    return Event(
        name=EventName.SURVEY_INVITE,
        about=survey.dossier_id,
        occurrence=survey.version,
        at=at,
        recipient=Recipient(person_id=survey.person_id, phone=dossier.told.phone, email=dossier.told.email),
        fields=fields,
        agency=dossier.agency.code,
        filing_channel=FilingChannel(dossier.filing_channel) if dossier.filing_channel else None,
        dossier_id=survey.dossier_id,
    )

"""Turns events into outbox rows: each once, due when its settling time is over, in the caller's own transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from channels.message import Button, ButtonKind
from channels.plain import tagged, untagged
from delivery.event import Event, EventName, Planned, Recipient
from delivery.hours import Hours, is_urgent
from delivery.overtaking import mark, overtakable, overtake
from delivery.policy import ASKED_FOR, JOINABLE, POLICIES, RoutingSettings, Settings
from delivery.routing import Route, Router
from store.database import Tx, breaths
from store.ids import Clock
from store.nouns import Store
from store.outbox.queue import natural_key
from store.outbox.tables import Draft, State
from store.people import Kind, Reach

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of the people of one batch: how they are reached, what they refused, and what they wish."""

    reach: Mapping[str, Reach]
    refused: Collection[tuple[str, Kind, str]]
    muted: Collection[tuple[str, str]]
    daily: Mapping[str, bool]


class Planner:
    """Plans events. After the commit the caller wakes `outbox`."""

    def __init__(
        self,
        store: Store,
        router: Router,
        *,
        settings: Settings,
        routing: RoutingSettings,
        off: Collection[str] = (),
        clock: Clock,
    ) -> None:
        self._store = store
        self._router = router
        self._settings = settings
        self._hours = Hours(settings, routing)
        self._off = frozenset(off)
        self._clock = clock

    async def plan(self, tx: Tx, events: Sequence[Event]) -> list[Planned]:
        """One `Planned` an event, in order. Nothing is written for what is switched off, stale or refused."""
        now = self._clock()
        known = await self._known(tx, events, now)
        words = [self._refusal(event, known, now) for event in events]
        drafts = [
            None if word is not None else self._draft(event, known, now)
            async for event, word in breaths(zip(events, words, strict=True))
        ]
        waits = await overtakable(self._store, tx, events, now)
        new = await self._store.outbox.put(tx, [draft for draft in drafts if draft is not None])
        for event, draft in zip(events, drafts, strict=True):
            if draft is not None and draft.final is None and draft.id in new and event.dossier_id is not None:
                waits.setdefault(event.dossier_id, []).append(mark(event, draft.id))
        await overtake(self._store, tx, events, waits, now)
        return [
            Planned(message_id=None, outcome=word or "off") if draft is None else _planned(draft, new)
            for draft, word in zip(drafts, words, strict=True)
        ]

    async def _known(self, tx: Tx, events: Sequence[Event], now: datetime) -> _Known:
        """None for answers to those who have just asked, else two, up to four for notices, however many there are."""
        answers, told = _parted(events)
        reach = {person_id: Reach(person_id=person_id) for person_id in answers}
        reach |= await self._store.people.reach(tx, {event.recipient.person_id for event in told})
        notices = [event for event in told if event.name not in ASKED_FOR]
        dossiers = {event.dossier_id for event in notices if event.dossier_id is not None}
        people = {event.recipient.person_id for event in notices if event.name in JOINABLE}
        return _Known(
            reach=reach,
            refused=await self._store.people.refusals(tx, _addresses(events, reach), now),
            muted=await self._store.mutes.among(tx, dossiers) if dossiers else (),
            daily=await self._store.digests.wishes(tx, people) if people else {},
        )

    def _refusal(self, event: Event, known: _Known, now: datetime) -> str | None:
        """Why nothing is planned for this event, or None."""
        if event.name.value in self._off or self._settings.mode_of(event.name.value, event.agency) == "off":
            return "off"
        if now - event.at > POLICIES[event.name].life:
            return "stale"
        person = known.reach.get(event.recipient.person_id)
        if person is None:
            return "nobody"
        if event.name in ASKED_FOR:
            return None
        if person.opted_out_at is not None:
            return "opted_out"
        return "muted" if (person.person_id, event.dossier_id) in known.muted else None

    def _draft(self, event: Event, known: _Known, now: datetime) -> Draft:
        policy = POLICIES[event.name]
        reach = known.reach[event.recipient.person_id]
        routes = self._router.routes(
            event.name, event.recipient, reach, now=now, refused=known.refused, only=event.channel
        )
        first = routes[0] if routes else None
        order = self._store.seal.hash("recipient", _order(event))
        happened = min(event.at, now)  # a source whose clock is ahead must not keep a message for days
        due, daily = self._due(event, happened, order, known, now)
        draft = Draft(
            id=self._store.ids(),
            natural_key=natural_key(self._store.seal, _identity(event)),
            recipient=order,
            person_id=event.recipient.person_id,
            event=event.name.value,
            about=event.about,
            lane=policy.lane,
            created_at=now,
            due_at=due,
            expires_at=max(happened + policy.life, due + A_DAY) if policy.office else happened + policy.life,
            body=_body(event) | {"order": order.hex(), "at": event.at.isoformat(), "digest": daily},
            channel=None if first is None else first.channel,
            path=None if first is None else first.path.value,
            dossier_id=event.dossier_id,
            notice_id=event.notice_id,
            agency=event.agency,
            filing_channel=event.filing_channel,
        )
        return self._born(draft, event, first)

    def _born(self, draft: Draft, event: Event, first: Route | None) -> Draft:
        """Shadow and unreachable messages are kept for the account of them, and never queued."""
        if self._settings.mode_of(event.name.value, event.agency) == "shadow":
            return replace(draft, final=State.CANCELLED, detail="shadow")
        if first is None:
            return replace(draft, final=State.FAILED, detail="no_route")
        return draft

    def _due(
        self, event: Event, happened: datetime, order: bytes, known: _Known, now: datetime
    ) -> tuple[datetime, bool]:
        """When it may leave, and whether with the day's digest, which only what is not urgent waits for."""
        policy = POLICIES[event.name]
        due = max(now, happened + (policy.settle if self._settings.settling else timedelta(0)))
        urgent = is_urgent(event.name, event.fields, now)
        if not urgent and self._is_daily(event, known):
            hour = self._hours.digest(due, order)
            if hour + timedelta(hours=1) < happened + policy.life:
                return hour, True
        return self._hours.allowed(event.name, due, order, urgent=urgent), False

    def _is_daily(self, event: Event, known: _Known) -> bool:
        """The person's own wish, else the configuration's for organisations. A chosen channel is for one message."""
        if event.name not in JOINABLE or event.recipient.to is not None or event.channel is not None:
            return False
        default = self._settings.digest == "organisations" and event.recipient.organisation
        return known.daily.get(event.recipient.person_id, default)


def _parted(events: Sequence[Event]) -> tuple[set[str], list[Event]]:
    """Who is answered where they have just asked, of whom nothing more need be known; and all other events."""
    answers = [event for event in events if event.name is EventName.REPLY and event.recipient.to is not None]
    told = [event for event in events if event.name is not EventName.REPLY or event.recipient.to is None]
    return {event.recipient.person_id for event in answers}, told


def _planned(draft: Draft, new: Collection[str]) -> Planned:
    if draft.id not in new:
        return Planned(message_id=None, outcome="duplicate")
    if draft.final is not None:
        return Planned(message_id=draft.id, outcome="shadow" if draft.detail == "shadow" else "nobody")
    return Planned(message_id=draft.id, outcome="planned")


def _identity(event: Event) -> tuple[str, ...]:
    pinned = "" if event.recipient.to is None else ":".join(tagged(event.recipient.to))
    return (event.about, event.name.value, event.occurrence, event.recipient.person_id, pinned)


def _order(event: Event) -> str:
    """Within this messages keep their order: a talk for a reply, a person for all else."""
    return event.recipient.person_id if event.recipient.to is None else ":".join(tagged(event.recipient.to))


def _addresses(events: Sequence[Event], reach: Mapping[str, Reach]) -> set[tuple[Kind, str]]:
    found: set[tuple[Kind, str]] = {(a.kind, a.value) for person in reach.values() for a in person.addresses}
    for event in events:
        if event.recipient.phone is not None:
            found.add(("phone", event.recipient.phone))
        if event.recipient.email is not None:
            found.add(("email", event.recipient.email))
    return found


def _body(event: Event) -> dict[str, object]:
    """What is sealed: all that is needed to render and to send, later and again."""
    to = event.recipient.to
    return {
        "phone": event.recipient.phone,
        "email": event.recipient.email,
        "to": None if to is None else list(tagged(to)),
        "fields": dict(event.fields),
        "text": event.text,
        "buttons": [[button.kind.value, button.title, button.value] for button in event.buttons],
        "only": event.channel,
    }


def recipient_of(person_id: str, body: Mapping[str, object]) -> Recipient:
    """The recipient as it was planned, out of a message's body."""
    to = body.get("to")
    return Recipient(
        person_id=person_id,
        phone=_text(body.get("phone")),
        email=_text(body.get("email")),
        to=None if not isinstance(to, list) else untagged(to[0], to[1]),
    )


def buttons_of(body: Mapping[str, object]) -> tuple[Button, ...]:
    buttons = body.get("buttons")
    if not isinstance(buttons, list):
        return ()
    return tuple(Button(kind=ButtonKind(kind), title=title, value=value) for kind, title, value in buttons)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None

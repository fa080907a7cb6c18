"""From a seed to a story: who is told what and when, how the carriers behave, and what goes wrong."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from channels.channel import Capabilities
from channels.message import Address, Mailbox, Phone, TelegramChat, ZaloUser
from delivery.event import EventName, FilingChannel
from delivery.money.meters import Settings as BudgetSettings
from delivery.policy import RoutingSettings, Settings
from tests.simulation.carriers import Answer, Arrival, Temper
from tests.simulation.process import Hazards

Incident = Literal["kill", "stop", "hold", "opt_out", "post_again", "clock_jumps"]
_ADDRESSES: Mapping[str, frozenset[type[Address]]] = {
    "zalo": frozenset((ZaloUser, Phone)),
    "telegram": frozenset((TelegramChat,)),
    "sms/mot": frozenset((Phone,)),
    "email": frozenset((Mailbox,)),
}
_STATUSES = (EventName.RECEIVED, EventName.PROCESSING, EventName.DONE, EventName.RETURNED)
_OTHERS = (
    EventName.SUPPLEMENT_REQUIRED,
    EventName.FEE_REQUIRED,
    EventName.FEE_PAID,
    EventName.NOTICE,
    EventName.NOTICE,
    EventName.REPLY,
    EventName.REPLY,
    EventName.VERIFY_CODE,
    EventName.SURVEY_INVITE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody wants a person told something, `at` seconds after the beginning."""

    at: float
    person: int
    name: EventName
    about: str
    late: float = 0.0  # seconds between the happening and the wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who can be told, and which ways there are."""

    phone: str
    zalo: str | None
    telegram: str | None
    email: str | None
    spoke: bool  # to the Zalo page, just now
    organisation: bool  # whose dossiers are told once a day, where the configuration says so
    agency: str


@dataclass(kw_only=True)
class Scenario:
    """All that a seed decides before anything happens."""

    begins: timedelta  # after 8:00 in the morning
    faults_for: float  # seconds of faults; then everything works
    workers: int
    settings: Settings
    budget: BudgetSettings
    routing: RoutingSettings
    senders: int
    people: list[Person]
    wishes: list[Wish]
    carriers: dict[str, tuple[Capabilities, Temper]]
    incidents: list[tuple[float, Incident]]
    hazards: Hazards
    token_faults: float
    deaf: float  # how many hints get lost
    lost_receipts: float
    filing: FilingChannel = field(default=FilingChannel.COUNTER)


def scenario(chance: random.Random) -> Scenario:
    """Small, and nasty in a few ways at once rather than in all."""
    faults_for = chance.choice([20.0, 60.0, 200.0])
    people = [_person(chance, number) for number in range(chance.randint(1, 3))]
    return Scenario(
        begins=timedelta(days=chance.choice([0, 0, 5]), hours=chance.choice([0, 0, 0, 5, 7.98, 12.9, 15.98])),
        faults_for=faults_for,
        workers=chance.choice([1, 1, 1, 2, 3]),
        settings=Settings(
            mode="live",
            settling=chance.random() < 0.5,
            senders=4,
            digest=chance.choice(["off", "organisations"]),
        ),
        budget=_budget(chance),
        routing=RoutingSettings(
            quiet_hours=chance.choice(["", "21:00-07:00"]), fallback_after_minutes=chance.choice([1, 5, 60])
        ),
        senders=chance.choice([1, 4, 16]),
        people=people,
        wishes=_wishes(chance, len(people), faults_for),
        carriers=_carriers(chance),
        incidents=_incidents(chance, faults_for),
        hazards=_hazards(chance, faults_for),
        token_faults=chance.choice([0.0, 0.0, 0.5]),
        deaf=chance.choice([0.0, 0.3]),
        lost_receipts=chance.choice([0.0, 0.0, 0.3]),
    )


def _person(chance: random.Random, number: int) -> Person:
    return Person(
        phone=f"8491234560{number}",
        zalo=f"200{number}" if chance.random() < 0.6 else None,
        telegram=f"300{number}" if chance.random() < 0.2 else None,
        email=f"nguoi-dan-{number}@example.vn" if chance.random() < 0.6 else None,
        spoke=chance.random() < 0.6,
        organisation=chance.random() < 0.3,
        agency=chance.choice(["H36.21", "H36.22"]),
    )


def _budget(chance: random.Random) -> BudgetSettings:
    """Mostly none; else so small that it is used up."""
    if chance.random() < 0.7:
        return BudgetSettings()
    return BudgetSettings(
        day=chance.choice([0, 500, 1000, 2500]),
        month=chance.choice([0, 0, 1500, 4000]),
        agency_day=chance.choice([0, 0, 450, 1300]),
    )


def _wishes(chance: random.Random, people: int, within: float) -> list[Wish]:
    """Mostly crowded together: order and joint claims are where the mistakes are."""
    spread = chance.choice([2.0, 30.0, within])
    wishes: list[Wish] = []
    for number in range(chance.randint(2, 7)):
        person = chance.randrange(people)
        late = chance.choice([0.0, 0.0, 600.0, 3000.0])
        name = chance.choice(_OTHERS if chance.random() < 0.6 else _STATUSES)
        about = f"dossier-{person}" if name in _STATUSES else f"matter-{number}"
        if any(wish.about == about and wish.name == name for wish in wishes):
            continue
        wishes.append(Wish(at=chance.random() * spread, person=person, name=name, about=about, late=late))
    return sorted(wishes, key=lambda wish: wish.at)


def _carriers(chance: random.Random) -> dict[str, tuple[Capabilities, Temper]]:
    """One a channel; sometimes a second gateway of SMS, under the limits of the first."""
    limited = chance.random() < 0.6
    carriers = {name: _carrier(chance, name, limited=limited) for name in _ADDRESSES}
    if chance.random() < 0.4:
        (first, _), (other, temper) = carriers["sms/mot"], _carrier(chance, "sms/mot", limited=limited)
        carriers["sms/hai"] = (
            replace(other, rate_per_second=first.rate_per_second, connections=first.connections),
            temper,
        )
    return carriers


def _carrier(chance: random.Random, name: str, *, limited: bool) -> tuple[Capabilities, Temper]:
    receipts = chance.random() < (0.8 if name in ("zalo", "sms/mot") else 0.1)
    can = Capabilities(
        addresses=_ADDRESSES[name],
        longest=2000,
        buttons=5,
        templates=name == "zalo",
        receipts=receipts,
        deduplicates=chance.random() < 0.2,
        asks=chance.random() < 0.35,
        rate_per_second=chance.choice([0, 1, 5]) if limited else 0,
        connections=chance.choice([1, 8]),
    )
    trouble = chance.choice([0.0, 0.1, 0.4, 0.8])
    kinds: tuple[Answer, ...] = (  # doubt is where the mistakes are
        "cut", "cut", "cut_before", "cut_before", "garbage", "unavailable",
        "throttle", "throttle_one", "hard", "soft", "ours",
    )  # fmt: skip
    chosen = dict.fromkeys(chance.sample(kinds, chance.randint(1, 3)))
    answers: dict[Answer, float] = {"accept": 1 - trouble, **dict.fromkeys(chosen, trouble / len(chosen))}
    failing = chance.choice([0.0, 0.0, 0.3])
    arrivals = {
        Arrival.DELIVERED: 1 - failing,
        Arrival.FAILED: failing / 3,
        Arrival.FAILED_FOR_NOW: failing / 3,
        Arrival.UNTOLD: failing / 3,
    }
    temper = Temper(
        answers=answers,
        arrivals=arrivals,
        slowest=chance.choice([0.05, 1.0, 20.0, 60.0]),
        knows_our_id=chance.random() < 0.6,
        doubled=chance.choice([0.0, 0.5]),
        early=chance.choice([0.0, 0.5]),
        stray=chance.choice([0.0, 0.2]),
        knows_nothing=chance.choice([0.0, 0.3, 1.0]),
    )
    return can, temper


def _incidents(chance: random.Random, within: float) -> list[tuple[float, Incident]]:
    kinds: tuple[Incident, ...] = (
        "kill",
        "kill",
        "kill",
        "kill",
        "stop",
        "hold",
        "opt_out",
        "post_again",
        "clock_jumps",
    )
    many = chance.choice([0, 2, 5])
    return sorted(
        (chance.random() * min(within, chance.choice([5.0, 60.0, within])), chance.choice(kinds)) for _ in range(many)
    )


def _hazards(chance: random.Random, within: float) -> Hazards:
    rarely = chance.choice([0.0, 0.0, 0.003, 0.02])
    trouble: tuple[tuple[float, float], ...] = ()
    if chance.random() < 0.2:
        since = chance.random() * within
        trouble = ((since, since + chance.choice([1.0, 20.0, 120.0])),)
    return Hazards(
        late=chance.choice([0.0, 0.1, 0.5]),
        latest=chance.choice([0.01, 0.2]),
        fails=rarely * chance.random(),
        unheard=chance.choice([0.0, 0.0, 0.05]),
        dies=rarely * chance.random() / 4,
        trouble=trouble,
    )

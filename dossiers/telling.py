"""From what is news to the events that `delivery` plans: who is told, and the fields that the texts may speak of."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from delivery.event import Event, EventName, FilingChannel, Recipient
from dossiers.agencies import named
from dossiers.changes import Telling
from dossiers.naming import Naming
from dossiers.statuses import Status
from store.agencies import Agency
from store.dossier import Dossier, Fee, Party
from store.people import Kind

_FEE_WORD = "Khoản phải nộp"
"""Stands in for a fee's own name where that would name a sensitive procedure."""

_AFTER = timedelta(microseconds=1)
"""What corrects a status under its own date came after it."""

_ORGANISATIONS = ("organisation", "household_business")


def address(party: Party) -> tuple[Kind, str] | None:
    """The address that makes this party a person of ours; None where there is no way to tell them anything."""
    if party.phone:
        return "phone", party.phone
    return ("email", party.email) if party.email else None


def event(telling: Telling, dossier_id: str, person_id: str, directory: Mapping[str, Agency], naming: Naming) -> Event:
    """One thing to tell one person, once however often it is reported."""
    dossier = telling.dossier
    return Event(
        name=telling.name,
        about=dossier_id,
        occurrence=telling.occurrence,
        at=telling.at,
        recipient=recipient(dossier, person_id),
        fields=fields(dossier, named(dossier.agency, dict(directory)), naming) | _paid(telling),
        agency=dossier.agency.code,
        filing_channel=FilingChannel(dossier.filing_channel) if dossier.filing_channel else None,
        dossier_id=dossier_id,
    )


def unspoken(dossier_id: str, dossier: Dossier) -> Event | None:
    """What is not told, and yet makes old what may still wait: back at the start at the counter, a fee that is waived.

    It is planned for nobody.
    """
    if dossier.status == Status.SUBMITTED and dossier.filing_channel != "online":
        name = EventName.SUBMITTED
    elif dossier.status == Status.FEE_REQUIRED and dossier.fees and not dossier.unpaid:
        name = EventName.FEE_PAID
    else:
        return None
    return Event(
        name=name,
        about=dossier_id,
        dossier_id=dossier_id,
        occurrence="",
        at=dossier.status_at + _AFTER,
        recipient=Recipient(person_id=""),
    )


def recipient(dossier: Dossier, person_id: str) -> Recipient:
    """Whom a message about this dossier is for."""
    told = dossier.told
    organisation = dossier.applicant.kind in _ORGANISATIONS
    return Recipient(person_id=person_id, phone=told.phone, email=told.email, organisation=organisation)


def fields(dossier: Dossier, agency: Agency, naming: Naming) -> dict[str, Any]:
    """Every field that a text about this dossier may use; each event's text takes those that it declares."""
    sensitive = naming.is_sensitive(dossier)
    return {
        "code": dossier.code,
        "procedure": naming.of(dossier),
        "agency": agency.name,
        "agency_short": agency.short_name,
        "hotline": agency.hotline,
        "office_hours": agency.office_hours,
        "pickup_place": dossier.pickup_place or agency.pickup_place,
        "reception_place": dossier.reception_place,
        "department": dossier.department,
        "status_at": dossier.status_at,
        "received_at": dossier.received_at,
        "due_at": dossier.due_at,
        "returned_at": dossier.status_at if dossier.status == Status.RETURNED else None,
        "missing_items": () if sensitive else dossier.supplement.items,
        "n": len(dossier.supplement.items) or None,
        "supplement_due": dossier.supplement.due_at,
        "reason": None if sensitive else dossier.public_reason,
        "fee_lines": fee_lines(dossier.unpaid, sensitive=sensitive),
        "total": dossier.owed or None,
        "fee_due_at": dossier.owed_due_at,
        "filing_channel": dossier.filing_channel,
        "person_name": dossier.told.name,
    }


def fee_lines(fees: Iterable[Fee], *, sensitive: bool) -> tuple[dict[str, Any], ...]:
    """The sums as a text lists them."""
    return tuple({"name": _FEE_WORD if sensitive else fee.name, "amount": fee.amount} for fee in fees)


def _paid(telling: Telling) -> dict[str, Any]:
    if telling.name is not EventName.FEE_PAID:
        return {}
    return {"amount": sum(fee.amount for fee in telling.paid), "paid_at": telling.at}

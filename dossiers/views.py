"""One dossier as somebody may see it: what each level of proof opens, and nothing more."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from dossiers.naming import Naming
from dossiers.statuses import Stage, Status, folded
from store.agencies import Agency
from store.dossier import Dossier, Fee
from store.dossiers import Stored

PROOF_DIGITS = 4
"""The last digits of the applicant's ID number (or an organisation's tax code) that prove a dossier."""


class Proof(IntEnum):
    """What the asker has shown; each level sees what the one before sees, and more."""

    CODE = 1
    LINKED = 2
    PROVED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What may be shown of one dossier at this level; what may not is None or empty. No text: the bot has the words."""

    dossier_id: str
    code: str
    proof: Proof
    status: Status
    status_at: datetime
    due_at: datetime | None
    steps: tuple[tuple[str, Stage], ...]
    agency: str
    hotline: str | None
    office_hours: str | None
    pickup_place: str | None
    filing_channel: str | None
    can_prove: bool  # more could be shown after the second proof
    owed: int | None = None
    owed_due_at: datetime | None = None
    procedure: str | None = None
    procedure_code: str | None = None
    fees: tuple[Fee, ...] = ()
    missing_items: tuple[str, ...] = ()
    supplement_due: datetime | None = None
    reason: str | None = None


def view(stored: Stored, agency: Agency, proof: Proof, naming: Naming) -> View:
    """What this level may see."""
    dossier = stored.dossier
    proved = proof >= Proof.PROVED and not naming.is_sensitive(dossier)
    linked = proof >= Proof.LINKED
    return View(
        dossier_id=stored.id,
        code=dossier.code,
        proof=proof,
        status=Status(dossier.status),
        status_at=dossier.status_at,
        due_at=dossier.due_at,
        steps=folded(dossier.status),
        agency=agency.name,
        hotline=agency.hotline,
        office_hours=agency.office_hours,
        pickup_place=dossier.pickup_place or agency.pickup_place,
        filing_channel=dossier.filing_channel,
        can_prove=proof < Proof.PROVED and secret(dossier) is not None,
        owed=dossier.owed if linked else None,
        owed_due_at=dossier.owed_due_at if linked else None,
        procedure=naming.of(dossier) if proved else None,
        procedure_code=dossier.procedure_code if proved else None,
        fees=dossier.unpaid if proved else (),
        missing_items=dossier.supplement.items if proved else (),
        supplement_due=dossier.supplement.due_at if linked else None,
        reason=dossier.public_reason if proved else None,
    )


def secret(dossier: Dossier) -> str | None:
    """What proves a dossier; None where the source gave no number long enough."""
    number = dossier.applicant.id_number or dossier.applicant.tax_code or ""
    digits = "".join(sign for sign in number if sign.isdigit())
    return digits[-PROOF_DIGITS:] if len(digits) > PROOF_DIGITS else None

"""One dossier (hồ sơ TTHC) as the house holds it: read once at the door, then passed on whole and unchanged."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """One sum that is owed or was paid (khoản phải nộp): `amount` in đồng, `kind` as on the wire."""

    id: str
    kind: str
    name: str
    amount: int
    due_at: datetime | None = None
    payment_url: str | None = None
    paid_at: datetime | None = None

    @property
    def unpaid(self) -> int:
        """What is still to pay, in đồng; 0 where it is paid or waived (miễn)."""
        return 0 if self.paid_at else self.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplement:
    """What the agency asks to be added (yêu cầu bổ sung) and until when."""

    items: tuple[str, ...] = ()
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The applicant (chủ hồ sơ) or the delegate (người được ủy quyền). `phone` as `vietnam.phone` keeps it."""

    name: str
    kind: str | None = None
    phone: str | None = None
    email: str | None = None
    id_number: str | None = None
    tax_code: str | None = None

    @property
    def reachable(self) -> bool:
        return bool(self.phone or self.email)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The deciding agency (cơ quan giải quyết) as the source names it."""

    code: str
    name: str | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A dossier at one moment. `status` is the national number 1 to 10; every moment is aware, UTC."""

    code: str
    procedure_code: str
    status: int
    status_at: datetime
    agency: Office
    applicant: Party
    aliases: tuple[str, ...] = ()
    source_id: str = ""
    procedure_name: str | None = None
    filing_channel: str | None = None
    reception_place: str | None = None
    department: str | None = None
    pickup_place: str | None = None
    return_by: str | None = None
    delegate: Party | None = None
    submitted_at: datetime | None = None
    received_at: datetime | None = None
    due_at: datetime | None = None
    fees: tuple[Fee, ...] = ()
    supplement: Supplement = Supplement()
    public_reason: str | None = None
    note: str | None = None  # the staff's own: never shown to a citizen

    @property
    def told(self) -> Party:
        """Who is told: the delegate where there is one that can be reached, else the applicant."""
        return self.delegate if self.delegate is not None and self.delegate.reachable else self.applicant

    @property
    def unpaid(self) -> tuple[Fee, ...]:
        return tuple(fee for fee in self.fees if fee.unpaid)

    @property
    def owed(self) -> int:
        """The sum still to pay, in đồng."""
        return sum(fee.unpaid for fee in self.fees)

    @property
    def owed_due_at(self) -> datetime | None:
        """The earliest day by which something must be paid."""
        return min((fee.due_at for fee in self.unpaid if fee.due_at), default=None)


def as_text(dossier: Dossier) -> str:
    """All that a source says of a dossier, the same for the same: what is hashed to see a change, and sealed."""
    return orjson.dumps(dossier).decode()


def from_data(data: dict[str, Any]) -> Dossier:
    """What `as_text` made plain data of, as a dossier again; its moments may be texts still."""
    delegate, supplement = data["delegate"], data["supplement"]
    return Dossier(
        **data
        | {name: _moment(data[name]) for name in _MOMENTS}
        | {
            "agency": Office(**data["agency"]),
            "applicant": Party(**data["applicant"]),
            "delegate": None if delegate is None else Party(**delegate),
            "aliases": tuple(data["aliases"]),
            "fees": tuple(_fee(fee) for fee in data["fees"]),
            "supplement": Supplement(items=tuple(supplement["items"]), due_at=_moment(supplement["due_at"])),
        }
    )


_MOMENTS = ("status_at", "submitted_at", "received_at", "due_at")


def _fee(data: dict[str, Any]) -> Fee:
    return Fee(**data | {name: _moment(data[name]) for name in ("due_at", "paid_at")})


def _moment(value: str | datetime | None) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value

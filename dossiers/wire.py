"""A dossier on the wire (DESIGN.md, HTTP): every error of a row at once, by field; what is unknown is reported.

A row is read by itself: one that is wrong never stops the others. How a single value is read: `dossiers.cells`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from dossiers.cells import (
    AgencyCode,
    DossierCode,
    Email,
    IdNumber,
    Moment,
    Money,
    OptionalLong,
    OptionalMoment,
    OptionalShort,
    Phone,
    ProcedureCode,
    Short,
    Url,
)
from dossiers.reasons import REASONS, path, reason
from store.dossier import Dossier, Fee, Office, Party, Supplement

MOST_FEES = 50
MOST_ITEMS = 100
_MOST_UNKNOWN = 50
_NOTHING = Supplement()
_AHEAD = timedelta(days=1)
"""A clock that is wrong by a zone is believed; a day further would shut out every later status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One field that is wrong; `reason` is Vietnamese and holds nothing of what was sent."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row as it was read: a dossier, or what is wrong with it."""

    code: str | None
    dossier: Dossier | None
    errors: tuple[FieldError, ...] = ()
    unknown_fields: tuple[str, ...] = ()


def read(row: object, *, now: datetime, source: str = "") -> Row:
    """Reads one row. `now` refuses a status from the future; `source` stands in where the row names none."""
    if not isinstance(row, Mapping):
        return Row(code=None, dossier=None, errors=(FieldError(field="", reason=REASONS["dict_type"]),))
    unknown = tuple(islice(_unknown(WireDossier, row), _MOST_UNKNOWN))
    try:
        wire = WireDossier.model_validate(row)
    except ValidationError as why:
        errors = tuple(
            FieldError(field=path(error), reason=reason(error))
            for error in why.errors(include_url=False, include_input=False)
        )
        return Row(code=_as_sent(row.get("code")), dossier=None, errors=errors, unknown_fields=unknown)
    if disagreements := tuple(_disagreements(wire, now)):
        return Row(code=wire.code, dossier=None, errors=disagreements, unknown_fields=unknown)
    return Row(code=wire.code, dossier=wire.dossier(source), unknown_fields=unknown)


class Wire(BaseModel):
    """Strict: a number is a number and a text a text. Unknown names are let through here and reported by `read`."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class WireAgency(Wire):
    """The deciding agency (cơ quan giải quyết)."""

    code: AgencyCode
    name: OptionalShort = None
    level: Literal["province", "commune", "district", "ministry"] | None = None


class WireApplicant(Wire):
    """The applicant (chủ hồ sơ)."""

    kind: Literal["citizen", "organisation", "household_business"] | None = None
    name: Short
    phone: Phone = None
    email: Email = None
    id_number: IdNumber = None
    tax_code: OptionalShort = None


class WireDelegate(Wire):
    """The authorised person (người được ủy quyền), told instead of the applicant."""

    name: Short
    phone: Phone = None
    email: Email = None


class WireFee(Wire):
    """One sum to pay (phí, lệ phí, thuế), in whole đồng."""

    id: Short
    kind: Literal["state_fee", "charge", "tax", "post", "other"] = "other"
    name: Short
    amount: Money
    due_at: OptionalMoment = None
    payment_url: Url = None
    paid_at: OptionalMoment = None


def _named(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class WireItem(Wire):
    """One paper that is missing; a bare name will do."""

    name: Short


class WireSupplement(Wire):
    """What must be added (yêu cầu bổ sung) and until when."""

    items: Annotated[list[Annotated[WireItem, BeforeValidator(_named)]], Field(max_length=MOST_ITEMS)] = []
    due_at: OptionalMoment = None

    def asked(self) -> Supplement:
        """The house's own."""
        return Supplement(items=tuple(item.name for item in self.items), due_at=self.due_at)


class WireDossier(Wire):
    """A dossier as another system sends it."""

    code: DossierCode
    aliases: Annotated[list[DossierCode], Field(max_length=20)] = []
    source_id: OptionalShort = None
    procedure_code: ProcedureCode
    procedure_name: OptionalLong = None
    status: Annotated[int, Field(ge=1, le=10)]
    status_at: Moment
    filing_channel: Literal["counter", "online", "post"] | None = None
    agency: WireAgency
    reception_place: OptionalShort = None
    department: OptionalShort = None
    pickup_place: OptionalShort = None
    return_by: Literal["counter", "online", "post"] | None = None
    applicant: WireApplicant
    delegate: WireDelegate | None = None
    submitted_at: OptionalMoment = None
    received_at: OptionalMoment = None
    due_at: OptionalMoment = None
    fees: Annotated[list[WireFee], Field(max_length=MOST_FEES)] = []
    supplement: WireSupplement | None = None
    public_reason: OptionalLong = None
    note: OptionalLong = None

    def dossier(self, source: str) -> Dossier:
        """The house's own dossier."""
        return Dossier(
            code=self.code,
            aliases=tuple(alias for alias in dict.fromkeys(self.aliases) if alias != self.code),
            source_id=self.source_id or source,
            procedure_code=self.procedure_code,
            procedure_name=self.procedure_name,
            status=self.status,
            status_at=self.status_at,
            filing_channel=self.filing_channel,
            agency=Office(**self.agency.__dict__),
            reception_place=self.reception_place,
            department=self.department,
            pickup_place=self.pickup_place,
            return_by=self.return_by,
            applicant=Party(**self.applicant.__dict__),
            delegate=Party(**self.delegate.__dict__) if self.delegate else None,
            submitted_at=self.submitted_at,
            received_at=self.received_at,
            due_at=self.due_at,
            fees=tuple(Fee(**fee.__dict__) for fee in self.fees),
            supplement=_NOTHING if self.supplement is None else self.supplement.asked(),
            public_reason=self.public_reason,
            note=self.note,
        )


def _disagreements(wire: WireDossier, now: datetime) -> Iterator[FieldError]:
    """Fields that are right one by one and wrong together."""
    for later, earlier in (("received_at", "submitted_at"), ("due_at", "received_at")):
        after, before = getattr(wire, later), getattr(wire, earlier)
        if after is not None and before is not None and after < before:
            yield FieldError(field=later, reason=REASONS["order"].format(earlier=earlier))
    if wire.status_at > now + _AHEAD:
        yield FieldError(field="status_at", reason=REASONS["future"])
    seen: set[str] = set()
    for place, fee in enumerate(wire.fees):
        if fee.id in seen:
            yield FieldError(field=f"fees.{place}.id", reason=REASONS["repeated"])
        seen.add(fee.id)


def _unknown(model: type[Wire], row: Mapping[Any, Any], prefix: str = "") -> Iterator[str]:
    """The names of a row that we do not know, with their path."""
    names, inner = _names(model), _inner(model)
    if not names.issuperset(row):
        yield from (f"{prefix}{name}"[:100] for name in row if name not in names)
    for name, within in inner.items():
        value = row.get(name)
        for at, part in enumerate(value) if isinstance(value, list) else ((None, value),):
            if isinstance(part, Mapping) and part:
                yield from _unknown(within, part, f"{prefix}{name}." + ("" if at is None else f"{at}."))


@cache
def _names(model: type[Wire]) -> frozenset[str]:
    return frozenset(model.model_fields)


@cache
def _inner(model: type[Wire]) -> dict[str, type[Wire]]:
    """The fields that hold another of our models."""
    found = {name: _wire_in(field.annotation) for name, field in model.model_fields.items()}
    return {name: inner for name, inner in found.items() if inner is not None}


def _wire_in(annotation: object) -> type[Wire] | None:
    if isinstance(annotation, type) and issubclass(annotation, Wire):
        return annotation
    return next((found for part in get_args(annotation) if (found := _wire_in(part))), None)


def _as_sent(code: object) -> str | None:
    """The code of a row that was refused, so that the sender finds it; None when even that is not readable."""
    return code[:60] if isinstance(code, str) else None

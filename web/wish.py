"""What another system wishes to be sent: one message of an event, its fields read by what the event declares."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from delivery.event import EventName
from delivery.policy import CARRIERS
from delivery.texts.fields import EVENTS, FIELDS
from dossiers.cells import Email, Moment, Money, Phone, Short
from dossiers.reasons import REASONS, path, reason
from web.problems import Problem

_OWN = {EventName.REPLY, EventName.NOTICE, EventName.SURVEY_INVITE, EventName.VERIFY_CODE} | CARRIERS
ALLOWED = tuple(name.value for name in EventName if name not in _OWN)
"""A reply, a bulk notice, a survey, a linking code, what carries others come from within: each has its own rules."""


class WireTo(BaseModel):
    """Whom to tell: a phone, an email address, or both."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    phone: Phone = None
    email: Email = None


class WireMessage(BaseModel):
    """`POST /api/v1/messages`."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    to: WireTo
    event: Literal[ALLOWED]  # type: ignore[valid-type]  # the closed set is EventName's, less our own
    fields: dict[str, Any] = {}
    channel: Literal["zalo", "sms", "email", "telegram"] | None = None


class _Line(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    name: Short
    amount: Money


_MOMENT = TypeAdapter[datetime](Moment)
_NUMBER = TypeAdapter[int](Money)
_WORDS = TypeAdapter[str](Short)
_ITEMS = TypeAdapter[list[str]](Annotated[list[Short], Field(max_length=30)])
_LINES = TypeAdapter[list[_Line]](Annotated[list[_Line], Field(max_length=30)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One message that is wished for, checked."""

    event: EventName
    phone: str | None
    email: str | None
    channel: str | None
    fields: Mapping[str, Any]


def read(body: object) -> Wish:
    """Every error at once, by field. Raises `Problem` 422."""
    try:
        wire = WireMessage.model_validate(body)
    except ValidationError as why:
        found = why.errors(include_url=False, include_input=False)
        raise Problem(422, errors=[{"field": path(one), "reason": reason(one)} for one in found]) from why
    fields, errors = _fields(wire.event, wire.fields)
    if wire.to.phone is None and wire.to.email is None:
        errors.append({"field": "to", "reason": "cần số điện thoại hoặc email"})
    if errors:
        raise Problem(422, errors=errors)
    event = EventName(wire.event)
    return Wish(event=event, phone=wire.to.phone, email=wire.to.email, channel=wire.channel, fields=fields)


def _fields(event: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The fields in their own kinds, and what is wrong with them."""
    declared = EVENTS[event]
    fields: dict[str, Any] = {}
    errors = [
        {"field": f"fields.{name}", "reason": REASONS["missing"]} for name in sorted(declared.required - given.keys())
    ]
    for name, value in list(given.items())[:100]:
        if name not in declared.required | declared.optional:
            errors.append({"field": f"fields.{name}"[:100], "reason": "sự kiện này không dùng trường này"})
            continue
        try:
            fields[name] = _value(FIELDS[name].example, value)
        except ValidationError as why:
            first = why.errors(include_url=False, include_input=False)[0]
            errors.append({"field": ".".join(["fields", name, path(first)]).rstrip("."), "reason": reason(first)})
    return fields, errors


def _value(example: object, value: object) -> Any:
    """A value of the kind that the field's example has."""
    match example:
        case bool():
            return TypeAdapter(bool).validate_python(value, strict=True)
        case datetime():
            return _MOMENT.validate_python(value, strict=True)
        case int():
            return _NUMBER.validate_python(value, strict=True)
        case str():
            return _WORDS.validate_python(value, strict=True)
        case tuple() if example and isinstance(example[0], dict):
            return tuple(line.model_dump() for line in _LINES.validate_python(value, strict=True))
    return tuple(_ITEMS.validate_python(value, strict=True))

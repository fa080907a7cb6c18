"""The cells of a dossier on the wire: how one text, moment, phone or code is read. Errors are pydantic's, by kind.

Text is NFC without control characters; a blank optional text is none; a moment becomes UTC, one without a zone is
Vietnam's; the words for every kind of error are in `dossiers.reasons`.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from dossiers.codes import canonical
from vietnam import phone
from vietnam.calendar import ZONE
from vietnam.text import nfc

MOST_MONEY = 10**13
"""Ten trillion đồng: no single obligation of a citizen or a company comes near."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9./_-]{2,59}")
_PROCEDURE = re.compile(r"(\d\.\d{6})(?:\.[A-Za-z0-9.]+)?", re.ASCII)
_OWN_PROCEDURE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?)\s?(Z|[+-]\d\d:?\d\d)?", re.ASCII | re.IGNORECASE
)
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\.]+(?:\.[^\s@<>,;:\"()\[\]\\.]+)+")
_URL = re.compile(r"https://[^\s<>\"]+")
_ID_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{3,19}")
"""A căn cước has 12 digits, an old CMND 9, a foreigner's passport letters too."""


def _text(value: str) -> str:
    if not value.isprintable() and _CONTROL.search(value):
        raise PydanticCustomError("control", "control character")
    return nfc(value).strip()


def _blank_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _code(value: str) -> str:
    known = canonical(value)
    if known is not None:
        return known
    upper = value.upper()
    if not _CODE.fullmatch(upper):
        raise PydanticCustomError("code_form", "not a dossier code")
    return upper


def _procedure_code(value: str) -> str:
    known = _PROCEDURE.fullmatch(value)
    if known is not None:
        return known[1]
    if not _OWN_PROCEDURE.fullmatch(value):  # a source's own code is kept: its name still makes a notice
        raise PydanticCustomError("procedure_form", "not a procedure code")
    return value


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise PydanticCustomError("moment_type", "not text")
    parts = _MOMENT.fullmatch(value.strip())
    if parts is None:
        raise PydanticCustomError("moment_form", "not a moment")
    try:
        moment = datetime.fromisoformat(f"{parts[1]}{(parts[2] or '').upper()}")
    except ValueError as why:
        raise PydanticCustomError("moment_form", "not a moment") from why
    if not 2000 <= moment.year <= 2100:
        raise PydanticCustomError("moment_range", "year out of range")
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(UTC)


def _phone(value: str) -> str:
    try:
        return phone.read(value)
    except phone.PhoneError as why:
        raise PydanticCustomError("phone", "not a phone", {"reason": why.reason}) from why


def _matching(pattern: re.Pattern[str], error: Literal["email_form", "url_form", "id_form"]) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise PydanticCustomError(error, "wrong form")
        return value

    return AfterValidator(check)


Stripped = AfterValidator(_text)
Short = Annotated[str, Stripped, Field(min_length=1, max_length=300)]
Long = Annotated[str, Stripped, Field(max_length=2000)]
OptionalShort = Annotated[Annotated[str, Stripped, Field(max_length=300)] | None, BeforeValidator(_blank_is_none)]
OptionalLong = Annotated[Long | None, BeforeValidator(_blank_is_none)]
DossierCode = Annotated[str, Field(min_length=1, max_length=60), Stripped, AfterValidator(_code)]
AgencyCode = Annotated[str, Field(min_length=1, max_length=60), Stripped, AfterValidator(str.upper)]
ProcedureCode = Annotated[str, Field(min_length=1, max_length=60), Stripped, AfterValidator(_procedure_code)]
Moment = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=str)]
OptionalMoment = Annotated[Moment | None, BeforeValidator(_blank_is_none)]
Money = Annotated[int, Field(ge=0, le=MOST_MONEY)]
Phone = Annotated[Annotated[str, Field(max_length=60), AfterValidator(_phone)] | None, BeforeValidator(_blank_is_none)]
Email = Annotated[
    Annotated[str, Field(max_length=254), Stripped, _matching(_EMAIL, "email_form")] | None,
    BeforeValidator(_blank_is_none),
]
Url = Annotated[
    Annotated[str, Field(max_length=500), Stripped, _matching(_URL, "url_form")] | None,
    BeforeValidator(_blank_is_none),
]
IdNumber = Annotated[
    Annotated[str, Field(max_length=20), Stripped, _matching(_ID_NUMBER, "id_form")] | None,
    BeforeValidator(_blank_is_none),
]

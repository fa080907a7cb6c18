"""A dossier on the wire: every error at once, by field; nothing that is unknown is dropped silently."""

from datetime import UTC, datetime, timedelta

import pytest

from dossiers.wire import read

NOW = datetime(2026, 6, 25, 2, 0, tzinfo=UTC)


def _fields(row: object) -> set[str]:
    return {error.field for error in read(row, now=NOW).errors}


def test_a_whole_dossier_is_read_with_its_phone_in_one_spelling_and_its_moments_in_utc(row, fee) -> None:
    found = read(row(fees=[fee()], delegate={"name": "Trần Thị Hạnh", "phone": "+84 987 654 321"}), now=NOW)

    assert found.errors == ()
    assert found.unknown_fields == ()
    assert found.dossier is not None
    assert found.dossier.applicant.phone == "84912345678"
    assert found.dossier.told.phone == "84987654321"
    assert found.dossier.status_at == datetime(2026, 6, 25, 1, 40, tzinfo=UTC)
    assert found.dossier.owed == 15000


def test_all_that_is_wrong_is_said_at_once_by_field_in_vietnamese(row) -> None:
    wrong = row(
        status="6",
        status_at="2026-02-30T08:00",
        applicant={"name": "  ", "phone": "091234567"},
        fees=[{"id": "1", "name": "Phí", "amount": 1.5}, {"id": "2", "name": "Phí", "amount": -1}],
    )

    errors = {error.field: error.reason for error in read(wrong, now=NOW).errors}

    assert errors == {
        "status": "phải là số nguyên",
        "status_at": "không đúng dạng 2026-06-23T08:00:00+07:00",
        "applicant.name": "không được để trống",
        "applicant.phone": "thiếu 1 chữ số, số di động có 10 chữ số",
        "fees.0.amount": "phải là số nguyên",
        "fees.1.amount": "phải từ 0 trở lên",
    }


def test_only_what_the_interface_says_is_required(row) -> None:
    assert _fields({}) == {"code", "procedure_code", "status", "status_at", "agency", "applicant"}
    least = {key: row()[key] for key in ("code", "procedure_code", "status", "status_at")}

    assert read(least | {"agency": {"code": "H36"}, "applicant": {"name": "An"}}, now=NOW).dossier is not None


def test_unknown_fields_are_reported_with_their_path_even_of_a_row_that_is_refused(row, fee) -> None:
    odd = row(colour="red", fees=[fee(vat=1)], supplement={"items": [{"name": "Ảnh", "size": 3}], "due_at": None})

    assert set(read(odd, now=NOW).unknown_fields) == {"colour", "fees.0.vat", "supplement.items.0.size"}
    assert "colour" in read(odd | {"status": 11}, now=NOW).unknown_fields


WRONG = {
    "status": [0, 11, 6.0, True, None, "6", [6], 10**30],
    "status_at": [None, 1750000000, "2026-06-25", "25/06/2026 08:00", "1999-06-25T08:00:00", "2026-06-31T08:00:00", ""],
    "code": ["", "   ", "x" * 61, "mã\x00", "<script>", None, 7],
    "procedure_code": ["", "1.004873; DROP", "a b", None],
    "filing_channel": ["kiosk", 1],
    "agency": [None, "H36", {}, {"code": ""}, []],
    "applicant": [None, {}, {"name": ""}, {"name": "A" * 301}, {"name": "An\x00"}],
    "fees": [{}, [1], "none", [{}] * 51],
    "aliases": ["G22", [None], ["x"] * 21],
    "note": ["x" * 2001, "\x1b[31m", 1],
    "due_at": ["mai", 5],
}
"""A field and what it must not be."""


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in WRONG.items() for value in values])
def test_a_wrong_value_names_its_field_and_is_never_repeated_in_the_reason(row, field: str, value: object) -> None:
    found = read(row(**{field: value}), now=NOW)

    assert found.dossier is None
    assert any(error.field.split(".")[0] == field for error in found.errors)
    assert not any("DROP" in error.reason or "script" in error.reason for error in found.errors)


@pytest.mark.parametrize("row", [None, 1, "x", [], [{}], True])
def test_a_row_that_is_no_object_is_refused_as_a_whole(row: object) -> None:
    assert _fields(row) == {""}


CONTACTS = [
    ("phone", "0912345678", True),
    ("phone", "+84 912-345-678", True),
    ("phone", "", True),  # sources send "" for none
    ("phone", "0263.3540.616", False),  # a land line takes no message
    ("phone", "0912345678; 0987654321", False),
    ("email", "an@example.vn", True),
    ("email", "an@example", False),
    ("email", "an@exa mple.vn", False),
    ("email", "a@b.vn\r\nBcc: all@example.vn", False),
    ("id_number", "067201000123", True),
    ("id_number", "C1234567", True),  # a foreigner's passport
    ("id_number", "không có", False),
]


@pytest.mark.parametrize(("field", "value", "good"), CONTACTS)
def test_contacts_are_read_or_refused_with_their_field(row, field: str, value: str, good: bool) -> None:
    applicant = {"name": "Nguyễn Văn An", field: value}

    assert (_fields(row(applicant=applicant)) == set()) is good


def test_fields_that_disagree_are_named(row, fee) -> None:
    assert _fields(row(received_at="2026-06-21T09:00:00+07:00")) == {"received_at"}
    assert _fields(row(due_at="2026-06-21T09:00:00+07:00")) == {"due_at"}
    assert _fields(row(fees=[fee(), fee(amount=5)])) == {"fees.1.id"}


def test_a_status_from_the_future_would_shut_out_all_later_ones_and_is_refused(row) -> None:
    assert _fields(row(status_at=(NOW + timedelta(days=2)).isoformat())) == {"status_at"}
    assert _fields(row(status_at=(NOW + timedelta(hours=7)).isoformat())) == set()


MOMENTS = [
    ("2026-06-25T08:40:00+07:00", 1, 40),
    ("2026-06-25T01:40:00Z", 1, 40),
    ("2026-06-25T01:40:00.000+0000", 1, 40),  # iGate
    ("2026-06-25 08:40:00", 1, 40),  # without a zone: Vietnam's
    ("2026-06-25T08:40", 1, 40),
]


@pytest.mark.parametrize(("text", "hour", "minute"), MOMENTS)
def test_moments_are_read_in_the_forms_that_sources_use(row, text: str, hour: int, minute: int) -> None:
    found = read(row(status_at=text), now=NOW)

    assert found.dossier is not None
    assert found.dossier.status_at == datetime(2026, 6, 25, hour, minute, tzinfo=UTC)


def test_codes_are_kept_in_one_spelling_and_an_unknown_procedure_code_is_kept(row) -> None:
    found = read(row(code=" h36.21 – 260622 – 0001 ", procedure_code="1.004873.H36"), now=NOW).dossier
    own = read(row(code="03706/2026/07906", procedure_code="QT-77"), now=NOW).dossier

    assert found is not None
    assert own is not None
    assert (found.code, found.procedure_code) == ("H36.21-260622-0001", "1.004873")
    assert (own.code, own.procedure_code) == ("03706/2026/07906", "QT-77")


def test_decomposed_letters_become_composed(row) -> None:
    found = read(row(applicant={"name": "Nguye\u0302\u0303n Va\u0306n An"}), now=NOW).dossier

    assert found is not None
    assert found.applicant.name == "Nguyễn Văn An"

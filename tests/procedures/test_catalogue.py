import unicodedata
from datetime import date
from pathlib import Path

import pytest

from procedures import imported
from procedures.catalogue import SHIPPED, Catalogue, Unreadable, canonical, load, read_sensitive

MISREAD = ("1.002544", "1.014208", "2.001428", "3.000243", "3.000284", "3.000286", "3.000332")


def test_both_snapshots_are_there_each_with_its_own_day(catalogue: Catalogue) -> None:
    marriage, service = catalogue.get("1.000894"), catalogue.get("1.013124")

    assert len(catalogue) == 2849
    assert marriage is not None
    assert marriage.as_of == date(2026, 7, 20)
    assert service is not None
    assert service.as_of == date(2026, 1, 2)
    assert service.ministry == "Bộ Quốc phòng"


@pytest.mark.parametrize(
    "spelling",
    ["1.004873", "1.004873.H36", "1.004873.000.00.00.H36", " 1.004873 "],
)
def test_a_code_is_found_in_every_spelling(catalogue: Catalogue, spelling: str) -> None:
    found = catalogue.get(spelling)

    assert found is not None
    assert found.code == "1.004873"


@pytest.mark.parametrize("text", ["", "1.00487", "khai sinh", "1004873", "H36.21-260622-0001"])
def test_what_is_no_code_finds_nothing(catalogue: Catalogue, text: str) -> None:
    assert canonical(text) is None
    assert catalogue.get(text) is None
    assert text not in catalogue


def test_all_text_is_in_one_unicode_form(catalogue: Catalogue) -> None:
    for row in catalogue:
        for text in (row.name, row.field, row.agency, *row.documents, *row.steps):
            assert unicodedata.is_normalized("NFC", text), row.code


@pytest.mark.parametrize("code", MISREAD)
def test_a_misread_page_keeps_only_its_true_name(catalogue: Catalogue, code: str) -> None:
    row = catalogue.get(code)

    assert row is not None
    assert not row.trusted
    assert [*row.ways, *row.documents, *row.steps, *row.result, *row.conditions] == []
    assert "Hỗ trợ phát triển" not in row.name
    assert "Công bố Danh mục" not in row.name


def test_criminal_records_and_adoption_are_sensitive_and_birth_is_not(catalogue: Catalogue) -> None:
    def is_sensitive(code: str) -> bool:
        row = catalogue.get(code)
        assert row is not None
        return row.sensitive

    assert is_sensitive("3.000333")
    assert is_sensitive("2.001263")
    assert not is_sensitive("1.001193")


@pytest.mark.parametrize("content", [b"", b"not compressed", b'{"sources": []}\n'])
def test_a_file_that_is_no_catalogue_says_so(tmp_path: Path, content: bytes) -> None:
    wrong = tmp_path / "catalogue.jsonl.xz"
    wrong.write_bytes(content)

    with pytest.raises(Unreadable, match="not a catalogue"):
        load(wrong)


def test_a_wrong_row_of_the_sensitive_list_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "sensitive.csv"
    wrong.write_text("procedure_code,reason\n1.000894,x\nabc,y\n", encoding="utf-8")

    with pytest.raises(Unreadable, match="row 3"):
        read_sensitive(wrong)


def test_the_shipped_file_is_small() -> None:
    assert SHIPPED.stat().st_size < 4_000_000


def test_an_imported_catalogue_is_read_back_as_it_was(catalogue: Catalogue) -> None:
    some = [row for row, _ in zip(catalogue, range(50), strict=False)]

    assert list(imported.catalogue(imported.plain(some))) == some

"""The book: swapped whole while it is read, the province's files in the place of the shipped ones."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from procedures import changes, explaining
from procedures.book import Book, opened
from procedures.catalogue import Catalogue
from procedures.overrides import Override, Overrides
from procedures.settings import Settings
from procedures.wording import BadWording

TODAY = date(2026, 8, 1)


@pytest.fixture(scope="module")
def few(catalogue: Catalogue) -> Catalogue:
    return Catalogue({row.code: row for row in catalogue if row.code in ("1.000894", "1.001193", "1.004222")})


def test_another_catalogue_is_in_force_at_once_and_who_reads_keeps_the_old(few: Catalogue) -> None:
    book = Book(few)
    before = book.shelf
    new = replace(next(iter(few)), code="9.000001", name="Thủ tục cho thuê khinh khí cầu")

    book.replace(Catalogue({"9.000001": new}))

    assert book.shelf.index.search("thue khinh khi cau")[0].code == "9.000001"
    assert before.get("1.000894", TODAY) is not None
    assert book.shelf.get("1.000894", TODAY) is None


def test_overrides_stay_unless_others_are_given(few: Catalogue) -> None:
    own = Overrides([Override(code="1.000894", fee="1.000 đồng", legal_basis="x")])
    book = Book(few, own=own)

    book.replace(few)
    kept = book.shelf.get("1.000894", TODAY)
    book.replace(few, Overrides())
    dropped = book.shelf.get("1.000894", TODAY)

    assert kept is not None
    assert dropped is not None
    assert kept.ways[0].fee == "1.000 đồng"
    assert dropped.ways[0].fee != "1.000 đồng"


def test_questions_whose_answers_the_catalogue_lacks_are_not_asked(few: Catalogue) -> None:
    shelf = Book(few).shelf

    assert shelf.questions.asked(shelf.index.find("căn cước").content) is None


def test_the_provinces_own_files_are_used(few: Catalogue, tmp_path: Path) -> None:
    titles, sensitive = tmp_path / "titles.csv", tmp_path / "sensitive.csv"
    titles.write_text("procedure_code,title\n1.000894,Ký giấy cưới\n", encoding="utf-8")
    sensitive.write_text("procedure_code,reason\n1.001193,thử\n", encoding="utf-8")

    shelf = opened(Settings(titles=titles, sensitive=sensitive)).shelf

    assert shelf.catalogue.get("1.000894").short == "Ký giấy cưới"  # type: ignore[union-attr]
    assert [row.code for row in shelf.catalogue if row.sensitive] == ["1.001193"]


def test_a_wrong_row_of_the_provinces_file_stops_the_opening(few: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "absent.csv"
    path.write_text("subject,who,phrases\nx,,y\n", encoding="utf-8")

    with pytest.raises(BadWording, match="row 2"):
        opened(Settings(absent=path), few)


def test_an_empty_path_means_the_shipped_file() -> None:
    assert Settings.model_validate({"spoken": "", "overrides": ""}).spoken is None


def test_changes_are_told_by_name_and_part(few: Catalogue) -> None:
    one, two, three = few
    renamed = replace(two, name="Tên khác", documents=("Tờ khai",))
    new = replace(three, code="9.000001", name="Thủ tục mới")

    found = changes.between(few, [one, renamed, new])

    assert changes.counted(found) == "1 mới, 1 thay đổi, 1 không còn"
    told = changes.lines(found)
    assert "  9.000001 Thủ tục mới" in told
    assert f"  {two.code} Tên khác (tên, giấy tờ)" in told
    assert told[-1].startswith(f"  {three.code}")


def test_the_same_catalogue_again_changes_nothing(few: Catalogue) -> None:
    found = changes.between(few, [replace(row, as_of=date(2027, 1, 1)) for row in few])

    assert changes.lines(found) == []


def test_many_changes_are_counted_and_the_first_named(catalogue: Catalogue) -> None:
    told = changes.lines(changes.between(Catalogue({}), catalogue))

    assert len(told) == changes.MOST_NAMED + 2
    assert told[-1] == f"  … và {len(catalogue) - changes.MOST_NAMED} thủ tục nữa"


@pytest.mark.parametrize("said", ["dang ky ket hon", "sổ đỏ", "trời mưa quá", "", "xin giấy phép bán rượu"])
def test_staff_are_told_why(catalogue: Catalogue, said: str) -> None:
    book = Book(catalogue)

    told = explaining.why(said, book.shelf)

    assert told[0].startswith("Đọc là")
    assert told[-1].startswith("Quyết định")

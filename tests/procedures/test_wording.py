import json
from pathlib import Path

import pytest

from procedures import wording
from procedures.facets import Cues, has_marks
from procedures.wording import DATA, BadWording, read_cues
from vietnam.text import fold, words

QUERIES = Path(__file__).parents[1] / "data"


def test_the_shipped_files_are_read() -> None:
    assert len(wording.read_spoken()) == 564
    assert len(wording.read_more()) > 1000
    assert len(wording.read_colloquial()) >= 426
    assert len(wording.read_absent()) > 30
    assert len(wording.read_questions()) > 20
    assert len(wording.read_titles()) > 200
    assert len(wording.read().fillers) > 100


@pytest.mark.parametrize(
    ("read", "content", "row"),
    [
        (wording.read_spoken, '{"code": "1.000894"}\n', "row 1"),
        (wording.read_spoken, "\n{broken\n", "row 2"),
        (
            wording.read_more,
            '{"code": "1.000894", "ask": ["x"], "by": "y"}\n{"code": "x", "ask": ["z"], "by": "y"}',
            "row 2",
        ),
        (wording.read_more, '{"code": "1.000894", "ask": ["x"]}\n', "row 1"),
        (wording.read_more, '{"code": "1.000894", "ask": [], "by": "y"}\n', "row 1"),
        (
            wording.read_more,
            '{"code": "1.000894", "ask": ["đổi"], "by": "y"}\n{"code": "1.001193", "ask": ["doi"], "by": "y"}\n',
            "row 2: “doi” also stands under 1.000894",
        ),
        (wording.read_colloquial, "phrase,procedure_code\nx,1.000894\ny,abc\n", "row 3"),
        (wording.read_colloquial, "a,b\n1,2\n", "columns"),
        (wording.read_absent, "subject,who,phrases\ns,,p\n", "row 2"),
        (wording.read_questions, '{"phrases": ["x"], "ask": "?", "options": []}\n', "row 1"),
        (wording.read_questions, '{"phrases": ["x"], "ask": "?", "options": [{"label": "a", "code": "b"}]}\n', "row 1"),
        (wording.read_cues, "meaning,words\nx,\n", "row 2"),
        (wording.read_outside, "theme,phrases\nx,;\n", "row 2"),
        (wording.read_written, "a,b\n1,2\n", "columns"),
        (wording.read_titles, "procedure_code,title\nabc,x\n", "row 2"),
        (wording.read_titles, "procedure_code,title\n1.000001,x\n1.000002,x\n", "row 3"),
        (wording.read_titles, "procedure_code,title\n1.000001," + "x" * 61 + "\n", "row 2"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, read: object, content: str, row: str) -> None:
    path = tmp_path / "file"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(BadWording, match=row):
        read(path)  # type: ignore[operator]


@pytest.fixture(scope="module")
def cues() -> Cues:
    return Cues(read_cues(DATA / "facets.csv"))


def test_typed_diacritics_are_believed(cues: Cues) -> None:
    marked = cues.read("đòi lại đất đã cho", ["doi", "lai", "dat", "da", "cho"])
    plain = cues.read("doi lai dat da cho", ["doi", "lai", "dat", "da", "cho"])

    assert "exchange" not in marked.actions
    assert "exchange" in plain.actions


def test_a_foreign_element_and_the_kind_of_business_are_seen(cues: Cues) -> None:
    assert cues.read("lay chong han", "lay chong han".split()).foreign
    assert cues.read("cong ty doi dia chi", "cong ty doi dia chi".split()).who == "company"
    assert cues.read("mo quan", "mo quan".split()).who == "household_business"


def test_one_accented_word_is_not_enough_to_believe() -> None:
    assert not has_marks("dang ký ket hon")
    assert has_marks("đăng ký kết hôn")


def test_further_names_join_what_was_judged_of_a_procedure() -> None:
    judged = wording.Spoken(code="1.000894", phrases=("cưới",), action="register_new", weight=5)
    further = wording.Spoken(code="1.000894", phrases=("lấy nhau",), judged=False)
    seldom = wording.Spoken(code="1.003695", phrases=("làng nghề",), judged=False)

    first, second = wording.joined([judged], [further, seldom])

    assert (first.phrases, first.action, first.weight) == (("cưới", "lấy nhau"), "register_new", 5)
    assert second == seldom


def test_no_further_name_stands_elsewhere_under_another_procedure() -> None:
    known = {fold(phrase): row.code for row in wording.read_spoken() for phrase in row.phrases}
    known |= {fold(phrase): code for phrase, code in wording.read_colloquial()}

    twice = [
        phrase for row in wording.read_more() for phrase in row.phrases if known.get(fold(phrase), row.code) != row.code
    ]

    assert twice == []


def test_no_further_name_is_a_question_that_the_look_up_is_measured_by() -> None:
    asked = [
        set(words(json.loads(line)["text"]))
        for name in ("dev", "own")
        for line in (QUERIES / f"queries-{name}.jsonl").read_text("utf-8").splitlines()
    ]

    copied = [
        phrase
        for row in wording.read_more()
        for phrase in row.phrases
        if len(said := set(words(phrase))) >= 5 and any(len(said & one) / len(said | one) >= 0.75 for one in asked)
    ]

    assert copied == []

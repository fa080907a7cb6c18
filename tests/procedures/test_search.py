import json
import random
import time
from dataclasses import replace

import pytest

from procedures.catalogue import Catalogue
from procedures.deciding import Absent, AskBack, Choices, Nothing, Questions, Sure, confidence, decide
from procedures.names import ABSENT, core
from procedures.search import Index
from procedures.wording import Spoken, read, read_questions


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("đăng ký kết hôn", "1.000894"),
        ("dang ky ket hon", "1.000894"),
        ("ĐĂNG KÝ KẾT HÔN", "1.000894"),
        ("đkkh", "1.000894"),
        ("ddawng kys tamj trus", "1.004194"),
        ("tach thau dat", "1.012784"),
        ("mất sổ đỏ", "1.012786"),
        ("passport hết hạn", "1.001456"),
        ("chuyển hộ khẩu về nhà chồng", "1.004222"),
        ("lấy chồng Hàn Quốc đăng ký ở đâu", "2.000806"),
    ],
)
def test_a_citizens_words_find_the_procedure_first(index: Index, said: str, code: str) -> None:
    assert index.search(said, limit=3)[0].code == code


def test_composed_and_decomposed_text_find_the_same(index: Index) -> None:
    composed = "\u0111\u0103ng k\u00fd khai sinh"
    decomposed = "\u0111a\u0306ng ky\u0301 khai sinh"

    assert index.search(composed) == index.search(decomposed)


@pytest.mark.parametrize(
    "text", ["", " ", "?!?", "🙂🙂", "\u200b", "a" * 10_000, "khai sinh " * 2_000, "'; DROP TABLE x;--", "\x00"]
)
def test_hostile_text_breaks_nothing(index: Index, text: str) -> None:
    hits = index.search(text)

    assert len(hits) <= 10


def test_a_hit_says_which_name_it_was_near(index: Index) -> None:
    (hit, *_) = index.search("mất sổ đỏ")

    assert "sổ đỏ" in hit.why[0]


def test_a_new_name_of_the_province_is_found_at_once(catalogue: Catalogue) -> None:
    spoken = (Spoken(code="1.000894", phrases=("bắt chồng làm giấy buôn làng",)),)

    index = Index(catalogue, replace(read(), spoken=spoken))

    assert index.search("bat chong lam giay buon lang")[0].code == "1.000894"


def test_a_name_left_out_does_not_find_itself(index: Index) -> None:
    at = next(number for number, name in enumerate(index.names) if name.text == "giấy hôn thú")

    with_it, without = index.find("giấy hôn thú"), index.find("giấy hôn thú", frozenset({at}))

    assert with_it.hits[0].score > without.hits[0].score


@pytest.fixture(scope="module")
def questions(index: Index) -> Questions:
    return Questions(read_questions(), index)


@pytest.mark.parametrize(
    ("said", "decision"),
    [
        ("đăng ký kết hôn cần giấy tờ gì", Sure),
        ("sổ đỏ", AskBack),
        ("so do", AskBack),
        ("mất giấy khai sinh", AskBack),
        ("trợ cấp thất nghiệp", Absent),
        ("xin giấy phép bán rượu", Absent),
        ("abc xyz", Nothing),
        ("sửa giấy tờ hộ kinh doanh", Choices),
    ],
)
def test_each_kind_of_decision(index: Index, questions: Questions, said: str, decision: type) -> None:
    assert isinstance(decide(index.find(said), index, questions), decision)


def test_nothing_found_is_no_confidence(index: Index) -> None:
    assert confidence(replace(index.find("khai sinh"), hits=())) == 0.0


def test_every_code_of_the_wording_files_is_in_the_catalogue(catalogue: Catalogue, index: Index) -> None:
    asked = [code for question in read_questions() for _, code in question.options]

    assert [code for code in asked if code not in catalogue] == []
    assert all(code in catalogue or code.startswith(ABSENT) for code in (name.code for name in index.names))


def test_the_questions_to_tune_on_are_not_in_the_names(index: Index) -> None:
    from pathlib import Path

    typed = Path(__file__).parents[1] / "data" / "queries-dev.jsonl"
    long = {
        row["text"] for line in typed.read_text("utf-8").splitlines() if len((row := json.loads(line))["text"]) > 40
    }

    assert long.isdisjoint(name.text for name in index.names)


def test_a_search_over_ten_thousand_procedures_takes_milliseconds(catalogue: Catalogue) -> None:
    chance = random.Random(1)
    rows = {row.code: row for row in catalogue}
    copies = {
        f"9.{number:06}": replace(
            row, code=f"9.{number:06}", name=f"{row.name} {chance.choice(['cấp tỉnh', 'cấp xã'])}"
        )
        for number, row in enumerate([*rows.values()] * 3)
    }
    many = Index(Catalogue(rows | dict(list(copies.items())[: 10_000 - len(rows)])), read())
    taken = []
    for row in chance.sample(list(rows.values()), 200):
        started = time.process_time()
        many.search(" ".join(row.name.split()[:7]))
        taken.append(time.process_time() - started)

    assert sorted(taken)[100] < 0.01


@pytest.mark.parametrize(
    ("name", "heart"),
    [
        ("Cấp giấy chứng nhận đăng ký tàu cá, tàu phục vụ nuôi trồng thủy sản", "đăng ký tàu cá"),
        ("Cấp lại thẻ công chứng viên", "Cấp lại thẻ công chứng viên"),
        ("Đăng ký khai tử (cấp xã)", "Đăng ký khai tử"),
        ("Cấp thẻ luật sư", ""),
    ],
)
def test_the_heart_of_an_official_name(name: str, heart: str) -> None:
    assert core(name) == heart


def test_a_long_story_with_chatter_in_it_is_offered_what_it_may_want(index: Index, questions: Questions) -> None:
    told = (
        "em với bạn trai quen nhau ba năm, ai cũng khen đẹp đôi, hai nhà ăn giỗ chung cả rồi, "
        "nay tụi em muốn ra phường làm giấy kết hôn cho chắc ăn thì cần những gì"
    )

    decision = decide(index.find(told), index, questions)

    assert isinstance(decision, Sure | Choices)

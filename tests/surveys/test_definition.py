"""The shipped survey: its questions, its branches, and how people answer."""

import pytest
from pydantic import ValidationError

from surveys.definition import Definition, Question, load

SHIPPED = load()


def question(name: str) -> Question:
    found = SHIPPED.question(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("5", "5"),
        (" 5 ", "5"),
        ("5.", "5"),
        ("5 sao", "5"),
        ("5/5", "5"),
        ("4 điểm", "4"),
        ("mức 2", "2"),
        ("dạ 5 ạ", "5"),
        ("rất hài lòng", "5"),
        ("RAT HAI LONG", "5"),
        ("ra\u0302\u0301t ha\u0300i lo\u0300ng", "5"),  # decomposed
        ("Tôi rất hài lòng!", "5"),
        ("hl", "4"),
        ("ok tốt", "4"),
        ("tốt lắm ạ", "4"),
        ("👍", "4"),
        ("👍👍👍", "4"),
        ("❤️", "5"),  # with its variation sign
        ("bình thường", "3"),
        ("không hài lòng", "2"),
        ("ko hai long", "2"),
        ("👎", "2"),
        ("rất không hài lòng", "1"),
        # no answers
        ("", None),
        ("0", None),
        ("6", None),
        ("55", None),
        ("٥", None),  # an Arabic five
        ("hài", None),
        ("tôi chưa nhận được kết quả", None),
    ],
)
def test_a_mark_is_read_however_it_is_said(text: str, mark: str | None) -> None:
    choice = question("satisfaction").read(text)

    assert (choice.value if choice else None) == mark


def test_every_title_and_word_of_every_answer_is_read_as_that_answer() -> None:
    for one in SHIPPED.questions:
        for place, choice in enumerate(one.answers, start=1):
            for way in (choice.title, choice.title.upper(), *choice.words, str(place)):
                assert one.read(way) == choice, (one.id, way)


def test_only_low_marks_are_asked_what_to_improve() -> None:
    answers = {"satisfaction": "5", "on_time": "early", "guidance": "first"}

    after_high = SHIPPED.next_after(answers)
    after_low = SHIPPED.next_after(answers | {"satisfaction": "3"})

    assert after_high is not None
    assert after_high.id == "comment"
    assert after_low is not None
    assert after_low.id == "improve"
    assert SHIPPED.next_after(answers | {"comment": ""}) is None


def test_nobody_is_asked_about_extra_money_in_a_chat() -> None:
    words = " ".join(one.text for one in SHIPPED.questions)

    assert "ngoài quy định" not in words
    assert "tiền" not in words


@pytest.mark.parametrize(
    ("questions", "why"),
    [
        ([{"id": "a", "text": "?"}, {"id": "a", "text": "?"}], "stands twice"),
        ([{"id": "a", "text": "?", "only_if": {"question": "b", "among": ["1"]}}], "not asked before"),
        (
            [
                {
                    "id": "a",
                    "text": "?",
                    "answers": [
                        {"value": "1", "title": "Có", "words": ["co"]},
                        {"value": "2", "title": "Cỏ"},
                    ],
                }
            ],
            "means two answers",
        ),
        ([], "at least 1 item"),
    ],
)
def test_a_wrong_definition_is_refused_with_its_reason(questions: list[object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Definition.model_validate(
            {"id": "s", "version": "1", "language": "vi", "thanks": "", "thanks_low": "", "questions": questions}
        )

from datetime import UTC, datetime

import pytest

from bot.lookup import Lookup

KEYS = {"id", "kind", "codes", "needs", "dossier_code", "text"}


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    return Lookup(lambda: datetime(2026, 11, 24, 3, tzinfo=UTC))


def test_an_answer_has_the_promised_keys_and_its_source(lookup: Lookup) -> None:
    told = lookup.answer("d1", "đăng ký kết hôn cần gì")

    assert told.keys() == KEYS
    assert (told["id"], told["kind"], told["codes"]) == ("d1", "answer", ["1.000894"])
    assert "dữ liệu ngày 20/07/2026" in told["text"]


@pytest.mark.parametrize(
    "said", ["xin chào", "gặp cán bộ", "dừng nhận tin", "hướng dẫn", "đánh giá dịch vụ", "abc", "hồ sơ của tôi"]
)
def test_only_procedures_bear_codes_and_every_answer_has_words(lookup: Lookup, said: str) -> None:
    told = lookup.answer(1, said)

    assert told["codes"] == []
    assert told["text"]


def test_choices_are_numbered_and_never_more_than_three(lookup: Lookup) -> None:
    told = lookup.answer(1, "căn cước")

    assert told["kind"] == "choices"
    assert len(told["codes"]) == 3
    assert [line[:2] for line in told["text"].splitlines()[1:4]] == ["1.", "2.", "3."]


def test_a_wrong_day_in_a_code_asks_to_look_again(lookup: Lookup) -> None:
    assert "phần ngày" in lookup.answer(1, "H36.21-261399-0001")["text"]


def test_the_day_is_judged_in_viet_nam(lookup: Lookup) -> None:
    late = Lookup(lambda: datetime(2026, 11, 24, 17, 30, tzinfo=UTC), lookup.catalogue)

    assert lookup.answer(1, "H36.21-261126-0001")["dossier_code"] is None
    assert late.answer(1, "H36.21-261126-0001")["dossier_code"] == "H36.21-261126-0001"


def test_a_need_that_is_absent_names_its_office(lookup: Lookup) -> None:
    told = lookup.answer(1, "mở nhà thuốc tây")

    assert told["kind"] == "out_of_scope"
    assert "Sở Y tế" in told["text"]


@pytest.mark.parametrize("said", ["", "\x00", "a" * 10_000, "🙂", "<script>alert(1)</script>", "%s%n{}", "1.999999"])
def test_hostile_text_is_answered_with_known_codes_only(lookup: Lookup, said: str) -> None:
    told = lookup.answer(None, said)

    assert all(code in lookup.catalogue for code in told["codes"])
    assert told["text"]
    assert "<script>" not in told["text"]


def test_staff_see_why_a_message_was_understood_so(lookup: Lookup) -> None:
    told = lookup.why("mat so do")

    assert told[0] == "Hiểu là: answer 1.012786"
    assert any("sổ đỏ" in line for line in told)
    assert told[-1] == "Quyết định: trả lời ngay một thủ tục"


def test_an_old_catalogue_names_no_sum(lookup: Lookup) -> None:
    late = Lookup(lambda: datetime(2027, 3, 1, tzinfo=UTC), lookup.catalogue)

    told = late.answer(1, "chứng thực chữ ký cần gì")

    assert told["kind"] == "answer"
    assert "thông tin có thể đã thay đổi" in told["text"]
    assert "đồng" not in told["text"]


def test_choices_bear_short_names_that_differ(lookup: Lookup) -> None:
    names = lookup.answer(1, "sửa giấy tờ hộ kinh doanh")["text"].splitlines()[1:4]

    assert len(set(names)) == 3
    assert all(len(name) <= 63 for name in names)

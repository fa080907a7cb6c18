"""Text: what is stored, what is compared, what an SMS carries."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnam import text

ALL_VIETNAMESE = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ"

FOLDED = [
    ("Đăng ký  KHAI SINH", "dang ky khai sinh"),
    (unicodedata.normalize("NFD", "Giấy chứng nhận quyền sử dụng đất"), "giay chung nhan quyen su dung dat"),
    ("đường\u00a0Đinh\tTiên\nHoàng", "duong dinh tien hoang"),  # a space that does not break, a tab, a line feed
    ("hộ\u200b khẩu\ufeff", "ho khau"),  # zero-width space, byte order mark
    ("Ｈ３６.２１", "h36.21"),  # full-width letters from a phone's keyboard
    ("Cụ Hồ Văn Ç", "cu ho van c"),
    ("", ""),
]

PLAIN = [
    ("Nộp 1.250.000 ₫ – “hạn” 30/11/2026…", 'Nop 1.250.000 d - "han" 30/11/2026...'),
    (unicodedata.normalize("NFD", "Ông/Bà Đỗ Ưu"), "Ong/Ba Do Uu"),
    ("Hồ\u202fsơ\u00a0‘mới’\u200b", "Ho so 'moi'"),
    ("dòng 1\ndòng 2", "dong 1\ndong 2"),
    ("façade ñ", "facade n"),
    ("ok 👍", "ok 👍"),  # no plain form: kept, and counted as it is
]


@pytest.mark.parametrize(("typed", "folded"), FOLDED)
def test_two_spellings_of_the_same_words_fold_alike(typed: str, folded: str) -> None:
    assert text.fold(typed) == folded


@pytest.mark.parametrize(("written", "sent"), PLAIN)
def test_an_sms_carries_plain_letters_and_keeps_case(written: str, sent: str) -> None:
    assert text.plain(written) == sent


@pytest.mark.parametrize("letter", list(ALL_VIETNAMESE + ALL_VIETNAMESE.upper()))
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_every_vietnamese_letter_loses_its_marks_in_either_form(letter: str, form: str) -> None:
    typed = unicodedata.normalize(form, letter)

    assert text.plain(typed).isascii()
    assert text.fold(typed) == text.plain(typed).lower()


def test_stored_text_is_composed_and_free_of_invisible_signs() -> None:
    typed = unicodedata.normalize("NFD", "Hồ sơ") + "\u200b\x00\u202e\u00a0mới\n"

    assert text.nfc(typed) == "Hồ sơ mới\n"


def test_words_leave_punctuation_out() -> None:
    assert text.words("Đăng ký khai-sinh (lại)? 1.001193_a") == [
        "dang",
        "ky",
        "khai",
        "sinh",
        "lai",
        "1",
        "001193",
        "a",
    ]


@pytest.mark.parametrize(
    ("long", "limit", "short"),
    [
        ("một hai ba", 10, "một hai ba"),
        ("một hai ba bốn", 12, "một hai ba…"),
        ("một hai ba bốn", 11, "một hai ba…"),
        ("Thiếu giấy xác nhận của, xã", 24, "Thiếu giấy xác nhận của…"),
        ("aaaaaaaaaaaaaaaaa bb", 6, "aaaaa…"),  # one long word is cut inside
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ],
)
def test_a_text_is_cut_after_a_word(long: str, limit: int, short: str) -> None:
    assert text.shorten(long, limit) == short


@given(st.text(max_size=80), st.integers(min_value=0, max_value=40))
def test_a_shortened_text_never_exceeds_its_limit(long: str, limit: int) -> None:
    assert len(text.shorten(long, limit)) <= limit


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing_more(typed: str) -> None:
    assert text.fold(text.fold(typed)) == text.fold(typed)

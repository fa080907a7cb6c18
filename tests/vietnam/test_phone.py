"""Phone numbers as people and spreadsheets write them."""

import phonenumbers
import pytest

from vietnam import phone

READ = [
    ("0912345678", "84912345678"),
    ("0912 345 678", "84912345678"),
    ("0912.345.678", "84912345678"),
    ("0912-345-678", "84912345678"),
    ("0912‑345–678", "84912345678"),  # non-breaking hyphen, en dash
    ("+84912345678", "84912345678"),
    ("84912345678", "84912345678"),
    ("0084912345678", "84912345678"),
    ("+84 (0)912 345 678", "84912345678"),
    ("840912345678", "84912345678"),
    ("912345678", "84912345678"),  # a spreadsheet took the zero
    ("912345678.0", "84912345678"),  # … and made a float of it
    ("'0912345678", "84912345678"),  # a spreadsheet's mark for text
    ("O912345678", "84912345678"),  # the letter O
    ("09l2345678", "84912345678"),  # the letter l
    ("\u202a0912345678\u202c", "84912345678"),  # copied from an address book
    ("０９１２３４５６７８", "84912345678"),  # full-width
    ("SĐT: 0912345678", "84912345678"),
    ("841234567", "84841234567"),  # nine digits that begin like the country's code
    ("01662345678", "84362345678"),  # 11 digits, before 15/09/2018
    ("1662345678", "84362345678"),
    ("+841212345678", "84792345678"),
    ("01992345678", "84592345678"),
]

REFUSED = [
    ("", "empty"),
    ("   ", "empty"),
    ("không có", "letters"),
    ("0912a45678", "letters"),
    ("0" * 61, "letters"),
    ("091234567", "short"),
    ("113", "short"),
    ("09781234567", "long"),
    ("0263 3822 045", "landline"),
    ("02633822045", "landline"),
    ("+842633822045", "landline"),
    ("1900 1234", "service"),
    ("1800599920", "service"),
    ("+1 202 555 0100", "foreign"),
    ("0085512345678", "foreign"),
    ("0611234567", "unknown"),
    ("0912345678 / 0987654321", "several"),
    ("0912345678, 0987654321", "several"),
    ("0912345678 0987654321", "several"),
]


@pytest.mark.parametrize(("typed", "digits"), READ)
def test_a_number_is_read_in_every_spelling(typed: str, digits: str) -> None:
    assert phone.read(typed) == digits


@pytest.mark.parametrize(("typed", "code"), REFUSED)
def test_what_takes_no_message_is_refused_with_its_reason(typed: str, code: str) -> None:
    with pytest.raises(phone.PhoneError) as refusal:
        phone.read(typed)

    assert refusal.value.code == code
    assert typed.strip() not in refusal.value.reason or not typed.strip()


def test_a_reason_counts_the_digits() -> None:
    with pytest.raises(phone.PhoneError, match="thiếu 2 chữ số"):
        phone.read("09123456")


def test_the_new_prefixes_keep_the_last_digit_of_the_old_ones() -> None:
    for last in "23456789":
        assert phone.read(f"016{last}1234567") == f"843{last}1234567"


def test_a_number_is_shown_in_groups_or_masked() -> None:
    assert phone.national("84912345678") == "0912 345 678"
    assert phone.masked("84912345678") == "0912 ··· 678"
    assert phone.masked("12") == "···"


def test_every_prefix_is_a_mobile_one_or_not_as_the_library_has_it() -> None:
    kinds = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
    for prefix in range(300, 1000):
        number = phonenumbers.PhoneNumber(country_code=84, national_number=int(f"{prefix}345678"))
        is_mobile = phonenumbers.number_type(number) in kinds
        assert phone._is_mobile(f"0{prefix}345678") is is_mobile, prefix

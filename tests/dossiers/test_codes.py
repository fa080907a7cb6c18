import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.codes import canonical, find, tail

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("H36.21-260622-0001", "H36.21-260622-0001"),
        ("mã hồ sơ H36.21-260622-0001 sao chưa xong ạ?", "H36.21-260622-0001"),
        ("h16.05.230914.0123 xong chưa", "H16.05-230914-0123"),  # dots for dashes
        ("H36.21 260622 0001", "H36.21-260622-0001"),  # spaces for dashes
        ("h36 . 21 – 260622 — 0001", "H36.21-260622-0001"),  # en and em dash
        ("H36,21-260622-0001", "H36.21-260622-0001"),  # comma for dot
        ("H36.21_260622_0001", "H36.21-260622-0001"),
        ("H36.21−260622‑0001", "H36.21-260622-0001"),  # minus sign, non-breaking hyphen
        ("H\u200b36.21-\ufeff260622-0001", "H36.21-260622-0001"),  # zero width
        ("\uff2836.21-260622-0001", "H36.21-260622-0001"),  # full-width letter
        ("H36.21-\n260622-0001", "H36.21-260622-0001"),  # broken over two lines
        ("000.00.16.H16-210305-0011", "000.00.16.H16-210305-0011"),
        ("000 00 16 h16 210305 0011", "000.00.16.H16-210305-0011"),
        ("G09.20-20260609-0092637", "G09.20-20260609-0092637"),  # eight-digit day
        ("G22.99-251225-020175", "G22.99-251225-020175"),
        ("H15.50.05.13-261008-0975", "H15.50.05.13-261008-0975"),
        ("H36.21-2606220001", "H36.21-260622-0001"),  # a dash forgotten
        ("H36.21-26O622-0001", "H36.21-260622-0001"),  # letter O
        ("h16 chấm 16 gạch 220621 gạch 0001", "H16.16-220621-0001"),  # spoken
        ("tra cứu H16.16-220621-0001,cảm ơn", "H16.16-220621-0001"),
        ("https://x.vn/portaldvc/tra-cuu?MHS=H36.21-260622-0001&SGT=067201000123", "H36.21-260622-0001"),
        ("https://x.vn/?code=H36%2E21%2D260622%2D0001", "H36.21-260622-0001"),
        ("H36.21-261125-0001", "H36.21-261125-0001"),  # tomorrow: clocks differ
    ],
)
def test_a_code_is_read_in_every_form(typed: str, code: str) -> None:
    assert find(typed, TODAY).code == code


@pytest.mark.parametrize(
    "typed", ["H36.21-261399-0001", "H36.21-260230-0001", "H36.21-261126-0001", "H36.21-20261301-0001"]
)
def test_an_impossible_day_is_said_and_never_guessed(typed: str) -> None:
    found = find(typed, TODAY)

    assert (found.code, found.problem) == (None, "impossible_date")


@pytest.mark.parametrize("typed", ["mã hồ sơ 0042", "H36.21-260622", "số biên nhận 12345", "h36.21"])
def test_part_of_a_code_is_incomplete(typed: str) -> None:
    found = find(typed, TODAY)

    assert (found.code, found.problem) == (None, "incomplete")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "đăng ký kết hôn",
        "1.001193",
        "2.000635.000.00.00.H36",  # a procedure's code
        "0912345678",
        "067201000123",
        "03706/2026/07906",  # a social-insurance dossier
        "352/KH-UBND",
        "AH36.21-260622-0001",
        "quốc lộ H36",
    ],
)
def test_what_only_looks_like_a_code_is_none(typed: str) -> None:
    found = find(typed, TODAY)

    assert (found.code, found.problem) == (None, None)


def test_a_long_number_is_not_cut_down_to_a_serial() -> None:
    assert find("G22.99.3-241219795252", TODAY).code is None
    assert find("H36.21-260622-00012345", TODAY).code is None


def test_the_first_good_code_wins_over_a_broken_one() -> None:
    assert find("H36.21-261399-0001 hay H36.21-260622-0001", TODAY).code == "H36.21-260622-0001"


def test_canonical_takes_a_code_that_stands_alone() -> None:
    assert canonical(" h36.21 - 260622 - 0001 ") == "H36.21-260622-0001"
    assert canonical("H36.21-991399-0001") == "H36.21-991399-0001"
    assert canonical("mã H36.21-260622-0001") is None
    assert canonical("") is None


def test_the_tail_is_what_people_copy() -> None:
    assert tail("000.00.16.H16-210305-0011") == "H16-210305-0011"
    assert tail("H36.21-260622-0001") == "H36.21-260622-0001"


@pytest.mark.parametrize("text", ["H36." * 5000, "0" * 100_000, "H36.21-" * 3000, "." * 50_000])
def test_a_flood_is_read_quickly(text: str) -> None:
    assert find(text, TODAY).code is None


OURS = r"(\d{3}\.\d{2}\.\d{2}\.)?[GH]\d{2}(\.\d{1,3}){0,4}-(\d{8}|\d{6})-\d{4,7}"


@given(st.from_regex(re.compile(OURS, re.ASCII), fullmatch=True))
def test_a_code_that_is_spelled_right_already_is_read_as_any_other_spelling_of_it(code: str) -> None:
    assert canonical(code) == canonical(code.lower()) == canonical(f" {code} ") == code

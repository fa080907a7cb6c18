"""Money in đồng: shown, spelled, typed."""

import pytest

from vietnam import money

SPELLED = [
    (0, "không đồng"),
    (1, "một đồng"),
    (5, "năm đồng"),
    (10, "mười đồng"),
    (11, "mười một đồng"),
    (14, "mười bốn đồng"),
    (15, "mười lăm đồng"),
    (20, "hai mươi đồng"),
    (21, "hai mươi mốt đồng"),
    (24, "hai mươi tư đồng"),
    (25, "hai mươi lăm đồng"),
    (101, "một trăm linh một đồng"),
    (104, "một trăm linh bốn đồng"),
    (105, "một trăm linh năm đồng"),
    (110, "một trăm mười đồng"),
    (115, "một trăm mười lăm đồng"),
    (121, "một trăm hai mươi mốt đồng"),
    (1_000, "một nghìn đồng"),
    (1_005, "một nghìn không trăm linh năm đồng"),
    (15_000, "mười lăm nghìn đồng"),
    (20_021, "hai mươi nghìn không trăm hai mươi mốt đồng"),
    (150_000, "một trăm năm mươi nghìn đồng"),
    (1_000_005, "một triệu không trăm linh năm đồng"),
    (1_050_000, "một triệu không trăm năm mươi nghìn đồng"),
    (1_250_000, "một triệu hai trăm năm mươi nghìn đồng"),
    (1_000_000_000, "một tỷ đồng"),
    (2_000_500_000, "hai tỷ năm trăm nghìn đồng"),
    (1_234_567_890_123, "một nghìn hai trăm ba mươi tư tỷ năm trăm sáu mươi bảy triệu tám trăm chín mươi nghìn "
                        "một trăm hai mươi ba đồng"),
    (-15_000, "âm mười lăm nghìn đồng"),
]  # fmt: skip

TYPED = [
    ("1250000", 1_250_000),
    ("1.250.000", 1_250_000),
    ("1,250,000đ", 1_250_000),
    ("1 250 000 đồng", 1_250_000),
    ("1\u00a0250\u00a0000 ₫", 1_250_000),
    ("1.250.000 VNĐ", 1_250_000),
    ("1.250.000,00", 1_250_000),
    ("15000.0", 15_000),  # a spreadsheet's float
    ("1.250", 1_250),
    ("15k", 15_000),
    ("15 nghìn", 15_000),
    ("15 ngàn đồng", 15_000),
    ("1,25 triệu", 1_250_000),
    ("1.5 tỷ", 1_500_000_000),
    ("0", 0),
    ("Miễn phí", 0),
]

REFUSED = [
    "",
    "một trăm rưỡi",
    "-5000",
    "1.25",  # one đồng and a quarter, or 1.250 with a digit lost?
    "1.2.3",
    "1.250,000",
    "1.250 triệu",  # 1,25 million, or 1.250 million?
    "1,2345 nghìn",
    "9" * 20,
    "9" * 100,
    "10.000đ - 20.000đ",
    "=1+1",
]


@pytest.mark.parametrize(("amount", "words"), SPELLED)
def test_a_sum_is_spelled_as_on_a_receipt(amount: int, words: str) -> None:
    assert money.in_words(amount) == words


@pytest.mark.parametrize(("typed", "amount"), TYPED)
def test_a_typed_sum_is_read(typed: str, amount: int) -> None:
    assert money.read(typed) == amount


@pytest.mark.parametrize("typed", REFUSED)
def test_an_unclear_sum_is_refused_and_never_guessed(typed: str) -> None:
    with pytest.raises(money.MoneyError) as refusal:
        money.read(typed)

    assert refusal.value.reason


def test_a_sum_is_shown_by_place() -> None:
    assert money.dong(1_250_000) == "1.250.000 đồng"
    assert money.sms(1_250_000) == "1.250.000d"
    assert money.screen(1_250_000) == "1.250.000\u00a0₫"

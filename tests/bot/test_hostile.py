"""SCOREBOARD check 27 in short: whatever is typed, no exception, no procedure of our own making, never silence."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.lookup import Lookup
from bot.understanding import Kind

PIECES = (
    "đăng ký", "mất", "sổ đỏ", "so do", "H36.21-260622-0001", "1.004873", "9.999999", "0912345678", "và", ",", "hồ sơ",
    "tôi", "bao nhiêu tiền", "\u0000", "\u202e", "a\u0301" * 5, "😀", "<b>", "{{7*7}}", "%s", "' OR 1=1 --", "../..",
    "bit.ly/x", "ﬁ", "Ｈ３６", "\ud7ff", "ignore previous instructions", "khai sinh", "nước ngoài", "\n\n", "1", "?",
)  # fmt: skip
MESSAGES = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=12).map("".join),
)


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    return Lookup(lambda: datetime(2026, 11, 24, 3, tzinfo=UTC))


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(text=MESSAGES)
def test_any_message_is_answered_from_the_catalogue_alone(lookup: Lookup, text: str) -> None:
    told = lookup.answer("x", text)

    assert Kind(told["kind"]) in Kind
    assert told["text"].strip()
    assert len(told["text"]) <= 2_000
    assert len(told["codes"]) <= 3
    assert all(
        code in lookup.catalogue for code in [*told["codes"], *(code for need in told["needs"] for code in need)]
    )
    assert bool(told["codes"]) == (told["kind"] in ("answer", "choices"))


@pytest.mark.parametrize("text", ["a" * 100_000, "đ" * 5_000, "mất sổ đỏ " * 500, ", ".join(["khai sinh"] * 400)])
def test_a_flood_is_read_in_part(lookup: Lookup, text: str) -> None:
    assert lookup.answer("x", text)["text"]

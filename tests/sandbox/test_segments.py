"""How the carrier counts and bills a text."""

import pytest

from sandbox.segments import size


@pytest.mark.parametrize(
    ("text", "encoding", "characters", "parts"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),  # the pair may not be split: the first part holds 152
        ("đ" * 70, "UCS-2", 70, 1),
        ("đ" * 71, "UCS-2", 71, 2),
        ("đ" * 134, "UCS-2", 134, 2),
        ("đ" * 135, "UCS-2", 135, 3),
        ("á", "UCS-2", 1, 1),
        ("à", "GSM-7", 1, 1),
        ("😀" * 35, "UCS-2", 70, 1),
        ("đ" * 66 + "😀" + "đ" * 66, "UCS-2", 134, 3),  # nor may a surrogate pair
        ("`", "UCS-2", 1, 1),
    ],
)
def test_a_text_is_counted_as_a_carrier_counts_it(text, encoding, characters, parts) -> None:
    assert size(text) == (encoding, characters, parts)

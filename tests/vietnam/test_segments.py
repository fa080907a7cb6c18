"""How an SMS is counted."""

import pytest

from vietnam.segments import Encoding, foreign, measure

COUNTED = [
    ("", Encoding.GSM7, 0, 0),
    ("a" * 160, Encoding.GSM7, 160, 1),
    ("a" * 161, Encoding.GSM7, 161, 2),
    ("a" * 306, Encoding.GSM7, 306, 2),
    ("a" * 307, Encoding.GSM7, 307, 3),
    ("a" * 459, Encoding.GSM7, 459, 3),
    ("a" * 158 + "€", Encoding.GSM7, 160, 1),  # an escaped sign counts two
    ("a" * 159 + "€", Encoding.GSM7, 161, 2),
    ("a" * 152 + "€" + "a" * 152, Encoding.GSM7, 306, 3),  # the pair would straddle the parts, so part 1 holds 152
    ("èéùìòà É @\n", Encoding.GSM7, 11, 1),
    ("á", Encoding.UCS2, 1, 1),
    ("á" * 70, Encoding.UCS2, 70, 1),
    ("á" * 71, Encoding.UCS2, 71, 2),
    ("á" * 134, Encoding.UCS2, 134, 2),
    ("á" * 135, Encoding.UCS2, 135, 3),
    ("😀" * 35, Encoding.UCS2, 70, 1),
    ("á" * 66 + "😀" + "á" * 66, Encoding.UCS2, 134, 3),  # a surrogate pair is not split either
    ("{}", Encoding.GSM7, 4, 1),
    ("ç", Encoding.UCS2, 1, 1),
    ("`", Encoding.UCS2, 1, 1),
]


@pytest.mark.parametrize(("text", "encoding", "characters", "parts"), COUNTED)
def test_characters_and_parts_are_exact(text: str, encoding: Encoding, characters: int, parts: int) -> None:
    counted = measure(text)

    assert (counted.encoding, counted.characters, counted.parts) == (encoding, characters, parts)


def test_the_characters_to_blame_are_named() -> None:
    assert foreign("Hồ sơ “mới” – a") == "ồơ“ớ”–"

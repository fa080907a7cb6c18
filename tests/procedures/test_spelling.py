import pytest

from procedures.spelling import Spelling
from vietnam.text import words

PHRASES = [words("đăng ký khai sinh cho con"), words("đổi bằng lái xe"), words("xin giấy xác nhận độc thân ở đâu")] * 10
ABBREVIATIONS = {
    ("gks",): ("giay", "khai", "sinh"),
    ("dk", "kh"): ("dang", "ky", "ket", "hon"),
    ("dk",): ("dang", "ky"),
}


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling(PHRASES, ABBREVIATIONS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ddooir bawngf lais xe ow ddaau", "doi bang lai xe o dau"),  # Telex keys left undone
        ("ddang kys khai sinhs", "dang ky khai sinh"),
        ("gks cho con", "giay khai sinh cho con"),  # an abbreviation
        ("dk kh", "dang ky ket hon"),  # the longest abbreviation first
        ("khia sinh cho con", "khai sinh cho con"),  # two letters swapped
        ("giay xac nhan doc thna", "giay xac nhan doc than"),
        ("xac nhn doc than", "xac nhan doc than"),  # a letter lost
        ("abc xyz 123", "abc xyz 123"),  # nothing is invented
        ("", ""),
    ],
)
def test_what_was_typed_becomes_what_was_meant(spelling: Spelling, typed: str, meant: str) -> None:
    assert " ".join(spelling.tokens(typed)) == meant


def test_a_known_pair_is_left_alone(spelling: Spelling) -> None:
    assert spelling.tokens("bằng lái") == ["bang", "lai"]

"""Where a word stands among the names: the same as if every name were looked at."""

from procedures.postings import Postings

VECTORS = [{"khai": 0.6, "sinh": 0.8}, {}, {"sinh": 1.0}]


def test_a_word_is_found_in_every_name_that_has_it_with_its_weight_there() -> None:
    postings = Postings(VECTORS, {"khai": 1, "sinh": 2})

    assert list(postings.of("khai")) == [(0, 0.6)]
    assert list(postings.of("sinh")) == [(0, 0.8), (2, 1.0)]
    assert postings.count("sinh") == 2


def test_a_word_that_no_name_has_is_nowhere() -> None:
    postings = Postings(VECTORS, {"khai": 1, "sinh": 2})

    assert list(postings.of("tử")) == []
    assert postings.count("tử") == 0


def test_without_names_nothing_is_anywhere() -> None:
    assert list(Postings([], {}).of("khai")) == []

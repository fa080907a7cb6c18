"""What a message costs: the row that fits best, on its day; what is not in the table is unknown, never free."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from channels.errors import Rejected, Throttled, Unavailable, Unknown
from channels.message import Accepted, Phone
from delivery.money.prices import Price, Prices, line
from delivery.outcome import Attempt
from delivery.routing import Path, Route

AT = datetime(2026, 6, 25, 2, 0, tzinfo=UTC)
SMS = Route(channel="sms", path=Path.SMS, address=Phone(number="84912345678"))
ZNS = Route(channel="zalo", path=Path.ZALO_PHONE, address=Phone(number="84912345678"), template_id="901")


def row(path: str = "sms", since: str = "2026-01-01", dong: int = 420, **more) -> Price:
    return Price.model_validate({"path": path, "since": since, "dong": dong} | more)


def price(table: list[Price], route: Route = SMS, **asked) -> int | None:
    return Prices(table).price(route, **({"event": "done", "at": AT} | asked))


def test_a_way_that_is_not_in_the_table_has_no_price_and_is_not_free() -> None:
    assert price([row()], ZNS) is None
    assert price([]) is None


def test_a_chat_within_its_hours_is_free_without_a_word_of_the_operator() -> None:
    chat = Route(channel="zalo", path=Path.ZALO_CHAT, address=Phone(number="84912345678"))

    assert price([], chat) == 0
    assert price([row("zalo/chat", dong=55)], chat) == 55


def test_an_sms_costs_by_its_parts() -> None:
    assert price([row()], parts=3) == 1260


def test_a_price_is_in_force_from_midnight_in_vietnam() -> None:
    table = [row(dong=420), row(since="2026-07-01", dong=400)]
    last, first = datetime(2026, 6, 30, 16, 59, tzinfo=UTC), datetime(2026, 6, 30, 17, 0, tzinfo=UTC)

    assert price(table, at=last) == 420
    assert price(table, at=first) == 400
    assert price([row(since="2026-07-01")], at=last) is None


def test_the_row_that_says_most_exactly_what_it_is_for_wins_over_a_newer_one() -> None:
    table = [
        row("zalo/template_phone", dong=300, since="2026-06-01"),
        row("zalo/template_phone", dong=200, event="done"),
        row("zalo/template_phone", dong=500, template="901"),
    ]

    assert price(table, ZNS) == 500
    assert price(table[:2], ZNS) == 200
    assert price(table[:2], ZNS, event="received") == 300


def test_registered_buttons_that_cost_are_added() -> None:
    assert price([row("zalo/template_phone", dong=200, button=100, buttons=2)], ZNS) == 400


def test_before_the_gateway_is_known_the_dearest_is_reckoned_with() -> None:
    table = [row(dong=420, gateway="http"), row(dong=900, gateway="twilio"), row(dong=500)]

    assert price(table) == 900
    assert price(table, gateway="http") == 420
    assert price(table, gateway="other") == 500


@pytest.mark.parametrize(
    "wrong", [{"path": "fax"}, {"dong": -1}, {"since": "soon"}, {"event": "of_tomorrow"}, {"x": 1}]
)
def test_a_row_that_means_nothing_is_refused(wrong) -> None:
    with pytest.raises(ValidationError):
        row(**wrong)


def test_the_ways_without_a_price_are_named() -> None:
    prices = Prices([row(), row("email", dong=0, event="done")])

    assert prices.missing([Path.SMS, Path.EMAIL, Path.TELEGRAM]) == [Path.EMAIL]


def attempt(price: int | None = 900, reserved: int | None = None) -> Attempt:
    claimed = SimpleNamespace(event="done", tried={})
    return Attempt(claimed=claimed, route=SMS, number=1, at=AT, parts=1, price=price, reserved=reserved)


TABLE = Prices([row(dong=420, gateway="http"), row(dong=900, gateway="twilio")])


@pytest.mark.parametrize(
    ("answer", "deduplicates", "cost"),
    [
        (Accepted(provider_id="twilio:1"), False, 900),
        (Accepted(provider_id="http:1"), False, 420),  # the gateway that took it is known now
        (Accepted(provider_id=None), False, 900),
        (Unknown(), False, 900),  # it may have gone through
        (Rejected("no"), False, 0),
        (Throttled("later"), False, 0),
        (Unavailable(), False, 0),
    ],
)
def test_what_an_answer_costs(answer, deduplicates: bool, cost: int) -> None:
    assert line(attempt(), answer, TABLE, deduplicates=deduplicates) == cost
    assert line(attempt(reserved=900), answer, TABLE, deduplicates=deduplicates) == cost - 900


@pytest.mark.parametrize(("answer", "added"), [(Rejected("no words"), -900), (Unknown("stopped"), 0)])
def test_what_was_set_aside_for_words_that_were_never_made_comes_back(answer, added: int) -> None:
    assert line(attempt(price=None, reserved=900), answer, TABLE, deduplicates=False) == added


@pytest.mark.parametrize(("reserved", "added"), [(None, 0), (900, 0)])
def test_what_is_sent_again_under_the_same_reference_keeps_what_was_set_aside(reserved, added: int) -> None:
    assert line(attempt(reserved=reserved), Unknown(), TABLE, deduplicates=True) == added


def test_what_has_no_price_costs_what_nobody_knows() -> None:
    assert line(attempt(price=None), Accepted(provider_id="http:1"), TABLE, deduplicates=False) is None


def test_the_table_gives_the_same_answer_twice() -> None:
    prices = Prices([row(dong=420), row(dong=410, since=str(date(2026, 6, 25)))])

    assert [prices.price(SMS, event="done", at=AT) for _ in range(2)] == [410, 410]

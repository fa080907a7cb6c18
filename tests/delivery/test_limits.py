"""Rates hold in every window, and a strange clock locks nobody out."""

from datetime import timedelta

import pytest

from channels.channel import Capabilities
from channels.errors import Throttled
from delivery.limits import Limits


def limits(clock, rate: float, connections: int = 1_000_000) -> Limits:
    can = Capabilities(addresses=frozenset(), longest=1, rate_per_second=rate, connections=connections)
    return Limits({"sms": can}, clock)


@pytest.mark.parametrize("rate", [0.1, 0.5, 1, 1.5, 2.5, 20, 66.7])
def test_no_window_holds_more_than_the_rate(clock, rate: float) -> None:
    line = limits(clock, rate)
    sent = []
    for _ in range(4_000):
        if line.take("sms"):
            sent.append(clock())
        clock.advance(milliseconds=10)

    window = timedelta(seconds=max(1.0, 1 / rate))
    most = max(sum(1 for other in sent if moment <= other < moment + window) for moment in sent[:200])
    assert most <= max(1, rate * window.total_seconds())
    assert len(sent) >= 40 / window.total_seconds() * max(1, int(rate)) * 0.95 - 1


def test_a_channel_without_a_rate_is_bound_by_its_connections_alone(clock) -> None:
    line = limits(clock, 0, connections=3)
    line.count({"sms": 1})

    assert [line.take("sms") for _ in range(4)] == [True, True, False, False]


def test_a_clock_that_is_put_back_locks_nobody_out(clock) -> None:
    line = limits(clock, 2)
    line.take("sms"), line.take("sms")
    line.heard("sms", Throttled("later", retry_after=60))

    clock.advance(hours=-1)

    assert line.take("sms")


@pytest.mark.parametrize(
    ("asked", "after", "open_"), [(30, 29, False), (30, 31, True), (None, 2, True), (9e9, 3601, True)]
)
def test_a_provider_that_asks_for_patience_gets_it_within_reason(clock, asked, after, open_) -> None:
    line = limits(clock, 0)
    line.heard("sms", Throttled("later", retry_after=asked))

    clock.advance(seconds=after)

    assert line.take("sms") is open_


def test_a_limit_of_one_kind_of_message_does_not_rest_the_channel(clock) -> None:
    line = limits(clock, 0)

    line.heard("sms", Throttled("this template", retry_after=60, whole=False))

    assert line.exhausted() == []

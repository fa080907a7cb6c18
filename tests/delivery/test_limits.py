"""Rates hold in every window, replies need not queue behind notices, and a strange clock locks nobody out."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.channel import Capabilities
from channels.errors import Rejected, Throttled, Unavailable, Unknown
from channels.message import Accepted
from delivery.policy import Lane
from delivery.providers.breaker import FIRST_PROBE, LONGEST_PROBE, TRIPS_AT
from delivery.providers.limits import Limits
from delivery.providers.line import Line


@dataclass
class Clock:
    """As the fixture, but a fresh one for each example."""

    now: datetime = datetime(2026, 6, 25, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> None:
        self.now += timedelta(**amount)


def limits(clock, rate: float, connections: int = 1_000_000, **changes) -> Limits:
    can = Capabilities(addresses=frozenset(), longest=1, rate_per_second=rate, connections=connections, **changes)
    return Limits({"sms": can}, clock)


def worst(sent: list[datetime], window: timedelta) -> int:
    """The most that any window holds: it begins with one that was sent."""
    most = first = 0
    for last, moment in enumerate(sent):
        while moment - sent[first] >= window:
            first += 1
        most = max(most, last - first + 1)
    return most


@pytest.mark.parametrize("rate", [0.1, 0.5, 1, 1.5, 2.5, 20, 66.7])
def test_no_window_holds_more_than_the_rate(clock, rate: float) -> None:
    line = limits(clock, rate)
    sent = []
    for _ in range(4_000):
        if line.take("sms"):
            line.leaves("sms")
            line.heard("sms", Accepted())
            sent.append(clock())
        clock.advance(milliseconds=10)

    window = timedelta(seconds=max(1.0, 1 / rate))
    assert worst(sent, window) <= max(1, rate * window.total_seconds())
    assert len(sent) >= 40 / window.total_seconds() * max(1, int(rate)) * 0.92 - 1


@settings(max_examples=60, deadline=None)
@given(
    rate=st.sampled_from([0.3, 1, 3, 7.9, 30, 200]),
    steps=st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 40), st.booleans(), st.integers(0, 300)), min_size=5, max_size=120
    ),
)
def test_however_unevenly_it_is_asked_and_however_late_messages_leave_no_window_holds_more(rate, steps) -> None:
    clock = Clock()
    line = limits(clock, rate)
    sent: list[datetime] = []
    late: list[tuple[datetime, int]] = []
    for wait, asked, replying, delay in steps:
        clock.advance(milliseconds=wait)
        for due, _ in sorted(each for each in late if each[0] <= clock()):
            assert line.leaves("sms") == 0
            sent.append(clock())
            assert due <= clock()
        late = [each for each in late if each[0] > clock()]
        for number in range(asked):
            if line.take("sms", Lane.REPLY if replying else Lane.NOTICE):
                late.append((clock() + timedelta(milliseconds=delay), number))

    window = timedelta(seconds=max(1.0, 1 / rate))
    assert worst(sent, window) <= max(1, int(rate))
    assert worst(sent, timedelta(seconds=60)) <= max(1, rate * 60)


@settings(max_examples=60, deadline=None)
@given(
    rate=st.sampled_from([1, 3, 7.9, 30, 200]),
    steps=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 40), st.integers(0, 400)), min_size=5, max_size=24),
    needs=st.integers(0, 300),
)
def test_however_long_requests_are_on_their_way_the_provider_sees_no_more_in_any_window(rate, steps, needs) -> None:
    """The provider itself `needs` so many milliseconds for an answer; each request needs its own to get there."""
    clock = Clock()
    line = limits(clock, rate)
    arrived: list[datetime] = []
    answers: list[datetime] = []
    for wait, asked, under_way in [(0, 1, 0), (needs, 0, 0), *steps]:
        until = clock() + timedelta(milliseconds=wait)
        for answer in sorted(each for each in answers if each <= until):
            clock.now = max(clock.now, answer)
            line.heard("sms", Accepted())
        answers = [each for each in answers if each > until]
        clock.now = until
        for _ in range(asked):
            if line.take("sms", Lane.REPLY):
                line.leaves("sms")
                arrived.append(clock() + timedelta(milliseconds=under_way))
                answers.append(arrived[-1] + timedelta(milliseconds=needs))

    assert worst(sorted(arrived), timedelta(seconds=1)) <= max(1, int(rate))


def test_a_reply_finds_a_place_while_notices_leave_as_fast_as_they_may(clock) -> None:
    line = limits(clock, 20)
    waited = []
    for tick in range(2_000):
        while line.take("sms", Lane.BULK):
            line.leaves("sms")
            line.heard("sms", Accepted())
        if tick % 97 == 0:
            asked = clock()
            while not line.take("sms", Lane.REPLY):
                clock.advance(milliseconds=5)
            line.leaves("sms")
            line.heard("sms", Accepted())
            waited.append(clock() - asked)
        clock.advance(milliseconds=5)

    assert max(waited) <= timedelta(milliseconds=110)


def test_notices_leave_at_an_even_pace(clock) -> None:
    line = limits(clock, 20)
    sent = []
    for _ in range(1_000):
        while line.take("sms", Lane.BULK):
            line.leaves("sms")
            line.heard("sms", Accepted())
            sent.append(clock())
        clock.advance(milliseconds=5)

    assert max(later - earlier for earlier, later in pairwise(sent[20:])) < timedelta(milliseconds=120)


def test_a_place_of_a_message_that_was_never_marked_is_free_again(clock) -> None:
    line = limits(clock, 2)
    assert [bool(line.take("sms", Lane.REPLY)) for _ in range(3)] == [True, True, False]

    line.count({})

    assert line.take("sms", Lane.REPLY)


def test_a_channel_without_a_rate_is_bound_by_its_connections_alone(clock) -> None:
    line = limits(clock, 0, connections=3)
    line.count({"sms": 1})

    assert [line.take("sms") for _ in range(4)] == ["sms", "sms", None, None]


def test_who_has_looked_at_the_clock_a_little_earlier_frees_no_place(clock) -> None:
    line = Line(clock())
    line.share = 1
    before = clock()
    clock.advance(milliseconds=1)
    line.take(clock())
    line.leave(clock())
    line.answered(clock())

    line.used(before)

    assert line.places(clock(), even=False) == 0


def test_a_clock_that_is_put_back_locks_nobody_out(clock) -> None:
    line = limits(clock, 2)
    for _ in range(2):
        line.take("sms", Lane.REPLY)
        line.leaves("sms")
    line.heard("sms", Throttled("later", retry_after=60))

    clock.advance(hours=-1)

    assert line.take("sms")


@pytest.mark.parametrize(
    ("asked", "after", "open_"), [(30, 29, False), (30, 31, True), (None, 2, True), (9e9, 3601, True), (-5, 2, True)]
)
def test_a_provider_that_asks_for_patience_gets_it_within_reason(clock, asked, after, open_) -> None:
    line = limits(clock, 0)
    line.heard("sms", Throttled("later", retry_after=asked))

    clock.advance(seconds=after)

    assert bool(line.take("sms")) is open_


def test_what_was_claimed_just_before_a_complaint_waits_as_long_as_all_others(clock) -> None:
    line = limits(clock, 0)
    line.take("sms")
    line.heard("sms", Throttled("later", retry_after=30))

    assert line.leaves("sms") == 30


def test_a_limit_of_one_kind_of_message_does_not_rest_the_channel(clock) -> None:
    line = limits(clock, 0)

    line.heard("sms", Throttled("this template", retry_after=60, whole=False))

    assert line.exhausted() == []


def sent_in(line: Limits, clock, seconds: float, *, bears: float | None = None) -> int:
    """How many leave in this time; a provider that bears less complains of the rest."""
    sent = 0
    for _ in range(int(seconds * 100)):
        while line.take("sms", Lane.BULK):
            if line.leaves("sms"):
                break
            sent += 1
            line.heard("sms", Accepted())
        clock.advance(milliseconds=10)
    return sent


def test_after_a_complaint_half_as_much_leaves_and_a_minute_later_all_again(clock) -> None:
    line = limits(clock, 40)
    before = sent_in(line, clock, 10)
    line.heard("sms", Throttled("later", retry_after=1))
    clock.advance(seconds=1)

    just_after = sent_in(line, clock, 5)
    clock.advance(seconds=60)
    recovered = sent_in(line, clock, 10)

    assert before * 0.4 < 2 * just_after < before * 0.75
    assert recovered > before * 0.95


def test_complaints_of_requests_that_left_together_are_one_complaint(clock) -> None:
    line, other = limits(clock, 40), limits(clock, 40)
    line.heard("sms", Throttled("later", retry_after=1))
    for _ in range(30):
        other.heard("sms", Throttled("later", retry_after=1))
    clock.advance(seconds=2)

    assert sent_in(line, clock, 1) == sent_in(other, clock, 1)


def test_many_complaints_slow_a_provider_down_but_never_to_nothing(clock) -> None:
    line = limits(clock, 32)
    for _ in range(50):
        line.heard("sms", Throttled("later", retry_after=1))
        clock.advance(seconds=2)

    assert 1 <= sent_in(line, clock, 2) <= 6


def test_a_provider_without_a_known_rate_is_slowed_down_and_free_again_later(clock) -> None:
    line = limits(clock, 0, connections=1_000_000)
    for _ in range(100):
        line.take("sms")
        line.leaves("sms")
    for _ in range(99):
        line.heard("sms", Accepted())
    line.heard("sms", Throttled("later"))
    clock.advance(seconds=1)

    slowed = sent_in(line, clock, 1)
    clock.advance(minutes=2)
    free = [bool(line.take("sms")) for _ in range(1_000)]

    assert 30 <= slowed <= 70
    assert all(free)


def broken(clock, rate: float = 0) -> Limits:
    line = limits(clock, rate)
    for _ in range(TRIPS_AT):
        line.heard("sms", Unavailable("refused"))
    return line


async def test_after_failures_in_a_row_nothing_is_sent_until_one_message_has_tried_it(clock) -> None:
    line = broken(clock)
    at_once = line.take("sms")
    clock.advance(seconds=FIRST_PROBE.total_seconds())
    await line.sync()

    tries = [line.take("sms") for _ in range(3)]

    assert (at_once, tries) == (None, ["sms", None, None])
    assert line.leaves("sms") == 0


async def test_an_answer_to_the_try_closes_the_breaker(clock) -> None:
    line = broken(clock)
    clock.advance(seconds=FIRST_PROBE.total_seconds())
    await line.sync()
    line.take("sms")
    line.leaves("sms")

    line.heard("sms", Accepted())

    assert [line.take("sms") for _ in range(3)] == ["sms"] * 3
    assert line.down_for("sms") == timedelta(0)


async def test_a_try_in_vain_makes_the_next_one_rarer_up_to_a_bound(clock) -> None:
    line = broken(clock)
    gaps, last = [], clock()
    for _ in range(8):
        while not line.take("sms"):
            clock.advance(seconds=1)
            await line.sync()
        gaps.append(clock() - last)
        last = clock()
        line.leaves("sms")
        line.heard("sms", Unknown("HTTP 502"))

    assert gaps[:3] == [FIRST_PROBE, 2 * FIRST_PROBE, 4 * FIRST_PROBE]
    assert gaps[-1] == LONGEST_PROBE
    assert line.down_for("sms") > timedelta(minutes=10)


@pytest.mark.parametrize(
    "answer", [Accepted(), Rejected("no such number", permanent=True), Throttled("template", whole=False)]
)
def test_any_clear_word_of_a_provider_ends_the_row_of_failures(clock, answer) -> None:
    line = limits(clock, 0)
    for _ in range(TRIPS_AT - 1):
        line.heard("sms", Unknown("HTTP 500"))
    line.heard("sms", answer)
    for _ in range(TRIPS_AT - 1):
        line.heard("sms", Unknown("HTTP 500"))

    assert line.take("sms")


async def test_a_fault_of_ours_says_nothing_of_the_provider(clock) -> None:
    line = broken(clock)
    clock.advance(seconds=FIRST_PROBE.total_seconds())
    await line.sync()
    line.take("sms")
    line.leaves("sms")

    line.heard("sms", Rejected("no words", code="no_text"))

    assert [line.take("sms"), line.take("sms")] == ["sms", None]
    assert line.down_for("sms") > timedelta(0)


def test_what_was_claimed_just_before_the_breaker_opened_does_not_leave(clock) -> None:
    line = limits(clock, 0)
    line.take("sms")
    for _ in range(TRIPS_AT):
        line.heard("sms", Unavailable("refused"))

    assert line.leaves("sms") > 0


async def test_after_an_outage_the_pile_leaves_slowly_at_first_and_never_above_the_rate(clock) -> None:
    line = broken(clock, rate=40)
    clock.advance(hours=6)
    await line.sync()
    line.take("sms")
    line.leaves("sms")
    line.heard("sms", Accepted())

    seconds = [sent_in(line, clock, 1) for _ in range(90)]

    assert seconds[1] <= 14
    assert max(seconds) <= 40
    assert sum(seconds[-10:]) >= 370

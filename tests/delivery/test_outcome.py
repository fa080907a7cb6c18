"""What an answer means, as a table: every kind of answer, what the channel can, and what the event fears more."""

from datetime import timedelta

import pytest

from channels.channel import Capabilities, Offer
from channels.errors import Rejected, SendError, Throttled, Unavailable, Unknown
from channels.message import Accepted, Phone
from delivery.outcome import ASK_AFTER, DOUBLES, FAILURES, STUCK, VIA, Attempt, decide, undelivered
from delivery.policy import Doubt, Policy
from delivery.routing import Path, Route
from store.outbox.tables import DOUBTS, Claimed, State

WITHIN = timedelta(hours=1)
DOUBLE, MISS = Policy(doubt=Doubt.DOUBLE), Policy(doubt=Doubt.MISS)
ALONE = Policy(doubt=Doubt.DOUBLE, falls_back=False)
PLAIN, RECEIPTS, DEDUPLICATES, ASKS = {}, {"receipts": True}, {"deduplicates": True}, {"asks": True}


def claimed(clock, **changes) -> Claimed:
    values = dict.fromkeys(["dossier_id", "notice_id", "agency", "filing_channel", "channel", "path"])
    values |= {
        "message_id": "m",
        "person_id": "p",
        "event": "done",
        "about": "d",
        "lane": 1,
        "state": State.SENDING,
        "recipient": b"r",
        "due_at": clock(),
        "expires_at": clock() + timedelta(hours=72),
        "created_at": clock(),
        "tried": {},
        "tries": 0,
        "attempt": 1,
        "body": {},
    }
    return Claimed(**(values | changes))


def decided(clock, chance, answer, can=PLAIN, policy=DOUBLE, **changes):
    row = claimed(clock, channel="sms", path="sms", **changes)
    route = Route(channel="sms", path=Path.SMS, address=Phone(number="84912345678"))
    attempt = Attempt(claimed=row, route=route, number=row.attempt, at=clock())
    capabilities = Capabilities(addresses=frozenset({Phone}), longest=459, **can)
    return decide(attempt, answer, can=capabilities, policy=policy, receipt_within=WITHIN, now=clock(), chance=chance)


NO, OURS, BROKEN = Rejected("no", code="c"), Rejected("no", ours=True), Rejected("no", ours=True, permanent=False)
PASSING = Rejected("no", permanent=False)
TABLE = [
    # answer, channel can, policy -> step, state, final, given up
    (Accepted(provider_id="x"), PLAIN, DOUBLE, "accepted", State.ACCEPTED, True, {}),
    (Accepted(), RECEIPTS, DOUBLE, "accepted", State.ACCEPTED, False, {}),
    (Throttled(retry_after=30), PLAIN, DOUBLE, "throttled", State.WAITING, False, {}),
    (Throttled(), PLAIN, ALONE, "throttled", State.WAITING, False, {}),
    (Throttled(retry_after=7200), PLAIN, DOUBLE, "throttled", State.WAITING, False, {"sms": "soft"}),
    (Throttled(retry_after=7200), PLAIN, ALONE, "throttled", State.WAITING, False, {}),
    (Unavailable(), PLAIN, DOUBLE, "unavailable", State.WAITING, False, {}),
    (PASSING, PLAIN, DOUBLE, "rejected", State.WAITING, False, {}),
    (NO, PLAIN, DOUBLE, "rejected", State.WAITING, False, {"sms": "hard"}),
    (OURS, PLAIN, DOUBLE, "rejected", State.WAITING, False, {"sms": "soft"}),
    (BROKEN, PLAIN, MISS, "rejected", State.WAITING, False, {"sms": "soft"}),
    (Unknown(), PLAIN, DOUBLE, "unknown", State.UNKNOWN, False, {}),
    (Unknown(), PLAIN, MISS, "unknown_again", State.WAITING, False, {"doubts": "1"}),
    (Unknown(), DEDUPLICATES, DOUBLE, "unknown_again", State.WAITING, False, {}),
    (Unknown(), DEDUPLICATES, MISS, "unknown_again", State.WAITING, False, {}),
    (Unknown(), ASKS, DOUBLE, "unknown", State.UNKNOWN, False, {}),
    (Unknown(), ASKS, MISS, "unknown", State.UNKNOWN, False, {}),
    (Unknown(), DEDUPLICATES | ASKS, MISS, "unknown_again", State.WAITING, False, {}),
    (SendError("of another kind"), PLAIN, DOUBLE, "unknown", State.UNKNOWN, False, {}),
]


@pytest.mark.parametrize(("answer", "can", "policy", "step", "state", "final", "tried"), TABLE)
def test_every_answer_has_its_meaning(clock, chance, answer, can, policy, step, state, final, tried) -> None:
    move = decided(clock, chance, answer, can, policy)

    given_up = {mark: why for mark, why in move.tried.items() if mark != STUCK}
    assert (move.step, move.state, move.leaves, given_up) == (step, state, final, tried)
    assert (STUCK in move.tried) is (step in DOUBTS), "a provider that may have it keeps it"
    assert final or move.due_at >= clock(), "what stays in the queue has its hour"
    assert move.attempt == 1


@pytest.mark.parametrize(("gateway", "final"), [("tells", False), ("silent", True)])
def test_a_gateway_that_tells_nothing_is_not_waited_for_because_another_tells(clock, chance, gateway, final) -> None:
    both = {"receipts": True, "gateways": (Offer(name="tells"), Offer(name="silent", receipts=False))}

    move = decided(clock, chance, Accepted(), can=both, tried={VIA: f"sms/{gateway}"})

    assert move.final is final


def test_a_provider_that_can_be_asked_is_asked_soon_and_a_silent_one_is_left_until_the_end_of_life(
    clock, chance
) -> None:
    asked, left = decided(clock, chance, Unknown(), ASKS), decided(clock, chance, Unknown())

    assert asked.due_at == clock() + ASK_AFTER[Doubt.DOUBLE]
    assert left.due_at == clock() + timedelta(hours=72)


def test_a_provider_is_asked_late_where_a_double_is_worse_for_a_slow_request_may_yet_reach_it(clock, chance) -> None:
    soon, late = (decided(clock, chance, Unknown(), ASKS, policy).due_at for policy in (MISS, DOUBLE))

    assert late - soon >= timedelta(seconds=30)


def test_a_doubt_is_resent_so_often_and_no_more_whatever_other_tries_there_were(clock, chance) -> None:
    tried, steps = {}, []
    for _ in range(DOUBLES + 1):
        move = decided(clock, chance, Unknown(), PLAIN, MISS, tried=tried, tries=9)
        tried = move.tried
        steps.append(move.step)

    assert steps == ["unknown_again"] * DOUBLES + ["unknown"]


def test_pauses_grow_and_stay_within_bounds(clock, chance) -> None:
    pauses = [(decided(clock, chance, Unavailable(), policy=ALONE, tries=n).due_at - clock()) for n in range(40)]

    assert timedelta(seconds=2) <= pauses[0] <= timedelta(seconds=5)
    assert max(pauses) <= timedelta(minutes=15)


def test_a_channel_that_is_down_for_long_gives_way_to_the_next(clock, chance) -> None:
    moves = [decided(clock, chance, Unavailable(), tries=n) for n in range(40)]
    alone = [decided(clock, chance, Unavailable(), policy=ALONE, tries=n) for n in range(40)]

    assert not moves[3].tried
    assert moves[39].tried == {"sms": "soft"}
    assert not alone[39].tried


@pytest.mark.parametrize(("policy", "given_up"), [(DOUBLE, False), (MISS, True)])
@pytest.mark.parametrize("answer", [Unavailable("refused"), Throttled("later", retry_after=7_200)])
def test_what_a_provider_may_have_already_gives_way_to_the_next_only_where_a_miss_is_worse(
    clock, chance, answer, policy, given_up
) -> None:
    move = decided(clock, chance, answer, DEDUPLICATES, policy, tries=20, tried={STUCK: "sms"})

    assert ("sms" in move.tried) is given_up
    assert move.tried[STUCK] == "sms"


def test_a_clear_word_of_the_provider_that_may_have_it_ends_the_doubt(clock, chance) -> None:
    mine = decided(clock, chance, Accepted(provider_id="1"), RECEIPTS, tried={STUCK: "sms"})
    anothers = decided(clock, chance, Accepted(provider_id="1"), RECEIPTS, tried={STUCK: "zalo"})

    assert (mine.tried, anothers.tried) == ({}, {STUCK: "zalo"})


def test_a_second_refusal_keeps_the_first_in_mind(clock, chance) -> None:
    move = decided(clock, chance, NO, tried={"zalo/chat": "hard", "doubts": "1"})

    assert move.tried == {"zalo/chat": "hard", "doubts": "1", "sms": "hard"}


@pytest.mark.parametrize(
    ("passing", "tries", "tried"),
    [(False, 0, {"sms": "hard"}), (True, 0, {}), (True, FAILURES - 2, {}), (True, FAILURES - 1, {"sms": "hard"})],
)
def test_a_message_that_did_not_arrive_takes_the_next_way_or_the_same_a_few_times(clock, passing, tries, tried) -> None:
    row = claimed(clock, tries=tries)

    move = undelivered(row, "sms", at=clock(), due_at=clock(), code="c", passing=passing)

    assert (move.state, move.tried) == (State.WAITING, tried)


def test_that_we_may_not_send_now_is_no_word_on_what_may_have_gone_before(clock, chance) -> None:
    """Cut off, then repeated and refused for want of money: by another channel it might arrive twice."""
    stuck = {STUCK: "sms"}

    double = decided(clock, chance, OURS, can=DEDUPLICATES, policy=DOUBLE, tried=stuck)
    miss = decided(clock, chance, OURS, can=DEDUPLICATES, policy=MISS, tried=stuck)
    refused = decided(clock, chance, NO, can=DEDUPLICATES, policy=DOUBLE, tried=stuck)

    assert (double.tried, double.state) == (stuck, State.WAITING)
    assert miss.tried == stuck | {"sms": "soft"}
    assert refused.tried == {"sms": "hard"}

"""The judge is itself judged: it passes a sender that is whole, and catches each way to build one wrong."""

import json
import random
import sys
from pathlib import Path

import pytest

from tests.judge.broken import Break, Sender
from tests.judge.judge import Accepted, Received, judge, main

CAUGHT_AS = {
    Break.NO_MARK_BEFORE_SENDING: "doubled",
    Break.OUTCOME_BEFORE_SENDING: "wrong",
    Break.BLIND_RESEND: "doubled",
    Break.NO_LOCK: "doubled",
    Break.NO_ORDER: "reordered",
    Break.DOUBT_IS_FAILURE: "wrong",
    Break.FORGETS_THE_DEAD: "lost",
    Break.WRONG_PERSON: "strange",
}
PROMISE = Accepted(key="m1", recipient="an", lane="notice", place=0)


def promises(copies: int) -> list[Accepted]:
    """Three messages in each of two lanes to each of forty people."""
    return [
        Accepted(key=f"{person}-{lane}-{place}", recipient=f"p{person}", lane=lane, place=place, copies=copies)
        for place in range(3)
        for person in range(40)
        for lane in ("reply", "notice")
    ]


def sent(broken: set[Break], seed: int, *, copies: int = 1) -> Sender:
    sender = Sender(promises(copies), broken, workers=4, chance=random.Random(seed))
    sender.run()
    return sender


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("copies", [1, 3])
def test_a_sender_that_is_whole_is_found_whole(seed: int, copies: int) -> None:
    sender = sent(set(), seed, copies=copies)

    verdict = judge(promises(copies), sender.received, sender.states)

    assert verdict.holds, verdict.plain()
    assert verdict.accepted == 240
    assert verdict.in_doubt + verdict.repeated > 0, "its workers did die"


@pytest.mark.parametrize("broken", list(Break), ids=lambda broken: broken.name.lower())
@pytest.mark.parametrize("seed", range(5))
def test_each_way_to_build_a_sender_wrong_is_caught(broken: Break, seed: int) -> None:
    sender = sent({broken}, seed)

    verdict = judge(promises(1), sender.received, sender.states)

    assert getattr(verdict, CAUGHT_AS[broken]), verdict.plain()


def test_every_way_to_build_a_sender_wrong_has_its_name_for_the_judge() -> None:
    assert CAUGHT_AS.keys() == set(Break)


@pytest.mark.parametrize(
    ("state", "arrived", "fault"),
    [
        ("accepted", True, None),
        ("delivered", True, None),
        ("unknown", True, None),
        ("unknown", False, None),
        ("failed", False, None),
        ("accepted", False, "wrong"),
        ("delivered", False, "wrong"),
        ("failed", True, "wrong"),
        ("expired", True, "wrong"),
        ("cancelled", True, "wrong"),
        ("waiting", False, "lost"),
        ("sending", False, "lost"),
        (None, False, "lost"),
    ],
)
def test_what_is_said_is_held_against_what_the_carriers_have(state: str | None, arrived: bool, fault: str) -> None:
    received = [Received(key="m1", recipient="an")] if arrived else []

    verdict = judge([PROMISE], received, {} if state is None else {"m1": state})

    found = [name for name in ("lost", "doubled", "reordered", "wrong", "strange") if getattr(verdict, name)]
    assert found == ([] if fault is None else [fault])


def test_without_the_senders_word_all_that_no_carrier_has_is_lost() -> None:
    assert judge([PROMISE], []).lost == ("m1",)


def test_a_copy_more_than_the_policy_allows_is_a_double() -> None:
    twice = Accepted(key="m1", recipient="an", lane="notice", place=0, copies=2)
    copy = Received(key="m1", recipient="an")

    assert judge([twice], [copy] * 2).holds
    assert judge([twice], [copy] * 2).repeated == 1
    assert judge([twice], [copy] * 3).doubled == ("m1",)


def test_order_is_kept_within_a_recipient_and_a_lane_and_nowhere_else() -> None:
    def promise(key: str, recipient: str, lane: str, place: int) -> Accepted:
        return Accepted(key=key, recipient=recipient, lane=lane, place=place)

    promised = [
        promise("a", "an", "notice", 0),
        promise("b", "an", "notice", 1),
        promise("c", "an", "reply", 0),
        promise("d", "binh", "notice", 0),
    ]
    people = {"a": "an", "b": "an", "c": "an", "d": "binh"}

    good = [Received(key=key, recipient=people[key]) for key in "dcabb"[:4]]
    bad = [Received(key=key, recipient=people[key]) for key in "dcba"]

    assert judge(promised, good).holds
    assert judge(promised, bad).reordered == ("a",)


def test_words_that_change_from_copy_to_copy_and_messages_that_nobody_promised_are_strange() -> None:
    twice = Accepted(key="m1", recipient="an", lane="notice", place=0, copies=2)
    changed = [Received(key="m1", recipient="an", body=body) for body in ("one", "two")]

    assert judge([twice], changed).strange == ("m1",)
    assert judge([], [Received(key="m9", recipient="an")]).strange == ("m9",)


def test_the_command_reads_files_and_answers_by_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def file(name: str, *rows: dict[str, object]) -> str:
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return str(tmp_path / name)

    accepted = file("accepted.jsonl", {"key": "m1", "recipient": "an", "lane": "reply", "place": 0})
    received = file("received.jsonl", {"key": "m1", "recipient": "an"})
    nothing = file("nothing.jsonl")

    good = main([accepted, received, file("states.jsonl", {"key": "m1", "state": "accepted"})])
    lost = main([accepted, nothing])

    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (good, lost) == (0, 1)
    assert [one["lost"]["count"] for one in said] == [0, 1]


def test_the_judge_shares_nothing_with_what_it_judges() -> None:
    source = Path(sys.modules[Accepted.__module__].__file__ or "").read_text(encoding="utf-8")
    imported = [line.split()[1].split(".")[0] for line in source.splitlines() if line.startswith(("import ", "from "))]

    assert set(imported) <= set(sys.stdlib_module_names)

"""A history that a clerk can read: every step a sentence, in Vietnamese, without codes."""

import re
from pathlib import Path as File

import pytest

from delivery import history
from delivery.event import EventName
from delivery.history import reason, sentences, why
from delivery.routing import Path
from store.outbox.tables import OutboxMessage, State, Step

ROOT = File(__file__).parents[2]
MADE = re.compile(
    r'step"?(?:=|: )"(\w+)"'  # step="sending", {"step": "retried"}
    r'|\(\s*(?:attempt|row), "(\w+)"'  # _again(attempt, "throttled", …)
    r'|"(planned|seen|delivered)"'
)
STEPS = sorted(
    {
        step
        for folder in ("delivery", "store/outbox")
        for file in (ROOT / folder).glob("*.py")
        for found in MADE.findall(file.read_text())
        for step in found
        if step
    }
)
RAW = re.compile(r"[a-z]+_[a-z]+|\b(the|sent|failed|unknown|error|timeout|message|worker|retry)\b", re.IGNORECASE)


def told(clock, *steps: Step, state: State = State.WAITING) -> OutboxMessage:
    return OutboxMessage(
        id="m", event="done", about="d", person_id="p", dossier_id=None, notice_id=None, agency=None, lane=1,
        state=state, created_at=clock(), due_at=None, channel=None, body={}, history=steps,
    )  # fmt: skip


def step(clock, name: str, **changes) -> Step:
    values = {"at": clock(), "step": name, "channel": "zalo", "path": "zalo/chat", "code": "", "detail": ""}
    return Step(**(values | {"provider_id": None, "price": None, "parts": None} | changes))


def reads_well(text: str) -> bool:
    return bool(text) and text[0].isupper() and text.endswith(".") and not RAW.search(text) and "None" not in text


def test_the_steps_are_found_where_they_are_made() -> None:
    assert {"sending", "accepted", "throttled", "unknown_again", "never_known", "held_up", "released"} <= set(STEPS)
    assert len(STEPS) >= 18


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("channel", ["zalo", "sms", "email", "telegram", None])
def test_every_step_has_its_own_sentence(clock, name: str, channel: str | None) -> None:
    path = {"zalo": "zalo/chat"}.get(channel, channel)

    (sentence,) = sentences(told(clock, step(clock, name, channel=channel, path=path)))

    assert reads_well(sentence.text), sentence.text
    assert "Ghi nhận" not in sentence.text


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("name", STEPS)
def test_whatever_the_state_and_the_last_step_why_is_one_good_sentence(clock, state: State, name: str) -> None:
    answer = why(told(clock, step(clock, "planned"), step(clock, "sending"), step(clock, name), state=state))

    assert reads_well(answer), answer


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("business:-118", "số điện thoại này không dùng Zalo"),
        ("oa:-230", "người nhận chưa nhắn cho trang trong 7 ngày qua"),
        ("twilio:30005", "số điện thoại không còn dùng"),
        ("http:404", "nhà cung cấp báo mã 404"),
        ("business:-9999", "nhà cung cấp báo mã -9999"),
        ("Absent subscriber, try later", "nhà cung cấp không nói rõ lý do"),
        ("", "không rõ lý do"),
    ],
)
def test_a_code_is_told_in_words(code: str, words: str) -> None:
    assert reason(code) == words


@pytest.mark.parametrize(
    "detail", ["overtaken", "shadow", "opted_out", "erased", "thông báo đã hủy", "motcua outbox cancel"]
)
def test_every_cancelling_is_told_in_words(clock, detail: str) -> None:
    (sentence,) = sentences(told(clock, step(clock, "cancelled", channel=None, detail=detail)))

    assert reads_well(sentence.text), sentence.text


def test_nothing_in_the_tables_is_raw() -> None:
    tables = [history.STATES, history.EVENTS, history.PATHS, history.REASONS, history._PLAIN, history._CANCELLED]

    texts = [text for table in tables for text in table.values()]

    assert not [text for text in texts if RAW.search(text.replace("{name}", ""))]
    assert set(history.EVENTS) == {event.value for event in EventName}
    assert set(history.STATES) == set(State)
    assert set(history.PATHS) == {path.value for path in Path}


def test_a_late_confirmation_by_the_first_channel_is_not_called_a_detour(clock) -> None:
    steps = [step(clock, name) for name in ("sending", "accepted", "no_receipt", "delivered")]

    assert why(told(clock, *steps, state=State.DELIVERED)) == "Đã tới người nhận qua Zalo."


def test_a_detour_names_both_channels_and_the_reason(clock) -> None:
    refused = step(clock, "rejected", code="business:-118")
    arrived = step(clock, "delivered", channel="sms", path="sms")

    answer = why(told(clock, refused, arrived, state=State.DELIVERED))

    assert answer == "Zalo không gửi được vì số điện thoại này không dùng Zalo; đã tới qua SMS."

"""Zalo in bad weather: the sandbox, with a forecast of what becomes of each of the next messages by phone.

It is the sandbox's own code, not a carrier of chaos: what it took is written down for the judge in the end.
"""

import hashlib
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.server import Sandbox
from tests.chaos.carrier import KEY

SILENT_SECONDS = 3.0
REFUSED = -139
"""This person takes no such messages: the only answer after which one of theirs may be given up."""

SORTS: Sequence[dict[str, Any]] = (
    {"kind": "hang", "seconds": SILENT_SECONDS},
    {"kind": "hang", "seconds": SILENT_SECONDS, "stored": True},
    {"kind": "reset_before"},
    {"kind": "cut_after"},
    {"kind": "half_answer"},
    {"kind": "garbage"},
    {"kind": "garbage", "stored": True},
    {"kind": "empty"},
    {"kind": "empty", "stored": True},
    {"kind": "http_429", "retry_after": 1},
    {"kind": "http_500"},
    {"kind": "http_500", "stored": True},
    {"kind": "http_502"},
    {"kind": "error_in_200", "code": -100},
    {"kind": "error_in_200", "code": -99_999},
    {"kind": "error_in_200", "code": REFUSED},
)
"""Each way in which a call may go wrong; -100 is said to pass, and the last but one is in no table."""

FINE = {"kind": "slow", "seconds": 0.02}
FINE_DAYS = 1.5
"""Calls that go well, for each that does not."""


def forecast(sandbox: Sandbox, chance: random.Random, rounds: int) -> int:
    """Each sort so many times, in no order, among fine days; how many calls that makes."""
    days = [*SORTS * rounds, *[FINE] * round(FINE_DAYS * len(SORTS) * rounds)]
    chance.shuffle(days)
    for day in days:
        sandbox.faults.set("zalo", **day, times=1, where="/message/template")
    return len(days)


def open_account(sandbox: Sandbox, number: int) -> None:
    """Person so and so of the load has Zalo on their phone."""
    sandbox.world.add_person(
        key=f"{number}", name=f"Người dân {number}", phone=f"84901{number:06d}", zalo_user_id=f"{7_000_000 + number}"
    )


def is_over(sandbox: Sandbox) -> bool:
    """Whether all that was forecast has come."""
    return not any(sandbox.faults.standing("zalo", day["kind"]) for day in (*SORTS, FINE))


def refused(sandbox: Sandbox) -> set[str]:
    """The phones that were told no for good."""
    return {json.loads(call.body)["phone"] for call in sandbox.world.calls if call.error == str(REFUSED)}


def write_down(sandbox: Sandbox, log: Path) -> None:
    """What lies on people's phones, in the order in which Zalo took it."""
    with log.open("w", encoding="utf-8") as file:
        for chat in sandbox.world.chats:
            body = hashlib.sha256(chat.text.encode()).hexdigest()[:16]
            for key in KEY.findall(chat.text):
                row = {"key": key, "recipient": sandbox.world.people[chat.person].phone, "body": body}
                file.write(json.dumps(row) + "\n")

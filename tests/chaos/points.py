"""SIGKILL at each named point of sending, many times each, with the judge at the end."""

import asyncio
import json
import re
import signal
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from pathlib import Path
from typing import Any

from tests.chaos.carrier import SENDER, TOKEN
from tests.chaos.crew import ROOT
from tests.chaos.ground import Field, Ground, field_of
from tests.chaos.load import Load
from tests.chaos.report import Report, reported

LEASE = 16.0
"""Seconds that each victim's clock is ahead of the one before it: the leases of the dead have run out."""

_NAMED = re.compile(r"\bself\._fault\(\"(\w+)\"\)|\bfault\(\"(\w+)\"\)")


async def points(ground: Ground) -> Report:
    """The gateway does not refuse repeats."""
    named = sorted(named_points(ROOT / "delivery"))
    with reported("points", ground) as report:
        async with field_of(ground, pace=0) as field:
            load, died = Load(field), Counter[str]()
            victims = await asyncio.create_subprocess_exec(
                sys.executable, ROOT / "tests/faults/victim.py", cwd=ROOT, stdin=PIPE, stdout=PIPE
            )
            for number in range(ground.times(60, least=2) * len(named)):
                point = named[number % len(named)]
                field.wrong_by(number * LEASE)
                await load.keep(100)
                died[point] += await _died(victims, _order(field, point, ahead=number * LEASE))
            field.wrong_by((number + 200) * LEASE)
            for turn in (1, 2, 3):  # what is in doubt is sent again after a pause, where a miss is worse
                await _died(victims, _order(field, "nowhere", ahead=(number + 200 * turn) * LEASE))
            await report.judged(field, load)
            report.figures |= {"kills": died.total(), "points hit": f"{len(+died)} of {len(named)}"}
            report.expect(set(+died) == set(named), f"never reached: {set(named) - set(+died)}")
            report.expect(await field.open_messages() == 0, "messages are still open")
            assert victims.stdin is not None
            victims.stdin.close()
            await victims.wait()
    return report


def named_points(room: Path) -> set[str]:
    """Every point that a room names for faults."""
    found = [_NAMED.findall(path.read_text(encoding="utf-8")) for path in room.rglob("*.py")]
    return {name for names in found for pair in names for name in pair if name}


def _order(field: Field, point: str, *, ahead: float) -> dict[str, Any]:
    return {
        "work": "send",
        "url": field.ground.url,
        "gateway": f"{field.carrier.url}/send",
        "token": TOKEN,
        "sender": SENDER,
        "idempotent": field.carrier.idempotent,
        "point": point,
        "nth": field.ground.chance.randint(1, 6),
        "ahead": ahead,
    }


async def _died(victims: asyncio.subprocess.Process, order: dict[str, Any]) -> bool:
    """Whether the victim met its point; RuntimeError when it ended in a fault of its own."""
    assert victims.stdin is not None
    assert victims.stdout is not None
    victims.stdin.write(json.dumps(order).encode() + b"\n")
    code = int(await victims.stdout.readline())
    if code not in (0, -signal.SIGKILL):
        raise RuntimeError(f"a victim ended with {code}")
    return code != 0

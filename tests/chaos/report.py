"""What a scenario says in the end, in one line; and the judge's word on it."""

import subprocess
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tests.chaos.crew import ROOT
from tests.chaos.ground import Field, Ground
from tests.chaos.load import Load
from tests.chaos.source import Source
from tests.judge.judge import Received, Verdict, judge, lines


@dataclass(slots=True)
class Report:
    """`figures` in the order in which they are read; `failed` says what does not hold beside the judge's verdict."""

    name: str
    ground: Ground
    verdict: Verdict | None = None
    figures: dict[str, Any] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        return not self.failed and (self.verdict is None or self.verdict.holds)

    def expect(self, true: bool, otherwise: str) -> None:
        """Something that must hold beside what the judge looks at."""
        if not true:
            self.failed.append(otherwise)

    async def judged(self, field: Field, load: Load | Source) -> None:
        """The judge's verdict on what was accepted, what the carrier has, and what is said of it now."""
        received = [Received(**row) for row in lines(field.ground.folder / "received.jsonl")]
        self.verdict = judge(load.accepted, received, await field.states())

    def excused(self, keys: Collection[str]) -> int:
        """These may be out of order; how many of them were."""
        if self.verdict is None:
            return 0
        late = self.verdict.reordered
        self.verdict = replace(self.verdict, reordered=tuple(key for key in late if key not in keys))
        return len(late) - len(self.verdict.reordered)

    def line(self) -> str:
        words = [f"{self.name:<12} {self.ground.kind:<10} {commit()} seed {self.ground.seed}:"]
        if (verdict := self.verdict) is not None:
            words.append(
                f"{verdict.accepted} messages, {verdict.received} received; lost {len(verdict.lost)}, "
                f"doubled {len(verdict.doubled)}, out of order {len(verdict.reordered)}, "
                f"wrong state {len(verdict.wrong)}, strange {len(verdict.strange)}; "
                f"allowed repeats {verdict.repeated}, in doubt {verdict.in_doubt}, given up {verdict.ended};"
            )
        words += [f"{name} {value};" for name, value in self.figures.items()]
        words.append(f"{'PASS' if self.holds else 'FAIL'} in {self.seconds:.0f} s")
        faults = [] if self.verdict is None or self.verdict.holds else [str(self.verdict.plain())]
        return "\n".join([" ".join(words), *(f"    {fault}" for fault in self.failed + faults)])


@contextmanager
def reported(name: str, ground: Ground) -> Iterator[Report]:
    """A report whose time is taken."""
    report = Report(name=name, ground=ground)
    began = time.monotonic()
    try:
        yield report
    finally:
        report.seconds = time.monotonic() - began


def commit() -> str:
    """The short name of the commit under test; "?" outside a checkout."""
    run = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return run.stdout.strip() or "?"

"""Where a worker's CPU goes, when asked: its stack is looked at every 4 ms of CPU (a tick of most kernels).

Profilers that hook every call make small functions look dear (here by half); this one does not slow what it watches.
"""

import contextlib
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType

_EVERY = 0.004
_SHOWN = 70


@contextlib.contextmanager
def profiled(to: Path | None) -> Iterator[None]:
    """What runs inside is counted and written to this text file; with None nothing happens. Main thread only."""
    if to is None:
        yield
        return
    alone: Counter[CodeType] = Counter()
    within: Counter[CodeType] = Counter()

    def look(_signal: int, frame: FrameType | None) -> None:
        seen: set[CodeType] = set()
        if frame is not None:
            alone[frame.f_code] += 1
        while frame is not None:
            seen.add(frame.f_code)
            frame = frame.f_back
        within.update(seen)

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        to.write_text(_report(alone, within))


def _report(alone: Counter[CodeType], within: Counter[CodeType]) -> str:
    total = max(1, alone.total())
    lines = [f"{total} looks; % of them in the function itself, and with all that it calls\n"]
    for title, by in (("by themselves", alone), ("with what they call", within)):
        lines += [f"\n{title}\n"]
        lines += [_line(code, alone[code] / total, within[code] / total) for code, _ in by.most_common(_SHOWN)]
    return "".join(lines)


def _line(code: CodeType, alone: float, within: float) -> str:
    where = "/".join(Path(code.co_filename).parts[-3:])
    return f"{alone:7.1%} {within:7.1%}  {code.co_qualname}  {where}:{code.co_firstlineno}\n"

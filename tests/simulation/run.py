"""Many seeds, over processes: `python -m tests.simulation.run --seeds 20000`; one again: `--seed N --trace`.

Exit code 0 when every invariant held in every seed, 1 otherwise. A seed means the same steps whenever and wherever it
runs, as long as the code is the same.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import structlog

from tests.simulation.broken import BREAKS
from tests.simulation.disk import Disks
from tests.simulation.world import Verdict, simulate

CHUNK = 50
"""Seeds that a process does before it reports."""

_SHOWN = 25
"""Lines of the trace that a failing seed shows."""


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    if options.seed is not None:
        return _one(options.seed, spoilt=options.broken, whole=options.trace)
    began = time.monotonic()
    verdicts: list[Verdict] = []
    chunks = range(options.first, options.first + options.seeds, CHUNK)
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn"), initializer=quiet) as pool:
        last = options.first + options.seeds
        for done in pool.map(_many, ((first, min(first + CHUNK, last), options.broken) for first in chunks)):
            verdicts += done
            for verdict in done:
                if verdict.breach is not None:
                    _say(_story(verdict, _SHOWN))
            if len(verdicts) % (20 * CHUNK) == 0:
                _say(summary(verdicts, time.monotonic() - began))
    _say(summary(verdicts, time.monotonic() - began))
    return 1 if any(verdict.breach for verdict in verdicts) else 0


def summary(verdicts: list[Verdict], seconds: float) -> str:
    """One line of figures."""
    bad = [verdict.seed for verdict in verdicts if verdict.breach]
    days = sum(verdict.seconds for verdict in verdicts) / 86_400
    return (
        f"simulation: {len(verdicts)} seeds in {seconds:.0f} s ({60 * len(verdicts) / seconds:.0f} a minute), "
        f"{days:.1f} simulated days, {sum(v.messages for v in verdicts)} messages, "
        f"{sum(v.effects for v in verdicts)} sent, {sum(v.kills for v in verdicts)} kills, "
        f"{len(bad)} breaches{': seeds ' + ', '.join(map(str, bad)) if bad else ''}"
    )


def quiet() -> None:
    """The rooms' own log lines would hide the figures."""
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _one(seed: int, *, spoilt: str | None, whole: bool) -> int:
    quiet()
    verdict = simulate(seed, Disks(), spoil=None if spoilt is None else BREAKS[spoilt][0], whole=whole)
    _say(_story(verdict, len(verdict.lines) if whole else _SHOWN))
    return 1 if verdict.breach else 0


def _many(work: tuple[int, int, str | None]) -> list[Verdict]:
    first, last, spoilt = work
    return list(_verdicts(range(first, last), spoilt))


def _verdicts(seeds: range, spoilt: str | None) -> Iterator[Verdict]:
    disks = Disks()
    for seed in seeds:
        yield simulate(seed, disks, spoil=None if spoilt is None else BREAKS[spoilt][0])


def _story(verdict: Verdict, lines: int) -> str:
    head = f"seed {verdict.seed}: {verdict.breach or 'all invariants hold'} (trace {verdict.digest})"
    return "\n".join([*verdict.lines[-lines:], head])


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.run", description=__doc__)
    parser.add_argument(
        "--seeds", type=int, default=20_000, help="how many; 20,000 are about twenty minutes of two cores"
    )
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="at once")
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--trace", action="store_true", help="with all its steps")
    parser.add_argument("--broken", choices=BREAKS, help="with the engine broken on purpose")
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

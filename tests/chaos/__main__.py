"""`python -m tests.chaos`: every scenario on both databases, with real processes; a line each, exit code 1 on a fault.

`--scale 0.2` makes all of it smaller, `--only NAME` and `--database KIND` choose, `--seed N` repeats.
"""

import argparse
import asyncio
import os
import platform
import random
import sys
import tempfile
from pathlib import Path
from typing import get_args

from tests.chaos.ground import Ground, Kind
from tests.chaos.postgres import Server
from tests.chaos.scenarios import SCENARIOS


async def play(name: str, kind: Kind, *, seed: int, scale: float, server: Server | None) -> bool:
    """One scenario on a database of its own; whether all held."""
    chance = random.Random(f"{seed} {name} {kind}")
    folder = Path(tempfile.mkdtemp(prefix=f"motcua-chaos-{name}-"))
    url = f"sqlite:///{folder}/motcua.db" if server is None else await server.new_database(chance)
    ground = Ground(kind=kind, url=url, folder=folder, seed=seed, scale=scale, server=server, chance=chance)
    try:
        report = await SCENARIOS[name].play(ground)
    except Exception as why:
        sys.stdout.write(f"{name:<12} {kind:<10} seed {seed}: FAIL {type(why).__name__}: {why}\n    see {folder}\n")
        return False
    sys.stdout.write(report.line() + ("" if report.holds else f"\n    see {folder}") + "\n")
    sys.stdout.flush()
    return report.holds


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--scale", type=float, default=float(os.environ.get("CHAOS_SCALE", "1")))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("CHAOS_SEED", "352")))
    parser.add_argument("--only", action="append", choices=SCENARIOS, default=[])
    parser.add_argument("--database", action="append", choices=get_args(Kind), default=[])
    given = parser.parse_args()
    kinds: list[Kind] = given.database or list(get_args(Kind))
    server = Server() if "postgresql" in kinds else None
    sys.stdout.write(f"Python {platform.python_version()}, {os.cpu_count()} cores, scale {given.scale:g}\n")
    good = True
    for name, scenario in SCENARIOS.items():
        for kind in kinds:
            if kind in scenario.databases and (not given.only or name in given.only):
                theirs = server if kind == "postgresql" else None
                good &= asyncio.run(play(name, kind, seed=given.seed, scale=given.scale, server=theirs))
    if server is not None:
        server.close()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

"""`python -m benchmarks.speed`: measures the chosen parts, prints one table, writes JSON and a line a figure."""

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.speed import accept, contest, figures, flat, inbound, memory, outbound
from benchmarks.speed.figures import Figure
from benchmarks.speed.machine import described
from benchmarks.speed.servers import SETTINGS, postgres
from benchmarks.speed.setting import Setting
from benchmarks.speed.venv import requirements

HERE = Path(__file__).parent
PARTS: Mapping[str, Callable[[Setting], Awaitable[Sequence[Figure]]]] = {
    "outbound": outbound.measure,
    "flat": flat.measure,
    "queue": contest.measure_queue,
    "peers": contest.measure_peers,
    "memory": memory.measure,
    "accept": accept.measure,
    "inbound": inbound.measure,
    "latency": inbound.measure_latency,
}


def main() -> int:
    """0 when everything was measured; a part that breaks ends the run with its traceback."""
    wanted = _arguments()
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))  # so that the servers are stopped
    heads = {"commit": figures.commit()} | described()
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="motcua-speed-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server = stack.enter_context(postgres()) if "postgresql" in wanted.databases else None
        if server is not None:
            heads |= {"postgresql": server.version} | SETTINGS
        if {"queue", "peers"} & set(wanted.only):
            heads["peers"] = ", ".join(requirements())
        if wanted.profile is not None:
            wanted.profile.mkdir(parents=True, exist_ok=True)
        setting = Setting(
            size=wanted.size,
            scale=wanted.scale,
            rounds=wanted.rounds,
            databases=tuple(wanted.databases),
            folder=folder,
            postgres=server,
            http=wanted.http,
            loop=wanted.loop,
            senders=wanted.senders,
            delay=wanted.delay / 1_000,
            profile=wanted.profile,
        )
        found = asyncio.run(_measured(wanted.only, setting))
    heads |= {"size": wanted.size, "load after": described()["load"]}
    figures.show(found, heads)
    figures.write(wanted.json, found, heads)
    if wanted.ledger is not None:
        figures.append(wanted.ledger, found, heads, datetime.now(UTC))
    return 0


async def _measured(names: Sequence[str], setting: Setting) -> list[Figure]:
    found: list[Figure] = []
    for name in names:
        found += await PARTS[name](setting)
    return found


def _arguments() -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    size = reader.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="size", action="store_const", const="quick", help="minutes: small, to try")
    size.add_argument(
        "--full", dest="size", action="store_const", const="full", help="an hour: 5 million past messages"
    )
    reader.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    reader.add_argument("--rounds", type=int, default=3, help="of each measurement, alternated (3)")
    reader.add_argument("--scale", type=float, default=1.0, help="of all counts, for a trial (1)")
    reader.add_argument("--databases", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    reader.add_argument("--http", default="", help="the house's HTTP client, as its configuration names it")
    reader.add_argument("--loop", choices=("uvloop", "asyncio"), default="uvloop", help="the worker's event loop")
    reader.add_argument("--senders", type=int, default=32, help="messages under way at once (32)")
    reader.add_argument("--delay", type=float, default=0.0, help="ms until the gateway answers, outbound and flat (0)")
    reader.add_argument("--profile", type=Path, help="a folder for profiles of the workers; slows them")
    reader.add_argument("--json", type=Path, default=HERE.parent / "speed.json")
    reader.add_argument("--ledger", type=Path, default=HERE.parent / "ledger.csv")
    reader.add_argument("--no-ledger", dest="ledger", action="store_const", const=None, help="a trial: no line kept")
    reader.set_defaults(size="usual")
    return reader.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())

"""What a run is asked for, and what its parts share: the server, the gateway, a folder, how large and how often."""

import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from benchmarks.speed.program import Program
from benchmarks.speed.servers import Kind, Postgres

SIZES = ("quick", "usual", "full")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """`size` picks one of three numbers, `scale` multiplies it; `http` is the house's HTTP client ("": its default);
    `delay` the gateway's in seconds, `profile` a folder for profiles, `folder` one for all else.
    """

    size: str
    scale: float
    rounds: int
    databases: tuple[Kind, ...]
    folder: Path
    postgres: Postgres | None
    http: str = ""
    loop: str = "uvloop"
    senders: int = 32
    delay: float = 0.0
    profile: Path | None = None
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def of(self, quick: int, usual: int, full: int) -> int:
        """The number that fits the size asked for."""
        return max(1, round(dict(zip(SIZES, (quick, usual, full), strict=True))[self.size] * self.scale))

    async def fresh(self, kind: Kind) -> str:
        """The URL of an empty database."""
        if kind == "sqlite":
            return f"sqlite:///{self.folder / f'speed{next(self._numbers)}.db'}"
        assert self.postgres is not None
        await self.postgres.settle()
        return await self.postgres.fresh()

    async def filled(self, url: str) -> None:
        """Call when a database has been filled at once: PostgreSQL gets the statistics that it would soon have."""
        if self.postgres is not None and not url.startswith("sqlite"):
            await self.postgres.analyze(url)

    async def drop(self, url: str) -> None:
        """Gives the disk back."""
        if url.startswith("sqlite"):
            for file in self.folder.glob(Path(url).name + "*"):
                file.unlink()
        elif self.postgres is not None:
            await self.postgres.drop(url)

    def server_cpu(self, kind: Kind) -> float:
        """CPU seconds of the database server so far; SQLite has none of its own."""
        return self.postgres.cpu() if kind == "postgresql" and self.postgres is not None else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A running counting gateway and its address."""

    program: Program
    url: str


@asynccontextmanager
async def gateway(delay: float = 0.0) -> AsyncIterator[Judge]:
    """A counting gateway that answers after `delay` seconds."""
    port = free_port()
    program = await Program.start("benchmarks.speed.gateway", {"port": port, "delay": delay})
    try:
        yield Judge(program=program, url=f"http://127.0.0.1:{port}")
    finally:
        await program.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def said(what: str) -> None:
    """A line on standard error while a long run goes on."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {what}\n")

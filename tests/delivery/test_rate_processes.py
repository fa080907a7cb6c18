"""A rate over real processes on one PostgreSQL, judged by when messages arrive."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("rate_worker.py")
HOUSE = Path(__file__).parents[2]
RATE = 60
SLACK = 2
"""Of a machine that two test runs share: a datagram may wait for its turn to be stamped."""


class Carrier(asyncio.DatagramProtocol):
    """Stamps what arrives, with the sender's process id."""

    def __init__(self) -> None:
        self.arrived: list[tuple[float, int]] = []
        self.more = asyncio.Event()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.arrived.append((time.monotonic(), int(data)))
        self.more.set()

    def worst(self, window: float) -> int:
        moments, most, first = [at for at, _ in self.arrived], 0, 0
        for last, moment in enumerate(moments):
            while moment - moments[first] >= window:
                first += 1
            most = max(most, last - first + 1)
        return most

    async def hears(self, process: subprocess.Popen) -> None:
        """Until this process has sent something."""
        async with asyncio.timeout(40):
            while not any(sender == process.pid for _, sender in self.arrived):
                await self.more.wait()
                self.more.clear()

    async def counts(self, seconds: float) -> int:
        before = len(self.arrived)
        await asyncio.sleep(seconds)
        return len(self.arrived) - before


@pytest.fixture
async def carrier() -> AsyncIterator[tuple[Carrier, int]]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(Carrier, local_addr=("127.0.0.1", 0))
    yield protocol, transport.get_extra_info("sockname")[1]
    transport.close()


@pytest.fixture
def hire(database, database_url) -> Iterator:
    if database.dialect == "sqlite":
        pytest.skip("on SQLite there is one process")
    hired: list[subprocess.Popen] = []

    def start(port: int) -> subprocess.Popen:
        order = [sys.executable, str(PROGRAM), database_url, str(RATE), str(port)]
        hired.append(subprocess.Popen(order, cwd=HOUSE, env=os.environ | {"PYTHONPATH": str(HOUSE)}))
        return hired[-1]

    yield start
    for process in hired:
        process.kill()
        process.wait()


@pytest.mark.kills
async def test_processes_that_come_and_are_killed_keep_the_rate_together(carrier, hire) -> None:
    judge, port = carrier
    first = hire(port)
    await judge.hears(first)
    second = hire(port)
    await judge.hears(second)
    await asyncio.sleep(2)
    together = await judge.counts(4)
    second.send_signal(signal.SIGKILL)
    await asyncio.sleep(3.5)

    alone = await judge.counts(3)

    assert judge.worst(1) <= RATE + SLACK
    assert together >= 4 * RATE / 1.05 * 0.85
    assert alone >= 3 * RATE / 1.05 * 0.85

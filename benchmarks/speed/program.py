"""Measured programs as processes of their own: one JSON order a line goes in, one JSON answer a line comes back."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]
_LONGEST_LINE = 64 * 1024 * 1024
"""Bytes of one answer: the arrival times of a whole run are one line."""

_PATIENCE = 1_800.0
"""Seconds for one order: a drain of half a million messages is one."""

Order = Mapping[str, Any]
Answer = dict[str, Any]


class Broken(Exception):
    """A measured program ended before it answered; what it said on standard error stands above."""


class Program:
    """The parent's side. `ask` is one order and its answer; killing it is part of some measurements."""

    def __init__(self, process: Process, name: str) -> None:
        self._process = process
        self._name = name

    @classmethod
    async def start(
        cls,
        module: str,
        first: Order,
        *,
        options: Sequence[str] = (),
        python: str = sys.executable,
        env: Mapping[str, str] | None = None,
    ) -> Self:
        """Runs `python -m module options`, gives it its first order, and waits until it says that it is ready."""
        process = await asyncio.create_subprocess_exec(
            python,
            "-m",
            module,
            *options,
            cwd=ROOT,
            stdin=PIPE,
            stdout=PIPE,
            limit=_LONGEST_LINE,
            env=env,
            start_new_session=True,
        )
        program = cls(process, module)
        await program.ask(**first)
        return program

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, **order: Any) -> Answer:
        """Raises `Broken` when the program ends, or hangs, instead of answering."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), _PATIENCE)
        except TimeoutError:
            await self.kill()
            line = b""
        if not line:
            raise Broken(f"{self._name} ended with {await self._process.wait()}")
        answer: Answer = json.loads(line)
        return answer

    async def kill(self) -> None:
        """SIGKILL, at once, to it and to all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    async def close(self) -> None:
        """End of orders: the program ends by itself, or is killed after ten seconds."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 10)
        except TimeoutError:
            await self.kill()


def obey(begin: Callable[[Answer], Coroutine[Any, Any, Callable[[Answer], Awaitable[Answer]]]], loop: str = "") -> None:
    """The child's side: `begin` takes the first order and gives the function that takes all others, one at a time."""
    if loop == "asyncio":
        asyncio.run(_obeying(begin))
        return
    import uvloop

    uvloop.run(_obeying(begin))


async def _obeying(begin: Callable[[Answer], Coroutine[Any, Any, Callable[[Answer], Awaitable[Answer]]]]) -> None:
    reader = asyncio.StreamReader(limit=_LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    handle = await begin(json.loads(await reader.readline()))
    _say({})
    while line := await reader.readline():
        _say(await handle(json.loads(line)))


def _say(answer: Answer) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()

"""The processes of a scenario, seen from outside: started, killed, told to stop, and waited for."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Worker:
    """One process; `ended` has its exit code."""

    pid: int
    part: str
    log: Path
    ended: asyncio.Future[int] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def lives(self) -> bool:
        return not self.ended.done()

    @property
    def said(self) -> str:
        """All that it wrote down."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)


class Crew:
    """`async with` starts the process that the others are forked from, and kills all of them at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: asyncio.Queue[int] = asyncio.Queue()
        self._workers: dict[int, Worker] = {}
        self._codes: dict[int, int] = {}
        self._commands: list[Process] = []
        self._ready = asyncio.Event()

    async def __aenter__(self) -> "Crew":
        self._forks = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chaos.workers", cwd=ROOT, stdin=PIPE, stdout=PIPE
        )
        self._hearing = asyncio.create_task(self._hear())
        await asyncio.wait({asyncio.ensure_future(self._ready.wait()), self._hearing}, return_when="FIRST_COMPLETED")
        if not self._ready.is_set():
            raise RuntimeError("the process that the others are forked from did not start")
        return self

    async def __aexit__(self, *_error: object) -> None:
        for process in self._commands:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert self._forks.stdin is not None
        self._forks.stdin.close()
        await self._forks.wait()
        await self._hearing

    @property
    def living(self) -> list[Worker]:
        return [worker for worker in self._workers.values() if worker.lives]

    async def start(self, part: str, config: dict[str, Any], *, clock: Path | None = None) -> Worker:
        assert self._forks.stdin is not None
        log = self._folder / f"{part}-{len(self._workers):03d}.log"
        order = {"part": part, "config": config, "clock": None if clock is None else str(clock), "log": str(log)}
        self._forks.stdin.write(json.dumps(order).encode() + b"\n")
        pid = await self._started.get()
        worker = self._workers[pid] = Worker(pid, part, log)
        if pid in self._codes:
            worker.ended.set_result(self._codes.pop(pid))
        return worker

    async def kill(self, worker: Worker) -> None:
        """SIGKILL; returns when it is gone."""
        worker.signal(signal.SIGKILL)
        await worker.ended

    async def stop(self, *, within: float) -> tuple[float, list[int]]:
        """SIGTERM to all; the seconds until the last has ended, and the exit codes."""
        began = asyncio.get_running_loop().time()
        workers = self.living
        for worker in workers:
            worker.signal(signal.SIGTERM)
        codes = await asyncio.wait_for(asyncio.gather(*(worker.ended for worker in workers)), within)
        return asyncio.get_running_loop().time() - began, codes

    async def command(self, role: str, config: dict[str, Any]) -> Process:
        """`motcua run --role …` as an operator starts it, configured by its environment."""
        (self._folder / "config.toml").touch()
        sections = {f"MOTCUA__{name.upper()}": json.dumps(section) for name, section in config.items()}
        environ = {name: value for name, value in os.environ.items() if name != "CI"} | sections
        with (self._folder / f"motcua-{role}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                Path(sys.executable).with_name("motcua"),
                *("run", "--role", role),
                cwd=self._folder,
                env=environ | {"MOTCUA__WEB__PORT": str(free_port())},
                stdout=log,
                stderr=log,
            )
        self._commands.append(process)
        return process

    async def dismiss(self, processes: Sequence[Process], *, within: float) -> tuple[float, list[int]]:
        """SIGTERM to these commands; the seconds until the last has ended, and the exit codes."""
        began = asyncio.get_running_loop().time()
        for process in processes:
            process.send_signal(signal.SIGTERM)
        codes = await asyncio.wait_for(asyncio.gather(*(process.wait() for process in processes)), within)
        return asyncio.get_running_loop().time() - began, list(codes)

    async def until_said(self, word: str, *, seconds: float = 60) -> None:
        """Until one of the living has written this down."""
        async with asyncio.timeout(seconds):
            while not any(word in worker.said for worker in self.living):  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.05)

    def said(self) -> str:
        """The last that each living process, or the last one to end, wrote down."""
        workers = self.living or list(self._workers.values())[-1:]
        return " | ".join(f"{worker.part} {worker.pid}: {worker.said[-1_000:]}" for worker in workers)

    async def _hear(self) -> None:
        assert self._forks.stdout is not None
        async for line in self._forks.stdout:
            word = json.loads(line)
            if "started" in word:
                self._started.put_nowait(word["started"])
            elif "ended" in word:
                self._end(word["ended"], word["code"])
            else:
                self._ready.set()

    def _end(self, pid: int, code: int) -> None:
        worker = self._workers.get(pid)
        if worker is None:
            self._codes[pid] = code
        elif worker.lives:
            worker.ended.set_result(code)


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

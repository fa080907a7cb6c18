"""The house as departments run it: `motcua run` in a process of its own, with a configuration file."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any, Self

from benchmarks.speed.machine import cpu_of_tree, peak_memory
from benchmarks.speed.program import ROOT

_STARTED = b"service.started"
_PATIENCE = 60.0


class NotStarted(Exception):
    """`motcua run` did not come up; its own words are in the file that is named."""


class Service:
    """One `motcua run`. Its log goes to a file beside its configuration."""

    def __init__(self, process: Process, path: Path) -> None:
        self._process = process
        self._path = path
        self._log = path.with_suffix(".log")

    @classmethod
    async def start(cls, folder: Path, configured: dict[str, Any], role: str) -> Self:
        """Raises `NotStarted`."""
        path = _written(folder, configured, role)
        with path.with_suffix(".log").open("wb") as file:
            service = cls(await _motcua(path, "run", "--role", role, output=file), path)
        await service._up()
        return service

    async def _up(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                while self._process.returncode is None:
                    if _STARTED in self._log.read_bytes():
                        return
                    await asyncio.sleep(0.05)
        await self.stop()
        raise NotStarted(self._log.read_text(errors="replace")[-2_000:])

    async def command(self, verb: str) -> None:
        """Another `motcua` command with the same configuration, such as `stop` and `resume`; it must succeed."""
        process = await _motcua(self._path, verb, output=DEVNULL)
        assert await process.wait() == 0, verb

    def cpu(self) -> float:
        return cpu_of_tree(self._process.pid)

    def peak(self) -> int:
        """The most memory so far, in bytes."""
        return peak_memory(self._process.pid)

    async def stop(self) -> None:
        """SIGTERM, as systemd does; SIGKILL after half a minute."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), 30)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def serving(folder: Path, configured: dict[str, Any], *roles: str) -> AsyncIterator[list[Service]]:
    """One service a role, stopped in reverse."""
    started: list[Service] = []
    try:
        for role in roles:
            started.append(await Service.start(folder, configured, role))
        yield started
    finally:
        for service in reversed(started):
            await service.stop()


async def _motcua(path: Path, verb: str, *options: str, output: int | IO[bytes]) -> Process:
    words = (sys.executable, "-m", "motcua.cli", verb, "--config", str(path), *options)
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    return await asyncio.create_subprocess_exec(*words, cwd=ROOT, stdout=output, stderr=output, env=env)


def _written(folder: Path, configured: dict[str, Any], role: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{role}.toml"
    path.write_text(as_toml(configured), encoding="utf-8")
    return path


def as_toml(configured: dict[str, Any]) -> str:
    """Plain data as TOML: one line a section, everything below it an inline table."""
    return "".join(f"{name} = {_inline(value)}\n" for name, value in configured.items())


def _inline(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{name} = {_inline(inner)}" for name, inner in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(_inline(inner) for inner in value) + "]"
        case bool():
            return str(value).lower()
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
    return str(value)

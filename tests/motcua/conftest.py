"""The command as its users run it: real processes, a configuration of their own, the sandbox as the outside."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from motcua.demo.settings import zalo
from motcua.demo.world import play
from sandbox.server import Sandbox

MOTCUA = Path(sys.executable).with_name("motcua")
ROOT = Path(__file__).parents[2]


class Ended:
    """How a command ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


class Shell:
    """One installation: a folder with `config.toml`, and what its environment adds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.extra: dict[str, str] = {}
        self._started: list[asyncio.subprocess.Process] = []
        (folder / "config.toml").write_text('[security]\nsecret_key = "' + "k" * 48 + '"\n', encoding="utf-8")

    async def run(self, *arguments: str, stdin: str = "") -> Ended:
        process = await self.start(*arguments)
        out, err = await asyncio.wait_for(process.communicate(stdin.encode()), 60)
        return Ended(process.returncode, out.decode(), err.decode())

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        environ = {name: value for name, value in os.environ.items() if name != "CI"} | self.extra
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), asyncio.subprocess.PIPE)
        process = await asyncio.create_subprocess_exec(MOTCUA, *arguments, cwd=self.folder, env=environ, **pipes)
        self._started.append(process)
        return process

    async def close(self) -> None:
        """Whatever a failed test has left running."""
        for process in self._started:
            if process.returncode is None:
                process.kill()
                await process.communicate()

    def join(self, sandbox: Sandbox) -> None:
        """All channels point to the sandbox; everything is live and told at once."""
        play = sandbox.settings
        http = {"url": f"{sandbox.url}/sms/send", "token": play.sms_token, "sender": play.sender_name}
        self.extra |= {
            "MOTCUA__DELIVERY__MODE": "live",
            "MOTCUA__DELIVERY__SETTLING": "false",
            "MOTCUA__ROUTING__QUIET_HOURS": "",
            "MOTCUA__CHANNELS__ZALO": orjson.dumps(zalo(sandbox)).decode(),
            "MOTCUA__CHANNELS__SMS": orjson.dumps({"enabled": True, "gateways": ["http"], "http": http}).decode(),
        }


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    shell = Shell(tmp_path)
    yield shell
    await shell.close()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:

    async with play() as sandbox:
        yield sandbox

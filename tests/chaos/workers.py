"""Worker processes forked from one that has loaded the house already: a start costs a fifth of a second, not three.

One order a line on standard input: `{"part", "config", "clock", "log"}`; its process id is printed, and later, when it
has ended, `{"ended", "code"}`. When standard input ends, all die.

`part` is a role of `motcua run`; or "sender", a worker that sends and follows and does not answer citizens (whose
catalogue takes a second and a half to index); or "renewer", which renews Zalo's key. `clock` is a file of eight bytes,
the seconds by which the machine's clock is wrong: it is read here and nowhere in the product.
"""

import asyncio
import contextlib
import json
import mmap
import os
import signal
import struct
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from channels.errors import SendError
from motcua import logs
from motcua.config import parse
from motcua.rooms import Rooms, opened
from motcua.service import running, stop_signal

_ROLES = ("web", "worker", "scheduler", "all")


def wrong_clock(path: str | None) -> Callable[[], datetime]:
    """The machine's clock, wrong by as many seconds as the file says at that moment."""
    if path is None:
        return lambda: datetime.now(UTC)
    with Path(path).open("r+b") as file:
        shared = mmap.mmap(file.fileno(), 8)

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=struct.unpack("d", shared[:8])[0])

    return clock


async def work(order: dict[str, Any]) -> None:
    logs.begin()
    stop = stop_signal()
    async with opened(parse(order["config"]), clock=wrong_clock(order["clock"])) as rooms:
        if order["part"] in _ROLES:
            async with running(rooms, order["part"]):
                await stop.wait()
        elif order["part"] == "renewer":
            await _renew(rooms, stop)
        else:
            await asyncio.gather(rooms.dispatcher().run(stop), rooms.receiver().run(stop))


async def _renew(rooms: Rooms, stop: asyncio.Event) -> None:
    """Looks after Zalo's key far more often than the clock's job does."""
    sys.stderr.write("renewing\n")
    while not stop.is_set():
        try:
            await rooms.channels["zalo"].upkeep()
        except SendError as why:
            sys.stderr.write(f"{why}\n")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.1)


def _child(order: dict[str, Any]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    code = 1
    try:
        asyncio.run(work(order))
        code = 0
    except BaseException as why:
        sys.stderr.write(f"{type(why).__name__}: {why}\n")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _say(**what: object) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def _reap(_number: int, _frame: object) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _living.discard(pid)
        _say(ended=pid, code=os.waitstatus_to_exitcode(status))


_living: set[int] = set()


def main() -> None:
    signal.signal(signal.SIGCHLD, _reap)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _say(ready=True)
    for line in sys.stdin:
        order = json.loads(line)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if pid == 0:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            _child(order)
        _living.add(pid)
        _say(started=pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for pid in _living:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()

"""`motcua run`: the roles of this process, started in order, stopped in reverse, within a grace."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Literal

import structlog
from aiohttp import web

from bot.listener import Listener
from motcua import logs
from motcua.config import Config
from motcua.doors import conversation, opened_book, staff_pages
from motcua.failures import Refusal
from motcua.renewal import Renewal
from motcua.rooms import Rooms, opened
from motcua.server import application
from motcua.timetable import runner
from scheduler.clock import Scheduler
from store.runs import Leader

Role = Literal["web", "worker", "sender", "scheduler", "all"]
"""A `sender` is a worker that answers nobody, and so needs no catalogue: another hand for bulk notices."""

GRACE = 9.0
"""Seconds that what is under way has to end after a stop."""

_log = structlog.get_logger(__name__)


async def serve(config: Config, role: Role) -> None:
    """Until SIGTERM or Ctrl-C. Raises `Refusal` where this role cannot be."""
    if config.database.url.startswith("sqlite") and role != "all":
        raise Refusal(
            "SQLite chỉ chạy một tiến trình: --role all. Muốn tách vai, xin chuyển sang PostgreSQL.", usage=True
        )
    logs.begin()
    stop = stop_signal()  # before anything is sent: a stop that comes while the rooms are opened is a stop too
    async with opened(config, procedures=role != "sender") as rooms, running(rooms, role) as url:
        _log.info("service.started", role=role, url=url, mode=config.delivery.mode)
        await stop.wait()
        _log.info("service.stopping")


@asynccontextmanager
async def running(rooms: Rooms, role: Role, *, port: int | None = None) -> AsyncIterator[str]:
    """The chosen roles at work; the address of the web, "" without it. On leaving, everything under way is ended."""
    async with AsyncExitStack() as stack:
        staff = staff_pages(rooms)
        stack.push_async_callback(staff.sending.close)
        url = ""
        if role in ("web", "worker", "all"):
            book = await opened_book(rooms)
            settle_memory()
            renewal = Renewal(rooms.store, book.book, rooms.config.procedures)
            await stack.enter_async_context(_at_work(renewal.run))
        if role in ("web", "all"):
            url = await stack.enter_async_context(_listening(application(rooms, staff, book), rooms, port))
        if role in ("worker", "sender", "all"):
            dispatcher = rooms.dispatcher()
            await stack.enter_async_context(_at_work(dispatcher.run))
            await stack.enter_async_context(_at_work(rooms.receiver().run))
        if role in ("worker", "all"):
            listener = Listener(
                rooms.store, conversation(rooms, book), rooms.planner, rooms.clock, leaving=dispatcher.leaving
            )
            await stack.enter_async_context(_at_work(listener.run))
        if role in ("scheduler", "all"):
            jobs = runner(rooms, staff.sending)
            leader = Leader(rooms.store.database, "scheduler", rooms.store.ids())
            await stack.enter_async_context(_at_work(Scheduler(jobs, leader, rooms.clock).run))
        yield url


def settle_memory() -> None:
    """What was loaded stays for good: the collector of garbage need not walk over it again and again."""
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def _listening(app: web.Application, rooms: Rooms, port: int | None) -> AsyncIterator[str]:
    settings = rooms.config.web
    site_runner = web.AppRunner(app, access_log=None, shutdown_timeout=3)
    await site_runner.setup()
    try:
        site = web.TCPSite(site_runner, settings.host, settings.port if port is None else port)
        await site.start()
        host, bound = site_runner.addresses[0][:2]
        yield f"http://{host}:{bound}"
    finally:
        await site_runner.cleanup()


@asynccontextmanager
async def _at_work(run: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """One loop of this process: told to stop, given its grace, then cut off; its death stops the process."""
    stop = asyncio.Event()
    task = asyncio.create_task(run(stop))
    task.add_done_callback(lambda done: _die_with(done, stop))
    try:
        yield
    finally:
        stop.set()
        done, _ = await asyncio.wait({task}, timeout=GRACE)
        if done:
            task.result()  # a loop that died says so, and the process ends in 1
        else:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def _die_with(task: asyncio.Task[None], stop: asyncio.Event) -> None:
    """A loop that dies while it should run takes the process with it: whoever watches over it starts it anew."""
    if not stop.is_set() and not task.cancelled():
        _log.critical("service.loop_died", why=type(task.exception()).__name__)
        signal.raise_signal(signal.SIGTERM)


def stop_signal() -> asyncio.Event:
    """Set by SIGTERM or Ctrl-C, from now on."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop

"""`motcua demo`: the service beside the sandbox on one machine, the main job run on real input."""

import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

import structlog

from delivery.history import EVENTS, STATES
from dossiers import agencies
from motcua.demo.samples import BINH
from motcua.demo.settings import demo_config
from motcua.demo.staff import welcome
from motcua.demo.story import QUESTIONS, Story
from motcua.demo.watching import PATIENCE, NeverCame, Watch
from motcua.demo.world import BINH_ZALO, play
from motcua.rooms import Rooms, opened
from motcua.service import running, stop_signal
from motcua.tables import table
from sandbox.server import Sandbox
from store.outbox.tables import OutboxMessage
from web.guard import SCOPES

PORT, SANDBOX_PORT = 8080, 8090


async def demonstrate(folder: Path, *, once: bool, world: Sandbox | None = None, patience: float = PATIENCE) -> int:
    """The exit code: 1 if any message did not arrive. Without `once` it runs on until Ctrl-C.

    `world` is a sandbox of the caller's, not yet started, with faults of its own.
    """
    began = time.monotonic()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    _say("Một Cửa, bản chạy thử: chuẩn bị dữ liệu…")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sandbox = world or play(port=0 if once else _free(SANDBOX_PORT))
    async with _house(folder, sandbox, port=0 if once else _free(PORT)) as (rooms, url):
        key = await _prepared(rooms)
        link = await welcome(rooms, url)
        sandbox.join(webhook_base=url, api_base=url, api_key=key, console_url=f"{url}/console")
        _say(f"  {len(rooms.catalogue)} thủ tục đã nạp; nhận hồ sơ và báo tin…")
        watch = Watch(rooms, sandbox, patience)
        good = await _main_job(Story(rooms, sandbox, url=url, key=key), watch, sandbox, began)
        if once:
            return 0 if good else 1
        _say(f"\n  Điện thoại thử nghiệm   {sandbox.url}/")
        _say(f"  Bảng điều khiển cán bộ  {link}")
        _say(f"  Tình trạng dịch vụ      {url}/readyz")
        _say(f"\nDừng: Ctrl-C. Dữ liệu chạy thử ở {folder}")
        await stop_signal().wait()
    return 0


@asynccontextmanager
async def _house(folder: Path, sandbox: Sandbox, *, port: int) -> AsyncIterator[tuple[Rooms, str]]:
    """Everything open and at work; the address of the web."""
    async with sandbox:
        config = demo_config(folder, sandbox, port=port)
        async with opened(config, upgrade=True) as rooms, running(rooms, "all") as url:
            yield rooms, url


async def _prepared(rooms: Rooms) -> str:
    """The directory of agencies, Bình's linked account, and a key for the source; the key."""
    data = files("motcua.demo").joinpath("agencies.csv").read_bytes()
    known, _ = agencies.read(data, "agencies.csv")
    store = rooms.store
    async with store.database.transaction() as tx:
        await store.agencies.put(tx, known)
        person = (await store.people.ensure(tx, [("phone", BINH)], rooms.clock()))["phone", BINH]
        await store.people.link(tx, person, "phone", BINH, rooms.clock())
        await store.people.link(tx, person, "zalo", BINH_ZALO, rooms.clock())
        return await store.keys.add(tx, "chạy thử", scopes=SCOPES, agency=None, at=rooms.clock())


async def _main_job(story: Story, watch: Watch, sandbox: Sandbox, began: float) -> bool:
    """The main job once, and its account; whether everything arrived."""
    told: list[str] = []
    complete = True
    try:
        async for chapter in story.chapters():
            if not told:
                await watch.first_notice()
                _say(f"  tin đầu tiên tới người dân sau {time.monotonic() - began:.1f} giây")
            told += chapter
            if not all(watch.arrived(message) for message in await watch.settled(chapter)):
                break  # what was lost is told below; no later chapter makes it better
        else:
            told += await _pulled_and_asked(story, watch)
    except NeverCame as why:
        _say(f"  KHÔNG XONG: {why}")
        complete = False
    messages = await watch.settled(told)
    sys.stdout.write(table(watch.account(messages)))
    lost = [message for message in messages if not watch.arrived(message)]
    _summed_up(messages, lost, sandbox, time.monotonic() - began)
    return complete and not lost


async def _pulled_and_asked(story: Story, watch: Watch) -> list[str]:
    """Dossiers move in the source and the clock's own pull finds them; a citizen asks: the messages of both."""
    before = await watch.newest()
    pulled = await watch.told_about(await story.move_in_source(), before)
    await story.ask()
    return pulled + await watch.answers(QUESTIONS)


def _summed_up(messages: list[OutboxMessage], lost: list[OutboxMessage], sandbox: Sandbox, seconds: float) -> None:
    world = sandbox.world
    _say(
        f"{len(messages)} tin đã lập, {len(messages) - len(lost)} tin tới nơi; máy giả lập nhận {len(world.chats)} tin "
        f"Zalo (cả hai chiều), {len(world.texts)} SMS, {len(world.mails)} thư; xong sau {seconds:.1f} giây."
    )
    for message in lost:
        _say(f"  KHÔNG TỚI: {EVENTS[message.event]} ({message.id}): {STATES[message.state]}")


def _free(port: int) -> int:
    """The port, or any other when it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()

"""`motcua demo`: the service beside the sandbox on one machine, the main job run on real input."""

import asyncio
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

import structlog

from delivery.history import CHANNELS, EVENTS, STATES
from dossiers import agencies
from motcua.demo.samples import BINH
from motcua.demo.settings import demo_config
from motcua.demo.staff import welcome
from motcua.demo.story import QUESTIONS, Story
from motcua.demo.world import BINH_ZALO, play
from motcua.rooms import Rooms, opened
from motcua.service import running, stopped_by_signal
from motcua.tables import table
from sandbox.server import Sandbox
from store.outbox.tables import OutboxMessage, State
from web.guard import SCOPES

PORT, SANDBOX_PORT = 8080, 8090
PATIENCE = 30.0
"""Seconds that every message has to arrive."""


async def demonstrate(folder: Path, *, once: bool) -> int:
    """The exit code: 1 if any message did not arrive. Without `once` it runs on until Ctrl-C."""
    began = time.monotonic()
    _quiet()
    _say("Một Cửa, bản chạy thử: chuẩn bị dữ liệu…")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    async with _house(folder, free_ports=once) as (rooms, sandbox, url):
        key = await _prepared(rooms)
        link = await welcome(rooms, url)
        sandbox.join(webhook_base=url, api_base=url, api_key=key, console_url=f"{url}/console")
        story = Story(rooms, sandbox, url=url, key=key)
        _say(f"  {len(rooms.catalogue)} thủ tục, {await _count(rooms)} cơ quan; nhận hồ sơ và báo tin…")
        good = await _told(rooms, sandbox, story, began)
        if once:
            return 0 if good else 1
        _say("")
        _say(f"  Điện thoại thử nghiệm   {sandbox.url}/")
        _say(f"  Bảng điều khiển cán bộ  {link}")
        _say(f"  Tình trạng dịch vụ      {url}/readyz")
        _say("\nDừng: Ctrl-C. Dữ liệu chạy thử ở " + str(folder))
        await stopped_by_signal()
    return 0


@asynccontextmanager
async def _house(folder: Path, *, free_ports: bool) -> AsyncIterator[tuple[Rooms, Sandbox, str]]:
    """Everything open and at work; a port that is taken is given way to."""
    async with play(port=0 if free_ports else _free(SANDBOX_PORT)) as sandbox:
        port = 0 if free_ports else _free(PORT)
        config = demo_config(folder, sandbox, port=port)
        async with opened(config, upgrade=True) as rooms, running(rooms, "all") as url:
            yield rooms, sandbox, url


async def _prepared(rooms: Rooms) -> str:
    """The directory of agencies, Bình's linked account, and a key for the source; the key."""
    data = files("motcua.demo").joinpath("agencies.csv").read_bytes()
    known, _ = agencies.read(data, "agencies.csv")
    store = rooms.store
    async with store.database.transaction() as tx:
        await store.agencies.put(tx, known)
        person = (await store.people.ensure(tx, [("phone", BINH)], rooms.clock()))["phone", BINH]
        await store.people.link(tx, person, "zalo", BINH_ZALO, rooms.clock())
        return await store.keys.add(tx, "chạy thử", scopes=SCOPES, agency=None, at=rooms.clock())


async def _count(rooms: Rooms) -> int:
    async with rooms.store.database.reading() as tx:
        return len(await rooms.store.agencies.all(tx))


async def _told(rooms: Rooms, sandbox: Sandbox, story: Story, began: float) -> bool:
    """The main job once, and its account."""
    told: list[str] = []
    async for chapter in story.chapters():
        if not told:
            await sandbox.world.until(lambda: sandbox.world.texts or sandbox.world.chats, seconds=PATIENCE)
            _say(f"  tin đầu tiên tới người dân sau {time.monotonic() - began:.1f} giây")
        told += chapter
        await _settled(rooms, sandbox, chapter)
    pulled = await _pulled(rooms, story)
    await story.ask()
    replies = await _replies(rooms)
    messages = await _settled(rooms, sandbox, [*told, *pulled, *replies])
    lost = [message for message in messages if not _arrived(message, sandbox)]
    sys.stdout.write(table(_account(messages, sandbox)))
    _say(
        f"{len(messages)} tin đã lập, {len(messages) - len(lost)} tin tới nơi; máy giả lập nhận "
        f"{len(sandbox.world.chats)} tin Zalo (cả hai chiều), {len(sandbox.world.texts)} SMS, "
        f"{len(sandbox.world.mails)} thư; xong sau {time.monotonic() - began:.1f} giây."
    )
    for message in lost:
        _say(f"  KHÔNG TỚI: {EVENTS[message.event]} ({message.id}): {STATES[message.state]}")
    return not lost


async def _pulled(rooms: Rooms, story: Story) -> list[str]:
    """Dossiers move in the source; the clock's own pull finds them: the messages that came of it."""
    before = await _newest(rooms)
    codes = await story.move_in_source()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = [message for message in await _since(rooms, before) if message.body["fields"].get("code") in codes]
        if len({message.body["fields"]["code"] for message in found}) == len(codes):
            return [message.id for message in found]
        await rooms.store.wakeup.wait("outbox", 0.2)
    raise RuntimeError("the pull did not find the dossiers that moved in the source")


async def _replies(rooms: Rooms) -> list[str]:
    """The answers to all that An has asked, once they are written."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = [message for message in await _since(rooms, "") if message.event == "reply"]
        async with rooms.store.database.reading() as tx:
            if len(found) >= QUESTIONS and not await rooms.store.inbox.waiting(tx):
                return [message.id for message in found]
        await asyncio.sleep(0.05)
    raise RuntimeError("the questions were not answered")


async def _settled(rooms: Rooms, sandbox: Sandbox, message_ids: list[str]) -> list[OutboxMessage]:
    """Every message, once all have arrived, as the sandbox itself has seen it, or patience is over."""
    deadline = time.monotonic() + PATIENCE
    while True:
        async with rooms.store.database.reading() as tx:
            messages = [found for one in message_ids if (found := await rooms.store.outbox.get(tx, one)) is not None]
        if all(_arrived(message, sandbox) for message in messages) or time.monotonic() > deadline:
            return messages
        await asyncio.sleep(0.1)


def _arrived(message: OutboxMessage, sandbox: Sandbox) -> bool:
    """Confirmed by a receipt; of a mail, which has none, that it lies in the mailbox."""
    if message.channel == "email":
        return any(message.id in mail.message_id for mail in sandbox.world.mails)
    return message.state is State.DELIVERED


async def _since(rooms: Rooms, message_id: str) -> list[OutboxMessage]:
    async with rooms.store.database.reading() as tx:
        return [message for message in await rooms.store.outbox.recent(tx, 500) if message.id > message_id]


async def _newest(rooms: Rooms) -> str:
    async with rooms.store.database.reading() as tx:
        return max((message.id for message in await rooms.store.outbox.recent(tx, 1)), default="")


def _account(messages: list[OutboxMessage], sandbox: Sandbox) -> list[dict[str, object]]:
    """What was sent and what arrived, by event and channel."""
    counts: dict[tuple[str, str], list[int]] = {}
    for message in messages:
        row = counts.setdefault((message.event, message.channel or ""), [0, 0, 0])
        row[0] += 1
        row[1] += _arrived(message, sandbox)
        row[2] += message.state is State.DELIVERED
    return [
        {
            "việc": EVENTS[event],
            "kênh": CHANNELS.get(channel, "-"),
            "đã lập": row[0],
            "tới nơi": row[1],
            "có biên nhận": row[2],
        }
        for (event, channel), row in sorted(counts.items())
    ]


def _free(port: int) -> int:
    """The port, or any other when it is taken."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


def _quiet() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()

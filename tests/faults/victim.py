"""Worker processes that die by SIGKILL at a named point, the n-th time that they get there.

One order a line on standard input: {"work", "url", "point", "nth", "ahead", …}; for each a child is forked, which
works and dies, or ends by itself when nothing is left. Its wait status is printed.
`work`: "send" what is due by the gateway ("gateway", "token", "sender", "idempotent"), or "listen" to the inbox.
What is said in answer is written down in the file "taken".
`ahead` (seconds) moves its clock on, so that the leases of those that died before it have run out.
"""

import asyncio
import os
import random
import signal
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import orjson

from bot.conversation import Conversation
from bot.dialogue import Desk
from bot.errands import errands
from bot.listener import Listener
from bot.lookup import Lookup as Book
from channels.channel import Capabilities, Channels
from channels.message import Accepted, Message, ZaloUser
from channels.sms.channel import Sms
from channels.sms.settings import Settings as SmsSettings
from delivery.dispatcher import Dispatcher
from delivery.planner import Planner
from delivery.policy import RoutingSettings, Settings
from delivery.receipts import Receiver
from delivery.routing import Router, Templates
from delivery.texts.render import Renderer
from dossiers.lookup import Lookup
from dossiers.naming import Naming
from store.database import Database
from store.ids import Clock, ids
from store.nouns import Store
from store.personal import Seal
from surveys import settings as surveys
from surveys.answering import Answering
from surveys.asking import Asking
from surveys.definition import load as load_survey

KEY = "a secret key that is long enough for tests"


class Killer:
    """Kills this very process the n-th time that `point` is reached."""

    def __init__(self, point: str, nth: int) -> None:
        self._point, self._left = point, nth

    def __call__(self, point: str) -> None:
        if point == self._point:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def ahead(order: dict) -> Clock:
    """The machine's clock, as far ahead as the order says."""
    return lambda: datetime.now(UTC) + timedelta(seconds=order["ahead"])


def sending(
    store: Store, channels: Channels, routing: RoutingSettings, clock: Clock, fault: Killer
) -> tuple[Receiver, Dispatcher]:
    """Who looks after what the dead have left, and who sends; either by this router's ways."""
    router = Router(channels, order=routing.order, templates=Templates(by_event={}))
    chance, renderer = random.Random(), Renderer()
    receiver = Receiver(store, channels, router, renderer, routing=routing, clock=clock, chance=chance)
    dispatcher = Dispatcher(
        store, channels, router, renderer, routing=routing, senders=4, clock=clock, chance=chance, fault=fault
    )
    return receiver, dispatcher


async def send(order: dict) -> None:
    clock = ahead(order)
    database = Database(order["url"])
    await database.open()
    store = Store(database, Seal(KEY), ids(clock), clock)
    http = {
        "url": order["gateway"],
        "token": order["token"],
        "sender": order["sender"],
        "idempotent": order["idempotent"],
    }
    settings = SmsSettings.model_validate({"enabled": True, "gateways": ["http"], "http": http})
    sms = Sms.configured(settings, clock=clock)
    await sms.open()
    routing = RoutingSettings(order=("sms",), quiet_hours="")
    fault = Killer(order["point"], order["nth"])
    receiver, dispatcher = sending(store, {"sms": sms}, routing, clock, fault)
    await receiver.once()
    await dispatcher.drain()
    await sms.close()
    await database.close()


async def listen(order: dict) -> None:
    """Answers everything in the inbox; an answer leaves with the commit that planned it, as in the service."""
    clock = ahead(order)
    database = Database(order["url"])
    await database.open()
    store = Store(database, Seal(KEY), ids(clock), clock)
    channels: Channels = {"zalo": Page(Path(order["taken"]))}
    routing = RoutingSettings(order=("zalo",))
    router = Router(channels, order=routing.order, templates=Templates(by_event={}))
    planner = Planner(store, router, settings=Settings(mode="live", settling=False), routing=routing, clock=clock)
    survey = load_survey()
    table = errands(
        store,
        book=book().book,
        lookup=Lookup(store, Naming(book().catalogue), clock=clock),
        answering=Answering(store, survey),
        asking=Asking(store, planner, router, survey, surveys.Settings(), clock),
        desk=Desk(service="Một Cửa", hotline="0263.3540.616"),
        chance=random.Random(),
    )
    fault = Killer(order["point"], order["nth"])
    receiver, dispatcher = sending(store, channels, routing, clock, fault)
    conversation = Conversation(store, table, clock)
    listener = Listener(store, conversation, planner, clock, leaving=dispatcher.leaving, together=2, fault=fault)
    await receiver.once()
    while await listener.once():
        pass
    await dispatcher.drain()
    await database.close()


class Page:
    """A channel that takes every message at once and writes its id down, a line each."""

    name = "zalo"
    can = Capabilities(addresses=frozenset({ZaloUser}), longest=2000)

    def __init__(self, taken: Path) -> None:
        self._taken = taken

    async def send(self, message: Message) -> Accepted:
        with self._taken.open("a", encoding="ascii") as file:
            file.write(f"{message.id}\n")
        return Accepted(provider_id=message.id)


@cache
def book() -> Book:
    """The shipped catalogue, read once, before the first child that needs it."""
    return Book(lambda: datetime.now(UTC))


for line in sys.stdin:
    given = orjson.loads(line)
    work = {"send": send, "listen": listen}[given["work"]]
    if work is listen:
        book()
    child = os.fork()
    if child == 0:
        asyncio.run(work(given))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
    sys.stdout.flush()

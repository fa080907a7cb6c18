"""Worker processes that die by SIGKILL at a named point, the n-th time that they get there.

One order a line on standard input: {"work", "url", "point", "nth", "ahead", …}; for each a child is forked, which
works and dies, or ends by itself when nothing is left. Its wait status is printed.
`work`: "send" what is due by the gateway ("gateway", "token", "sender", "idempotent"), or "listen" to the inbox.
`ahead` (seconds) moves its clock on, so that the leases of those that died before it have run out.
"""

import asyncio
import os
import random
import signal
import sys
from datetime import UTC, datetime, timedelta
from functools import cache

import orjson

from bot.conversation import Conversation
from bot.dialogue import Desk
from bot.errands import errands
from bot.listener import Listener
from bot.lookup import Lookup as Book
from channels.channel import Capabilities
from channels.message import ZaloUser
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
from store.ids import ids
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


async def send(order: dict) -> None:
    ahead = timedelta(seconds=order["ahead"])

    def clock() -> datetime:
        return datetime.now(UTC) + ahead

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
    channels = {"sms": sms}
    routing = RoutingSettings(order=("sms",), quiet_hours="")
    router = Router(channels, order=routing.order, templates=Templates(by_event={}))
    chance = random.Random()
    renderer = Renderer()
    receiver = Receiver(store, channels, router, renderer, routing=routing, clock=clock, chance=chance)
    dispatcher = Dispatcher(
        store,
        channels,
        router,
        renderer,
        routing=routing,
        senders=4,
        clock=clock,
        chance=chance,
        fault=Killer(order["point"], order["nth"]),
    )
    await receiver.once()
    await dispatcher.drain()
    await sms.close()
    await database.close()


async def listen(order: dict) -> None:
    """Answers everything in the inbox; the answers stay in the outbox."""

    def clock() -> datetime:
        return datetime.now(UTC)

    database = Database(order["url"])
    await database.open()
    store = Store(database, Seal(KEY), ids(clock), clock)
    channels = {"zalo": Silent(Capabilities(addresses=frozenset({ZaloUser}), longest=2000))}
    router = Router(channels, order=("zalo",), templates=Templates(by_event={}))
    settings = Settings(mode="live", settling=False)
    planner = Planner(store, router, settings=settings, routing=RoutingSettings(order=("zalo",)), clock=clock)
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
    listener = Listener(store, Conversation(store, table, clock), planner, clock, together=2, fault=fault)
    while await listener.once():
        pass
    await database.close()


class Silent:
    """A channel that the planner may plan for; nobody sends here."""

    def __init__(self, can: Capabilities) -> None:
        self.name, self.can = "zalo", can


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

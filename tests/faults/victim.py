"""Worker processes that die by SIGKILL at a named point, the n-th time that they get there.

One order a line on standard input: {"url", "gateway", "token", "point", "nth", "ahead", "idempotent"}; for each a
child is forked, which sends what is due and dies, or ends by itself when nothing is left. Its wait status is printed.
`ahead` (seconds) moves its clock on, so that the leases of those that died before it have run out.
"""

import asyncio
import os
import random
import signal
import sys
from datetime import UTC, datetime, timedelta

import orjson

from channels.sms.channel import Sms
from channels.sms.settings import Settings as SmsSettings
from delivery.dispatcher import Dispatcher
from delivery.policy import RoutingSettings
from delivery.receipts import Receiver
from delivery.render import Renderer
from delivery.routing import Router, Templates
from store.database import Database
from store.ids import ids
from store.nouns import Store
from store.personal import Seal

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


async def main(order: dict) -> None:
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


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        asyncio.run(main(orjson.loads(line)))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
    sys.stdout.flush()

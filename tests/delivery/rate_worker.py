"""A worker process that sends datagrams as fast as its part of a shared rate allows, until it is killed.

Arguments: the database's URL, the rate in messages a second, the port on loopback that stamps what arrives.
"""

import asyncio
import os
import socket
import sys
from datetime import UTC, datetime

from channels.channel import Capabilities
from channels.message import Accepted
from delivery.policy import Lane
from delivery.providers.limits import Limits
from store.database import Database
from store.ids import ids
from store.nouns import Store
from store.personal import Seal


def clock() -> datetime:
    return datetime.now(UTC)


async def main(url: str, rate: float, port: int) -> None:
    database = Database(url)
    await database.open()
    store = Store(database, Seal("a secret key that is long enough for tests"), ids(clock), clock)
    can = Capabilities(addresses=frozenset(), longest=1, rate_per_second=rate, connections=1_000)
    limits = Limits({"sms": can}, clock, store=store)
    carrier = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    while True:
        await limits.sync()
        while not limits.exhausted(Lane.BULK) and limits.take("sms", Lane.BULK):
            if not limits.leaves("sms"):
                carrier.sendto(str(os.getpid()).encode(), ("127.0.0.1", port))
                limits.heard("sms", Accepted())
        await asyncio.sleep(limits.opens_in() or 0.001)


asyncio.run(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3])))

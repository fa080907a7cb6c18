"""Providers call here: verified first, stored durably, then answered, then the rooms that wait are woken.

Nothing is understood and nothing is sent here: Zalo wants its answer within two seconds.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import structlog
from aiohttp import web

from channels.channel import Channel, Channels
from channels.errors import Forged, Malformed, Unsigned
from channels.message import Answer, Inbound, InboundKind, Receipt, Request
from channels.plain import inbound_to_item
from store.groups import Full, Groups
from store.ids import Clock
from store.nouns import Store
from store.wakeup import Topic
from web.guard import body
from web.metrics import Metrics
from web.problems import Problem, answering

LIMIT = 512 * 1024
"""Bytes of a webhook's body: the largest known event has a few thousand."""
WAITING = 1000
"""Calls that may wait to be stored together; who comes then is asked to come again."""

_KEPT = 20_000  # characters of a body that could not be read

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The rows of one call, ready to be stored: all of them or none."""

    words: list[dict[str, Any]] = field(default_factory=list)
    receipts: list[dict[str, Any]] = field(default_factory=list)


class Webhooks:
    """`address` is the public one: some signatures are over the URL that the provider called.

    Calls that come at the same time are stored in one transaction; each is answered once it is durable.
    """

    def __init__(
        self,
        store: Store,
        channels: Channels,
        metrics: Metrics,
        *,
        address: str,
        clock: Clock,
        waiting: int = WAITING,
    ) -> None:
        self._store = store
        self._channels = channels
        self._counted = cache(metrics.webhooks.labels)  # finding a counter costs as much as the signature
        self._address = address
        self._clock = clock
        self._groups: Groups[Call] = Groups(self._write, waiting=waiting)

    def routes(self) -> list[web.RouteDef]:
        sms = answering(self.sms)
        return [
            web.post("/webhooks/zalo", answering(self.zalo)),
            web.post("/webhooks/telegram", answering(self.telegram)),
            web.post("/webhooks/sms/{gateway}", sms),
            web.post("/webhooks/sms/{gateway}/{token}", sms),
            web.get("/webhooks/sms/{gateway}", sms, allow_head=False),
            web.get("/webhooks/sms/{gateway}/{token}", sms, allow_head=False),
        ]

    async def zalo(self, request: web.Request) -> web.StreamResponse:
        return await self._take("zalo", request)

    async def telegram(self, request: web.Request) -> web.StreamResponse:
        return await self._take("telegram", request)

    async def sms(self, request: web.Request) -> web.StreamResponse:
        return await self._take("sms", request)

    async def _take(self, name: str, request: web.Request) -> web.StreamResponse:
        channel = self._channels.get(name)
        if channel is None:
            raise Problem(404)
        called = await self._request(request)
        try:
            reading = channel.read(called)
        except Unsigned:
            self._counted(name, "unsigned").inc()
            return _response(Answer())
        except Forged:
            self._counted(name, "forged").inc()
            _log.warning("webhook.forged", channel=name)
            raise Problem(401) from None
        except Malformed:
            await self._stored(name, self._kept(channel, called))
            self._counted(name, "malformed").inc()
            _log.warning("webhook.malformed", channel=name)
            return _response(Answer())
        if reading.items:
            await self._stored(name, self._call(name, reading.items))
        self._counted(name, "taken").inc()
        return _response(reading.answer)

    async def _request(self, request: web.Request) -> Request:
        raw = await body(request, LIMIT)
        headers = {name.lower(): value for name, value in request.headers.items()}
        return Request(method=request.method, url=f"{self._address}{request.raw_path}", headers=headers, body=raw)

    def _call(self, name: str, items: Sequence[Inbound | Receipt]) -> Call:
        now = self._clock()
        call = Call()
        for item in items:
            if isinstance(item, Inbound):
                call.words.append(self._store.inbox.row(name, item.event_id, inbound_to_item(item), now))
            else:
                call.receipts.append(self._store.receipts.row(name, item, now))
        return call

    def _kept(self, channel: Channel, request: Request) -> Call:
        """Signed, but not what the provider's documents say: kept for a person to look at, answered all the same."""
        now = self._clock()
        event_id = hashlib.sha256(request.body).hexdigest()
        kept = Inbound(event_id=event_id, kind=InboundKind.OTHER, sender=None, at=now, name="malformed")
        item = inbound_to_item(kept) | {"raw": request.body[:_KEPT].decode("utf-8", "replace")}
        return Call(words=[self._store.inbox.row(channel.name, event_id, item, now)])

    async def _stored(self, name: str, call: Call) -> None:
        """Returns when the call is durable. Raises `Problem` 503 otherwise: the provider calls again."""
        try:
            await self._groups.put(call)
        except Full:
            self._counted(name, "shed").inc()
            raise Problem(503, headers={"Retry-After": "1"}) from None
        except Exception as why:
            self._counted(name, "not_stored").inc()
            _log.error("webhook.not_stored", channel=name, why=type(why).__name__)
            raise Problem(503, headers={"Retry-After": "5"}) from why

    async def _write(self, calls: Sequence[Call]) -> None:
        """Everything of these calls in one transaction; the rooms that wait are woken once it is durable."""
        words = [row for call in calls for row in call.words]
        receipts = [row for call in calls for row in call.receipts]
        wakeup = self._store.wakeup
        handed: dict[Topic, bool] = {"inbox": bool(words), "receipts": bool(receipts)}
        topics = [topic for topic, some in handed.items() if some]
        wakeup.storing(len(calls), questions=bool(words))
        async with self._store.database.transaction() as tx:
            await wakeup.announce(tx, *topics)  # heard at the commit
            await self._store.inbox.add(tx, words)
            await self._store.receipts.add(tx, receipts)
        wakeup.stir(*topics)


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, headers={"Content-Type": answer.content_type})

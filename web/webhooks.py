"""Providers call here: verified first, stored durably, then answered, then the rooms that wait are woken.

Nothing is understood and nothing is sent here: Zalo wants its answer within two seconds.
"""

import hashlib

import structlog
from aiohttp import web

from channels.channel import Channel, Channels
from channels.errors import Forged, Malformed, Unsigned
from channels.message import Answer, Inbound, InboundKind, Reading, Receipt, Request
from channels.plain import inbound_to_item
from store.ids import Clock
from store.nouns import Store
from web.guard import body
from web.metrics import Metrics
from web.problems import Problem, answering

LIMIT = 512 * 1024
"""Bytes of a webhook's body: the largest known event has a few thousand."""
_KEPT = 20_000  # characters of a body that could not be read

_log = structlog.get_logger(__name__)


class Webhooks:
    """`address` is the public one: some signatures are over the URL that the provider called."""

    def __init__(self, store: Store, channels: Channels, metrics: Metrics, *, address: str, clock: Clock) -> None:
        self._store = store
        self._channels = channels
        self._metrics = metrics
        self._address = address
        self._clock = clock

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
            self._metrics.webhooks.labels(name, "unsigned").inc()
            return _response(Answer())
        except Forged:
            self._metrics.webhooks.labels(name, "forged").inc()
            _log.warning("webhook.forged", channel=name)
            raise Problem(401) from None
        except Malformed:
            self._metrics.webhooks.labels(name, "malformed").inc()
            await self._keep(channel, called)
            return _response(Answer())
        await self._store_all(name, reading)
        self._metrics.webhooks.labels(name, "taken").inc()
        return _response(reading.answer)

    async def _request(self, request: web.Request) -> Request:
        raw = await body(request, LIMIT)
        headers = {name.lower(): value for name, value in request.headers.items()}
        return Request(method=request.method, url=f"{self._address}{request.raw_path}", headers=headers, body=raw)

    async def _store_all(self, name: str, reading: Reading) -> None:
        """Everything of one call in one transaction; woken once it is durable."""
        inbound = [item for item in reading.items if isinstance(item, Inbound)]
        receipts = [item for item in reading.items if isinstance(item, Receipt)]
        if not reading.items:
            return
        now = self._clock()
        async with self._store.database.transaction() as tx:
            words = await self._store.inbox.put(
                tx, name, [(one.event_id, inbound_to_item(one)) for one in inbound], now
            )
            told = await self._store.receipts.put(tx, name, receipts, now)
        if words:
            await self._store.wakeup.wake("inbox")
        if told:
            await self._store.wakeup.wake("receipts")

    async def _keep(self, channel: Channel, request: Request) -> None:
        """Signed, but not what the provider's documents say: kept for a person to look at, answered all the same."""
        now = self._clock()
        event_id = hashlib.sha256(request.body).hexdigest()
        kept = Inbound(event_id=event_id, kind=InboundKind.OTHER, sender=None, at=now, name="malformed")
        item = inbound_to_item(kept) | {"raw": request.body[:_KEPT].decode("utf-8", "replace")}
        async with self._store.database.transaction() as tx:
            await self._store.inbox.put(tx, channel.name, [(event_id, item)], now)
        _log.warning("webhook.malformed", channel=channel.name)


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, headers={"Content-Type": answer.content_type})

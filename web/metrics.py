"""Figures for Prometheus, in a registry of their own. No label ever holds a phone, a dossier or a person."""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from store.ids import Clock
from store.nouns import Store

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What this door counts; the gauges are read from the database when they are asked for."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self.webhooks = Counter(
            "motcua_webhooks_total", "Webhook calls by what they were", ["channel", "outcome"], registry=self.registry
        )
        self.rows = Counter(
            "motcua_dossier_rows_total", "Rows taken in, by outcome", ["outcome"], registry=self.registry
        )
        self._inbox = Gauge("motcua_inbox_waiting", "Words of citizens not answered yet", registry=self.registry)
        self._depth = Gauge("motcua_outbox_messages", "Messages under way", ["lane", "state"], registry=self.registry)
        self._age = Gauge(
            "motcua_outbox_oldest_seconds", "How late the oldest due message is", ["lane"], registry=self.registry
        )

    async def text(self, store: Store, clock: Clock) -> bytes:
        """The page that Prometheus reads."""
        now = clock()
        async with store.database.reading() as tx:
            self._inbox.set(await store.inbox.waiting(tx))
            waiting = await store.outbox.waiting(tx)
        self._depth.clear()
        self._age.clear()
        for row in waiting:
            depth = self._depth.labels(lane=str(row.lane), state=row.state.value)
            depth.inc(row.count)
        for lane in {row.lane for row in waiting}:
            oldest = min(row.oldest_due_at for row in waiting if row.lane == lane)
            self._age.labels(lane=str(lane)).set(max(0.0, (now - oldest).total_seconds()))
        return generate_latest(self.registry)

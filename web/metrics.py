"""Figures for Prometheus, in a registry of their own. No label ever holds a phone, a dossier or a person."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from store.ids import Clock
from store.nouns import Store
from store.spending import Used
from vietnam.calendar import local

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

        self._limits = {
            name: Gauge(f"motcua_limit_{name}", about, ["scope", "period"], registry=self.registry)
            for name, about in (
                ("used", "What is spent (dong) or sent (messages) of a limit, today and this month"),
                ("most", "The limit itself"),
            )
        }

    async def text(self, store: Store, clock: Clock) -> bytes:
        """The page that Prometheus reads."""
        now = clock()
        async with store.database.reading() as tx:
            self._inbox.set(await store.inbox.waiting(tx))
            waiting = await store.outbox.waiting(tx)
            limits = await store.spending.standing(tx, [f"{local(now):%Y-%m-%d}", f"{local(now):%Y-%m}"])
        self._show_limits(limits)
        self._depth.clear()
        self._age.clear()
        for row in waiting:
            depth = self._depth.labels(lane=str(row.lane), state=row.state.value)
            depth.inc(row.count)
        for lane in {row.lane for row in waiting}:
            oldest = min(row.oldest_due_at for row in waiting if row.lane == lane)
            self._age.labels(lane=str(lane)).set(max(0.0, (now - oldest).total_seconds()))
        return generate_latest(self.registry)

    def _show_limits(self, limits: Sequence[Used]) -> None:
        """Only those that there are now: a day that is over is not shown."""
        for gauge in self._limits.values():
            gauge.clear()
        for one in limits:
            period = "day" if len(one.period) > len("2026-06") else "month"
            self._limits["used"].labels(scope=one.scope, period=period).set(one.used)
            self._limits["most"].labels(scope=one.scope, period=period).set(one.limit or 0)

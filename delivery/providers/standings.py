"""How the providers stand now, for people: `motcua outbox status`, health and figures read it here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from channels.channel import Capabilities
from delivery.providers.breaker import ceiling, resting
from delivery.providers.gateways import Gateways
from store.ids import Clock
from store.nouns import Store
from store.rates import Standing
from vietnam.calendar import ZONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider account as it stands.

    `rate` is in messages a second now (0: no limit known), `until` when it is tried again, `choice` which gateway a
    channel prefers; `sentence` says it all in Vietnamese.
    """

    name: str
    state: Literal["ready", "slowed", "resting", "broken"]
    rate: float
    since: datetime | None
    until: datetime | None
    choice: str | None
    sentence: str


async def providers(store: Store, can: Mapping[str, Capabilities], clock: Clock) -> list[Provider]:
    """Every provider of these channels, in their order; a channel's several gateways after it."""
    async with store.database.reading() as tx:
        known = await store.rates.standings(tx)
    gateways, now = Gateways(can), clock()
    names = [name for channel in can for name in dict.fromkeys((channel, *gateways.of(channel)))]
    rates = {name: each.rate_per_second for name, each in can.items()}
    return [_provider(known.get(name, Standing(name=name)), rates.get(name, 0.0), now) for name in names]


def _provider(standing: Standing, configured: float, now: datetime) -> Provider:
    rate = ceiling(standing, now, rate=configured)
    state: Literal["ready", "slowed", "resting", "broken"] = "ready"
    since = until = None
    if standing.broken_at is not None:
        state, since, until = "broken", standing.broken_at, standing.probe_at
        words = (
            f"Cầu dao đã ngắt lúc {_clock(since)} vì {_why(standing.why)}; "
            f"thử lại {'ngay' if until is None or until <= now else f'lúc {_clock(until)}'}."
        )
    elif resting(standing, now):
        state, since, until = "resting", standing.rest_from, standing.rest_until
        words = f"Nhà cung cấp yêu cầu chờ đến {_clock(until)}."
    elif 0 < rate != configured:
        state, since = "slowed", standing.ceiling_at
        words = f"Đang gửi chậm lại, {rate:.3g} tin một giây, và tăng dần."
    else:
        words = f"Bình thường, nhiều nhất {rate:g} tin một giây." if rate else "Bình thường."
    sentence = f"{words} {standing.choice_why}".strip()
    return Provider(
        name=standing.name, state=state, rate=rate, since=since, until=until, choice=standing.choice, sentence=sentence
    )


def _why(why: str) -> str:
    return _CAUSES.get(why.partition(" ")[0], "không rõ lý do")


def _clock(moment: datetime | None) -> str:
    if moment is None:
        return "khi có tin"
    local = moment.astimezone(ZONE) + timedelta(milliseconds=999)
    return f"{local:%H:%M:%S ngày %d/%m}"


_CAUSES: Mapping[str, str] = {
    "unavailable": "không kết nối được",
    "unknown": "nhà cung cấp không trả lời rõ ràng",
}

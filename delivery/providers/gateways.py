"""Which of several gateways of one channel a message goes by: those that bring messages to people, then the cheapest.

The choice changes only for a clear reason and says it in a sentence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from channels.channel import Capabilities, Offer
from store.database import Tx
from store.nouns import Store
from store.rates import Standing, Tally

LOOKED_BACK, HEARD_WITHIN, NEWEST = timedelta(hours=6), timedelta(minutes=10), 200
"""Messages that count: the newest of the last hours, of each gateway, whose receipts have had time to come."""

ENOUGH = 30
"""So many messages before the share that arrived says something."""

ASSUMED = 0.9
"""What a gateway is taken to bring to people of which nothing is known: better than one that clearly does not."""

WORSE, AS_GOOD = 0.10, 0.05
"""A gateway is left when its share of arrivals is worse than the best's by the first, taken back within the second."""

CHEAPER = 0.02
"""By how much, as a part of its price, a gateway must be cheaper to be preferred to the present one."""

EVIDENCE = 50
"""Every so many messages one goes by the next gateway, so that what is known of it does not grow old."""

DEAREST = 2
"""Not by one that costs more than so many times as much."""


class Gateways:
    """The channels that have several gateways."""

    counted_every = timedelta(seconds=60)

    def __init__(self, can: Mapping[str, Capabilities]) -> None:
        self._offers = {channel: each.gateways for channel, each in can.items() if len(each.gateways) > 1}
        self.channels = frozenset(self._offers)
        self._sent = dict.fromkeys(self._offers, 0)
        self._counted_at: datetime | None = None

    def accounts(self) -> list[str]:
        return [name for channel in self._offers for name in self.of(channel)]

    def of(self, channel: str) -> list[str]:
        """The accounts behind a channel: its own, or its gateways' in the configured order."""
        return [f"{channel}/{offer.name}" for offer in self._offers.get(channel, ())] or [channel]

    def in_order(self, channel: str, standing: Standing) -> list[str]:
        """The accounts behind a channel, the preferred one first; now and then the next, so that it is known too."""
        names = self.of(channel)
        if channel not in self._offers:
            return names
        preferred = f"{channel}/{standing.choice}"
        names.sort(key=lambda name: name != preferred)
        self._sent[channel] += 1
        if self._sent[channel] % EVIDENCE == 0 and self._affordable(channel, names[1], names[0]):
            names[0], names[1] = names[1], names[0]
        return names

    def _affordable(self, channel: str, other: str, preferred: str) -> bool:
        prices = {f"{channel}/{offer.name}": offer.price or 0.0 for offer in self._offers[channel]}
        return prices[other] <= DEAREST * prices[preferred]

    def due(self, now: datetime) -> bool:
        if not self._offers or self._counted_at is None:
            return bool(self._offers)
        return not timedelta(0) <= now - self._counted_at < self.counted_every

    async def counted(
        self, tx: Tx, store: Store, standings: Mapping[str, Standing], now: datetime
    ) -> dict[str, Standing]:
        """The channels' standings with the choice that today's figures make."""
        if not self.due(now):
            return {}
        self._counted_at = now
        chosen = {}
        for channel, offers in self._offers.items():
            since, until = now - LOOKED_BACK, now - HEARD_WITHIN
            tallies = await store.rates.arrivals(tx, channel, since=since, until=until, newest=NEWEST)
            choice, why = choose(offers, tallies, standings[channel].choice)
            chosen[channel] = replace(standings[channel], choice=choice, choice_why=why)
        return chosen


def choose(offers: Sequence[Offer], tallies: Mapping[str, Tally], present: str | None) -> tuple[str, str]:
    """The gateway to prefer, and why, in a sentence for the operator."""
    shares = {offer.name: _share(offer, tallies.get(offer.name)) for offer in offers}
    best = max(ASSUMED if share is None else share for share in shares.values())
    good = [offer for offer in offers if _good(shares[offer.name], best, offer.name == present)]
    priced = all(offer.price is not None for offer in good)
    chosen = min(good, key=lambda offer: _cost(offer, present)) if priced else good[0]
    return chosen.name, _because(chosen, offers, good, shares, priced=priced)


def _share(offer: Offer, tally: Tally | None) -> float | None:
    """Which part arrived; None where nobody can say."""
    if not offer.receipts or tally is None or tally.taken < ENOUGH:
        return None
    return tally.arrived / tally.taken


def _good(share: float | None, best: float, present: bool) -> bool:
    """One of which nothing is known may be tried."""
    return share is None or share >= best - (WORSE if present else AS_GOOD)


def _cost(offer: Offer, present: str | None) -> float:
    price = offer.price or 0.0
    return price * (1 - CHEAPER) if offer.name == present else price


def _because(
    chosen: Offer,
    offers: Sequence[Offer],
    good: Sequence[Offer],
    shares: Mapping[str, float | None],
    *,
    priced: bool,
) -> str:
    """For example: "Gửi qua http vì rẻ nhất (300 đ một tin) trong các cổng đưa tin tốt; twilio: 60 % đã tới."."""
    told = [f"{offer.name}: {_percent(shares[offer.name])}" for offer in offers]
    if len(good) == 1 and len(offers) > 1:
        reason = "đưa tin tới nơi nhiều nhất"
    elif priced and len({offer.price for offer in good}) > 1:
        reason = f"rẻ nhất ({chosen.price:g} đ một phần tin) trong các cổng đưa tin tốt"
    else:
        reason = "đứng trước trong cấu hình và đưa tin tốt"
    return f"Gửi qua {chosen.name} vì {reason} ({'; '.join(told)})."


def _percent(share: float | None) -> str:
    return "chưa đủ biên nhận" if share is None else f"{share:.0%} đã tới".replace("%", " %")

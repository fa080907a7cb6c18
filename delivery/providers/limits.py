"""What providers bear, kept before a message is claimed, so that waiting eats no attempt: rates, rests, breakers.

A rate holds over all processes on one database: each leases its share (`shares.py`) and keeps it exactly (`line.py`).
Complaints and outages of a provider are seen by all within half a second.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from channels.channel import Capabilities
from channels.errors import SendError
from channels.message import Accepted
from delivery.policy import Lane
from delivery.providers.account import Account, channel_of
from delivery.providers.breaker import down_for
from delivery.providers.gateways import Gateways
from delivery.providers.shares import RENEWED, Holding
from store.ids import Clock
from store.nouns import Store
from store.rates import Standing

RETRIED = timedelta(milliseconds=20)
"""When another process was just changing the rates: asked again after so long."""

LONGEST_LOOK, SHORTEST_LOOK = 0.5, 0.005
"""Seconds between two looks at a channel that may not send now."""

_NONE: Mapping[str, int] = {}


class Limits:
    """The provider accounts of one worker: by channel, or `channel/gateway` where a channel has several.

    Without a store it keeps the whole of every rate for itself.
    """

    def __init__(self, can: Mapping[str, Capabilities], clock: Clock, *, store: Store | None = None) -> None:
        now = clock()
        self._clock = clock
        self._store = store
        self._can = can
        self._under_way: Counter[str] = Counter()
        self._ahead: Mapping[str, int] = _NONE
        self._gateways = Gateways(can)
        self._shared = store is not None and store.database.dialect == "postgresql"
        self._accounts = {name: Account(name, each.rate_per_second, now) for name, each in can.items()}
        self._accounts |= {name: Account(name, 0, now) for name in self._gateways.accounts()}
        self._holding = Holding(store.ids() if store is not None else "")
        self._synced_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._exchanging = False

    @property
    def channels(self) -> Collection[str]:
        return self._can

    async def sync(self) -> None:
        """What others know of the providers becomes known here, and ours to them; shares are renewed.

        Called before each claim, outside any transaction; does nothing unless it is due.
        """
        now = self._clock()
        if self._store is None:
            for account in self._accounts.values():
                account.probe_alone(now)
        elif not self._exchanging and self._due(now):
            self._exchanging, self._tried_at = True, now
            try:
                await self._exchange(self._store, now)
            finally:
                self._exchanging = False

    def count(self, under_way: Mapping[str, int], ahead: Mapping[str, int] = _NONE) -> None:
        """How many messages are under way now, by account; and how many more than its connections a channel may get."""
        self._ahead = ahead
        self._under_way = Counter()
        for name, number in under_way.items():
            self._under_way.update(dict.fromkeys({name, channel_of(name)}, number))
        for name, account in self._accounts.items():
            account.line.under_way(self._under_way[name])

    def take(self, channel: str, lane: Lane = Lane.NOTICE, *, by: str | None = None) -> str | None:
        """The account that one message may leave by now, or None. `by`: this one alone, for it may have it already."""
        now, even = self._clock(), lane is not Lane.REPLY
        if not self._free(channel, now, even=even):
            return None
        if self._accounts[channel].plain and channel not in self._gateways.channels:
            self._under_way[channel] += 1
            self._accounts[channel].line.take(now)
            return channel
        names = [by] if by is not None else self._gateways.in_order(channel, self._accounts[channel].standing)
        usable = [self._accounts[name] for name in names if self._usable(name, channel, now, even=even)]
        if not usable:
            return None
        account = min(usable, key=lambda each: each.rank(now, replying=not even))
        account.taken()
        for name in {account.name, channel}:
            self._under_way[name] += 1
            self._accounts[name].line.take(now)
        return account.name

    def exhausted(self, lane: Lane = Lane.NOTICE) -> list[str]:
        """Channels that may not send now."""
        now, even = self._clock(), lane is not Lane.REPLY
        return [name for name in self._can if not self._open(name, now, even=even)]

    def leaves(self, account: str) -> float:
        """A message leaves at this moment (0), or must not any more: so many seconds to wait."""
        now = self._clock()
        if account in self._can and self._accounts[account].plain:
            self._accounts[account].line.leave(now)
            return 0.0
        lines = [self._accounts[name] for name in {account, channel_of(account)}]
        wait = max(self._holding.must_wait(each, now, shared=self._shared) for each in lines)
        wait = wait or self._accounts[account].must_wait(now)
        if wait == 0:
            for each in lines:
                each.line.leave(now)
        return wait

    def heard(self, account: str, answer: Accepted | SendError) -> None:
        """A provider that asks for patience gets it, one that is silent or unreachable again and again is let be."""
        now = self._clock()
        if account not in self._can:
            self._accounts[channel_of(account)].line.answered(now)
        self._accounts[account].line.answered(now)
        self._accounts[account].heard(answer, now)

    def opens_in(self) -> float | None:
        """Seconds until it is worth while to look again at a channel that may not send now; None: all may."""
        now = self._clock()
        closed = [name for name in self._can if not self._open(name, now, even=True)]
        if not closed:
            return None
        soonest = min(self._accounts[name].line.opens_in(now, even=True) or LONGEST_LOOK for name in closed)
        return min(LONGEST_LOOK, max(SHORTEST_LOOK, soonest))

    def answers(self, account: str) -> bool:
        """It is known here, neither broken nor at rest, or may be tried."""
        return account in self._accounts and self._accounts[account].answers(self._clock())

    def down_for(self, channel: str) -> timedelta:
        """How long nothing has gone by this channel, or will: its provider, or each gateway, is broken or rests."""
        now = self._clock()
        return min(down_for(self._accounts[name].standing, now) for name in self._gateways.of(channel))

    def _open(self, channel: str, now: datetime, *, even: bool) -> bool:
        if not self._free(channel, now, even=even):
            return False
        if self._accounts[channel].plain and channel not in self._gateways.channels:
            return True
        return any(self._usable(name, channel, now, even=even) for name in self._gateways.of(channel))

    def _free(self, channel: str, now: datetime, *, even: bool) -> bool:
        """It has a connection, and a place in its rate."""
        account = self._accounts[channel]
        able = self._under_way[channel] < self._can[channel].connections + self._ahead.get(channel, 0)
        if account.plain:
            return able
        account.asked(now, able=able)
        return able and self._holding.places(account, now, even=even, shared=self._shared) != 0

    def _usable(self, name: str, channel: str, now: datetime, *, even: bool) -> bool:
        """The account answers, and has a place in its own rate."""
        account = self._accounts.get(name)
        if account is None or not account.answers(now):
            return False
        if name == channel:
            return True
        account.asked(now, able=True)
        return self._holding.places(account, now, even=even, shared=self._shared) != 0

    def _due(self, now: datetime) -> bool:
        if self._tried_at is not None and timedelta(0) <= now - self._tried_at < RETRIED:
            return False
        if self._synced_at is None or any(account.has_news(now) for account in self._accounts.values()):
            return True
        return not timedelta(0) <= now - self._synced_at < (RENEWED if self._shared else self._gateways.counted_every)

    async def _exchange(self, store: Store, now: datetime) -> None:
        """One short transaction, or a mere look; whatever fails in it is tried again."""
        limited = [each for each in self._accounts.values() if each.rate_now(now) > 0] if self._shared else []
        news = any(account.has_news(now) for account in self._accounts.values())
        if not (news or limited or self._gateways.due(now)):
            async with store.database.reading() as tx:
                after = self._after(await store.rates.standings(tx), now, writing=False)
        else:
            async with store.database.transaction() as tx:
                if not await store.rates.alone(tx, store.database):
                    return
                known = await store.rates.standings(tx)
                after = self._after(known, now, writing=True)
                after |= await self._gateways.counted(tx, store, after, now)
                await store.rates.stand(tx, [each for name, each in after.items() if _changed(each, known.get(name))])
                await self._holding.renew(tx, store, limited, now)
            self._holding.renewed(now)
        for name, standing in after.items():
            self._accounts[name].agreed(standing, now)
        self._synced_at = now

    def _after(self, known: Mapping[str, Standing], now: datetime, *, writing: bool) -> dict[str, Standing]:
        return {
            name: account.standing_after(known.get(name), now, writing=writing)
            for name, account in self._accounts.items()
        }


def _changed(standing: Standing, known: Standing | None) -> bool:
    return standing != (known or Standing(name=standing.name))

"""How the workers on one database share a provider's rate: nobody more than they can use, nobody less than a fair part.

A worker holds a number of places in each window and renews that hold twice a second. What it holds is written before
it is used, and given back only when it is no longer in use: so the sum over all workers is never above the rate.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from delivery.providers.account import Account
from delivery.providers.line import quota
from store.database import Tx
from store.nouns import Store
from store.rates import Share

RENEWED = timedelta(seconds=0.5)
"""How often a worker renews its shares."""

TERM = timedelta(seconds=1.5)
"""How long a share lasts without renewal."""

SKEW = timedelta(seconds=0.25)
"""How far the clocks of two machines may differ."""

_TOO_FAR = timedelta(seconds=10)


def living(shares: Sequence[Share], now: datetime, window: timedelta) -> list[Share]:
    """Those whose messages may still be in somebody's window. A lease from the far future is of another clock."""
    return [share for share in shares if now - window - SKEW < share.until < now + TERM + _TOO_FAR]


def fair(places: int, wants: Mapping[str, int]) -> dict[str, int]:
    """So many places among workers that could use so many each: all small wishes first, then even parts.

    What nobody asked for is spread over all, so that a worker alone has everything and a sudden need finds something.
    """
    parts = dict.fromkeys(wants, 0)
    for limits in (wants, dict.fromkeys(wants, places)):
        left = places - sum(parts.values())
        open_ = sorted(name for name in wants if parts[name] < limits[name])
        while left > 0 and open_:
            each, more = divmod(left, len(open_))
            for number, name in enumerate(open_):
                parts[name] += min(each + (number < more), limits[name] - parts[name])
            left = places - sum(parts.values())
            open_ = [name for name in open_ if parts[name] < limits[name]]
    return parts


def due_to(worker: str, places: int, wants: int, others: Sequence[Share]) -> int:
    """What this worker may hold now: its fair part, as far as it is free."""
    wishes = {share.worker: share.wants for share in others} | {worker: wants}
    free = places - sum(share.held for share in others)
    return max(0, min(fair(places, wishes)[worker], free))


class Holding:
    """What this worker holds of each rate, and until when."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._since: datetime | None = None
        self._targets: dict[Account, int] = {}

    def places(self, account: Account, now: datetime, *, even: bool, shared: bool) -> int | None:
        """How many messages may be taken now; None: no limit. A share that was not renewed in time is none."""
        account.refresh(now, shared=shared)
        if shared and account.line.share is not None and not self._holds(now, TERM):
            return 0
        return account.line.places(now, even=even)

    def must_wait(self, account: Account, now: datetime, *, shared: bool) -> float:
        """A message that took its place long ago does not leave when that place is another worker's by now."""
        held = not shared or account.line.share is None or self._holds(now, TERM + SKEW)
        return 0.0 if held else TERM.total_seconds()

    async def renew(self, tx: Tx, store: Store, accounts: Sequence[Account], now: datetime) -> None:
        """Writes what is held from now on: less at once, more only after the commit (`renewed`)."""
        self._targets = {}
        if not accounts:
            return
        everybody = await store.rates.shares(tx)
        mine = []
        for account in accounts:
            most, window = quota(account.rate_now(now))
            others = [each for each in everybody if each.provider == account.name and each.worker != self._worker]
            wants = _wants(account, most, now)
            target = due_to(self._worker, most, wants, living(others, now, window))
            account.line.share = min(account.line.share or 0, target)
            held = max(target, account.line.used(now))
            mine.append(Share(provider=account.name, worker=self._worker, held=held, wants=wants, until=now + TERM))
            self._targets[account] = target
            account.in_use = account.bound = False
        await store.rates.hold(tx, mine)
        gone = {each.worker for each in everybody if each.until < now - _TOO_FAR}
        await store.rates.drop(tx, gone - {self._worker})  # its own, of before a long rest, it has just renewed

    def renewed(self, now: datetime) -> None:
        """The commit held."""
        self._since = now
        for account, target in self._targets.items():
            account.line.share = target

    def _holds(self, now: datetime, term: timedelta) -> bool:
        return self._since is not None and self._since <= now < self._since + term


def _wants(account: Account, most: int, now: datetime) -> int:
    """All that there is where its share held it back; a little more than it used else; nothing while it is busy."""
    if not account.in_use:
        return 0
    return most if account.bound and account.line.share else min(most, 2 * account.line.used(now) + 1)

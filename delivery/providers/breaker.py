"""How a provider account stands: slowed down, resting, or broken. Pure functions from a standing to the next.

Slower: halved at each complaint (429), and back to the configured rate little by little, over a minute.
Broken: after several failures in a row nothing goes there any more; one message tries it now and then, and its answer
closes the breaker (cầu dao) or lets it rest longer.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from store.rates import Standing

TRIPS_AT = 5
"""Failures in a row after which a provider counts as broken."""

FIRST_PROBE, LONGEST_PROBE = timedelta(seconds=15), timedelta(minutes=5)
"""When a broken provider is tried first, and how rarely at most: each try may leave a message in doubt."""

LONGEST_SAFE_PROBE = timedelta(minutes=1)
"""How rarely at most where it cannot be reached at all: a try leaves nothing in doubt."""

PROBE_PATIENCE = timedelta(seconds=30)
"""A try whose answer nobody hears (its process died) is made again after so long."""

LONGEST_REST = 3600.0
"""Seconds that a provider rests at most because it said so."""

FIRST_REST = 1.0
"""Seconds of rest where it did not say how long."""

RECOVERY = timedelta(seconds=60)
"""How long it takes from a standstill back to the configured rate."""

ONE_COMPLAINT = timedelta(seconds=1)
"""Complaints that follow each other so closely are one: their requests left at the same pace."""

AFTER_OUTAGE = 1 / 4
"""The part of its rate with which a mended provider begins."""

SLOWEST = 1 / 32
"""The share of its rate that is left to a provider after many complaints."""


def asked_for_patience(
    standing: Standing, now: datetime, *, rate: float, observed: float, seconds: float | None, why: str
) -> Standing:
    """After a 429: rests as long as it said, and goes on at half the pace.

    `rate` is the configured one (0: none), `observed` what this process sent in the last second; messages a second.
    """
    pause = FIRST_REST if seconds is None else min(max(FIRST_REST, seconds), LONGEST_REST)
    until = now + timedelta(seconds=pause)
    if resting(standing, now) and standing.rest_until is not None:  # it left before the first complaint was heard
        return replace(standing, rest_until=max(until, standing.rest_until))
    slower = replace(standing, rest_from=now, rest_until=until, why=why)
    if standing.ceiling_at is not None and timedelta(0) <= now - standing.ceiling_at < ONE_COMPLAINT:
        return slower
    present = ceiling(standing, now, rate=rate)
    whole = present or max(observed, 1.0)
    least = (rate or whole) * SLOWEST
    return replace(slower, ceiling=max(whole / 2, least), ceiling_at=now)


def ceiling(standing: Standing, now: datetime, *, rate: float) -> float:
    """Messages a second that the provider bears now; 0: no limit known. It grows again from the end of its rest on.

    A provider without a configured rate is free again when it has borne four times what it complained of.
    """
    if standing.ceiling is None or standing.ceiling_at is None or now < standing.ceiling_at:
        return rate
    since = max(standing.ceiling_at, standing.rest_until or standing.ceiling_at)
    recovered = max(timedelta(0), now - since) / RECOVERY
    if rate > 0:
        return min(rate, standing.ceiling + rate * recovered)
    return 0.0 if recovered >= 1 else standing.ceiling * (1 + 3 * recovered)


def resting(standing: Standing, now: datetime) -> bool:
    """It asked for patience, and the time is not over. A clock that was put back ends the rest."""
    if standing.rest_from is None or standing.rest_until is None:
        return False
    return standing.rest_from <= now < standing.rest_until


def opened(standing: Standing, now: datetime, *, why: str, unreachable: bool) -> Standing:
    """Broken from now on, or still: tried again after a pause that doubles."""
    probes = 0 if standing.broken_at is None else standing.probes + 1
    longest = LONGEST_SAFE_PROBE if unreachable else LONGEST_PROBE
    pause = min(FIRST_PROBE * (1 << min(probes, 10)), longest)
    return replace(standing, broken_at=standing.broken_at or now, probe_at=now + pause, probes=probes, why=why)


def probed(standing: Standing, now: datetime) -> Standing:
    """One message tries it now; nobody else does until its answer, or for a while."""
    return replace(standing, probe_at=now + PROBE_PATIENCE)


def closed(standing: Standing, now: datetime, *, rate: float) -> Standing:
    """It answers again. What has piled up goes slowly at first where the rate is known."""
    mended = replace(standing, broken_at=None, probe_at=None, probes=0, why="")
    return replace(mended, ceiling=rate * AFTER_OUTAGE, ceiling_at=now) if rate > 0 else mended


def may_probe(standing: Standing, now: datetime) -> bool:
    """Broken, and the time for a try has come. A clock that was put back far ends the wait."""
    if standing.broken_at is None or standing.probe_at is None:
        return False
    return now >= standing.probe_at or standing.probe_at - now > LONGEST_PROBE + PROBE_PATIENCE


def down_for(standing: Standing, now: datetime) -> timedelta:
    """How long it has been broken, or has still to rest; nothing where it answers."""
    broken = timedelta(0) if standing.broken_at is None else now - standing.broken_at
    rests = standing.rest_until - now if resting(standing, now) and standing.rest_until is not None else timedelta(0)
    return max(timedelta(0), broken, rests)

"""Every address of the door for machines, on one page."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from channels.channel import Channels
from dossiers.intake import Intake, Planner
from dossiers.lookup import Lookup
from store.ids import Clock
from store.nouns import Store
from web.api import Api, Search
from web.guard import Guard
from web.health import Health, Part
from web.messages import Messages
from web.metrics import Metrics
from web.openapi import OpenApi
from web.settings import Settings
from web.verifier import Verifier
from web.webhooks import Webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """What this door needs; opened and closed by who made it."""

    store: Store
    planner: Planner
    intake: Intake
    lookup: Lookup
    channels: Channels
    search: Search
    clock: Clock
    settings: Settings
    version: str = "0"
    metrics: Metrics = field(default_factory=Metrics)
    parts: Mapping[str, Part] = field(default_factory=dict)


def routes(deps: Web) -> list[web.RouteDef]:
    """All routes, ready to be added to an application."""
    guard = Guard(deps.store, per_second=deps.settings.api_per_second, clock=deps.clock)
    health = Health(deps.store, deps.metrics, clock=deps.clock, parts=deps.parts)
    address = deps.settings.address
    return [
        *Webhooks(deps.store, deps.channels, deps.metrics, address=address, clock=deps.clock).routes(),
        *Api(deps.store, deps.intake, deps.lookup, guard, deps.metrics, search=deps.search).routes(),
        *Messages(deps.store, deps.planner, deps.lookup, guard, deps.channels, clock=deps.clock).routes(),
        *OpenApi(deps.version, address).routes(),
        *Verifier(deps.settings.zalo_verifier).routes(),
        web.get("/healthz", health.alive),
        web.get("/readyz", health.ready),
        web.get("/metrics", health.figures, allow_head=False),
    ]

"""Opens the rooms in order and closes them in reverse: the one place where a concrete channel, the clock and chance
are chosen. What is opened here is passed down; nothing is global.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from channels.channel import Channel, Channels
from channels.email import Email
from channels.http import Http
from channels.sms.channel import Sms
from channels.telegram import Telegram
from channels.zalo.channel import Zalo
from delivery.dispatcher import Dispatcher
from delivery.money.budgets import Budgets
from delivery.money.prices import Prices
from delivery.planner import Planner
from delivery.receipts import Receiver
from delivery.routing import Router, Templates
from delivery.texts.render import Renderer
from dossiers.intake import Intake
from dossiers.lookup import Lookup
from dossiers.naming import Naming
from motcua.config import Config, ConfigError
from motcua.tokens import TokenKeeper
from procedures.catalogue import Catalogue, read_sensitive
from procedures.imported import in_force
from store import schema
from store.database import Database
from store.ids import Clock, ids
from store.nouns import Store
from store.personal import Seal

_log = structlog.get_logger(__name__)


class OldSchema(Exception):
    """The database is older than this program: run `motcua db upgrade` first."""


def now() -> datetime:
    """The real clock; everything else takes it as an argument."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """The lower floors, open: what the doors, the commands and the demo are given."""

    config: Config
    clock: Clock
    chance: random.Random
    store: Store
    channels: Channels
    router: Router
    renderer: Renderer
    planner: Planner
    prices: Prices
    budgets: Budgets
    catalogue: Catalogue
    naming: Naming
    intake: Intake
    lookup: Lookup

    def dispatcher(self) -> Dispatcher:
        """The sender of this process."""
        return Dispatcher(
            self.store,
            self.channels,
            self.router,
            self.renderer,
            routing=self.config.routing,
            senders=self.config.delivery.senders,
            settings=self.config.delivery,
            budgets=self.budgets,
            clock=self.clock,
            chance=self.chance,
        )

    def receiver(self) -> Receiver:
        """The follower of what was sent, of this process."""
        return Receiver(
            self.store,
            self.channels,
            self.router,
            self.renderer,
            routing=self.config.routing,
            clock=self.clock,
            chance=self.chance,
            budgets=self.budgets,
        )


@asynccontextmanager
async def opened(
    config: Config, *, clock: Clock = now, upgrade: bool = False, procedures: bool = True
) -> AsyncIterator[Rooms]:
    """Everything below the doors. Raises `OldSchema` unless `upgrade` may bring the schema up itself.

    Without `procedures` the catalogue is empty: for who neither answers questions nor takes dossiers in.
    """
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(opened_store(config, clock=clock, upgrade=upgrade))
        channels = concrete_channels(config, store, clock)
        for channel in channels.values():
            await channel.open()
            stack.push_async_callback(channel.close)
        catalogue = await _catalogue(config, store) if procedures else Catalogue({})
        yield _joined(config, store, channels, catalogue, clock)


@asynccontextmanager
async def opened_store(config: Config, *, clock: Clock = now, upgrade: bool = False) -> AsyncIterator[Store]:
    """The memory alone, for commands that need no more."""
    database = Database(config.database.url)
    await database.open()
    try:
        if upgrade:
            await schema.upgrade(database)
        elif await schema.pending(database):
            raise OldSchema(str(OldSchema.__doc__))
        store = Store(database, Seal(config.security.secret_key.get_secret_value()), ids(clock), clock)
        await store.wakeup.open()
        try:
            yield store
        finally:
            await store.wakeup.close()
    finally:
        await database.close()


def concrete_channels(config: Config, store: Store, clock: Clock) -> dict[str, Channel]:
    """One entry a channel that the configuration switches on."""
    wanted = config.channels
    client = _client(wanted.client)
    channels: dict[str, Channel] = {}
    if wanted.zalo.enabled:
        channels["zalo"] = Zalo(wanted.zalo, store=TokenKeeper(store.tokens), clock=clock, client=client)
    if wanted.sms.enabled:
        channels["sms"] = Sms.configured(wanted.sms, clock=clock, public_url=config.web.public_url, client=client)
    if wanted.email.enabled:
        channels["email"] = Email(wanted.email, clock=clock)
    if wanted.telegram.enabled:
        channels["telegram"] = Telegram(wanted.telegram, clock=clock, public_url=config.web.public_url, client=client)
    return channels


def _client(name: str) -> type[Http]:
    """The way out over HTTP; libcurl's is an extra that not every installation has."""
    if name == "aiohttp":
        return Http
    try:
        from channels.curl import Curl
    except ImportError as why:
        raise ConfigError(
            ['[channels] client: "curl" cần thư viện pycurl, xin cài: pip install "motcua[curl]"']
        ) from why
    return Curl


def renderer_of(config: Config) -> Renderer:
    """The texts, as this installation words them."""
    return Renderer(sms_prefix=config.service.sms_prefix, two_way=bool(config.channels.sms.two_way_number))


def prices_of(config: Config) -> Prices:
    """The contract's prices."""
    return Prices(config.price_table)


async def _catalogue(config: Config, store: Store) -> Catalogue:
    """The catalogue in force, read in a thread."""
    async with store.database.reading() as tx:
        rows = await store.procedures.all(tx)
    return await asyncio.to_thread(in_force, rows, config.procedures)


def _joined(config: Config, store: Store, channels: Channels, catalogue: Catalogue, clock: Clock) -> Rooms:
    zalo = config.channels.zalo
    two_way = bool(config.channels.sms.two_way_number)
    router = Router(
        channels,
        order=config.routing.order,
        templates=Templates(by_event=zalo.templates, by_user_id=frozenset(zalo.uid_templates)),
        two_way_sms=two_way,
    )
    planner = Planner(
        store, router, settings=config.delivery, routing=config.routing, off=config.notices.off, clock=clock
    )
    renderer, prices = renderer_of(config), prices_of(config)
    naming = Naming(catalogue, read_sensitive(config.procedures.sensitive))
    return Rooms(
        config=config,
        clock=clock,
        chance=random.SystemRandom(),
        store=store,
        channels=channels,
        router=router,
        renderer=renderer,
        planner=planner,
        prices=prices,
        budgets=Budgets(store, renderer, config.budget, prices),
        catalogue=catalogue,
        naming=naming,
        intake=Intake(
            store,
            planner,
            naming,
            announce_within=timedelta(hours=config.dossiers.announce_within_hours),
            clock=clock,
        ),
        lookup=Lookup(store, naming, clock=clock),
    )

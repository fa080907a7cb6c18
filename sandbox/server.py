"""The sandbox: every stand-in on one HTTP port, and the mail server on another."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox.carrier import Carrier
from sandbox.control import Control, fence
from sandbox.courier import Courier
from sandbox.doorway import doorway
from sandbox.faults import Faults
from sandbox.inboxes import Links
from sandbox.mail import MailServer
from sandbox.play import Play
from sandbox.settings import Settings
from sandbox.sms_http import SmsHttp
from sandbox.source import Source
from sandbox.telegram import Telegram
from sandbox.twilio import Twilio
from sandbox.world import World
from sandbox.zalo_business import ZaloBusiness
from sandbox.zalo_delivery import ZaloDelivery
from sandbox.zalo_gate import ZaloGate
from sandbox.zalo_oa import ZaloOA
from sandbox.zalo_oauth import Tokens, ZaloOAuth
from sandbox.zalo_templates import Templates
from sandbox.zalo_webhook import ZaloWebhook

LARGEST_BODY = 2_000_000


def now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


class Sandbox:
    """The outside world, in play.  `clock` gives aware UTC; `sleep` is how its retries and deliveries wait.

    `async with Sandbox(settings) as sandbox` starts and stops it.  For tests and the demo: `world` is what it knows,
    `faults` what goes wrong, `play` what people do, `tokens` Zalo's, `zalo` its webhook sender, `telegram` the bot.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = now,
        chance: random.Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        links = Links(
            webhook_base=settings.webhook_base,
            api_base=settings.api_base,
            api_key=settings.api_key,
            console_url=settings.console_url,
        )
        self.settings = settings
        self.world = World(clock=clock, chance=chance or random.Random(), links=links)  # noqa: S311
        self.tokens = Tokens(settings, self.world)
        self._courier = Courier(sleep)
        self.zalo = ZaloWebhook(settings, self.world, self._courier)
        carrier = Carrier(settings, self.world)
        self.sms = SmsHttp(settings, self.world, self._courier, carrier)
        self.twilio = Twilio(settings, self.world, self._courier, carrier)
        self.telegram = Telegram(settings, self.world, self._courier)
        self.mail = MailServer(settings, self.world)
        self.play = Play(settings, self.world, self._courier, self.zalo, self.sms, self.twilio)
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def faults(self) -> Faults:
        """What goes wrong on purpose."""
        return self.world.faults

    @property
    def url(self) -> str:
        """Scheme, host and port of everything that speaks HTTP; known once started."""
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        return f"http://{host}:{self.port}"

    @property
    def smtp_port(self) -> int:
        """The mail server's port; known once started."""
        return self.mail.port

    def join(
        self,
        *,
        webhook_base: str | None = None,
        api_base: str | None = None,
        api_key: str | None = None,
        console_url: str | None = None,
    ) -> None:
        """Say where the house lives, once it is known; what is None stays."""
        links = self.world.links
        links.webhook_base = links.webhook_base if webhook_base is None else webhook_base
        links.api_base = links.api_base if api_base is None else api_base
        links.api_key = links.api_key if api_key is None else api_key
        links.console_url = links.console_url if console_url is None else console_url
        self.settings = replace(
            self.settings,
            webhook_base=links.webhook_base,
            api_base=links.api_base,
            api_key=links.api_key,
            console_url=links.console_url,
        )

    async def start(self) -> None:
        """Open both ports.  OSError if one is taken."""
        await self._courier.open()
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.settings.host, self.settings.port).start()
        self.port = self._runner.addresses[0][1]
        await self.mail.start()

    async def stop(self) -> None:
        """Close everything; what was still to be delivered is dropped."""
        self.world.dismiss()
        await self.mail.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        await self._courier.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _app(self) -> web.Application:
        settings, world = self.settings, self.world
        gate = ZaloGate(settings, world, self.tokens)
        templates = Templates(settings, world)
        delivery = ZaloDelivery(settings, world, self._courier, self.zalo)
        app = web.Application(middlewares=[fence(settings), doorway(world)], client_max_size=LARGEST_BODY)
        for part in (
            ZaloOAuth(settings, world, self.tokens),
            ZaloOA(settings, world, gate, templates, delivery),
            ZaloBusiness(settings, world, gate, templates, delivery),
            self.sms,
            self.twilio,
            self.telegram,
            Source(settings, world),
            Control(settings, world, self.play),
        ):
            app.add_routes(part.routes())
        return app

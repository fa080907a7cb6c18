"""What these tests share: a clock that stands still, a sandbox with two people, each channel joined to it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from channels.channel import Channel
from channels.curl import Curl
from channels.email import Email
from channels.email import Settings as EmailSettings
from channels.http import Http
from channels.message import Address, Mailbox, Phone, TelegramChat, ZaloUser
from channels.sms.channel import Sms
from channels.sms.http import Settings as HttpSettings
from channels.sms.settings import Settings as SmsSettings
from channels.sms.twilio import Settings as TwilioSettings
from channels.telegram import Settings as TelegramSettings
from channels.telegram import Telegram
from channels.zalo.channel import Zalo
from channels.zalo.settings import Settings as ZaloSettings
from channels.zalo.tokens import StoredTokens
from sandbox.server import Sandbox
from sandbox.settings import Settings as SandboxSettings

PATIENCE = 0.5
"""Seconds that a channel of these tests waits for an answer."""


class Clock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **gone: float) -> None:
        self.now += timedelta(**gone)


@pytest.fixture(params=[Http, Curl], ids=["aiohttp", "curl"])
def client(request: pytest.FixtureRequest) -> type[Http]:
    """Both ways out over HTTP are held to the same."""
    return request.param


class MemoryTokens:
    """A token store shared by all who hold it; `fails` makes saving fail, `locks` counts who asked to be alone."""

    def __init__(self) -> None:
        self.kept: dict[str, StoredTokens] = {}
        self.saves = 0
        self.fails = False
        self.locks = 0
        self._taken: set[str] = set()

    async def load(self, name: str) -> StoredTokens | None:
        return self.kept.get(name)

    async def save(self, name: str, tokens: StoredTokens) -> None:
        if self.fails:
            raise OSError("disk full")
        self.kept[name] = tokens
        self.saves += 1

    def alone(self, name: str, seconds: float) -> AbstractAsyncContextManager[bool]:
        return self._alone(name)

    @asynccontextmanager
    async def _alone(self, name: str) -> AsyncIterator[bool]:
        self.locks += 1
        if name in self._taken:
            yield False
            return
        self._taken.add(name)
        try:
            yield True
        finally:
            self._taken.discard(name)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens() -> MemoryTokens:
    return MemoryTokens()


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[Sandbox]:
    """The outside world: An follows the page and has pressed Start in Telegram; Bình has a phone and no Zalo."""
    async with Sandbox(SandboxSettings(delivery_after=0.01, webhook_base="http://127.0.0.1:9"), clock=clock) as world:
        an = world.world.add_person(
            key="an",
            name="Nguyễn Văn An",
            phone="84912345678",
            email="an@example.vn",
            zalo_user_id="3000000000000000001",
            telegram_id=42,
            follows=True,
        )
        an.telegram_started = True
        world.world.add_person(key="binh", name="Trần Thị Bình", phone="84987654321", email="binh@example.vn")
        yield world


@pytest.fixture
def zalo_settings(sandbox: Sandbox) -> ZaloSettings:
    known = sandbox.settings
    return ZaloSettings(
        enabled=True,
        app_id=known.app_id,
        app_secret=SecretStr(known.app_secret),
        oa_id=known.oa_id,
        oa_secret_key=SecretStr(known.oa_secret_key),
        refresh_token=SecretStr(known.refresh_token),
        api_base=sandbox.url,
        oauth_base=sandbox.url,
        business_base=sandbox.url,
        templates={"done": "100001"},
        timeout_seconds=PATIENCE,
    )


@pytest.fixture
async def opened() -> AsyncIterator[Callable[[Channel], object]]:
    """Opens channels, and closes them when the test is over."""
    async with AsyncExitStack() as stack:

        async def open_(channel: Channel) -> Channel:
            await channel.open()
            stack.push_async_callback(channel.close)
            return channel

        yield open_


@pytest.fixture
async def zalo(zalo_settings: ZaloSettings, tokens: MemoryTokens, clock: Clock, client: type[Http], opened) -> Zalo:
    return await opened(Zalo(zalo_settings, store=tokens, clock=clock, client=client))


@pytest.fixture
def sms_settings(sandbox: Sandbox) -> SmsSettings:
    known = sandbox.settings
    return SmsSettings(
        enabled=True,
        gateways=("http",),
        http=HttpSettings(
            url=f"{sandbox.url}/sms/send",
            token=SecretStr(known.sms_token),
            sender=known.sender_name,
            timeout_seconds=PATIENCE,
        ),
        twilio=TwilioSettings(
            account_sid=known.twilio_account,
            auth_token=SecretStr(known.twilio_token),
            sender="+15005550006",
            api_base=sandbox.url,
            timeout_seconds=PATIENCE,
        ),
    )


@pytest.fixture
async def sms(sms_settings: SmsSettings, clock: Clock, client: type[Http], opened) -> Sms:
    return await opened(Sms.configured(sms_settings, clock=clock, client=client))


@pytest.fixture
async def twilio(sms_settings: SmsSettings, clock: Clock, client: type[Http], opened) -> Sms:
    """SMS by Twilio alone."""
    only = sms_settings.model_copy(update={"gateways": ("twilio",)})
    return await opened(Sms.configured(only, clock=clock, public_url="https://motcua.example", client=client))


@pytest.fixture
async def email(sandbox: Sandbox, clock: Clock, opened) -> Email:
    settings = EmailSettings(
        enabled=True,
        host="127.0.0.1",
        port=sandbox.smtp_port,
        tls="none",
        sender="Một Cửa Lâm Đồng <khong-tra-loi@lamdong.example>",
        timeout_seconds=PATIENCE,
    )
    return await opened(Email(settings, clock=clock))


@pytest.fixture
async def telegram(sandbox: Sandbox, clock: Clock, client: type[Http], opened) -> Telegram:
    known = sandbox.settings
    settings = TelegramSettings(
        enabled=True,
        token=SecretStr(known.telegram_token),
        webhook_secret=SecretStr(known.telegram_secret),
        api_base=sandbox.url,
        timeout_seconds=PATIENCE,
    )
    return await opened(Telegram(settings, clock=clock, client=client))


@pytest.fixture
async def http(client: type[Http]) -> AsyncIterator[Http]:
    http = client(connections=2, connect_seconds=PATIENCE, read_seconds=PATIENCE)
    await http.open()
    yield http
    await http.close()


@pytest.fixture
def an() -> dict[str, Address]:
    """An's addresses, by channel."""
    return {
        "zalo": ZaloUser(user_id="3000000000000000001"),
        "phone": Phone(number="84912345678"),
        "telegram": TelegramChat(chat_id="42"),
        "email": Mailbox(address="an@example.vn"),
    }

"""What a sandbox pretends to be: its ids, secrets, templates, prices and limits.  All values are invented."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a Zalo template, as `template/info/v2` lists it; `longest` is in characters."""

    name: str
    required: bool = True
    longest: int = 90
    kind: Literal["STRING", "NUMBER", "DATE", "CURRENCY"] = "STRING"
    accept_null: bool = False

    def shown(self, value: object) -> str:
        """A value as the phone shows it: money comes as plain digits and is grouped by Zalo."""
        text = str(value)
        return f"{int(text):,}".replace(",", ".") if self.kind == "CURRENCY" and text.isdecimal() else text


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSpec:
    """A template registered with Zalo.  Its body is written as Zalo's console writes it: `Hồ sơ <code> đã có kết quả`.

    `tag` is 1 transaction, 2 customer care, 3 promotion; prices are in đồng; `timeout` in milliseconds.
    """

    name: str
    parameters: tuple[Parameter, ...] = ()
    body: str = ""
    status: Literal["ENABLE", "PENDING_REVIEW", "REJECT", "DISABLE", "DELETE"] = "ENABLE"
    quality: Literal["HIGH", "MEDIUM", "LOW", "UNDEFINED"] = "HIGH"
    tag: Literal[1, 2, 3] = 1
    by_uid: bool = True
    owned: bool = True
    price_phone: int = 200
    price_uid: int = 140
    timeout: int = 7_200_000
    daily_limit: int | None = None

    def filled(self, data: Mapping[str, object]) -> str:
        """The text that the phone shows, with each `<name>` replaced."""
        text = self.body or "\n".join(f"{each.name}: <{each.name}>" for each in self.parameters)
        for each in self.parameters:
            text = text.replace(f"<{each.name}>", each.shown(data.get(each.name, "")))
        return f"{self.name}\n{text}" if text else self.name


SAMPLE_TEMPLATES: Mapping[str, TemplateSpec] = {
    "100001": TemplateSpec(
        name="Thông báo tình trạng hồ sơ",
        parameters=(Parameter(name="code", longest=30), Parameter(name="status", longest=30)),
        body="Hồ sơ <code> của Ông/Bà: <status>.",
    ),
    "100002": TemplateSpec(
        name="Mã xác thực",
        parameters=(Parameter(name="otp", longest=10),),
        body="Mã xác thực của Ông/Bà: <otp>. Không đưa mã này cho ai.",
        by_uid=False,
        price_phone=300,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole of a sandbox.  Ports 0 mean any free one; times are in seconds unless said otherwise."""

    host: str = "127.0.0.1"
    port: int = 0
    smtp_port: int = 0
    any_host: bool = False
    """Answer the phone page and the control API under any Host header: only behind something that guards them."""

    webhook_base: str = "http://127.0.0.1:8080"
    api_base: str = "http://127.0.0.1:8080"
    api_key: str = ""
    console_url: str = ""

    app_id: str = "1000000000000000001"
    app_secret: str = "sandbox-app-secret"
    oa_id: str = "3000000000000000003"
    oa_name: str = "Một Cửa Lâm Đồng"
    oa_secret_key: str = "sandbox-oa-secret-key"
    refresh_token: str = "sandbox-refresh-token-1"
    redirect_uri: str = ""
    """The callback saved in the app's console; empty accepts any."""
    code_challenge: str = ""
    """The challenge saved in the app's console; one given on the permission page goes before it."""
    require_proof: bool = False
    """The app's "App Secret Proof" check: calls without `appsecret_proof` answer -242 or -1241."""

    templates: Mapping[str, TemplateSpec] = field(default_factory=lambda: dict(SAMPLE_TEMPLATES))
    admin_phones: frozenset[str] = frozenset()
    """Phones (84…) of the app's admins, the only ones that `mode=development` reaches."""
    hours: Literal["always", "zbs2026", "legacy"] = "zbs2026"
    """When templates may go: at any hour; tags 2 and 3 in 07-22 only; nothing in 22-06 (Vietnam time)."""
    daily_quota: int = 20_000
    balance: int | None = None
    """Money on the ZBS account in đồng; None never runs out."""
    verified: bool = True
    calls_per_minute: int = 4_000
    """Above it Zalo answers -32 and does nothing; 0 sets no limit."""
    too_long_code: int = -210
    no_zalo_code: int = -118
    blocked_code: int = -217

    delivery_after: float = 0.15
    """From acceptance to the phone, for every channel."""
    seen_after: float = 0.4
    """From delivery to being read, while somebody looks at that person's phone page."""
    webhook_timeout: float = 2.0
    retry_ladder: tuple[float, ...] = (30, 300, 900, 1800, 3600)
    retry_scale: float = 1.0
    """Multiplies the ladder, so that an hour can be played in seconds."""
    retry_on: Literal["any", "connection"] = "any"
    """What makes Zalo try again: any answer but 200, or only a failed connection (sources differ)."""

    sender_name: str = "LAMDONG-DVC"
    sms_token: str = "sandbox-sms-token"
    sms_idempotent: bool = False
    sms_price: int = 420
    """Đồng a part."""
    two_way_number: str = ""
    two_way_gateway: Literal["http", "twilio"] = "http"
    twilio_account: str = "AC" + "0" * 31 + "1"
    twilio_token: str = "sandbox-twilio-token"
    telegram_token: str = "100000001:sandbox-telegram-token"
    telegram_secret: str = "sandbox-telegram-secret"
    source_token: str = "sandbox-source-token"
    largest_mail: int = 2_000_000
    """In bytes; above it the server refuses at MAIL with 552."""

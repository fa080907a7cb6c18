"""The configuration as one typed whole, composed of the rooms' own sections: the TOML file, then the environment.

`MOTCUA__SECTION__KEY` overrides a key, `MOTCUA__SECTION__KEY_FILE` names a file that holds it (Docker's secrets).
Every fault is named at once; a name that means nothing is a fault too, in the file and in the environment.
"""

import os
import tomllib
from collections.abc import Mapping
from datetime import date
from math import ceil
from pathlib import Path
from typing import Any, Literal, Self

import orjson
from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from channels.email import Settings as EmailSettings
from channels.sms.settings import Settings as SmsSettings
from channels.telegram import Settings as TelegramSettings
from channels.zalo.settings import Settings as ZaloSettings
from delivery.money.meters import Settings as BudgetSettings
from delivery.money.prices import SAMPLES, Price, Prices
from delivery.policy import RoutingSettings
from delivery.policy import Settings as DeliverySettings
from delivery.routing import Path as Way
from dossiers.settings import Settings as DossierSettings
from notices.settings import Settings as NoticeSettings
from procedures.settings import Settings as ProcedureSettings
from store.database import BadUrl, engine_url
from surveys.settings import Settings as SurveySettings
from web.settings import Settings as WebSettings

PREFIX = "MOTCUA__"


class ConfigError(Exception):
    """The configuration cannot be used; `faults` names every fault, one line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class DatabaseSettings(BaseModel, frozen=True, extra="forbid"):
    """`[database]`."""

    url: str = Field(
        "sqlite:///motcua.db", description="địa chỉ cơ sở dữ liệu: sqlite:///… hoặc postgresql://máy:cổng/tên"
    )

    @field_validator("url")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            engine_url(value)
        except (BadUrl, ValueError) as why:
            raise ValueError("phải bắt đầu bằng sqlite:/// hoặc postgresql://") from why
        return value


class SecuritySettings(BaseModel, frozen=True, extra="forbid"):
    """`[security]`."""

    secret_key: SecretStr = Field(
        description="khóa để niêm phong dữ liệu cá nhân, từ 32 ký tự; mất khóa là mất dữ liệu"
    )

    @field_validator("secret_key")
    @classmethod
    def _long(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < 32:
            raise ValueError("phải có ít nhất 32 ký tự; tạo bằng: motcua init")
        return value


class ServiceSettings(BaseModel, frozen=True, extra="forbid"):
    """`[service]`."""

    name: str = Field("Một Cửa", description="tên trang mà người dân thấy")
    timezone: Literal["Asia/Ho_Chi_Minh"] = Field("Asia/Ho_Chi_Minh", description="múi giờ của mọi giờ hiển thị")
    province: str = Field("", description="tên tỉnh, ghi ở đầu trang cán bộ")
    hotline: str = Field("", description="số tổng đài ghi trong tin khi cơ quan không có số riêng")
    sms_prefix: str = Field("HCC: ", description="chữ đứng đầu SMS khi tên người gửi chưa nói rõ cơ quan")


class ChannelSettings(BaseModel, frozen=True, extra="forbid"):
    """`[channels]`."""

    client: Literal["aiohttp", "curl"] = Field(
        "aiohttp",
        description='thư viện gọi nhà cung cấp qua HTTP; "curl" nhẹ máy hơn khi gửi rất nhiều (cần cài motcua[curl])',
    )
    zalo: ZaloSettings = Field(default_factory=ZaloSettings)
    sms: SmsSettings = Field(default_factory=SmsSettings)
    email: EmailSettings = Field(default_factory=EmailSettings)
    telegram: TelegramSettings = Field(default_factory=TelegramSettings)

    def ways(self) -> list[Way]:
        """The ways that messages may take."""
        zalo, sms = self.zalo, self.sms
        open_ = {
            Way.ZALO_CHAT: zalo.enabled,
            Way.ZALO_USER: zalo.enabled and bool(zalo.uid_templates),
            Way.ZALO_PHONE: zalo.enabled and bool(zalo.templates),
            Way.TELEGRAM: self.telegram.enabled,
            Way.SMS: sms.enabled,
            Way.EMAIL: self.email.enabled,
        }
        return [way for way, is_open in open_.items() if is_open]


class Config(BaseModel, frozen=True, extra="forbid"):
    """The whole configuration."""

    web: WebSettings = Field(default_factory=WebSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    security: SecuritySettings
    service: ServiceSettings = Field(default_factory=ServiceSettings)
    delivery: DeliverySettings = Field(default_factory=DeliverySettings)
    routing: RoutingSettings = Field(default_factory=RoutingSettings)
    dossiers: DossierSettings = Field(default_factory=DossierSettings)
    notices: NoticeSettings = Field(default_factory=NoticeSettings)
    procedures: ProcedureSettings = Field(default_factory=ProcedureSettings)
    surveys: SurveySettings = Field(default_factory=SurveySettings)
    channels: ChannelSettings = Field(default_factory=ChannelSettings)
    budget: BudgetSettings = Field(default_factory=BudgetSettings)
    prices: tuple[Price, ...] = Field(
        (),
        description="giá tin theo hợp đồng; các giá dưới đây chỉ là ví dụ, xin thay bằng giá trong hợp đồng của mình",
        examples=list(SAMPLES),
    )

    @property
    def price_table(self) -> tuple[Price, ...]:
        """What the contract says, and what an SMS gateway's own `price` says where the table has no row for it."""
        sms = self.channels.sms
        named = {row.gateway for row in self.prices}
        own = [(name, getattr(sms, name).price) for name in sms.order if name not in named]
        return self.prices + tuple(
            Price(path=Way.SMS, since=date.min, dong=ceil(price), gateway=name)
            for name, price in own
            if price is not None
        )

    @model_validator(mode="after")
    def _priced(self) -> Self:
        """A budget without the price of a way that is open would have to hold all that goes this way."""
        if self.budget.spends and (missing := Prices(self.price_table).missing(self.channels.ways())):
            raise ValueError(f"budget: muốn giới hạn chi phí thì [[prices]] phải có giá của: {', '.join(missing)}")
        return self


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Reads and checks; raises `ConfigError` with every fault at once."""
    if not path.is_file():
        raise ConfigError([f"không thấy tệp cấu hình {path}; tạo bằng: motcua init"])
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise ConfigError([f"{path}: không phải TOML: {why}"]) from why
    return parse(_merged(written, overrides(environ)))


def parse(data: Mapping[str, Any]) -> Config:
    """Checks plain data; raises `ConfigError`."""
    try:
        return Config.model_validate(data)
    except ValidationError as why:
        faults = why.errors(include_input=False, include_url=False, include_context=False)
        raise ConfigError([_fault(fault) for fault in faults]) from None


def overrides(environ: Mapping[str, str]) -> dict[str, Any]:
    """What the environment says, as nested plain data; raises `ConfigError` for a secret's file that is not there."""
    found: dict[str, Any] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX):
            continue
        keys = name.removeprefix(PREFIX).lower().split("__")
        if keys[-1].endswith("_file") and keys[-1] != "ca_file":
            keys[-1] = keys[-1].removesuffix("_file")
            value = _file(name, Path(value))
        place = found
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1]] = _plain(value)
    return found


def _file(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as why:
        raise ConfigError([f"{name}: không đọc được tệp"]) from why


def _plain(value: str) -> Any:
    """Lists and tables are written as JSON; everything else is text, which the classes read."""
    if value[:1] in ("[", "{"):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def _merged(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        mine = result.get(key)
        result[key] = _merged(mine, value) if isinstance(mine, dict) and isinstance(value, dict) else value
    return result


def _fault(error: ErrorDetails) -> str:
    where = ".".join(str(step) for step in error["loc"])
    what = _WORDS.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    return f"{where}: {what}" if where else what


_WORDS = {
    "missing": "thiếu",
    "extra_forbidden": "không có khóa này",
    "int_parsing": "phải là số nguyên",
    "float_parsing": "phải là số",
    "bool_parsing": "phải là true hoặc false",
    "string_type": "phải là chữ",
}

"""The sections of the configuration: every fault named at once, and nothing accepted that would fail later."""

import pytest
from pydantic import BaseModel, ValidationError

from channels import email, telegram
from channels.sms.settings import Settings as SmsSettings
from channels.zalo.settings import Settings as ZaloSettings

SECTIONS = [ZaloSettings, SmsSettings, email.Settings, telegram.Settings]
WRONG: list[tuple[type[BaseModel], dict[str, object], list[str]]] = [
    (ZaloSettings, {"enabled": True}, ["thiếu app_id", "thiếu app_secret", "thiếu oa_id", "thiếu oa_secret_key"]),
    (
        ZaloSettings,
        {"enabled": True, "app_id": "abc", "oa_id": "1"},
        ["app_id phải chỉ gồm chữ số", "thiếu app_secret"],
    ),
    (ZaloSettings, {"api_base": "https://openapi.zalo.me/v3.0"}, ["không có đường dẫn"]),
    (ZaloSettings, {"surprise": 1}, ["surprise"]),
    (SmsSettings, {"enabled": True}, ["thiếu gateways"]),
    (SmsSettings, {"enabled": True, "gateways": ["http", "twilio"]}, ["thiếu http.url", "thiếu twilio.account_sid"]),
    (SmsSettings, {"gateway": "http", "gateways": ["http"]}, ["không ghi cả hai"]),
    (SmsSettings, {"gateways": ["http", "http"]}, ["ghi hai lần"]),
    (SmsSettings, {"gateways": ["smpp"]}, ["gateways"]),
    (SmsSettings, {"http": {"url": "https://a.example/sms"}}, ["thiếu token"]),
    (SmsSettings, {"twilio": {"account_sid": "AC1"}}, ["thiếu auth_token", "thiếu sender"]),
    (email.Settings, {"enabled": True}, ["thiếu host", "sender phải có"]),
    (email.Settings, {"username": "a"}, ["thiếu password"]),
    (email.Settings, {"tls": "maybe"}, ["tls"]),
    (telegram.Settings, {"enabled": True}, ["token phải có dạng", "webhook_secret phải có"]),
]


@pytest.mark.parametrize(("section", "given", "faults"), WRONG)
def test_every_fault_is_named_at_once(section: type[BaseModel], given: dict, faults: list[str]) -> None:
    with pytest.raises(ValidationError) as error:
        section(**given)

    told = str(error.value)
    assert [fault for fault in faults if fault not in told] == []


@pytest.mark.parametrize("section", SECTIONS)
def test_a_channel_is_off_and_complete_by_default(section: type[BaseModel]) -> None:
    assert section().enabled is False


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_is_explained(section: type[BaseModel]) -> None:
    assert [name for name, field in section.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("section", SECTIONS)
def test_a_secret_is_never_printed(section: type[BaseModel]) -> None:
    secret = {"app_secret", "oa_secret_key", "refresh_token", "password", "token", "webhook_secret"}
    given = dict.fromkeys(secret & set(section.model_fields), "s3cr3t")

    assert "s3cr3t" not in repr(section(**given))


def test_one_gateway_may_be_written_without_a_list() -> None:
    assert SmsSettings(gateway="http").order == ("http",)

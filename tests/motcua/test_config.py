"""The configuration: every key documented, every fault named at once, every key overridable."""

import tomllib
from pathlib import Path

import pytest

from motcua.config import ConfigError, load, overrides, parse
from motcua.setup import PLACEHOLDER, example, write_config

ROOT = Path(__file__).parents[2]
SECRET = {"security": {"secret_key": "k" * 40}}


def test_the_example_is_what_the_classes_say() -> None:
    assert (ROOT / "config.example.toml").read_text(encoding="utf-8") == example()


def test_the_example_is_a_configuration_and_sends_nothing() -> None:
    config = parse(tomllib.loads(example()))

    assert config.delivery.mode == "off"
    assert not any((config.channels.zalo.enabled, config.channels.sms.enabled, config.channels.telegram.enabled))


@pytest.mark.parametrize(
    "key",
    [
        "web.host", "web.port", "web.public_url", "database.url", "security.secret_key", "service.name",
        "service.timezone", "delivery.mode", "delivery.settling", "dossiers.announce_within_hours", "notices.off",
        "notices.approval_above", "channels.zalo.app_id", "channels.zalo.app_secret", "channels.zalo.oa_id",
        "channels.zalo.oa_secret_key", "channels.zalo.refresh_token", "channels.zalo.api_base",
        "channels.zalo.oauth_base", "channels.zalo.business_base", "channels.zalo.templates", "channels.sms.gateways",
        "channels.sms.two_way_number", "channels.sms.http.url", "channels.sms.http.token", "channels.sms.http.sender",
        "channels.sms.http.idempotent", "channels.email.host", "channels.email.port", "channels.email.username",
        "channels.email.password", "channels.email.tls", "channels.email.sender", "channels.telegram.token",
        "channels.telegram.api_base", "channels.telegram.webhook_secret", "routing.order", "routing.quiet_hours",
        "routing.fallback_after_minutes",
    ],
)  # fmt: skip
def test_the_promised_keys_exist_under_their_names(key: str) -> None:
    section, _, name = key.rpartition(".")

    lines = example().split(f"[{section}]\n")[1].split("\n[")[0].splitlines()
    assert any(line.removeprefix("# ").startswith(f"{name} = ") for line in lines)


def test_every_fault_is_named_at_once() -> None:
    wrong = {
        "web": {"port": "eighty", "hots": 1},
        "database": {"url": "mysql://x"},
        "security": {"secret_key": "short"},
        "channels": {"zalo": {"enabled": True}},
        "nonsense": {},
    }

    with pytest.raises(ConfigError) as caught:
        parse(wrong)

    named = "\n".join(caught.value.faults)
    for part in ("web.port", "web.hots", "database.url", "security.secret_key", "channels.zalo", "nonsense"):
        assert part in named


def test_no_fault_repeats_a_secret() -> None:
    with pytest.raises(ConfigError) as caught:
        parse({"security": {"secret_key": "hunter2"}})

    assert "hunter2" not in str(caught.value)


def test_the_environment_overrides_the_file_and_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    path, secret = tmp_path / "config.toml", tmp_path / "secret"
    path.write_text('[web]\nport = 1\n[security]\nsecret_key = "x"\n', encoding="utf-8")
    secret.write_text("s" * 40 + "\n", encoding="utf-8")
    environ = {
        "MOTCUA__WEB__PORT": "9000",
        "MOTCUA__SECURITY__SECRET_KEY_FILE": str(secret),
        "MOTCUA__ROUTING__ORDER": '["sms"]',
        "MOTCUA__CHANNELS__ZALO__TEMPLATES__DONE": "123",
    }

    config = load(path, environ)

    assert config.web.port == 9000
    assert config.security.secret_key.get_secret_value() == "s" * 40
    assert config.routing.order == ("sms",)
    assert config.channels.zalo.templates == {"done": "123"}


def test_a_name_in_the_environment_that_means_nothing_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"web\.prot"):
        parse(SECRET | overrides({"MOTCUA__WEB__PROT": "1"}))


def test_init_writes_a_secret_of_its_own_and_overwrites_nothing(tmp_path: Path) -> None:
    from motcua.failures import Refusal

    path = tmp_path / "config.toml"

    write_config(path)

    assert PLACEHOLDER not in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o077 == 0
    assert load(path, {}).security.secret_key.get_secret_value()
    with pytest.raises(Refusal):
        write_config(path)


SMS = {"enabled": True, "gateways": ["http"], "http": {"url": "https://sms.example.vn/send", "token": "t"}}


def test_a_budget_needs_the_price_of_every_way_that_is_open() -> None:
    wanted = SECRET | {"channels": {"sms": SMS}, "budget": {"agencies": {"H36.21": {"month": 1_000}}}}
    priced = wanted | {"prices": [{"path": "sms", "since": "2026-01-01", "dong": 420}]}

    with pytest.raises(ConfigError, match="giá của: sms"):
        parse(wanted)

    assert parse(priced).budget.spends
    assert not parse(SECRET).budget.spends


def test_a_gateways_own_price_stands_in_the_table_unless_the_table_has_one() -> None:
    sms = SMS | {"http": SMS["http"] | {"price": 419.5}}
    row = {"path": "sms", "since": "2026-01-01", "dong": 400, "gateway": "http"}

    own = parse(SECRET | {"channels": {"sms": sms}}).price_table
    table = parse(SECRET | {"channels": {"sms": sms}, "prices": [row]}).price_table

    assert [(each.gateway, each.dong) for each in own] == [("http", 420)]
    assert [(each.gateway, each.dong) for each in table] == [("http", 400)]


def test_prices_are_shown_as_rows_in_comments_and_are_rows_without_them() -> None:
    shown = example().split("# Giá tin theo hợp đồng")[1]
    rows = [
        line.removeprefix("#   ")
        for line in shown.splitlines()
        if line.startswith(("#   [[", "#   ")) and ": " not in line
    ]

    table = parse(SECRET | tomllib.loads("\n".join(rows))).prices

    assert {row.path.value for row in table} >= {"sms", "zalo/template_phone", "zalo/template_user", "email"}

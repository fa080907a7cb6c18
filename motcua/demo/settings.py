"""The demo's configuration: everything points to the sandbox; no quiet hours, no settling times."""

import secrets
from pathlib import Path
from typing import Any

from motcua.config import Config, parse
from motcua.demo.world import template_ids
from sandbox.server import Sandbox


def zalo(sandbox: Sandbox) -> dict[str, Any]:
    """`[channels.zalo]` that speaks to it, with its registered templates."""
    play = sandbox.settings
    return {
        "enabled": True,
        "app_id": play.app_id,
        "app_secret": play.app_secret,
        "oa_id": play.oa_id,
        "oa_secret_key": play.oa_secret_key,
        "refresh_token": play.refresh_token,
        "api_base": sandbox.url,
        "oauth_base": sandbox.url,
        "business_base": sandbox.url,
        "templates": template_ids(),
    }


def demo_config(folder: Path, sandbox: Sandbox, *, port: int) -> Config:
    """A started sandbox and a fresh SQLite database in `folder`."""
    play = sandbox.settings
    return parse(
        {
            "web": {"host": "127.0.0.1", "port": port, "api_per_second": 1000},
            "database": {"url": f"sqlite:///{folder / 'motcua.db'}"},
            "security": {"secret_key": secrets.token_urlsafe(48)},
            "service": {"name": play.oa_name, "province": "Tỉnh Lâm Đồng", "hotline": "0263.3540.616"},
            "delivery": {"mode": "live", "settling": False},
            "routing": {"quiet_hours": "", "fallback_after_minutes": 0.5},
            "surveys": {"ask_after_minutes": 0, "check_every_seconds": 10},
            "dossiers": {
                "pull": {
                    "enabled": True,
                    "url": f"{sandbox.url}/source/dossiers",
                    "token": play.source_token,
                    "source": "igate",
                    "every_seconds": 5,
                }
            },
            "channels": {
                "zalo": zalo(sandbox),
                "sms": {
                    "enabled": True,
                    "gateways": ["http"],
                    "http": {
                        "url": f"{sandbox.url}/sms/send",
                        "token": play.sms_token,
                        "sender": play.sender_name,
                    },
                },
                "email": {
                    "enabled": True,
                    "host": "127.0.0.1",
                    "port": sandbox.smtp_port,
                    "tls": "none",
                    "sender": "Một Cửa Lâm Đồng <khong-tra-loi@motcua.example.vn>",
                },
            },
        }
    )

"""The outside world of the demo: the sandbox with the page's registered templates and two people to play."""

import asyncio
import re
import sys
import tomllib
from importlib.resources import files
from typing import Any

from motcua.demo.samples import AN, AN_MAIL, BINH, BINH_MAIL
from sandbox.server import Sandbox
from sandbox.settings import Parameter, Settings, TemplateSpec

AN_ZALO, BINH_ZALO = "7000000000000000001", "7000000000000000002"
_PARAMETER = re.compile(r"<(\w+)>")


def play(*, port: int = 0, webhook: str = "http://127.0.0.1:8080") -> Sandbox:
    """A sandbox, not yet started, with An (not linked) and Bình (linked) in it."""
    settings = Settings(port=port, webhook_base=webhook, api_base=webhook, templates=registered())
    sandbox = Sandbox(settings)
    sandbox.world.add_person(
        key="an",
        name="Nguyễn Văn An",
        phone=AN,
        email=AN_MAIL,
        zalo_user_id=AN_ZALO,
        follows=True,
        note="chưa liên kết số điện thoại",
    )
    sandbox.world.add_person(
        key="binh",
        name="Lê Thanh Bình",
        phone=BINH,
        email=BINH_MAIL,
        zalo_user_id=BINH_ZALO,
        follows=True,
        note="đã liên kết số điện thoại",
    )
    return sandbox


def registered() -> dict[str, TemplateSpec]:
    """The page's templates, by their ids at Zalo."""
    return {row["id"]: _spec(row) for row in _rows()}


def template_ids() -> dict[str, str]:
    """The registered template of each event, as `[channels.zalo.templates]` has it."""
    return {row["event"]: row["id"] for row in _rows()}


async def play_alone(port: int, webhook: str) -> None:
    """`motcua sandbox`: until Ctrl-C."""
    async with play(port=port, webhook=webhook) as sandbox:
        sys.stdout.write(
            f"Điện thoại và Zalo, SMS, Telegram giả lập: {sandbox.url}/\n"
            f"Máy chủ thư giả lập (SMTP): 127.0.0.1:{sandbox.smtp_port}\nDừng: Ctrl-C.\n"
        )
        sys.stdout.flush()
        await asyncio.Event().wait()


def _rows() -> list[dict[str, Any]]:
    text = files("motcua.demo").joinpath("templates.toml").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)["template"]
    return rows


def _spec(row: dict[str, Any]) -> TemplateSpec:
    names = dict.fromkeys(_PARAMETER.findall(row["body"]))
    parameters = [Parameter(name=name, longest=90) for name in names if name != "amount"]
    if "amount" in names:
        parameters.append(Parameter(name="amount", longest=12, kind="CURRENCY"))
    return TemplateSpec(name=row["name"], body=row["body"], parameters=tuple(parameters))

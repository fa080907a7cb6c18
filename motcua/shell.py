"""What all verbs of the command share: the options that each takes, and how its work is run and printed."""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
import typer

ConfigPath = Annotated[
    Path, typer.Option("--config", envvar="MOTCUA_CONFIG", help="Tệp cấu hình.", show_default="config.toml")
]
AsJson = Annotated[bool, typer.Option("--json", help="In dạng JSON cho máy đọc.")]
T = TypeVar("T")
CONFIG = Path("config.toml")


def waited(work: Coroutine[Any, Any, T]) -> T:
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)


def loaded(path: Path) -> Any:
    from motcua.config import load

    return load(path)


def printed(lines: Any, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(orjson.dumps(lines, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    from motcua.tables import table

    sys.stdout.write(table(lines))

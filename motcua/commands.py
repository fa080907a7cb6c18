"""What the smaller commands do: each opens what it needs, makes one call, and gives plain data back."""

from collections.abc import Sequence
from typing import BinaryIO

import orjson

from bot.lookup import Lookup
from console.passwords import Passwords, Weak, refuse_weak
from motcua.config import Config
from motcua.failures import Refusal
from motcua.rooms import now, opened_store
from store import schema
from store.database import Database
from store.staff import Role
from web.guard import SCOPES


async def upgrade(config: Config) -> None:
    database = Database(config.database.url)
    await database.open()
    try:
        await schema.upgrade(database)
    finally:
        await database.close()


def answer_lines(book: Lookup, lines: BinaryIO, out: BinaryIO) -> None:
    """`motcua lookup --jsonl`: one JSON object a line in, one out, in order; a line that is none says so."""
    for line in lines:
        if not line.strip():
            continue
        try:
            asked = orjson.loads(line)
            answer = book.answer(asked.get("id"), str(asked.get("text", "")))
        except (orjson.JSONDecodeError, AttributeError) as fault:
            raise Refusal("mỗi dòng vào phải là một đối tượng JSON có id và text", usage=True) from fault
        out.write(orjson.dumps(answer) + b"\n")
        out.flush()


async def add_user(config: Config, *, login: str, name: str, role: str, agency: str | None, password: str) -> None:
    """Raises `Refusal` for a role that is not there or a password that is too short; `LoginTaken`."""
    if role not in {known.value for known in Role}:
        raise Refusal(f"vai trò phải là một trong: {', '.join(known.value for known in Role)}", usage=True)
    try:
        refuse_weak(password, login)
    except Weak as why:
        raise Refusal(why.reason, usage=True) from why
    async with opened_store(config) as store:
        secret = await Passwords().hash(password)
        async with store.database.transaction() as tx:
            await store.staff.add(tx, login=login, name=name, role=Role(role), agency=agency, password=secret, at=now())


async def add_key(config: Config, name: str, agency: str | None, scopes: Sequence[str]) -> str:
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise Refusal(f"không có quyền {', '.join(unknown)}; các quyền: {', '.join(SCOPES)}", usage=True)
    async with opened_store(config) as store, store.database.transaction() as tx:
        return await store.keys.add(tx, name, scopes=tuple(scopes or SCOPES), agency=agency, at=now())

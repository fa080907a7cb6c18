"""`motcua zalo authorize`: a human administrator of the page opens one link; the pair of tokens is stored."""

import secrets
import sys
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from channels.errors import SendError
from channels.http import Http
from channels.zalo.authorize import challenge, exchange, permission_url, verifier
from motcua.config import Config
from motcua.failures import Refusal
from motcua.rooms import now, opened_store
from motcua.tokens import TokenKeeper


async def authorize(config: Config, redirect_uri: str, *, ask: Callable[[str], str]) -> None:
    """Prints the link, takes the address to which Zalo sent the administrator back, stores the new pair."""
    zalo = config.channels.zalo
    if not zalo.enabled:
        raise Refusal("chưa bật [channels.zalo]", usage=True)
    proof = verifier(secrets.token_bytes(32))
    state = secrets.token_urlsafe(16)
    link = permission_url(zalo, redirect_uri=redirect_uri, challenge=challenge(proof), state=state)
    sys.stdout.write(f"Quản trị trang Zalo mở đường dẫn sau và bấm Cho phép:\n\n  {link}\n\n")
    sys.stdout.flush()
    came_back = ask("Dán địa chỉ mà trình duyệt được chuyển tới")
    code = _code(came_back.strip(), state)
    http = Http(connections=1, read_seconds=zalo.timeout_seconds)
    await http.open()
    try:
        async with opened_store(config) as store:
            pair = await exchange(http, zalo, code=code, verifier=proof, clock=now)
            await TokenKeeper(store.tokens).save("zalo", pair)
    except SendError as why:
        raise Refusal(f"Zalo không nhận: {why}") from why
    finally:
        await http.close()
    sys.stdout.write("Đã kết nối trang Zalo.\n")


def _code(came_back: str, state: str) -> str:
    """The code in the address that Zalo sent the administrator to, or the bare code. Raises `Refusal`."""
    query = parse_qs(urlsplit(came_back).query)
    if "code" not in query:
        return came_back
    if query.get("state", [state]) != [state]:
        raise Refusal("địa chỉ này thuộc một lần cấp quyền khác; xin chạy lại và mở đường dẫn mới")
    return query["code"][0]

"""What a browser posts: read within bounds, the token of the form compared before anything else is looked at."""

import asyncio
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from aiohttp import BodyPartReader, web

SMALL = 64 * 1024
LARGE = 10 * 1024 * 1024
"""Bytes of an ordinary form, and of an uploaded file."""

_MOST_FIELDS = 50
_LONGEST_FIELD = 10_000
_PATIENCE = 120.0  # seconds for a whole body


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One form: its fields, and the file where it carries one."""

    fields: Mapping[str, str] = field(default_factory=dict)
    filename: str = ""
    data: bytes | None = None

    def text(self, name: str, longest: int = 500) -> str:
        """One field without spaces around and NULs inside; what is longer is cut."""
        return self.fields.get(name, "").replace("\0", "").strip()[:longest]


class Refused(Exception):
    """The form is not from our own page, or too large; `status` is the answer's."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def refuse_foreign(request: web.Request) -> None:
    """A form that another site sends is refused by what the browser itself says of where it comes from."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Refused(403, "another site")
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
        raise Refused(403, "another origin")


async def read(request: web.Request, token: str) -> Posted:
    """The form, if it carries `token` as its field `csrf`. Raises `Refused`."""
    refuse_foreign(request)
    try:
        async with asyncio.timeout(_PATIENCE):
            if request.content_type == "multipart/form-data":
                return await _multipart(request, token)
            return await _urlencoded(request, token)
    except TimeoutError as why:
        raise Refused(408, "too slow") from why
    except ValueError as why:
        raise Refused(400, "not a form") from why


async def _urlencoded(request: web.Request, token: str) -> Posted:
    if request.content_type != "application/x-www-form-urlencoded":
        raise Refused(415, "not a form")
    body = bytearray()
    async for chunk in request.content.iter_chunked(16 * 1024):
        body += chunk
        if len(body) > SMALL:
            raise Refused(413, "too large")
    pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    fields = dict(pairs)
    _compare(fields.get("csrf", ""), token)
    return Posted(fields=fields)


async def _multipart(request: web.Request, token: str) -> Posted:
    """The token is the first part of our own forms: a foreign file is refused before it is read."""
    if (request.content_length or 0) > LARGE + SMALL:
        raise Refused(413, "too large")
    fields: dict[str, str] = {}
    filename, data = "", None
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None or len(fields) > _MOST_FIELDS:
            raise Refused(400, "not a form")
        if part.name == "csrf":
            _compare((await _bounded(part, _LONGEST_FIELD)).decode("utf-8"), token)
            fields["csrf"] = ""
        elif "csrf" not in fields:
            raise Refused(403, "no token")
        elif part.filename is not None:
            filename, data = part.filename[:200], await _bounded(part, LARGE)
        else:
            fields[part.name] = (await _bounded(part, _LONGEST_FIELD)).decode("utf-8")
    if "csrf" not in fields:
        raise Refused(403, "no token")
    return Posted(fields=fields, filename=filename, data=data)


async def _bounded(part: BodyPartReader, most: int) -> bytes:
    read = bytearray()
    while chunk := await part.read_chunk(64 * 1024):
        read += chunk
        if len(read) > most:
            raise Refused(413, "too large")
    return bytes(read)


def _compare(given: str, token: str) -> None:
    if not token or not hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
        raise Refused(403, "wrong token")

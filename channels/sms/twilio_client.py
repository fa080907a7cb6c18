"""The `twilio` package, wrapped: the only module that imports it, and lazily, for it takes half a second.

Its own HTTP client ignores time-outs and logs people's numbers, so it gets a transport of ours (facts/gateways.md 2.6).
"""

from collections.abc import Awaitable, Callable
from typing import Any, cast
from urllib.parse import urlencode

import aiohttp
from multidict import MultiDict

from channels.errors import Rejected, SendError, Throttled, Unknown
from channels.http import Http, retry_after

NOBODY = frozenset({21211, 21214, 21217, 21610, 21614, 30005, 30006})
"""The number cannot be reached: bad, opted out, no mobile, unknown."""
SETUP = frozenset({20003, 20404, 21212, 21408, 21603, 21606, 21608, 21609, 21612, 21703, 30002, 30034})
"""Account, permission or sender: a person of ours must act."""
CONTENT = frozenset({21602, 21617, 30004, 30007})
"""This text is refused; repeating it is useless."""
LATER = frozenset({20429, 21611, 30001})
"""Twilio says that it processed nothing."""


class TwilioClient:
    """The official client for one account, over our HTTP.  Every failure comes out as one of our errors."""

    def __init__(self, account_sid: str, auth_token: str, api_base: str, http: Http) -> None:
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._api_base = api_base
        self._http = http
        self._made: Any = None

    async def create(self, **form: object) -> Any:
        """A new message."""
        return await self._asked(lambda client: client.messages.create_async(**form))

    async def fetch(self, sid: str) -> Any:
        """A message by Twilio's id."""
        return await self._asked(lambda client: client.messages(sid).fetch_async())

    async def sent(self, *, most: int, to: str | None = None) -> list[Any]:
        """The newest messages of the account, or those to one number."""
        given = {} if to is None else {"to": to}
        listed = await self._asked(lambda client: client.messages.list_async(**given, limit=most, page_size=most))
        return list(listed)

    async def _asked(self, question: Callable[[Any], Awaitable[Any]]) -> Any:
        from twilio.base.exceptions import TwilioException

        try:
            return await question(self._client())
        except TwilioException as refusal:
            # "from None": the package's message quotes the address called, and the list's address has the number
            raise refused(_code(refusal)) from None
        except (ValueError, TypeError, AttributeError, KeyError) as fault:
            raise Unknown(f"not an answer of Twilio: {type(fault).__name__}") from fault

    def _client(self) -> Any:
        if self._made is None:
            from twilio.rest import Client

            made = cast(Any, Client)(
                self._account_sid,
                self._auth_token,
                http_client=_Transport(self._http),
                environment={"TWILIO_EDGE": ""},  # not the process's environment
            )
            made.api.base_url = self._api_base
            self._made = made
        return self._made


class _Transport:
    """What the package asks of an HTTP client (`twilio.http.AsyncHttpClient`)."""

    is_async = True

    def __init__(self, http: Http) -> None:
        self._http = http

    async def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        **_ignored: object,
    ) -> Any:
        from twilio.http.response import Response

        sent = dict(headers or {})
        if auth is not None:
            sent["Authorization"] = aiohttp.encode_basic_auth(*auth)
        answer = await self._http.request(
            method,
            url,
            headers=sent,
            query={name: str(value) for name, value in (params or {}).items()},
            body=urlencode(data, doseq=True).encode() if data else None,
        )
        status, body = answer.status, answer.json() or {}
        if status == 429:
            raise Throttled("HTTP 429", retry_after=retry_after(answer.headers), code="twilio:429")
        if status >= 500:
            raise Unknown(f"HTTP {status}")
        if status < 300 and isinstance(body.get("code"), int) and "sid" not in body:
            status = 400
        return Response(status, answer.body.decode("utf-8", "replace"), dict(answer.headers))


def signed(secret: str, url: str, fields: MultiDict[str], signature: str, settings: str) -> bool:
    """Whether Twilio signed these fields for this public URL; `settings` is its header on how (facts 2.4)."""
    from twilio import request_validator

    package = cast(Any, request_validator)
    algorithm = package.get_signature_algorithm(settings)
    return bool(package.RequestValidator(secret).validate(url, fields, signature, algorithm))


def refused(code: int) -> SendError:
    """What a code of Twilio means; one that no document names may have gone through."""
    name = f"twilio:{code}"
    if code in LATER:
        return Throttled(name, code=name, whole=code != 21611)
    if code in NOBODY:
        return Rejected(name, code=name, permanent=True)
    if code in CONTENT:
        return Rejected(name, code=name, permanent=True, ours=True)
    if code in SETUP or 400 <= code < 500 or 20_000 <= code < 30_000:
        return Rejected(name, code=name, permanent=False, ours=True)
    return Unknown(name)


def _code(refusal: Exception) -> int:
    code = getattr(refusal, "code", None)
    return code if isinstance(code, int) else 0

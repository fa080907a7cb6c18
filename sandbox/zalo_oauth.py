"""Zalo's OAuth v4 for an Official Account: the permission page and the token call.

Source: facts/zalo.md section 2.  Refresh tokens are good for one use; a new access token voids the one before.
Errors come with HTTP 200 and have `error_name`, no `message`.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from sandbox import pages
from sandbox.faults import Channel, Kind
from sandbox.settings import Settings
from sandbox.world import World

ACCESS_LIFE = timedelta(seconds=90_000)
REFRESH_LIFE = timedelta(days=90)
CODE_LIFE = timedelta(minutes=10)
ERRORS = {
    -14002: "Invalid appId.",
    -14003: "Invalid redirect uri.",
    -14004: "Invalid secret key.",
    -14005: "Invalid authorization code.",
    -14014: "Invalid refresh token.",
    -14018: "Invalid grant type.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An authorization code that waits to be redeemed."""

    until: datetime
    challenge: str


class Tokens:
    """The tokens of one OA: one access token at a time, and refresh tokens that are used up."""

    def __init__(self, settings: Settings, world: World) -> None:
        self._settings = settings
        self._world = world
        self._codes: dict[str, Grant] = {}
        self._refresh: dict[str, datetime] = {settings.refresh_token: world.clock() + REFRESH_LIFE}
        self._access = ""
        self._access_until = world.clock()
        self.rotations = 0

    def pair(self) -> dict[str, str]:
        """A new pair, as the token call answers it.  The access token before it is void from now on."""
        self._access = f"at-{self._world.new_id(60)}"
        self._access_until = self._world.clock() + ACCESS_LIFE
        refresh = f"rt-{self._world.new_id(60)}"
        self._refresh[refresh] = self._world.clock() + REFRESH_LIFE
        self.rotations += 1
        if self._world.faults.standing(Channel.ZALO, Kind.EXPIRED_TOKEN):
            self._world.faults.clear(Channel.ZALO, Kind.EXPIRED_TOKEN)
        return {
            "access_token": self._access,
            "refresh_token": refresh,
            "expires_in": str(int(ACCESS_LIFE.total_seconds())),
        }

    def fault_of(self, token: str) -> int:
        """0 when this access token holds, else Zalo's code for the OA host: -216 not ours, -220 expired or removed."""
        if not token or not token.startswith("at-"):
            return -216
        fault = self._world.faults.standing(Channel.ZALO, Kind.EXPIRED_TOKEN)
        if fault is not None:
            return -220 if fault.code is None else fault.code
        if not hmac.compare_digest(token.encode(), self._access.encode()):
            return -220
        return 0 if self._world.clock() < self._access_until else -220

    def new_code(self, challenge: str) -> str:
        """An authorization code, good once and for ten minutes."""
        code = self._world.new_id(40)
        self._codes[code] = Grant(until=self._world.clock() + CODE_LIFE, challenge=challenge)
        return code

    def redeem(self, code: str, verifier: str) -> bool:
        """Use a code up; whether it was good, and the verifier answers its challenge."""
        grant = self._codes.pop(code, None)
        if grant is None or self._world.clock() >= grant.until:
            return False
        return not grant.challenge or hmac.compare_digest(challenge_of(verifier), grant.challenge)

    def use_up(self, refresh: str) -> bool:
        """Use a refresh token up; whether it was good."""
        until = self._refresh.pop(refresh, None)
        return until is not None and self._world.clock() < until


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier: base64url, without padding, of the raw digest."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class ZaloOAuth:
    """The handlers of oauth.zaloapp.com."""

    def __init__(self, settings: Settings, world: World, tokens: Tokens) -> None:
        self._settings = settings
        self._world = world
        self._tokens = tokens

    def routes(self) -> list[web.RouteDef]:
        """What this host serves."""
        return [
            web.get("/v4/oa/permission", self.permission),
            web.post("/v4/oa/access_token", self.access_token),
        ]

    async def permission(self, request: web.Request) -> web.StreamResponse:
        """The page on which the OA's admin agrees; the link on it comes back here with `allow`."""
        asked = request.query
        target = asked.get("redirect_uri", "")
        if asked.get("app_id") != self._settings.app_id:
            return _error(-14002)
        saved = self._settings.redirect_uri
        if urlsplit(target).scheme not in ("http", "https") or (saved and target != saved):
            return _error(-14003)
        if "allow" not in asked:
            return pages.permission(self._settings.oa_name, f"{request.path}?{urlencode({**asked, 'allow': 'yes'})}")
        code = self._tokens.new_code(asked.get("code_challenge") or self._settings.code_challenge)
        back = {"code": code, "oa_id": self._settings.oa_id} | ({"state": asked["state"]} if "state" in asked else {})
        raise web.HTTPFound(f"{target}{'&' if urlsplit(target).query else '?'}{urlencode(back)}")

    async def access_token(self, request: web.Request) -> web.Response:
        """Both grants.  The app's secret is a header, `secret_key`; the rest is a form."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        if form.get("app_id") != self._settings.app_id:
            return _error(-14002)
        if not hmac.compare_digest(request.headers.get("secret_key", "").encode(), self._settings.app_secret.encode()):
            return _error(-14004)
        match form.get("grant_type"):
            case "authorization_code":
                good = self._tokens.redeem(form.get("code", ""), form.get("code_verifier", ""))
                return web.json_response(self._tokens.pair()) if good else _error(-14005)
            case "refresh_token":
                good = self._tokens.use_up(form.get("refresh_token", ""))
                return web.json_response(self._tokens.pair()) if good else _error(-14014)
            case _:
                return _error(-14018)


def _error(code: int) -> web.Response:
    body = {
        "error": code,
        "error_name": ERRORS[code],
        "error_reason": "",
        "error_description": ERRORS[code],
        "ref_doc": "https://developers.zalo.me/docs/social-api/tham-khao/ma-loi",
    }
    return web.json_response(body)

"""The permission that a page's administrator gives our app, once: `motcua zalo authorize`.  Source: facts/zalo.md 2."""

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

from channels.http import Http
from channels.zalo.settings import Settings
from channels.zalo.tokens import StoredTokens, ask_for_tokens, seed_of


def verifier(random_bytes: bytes) -> str:
    """The secret of one authorisation, from 32 random bytes: exactly 43 characters."""
    return _unpadded(random_bytes[:32])


def challenge(verifier: str) -> str:
    """What Zalo is shown of the verifier: PKCE with S256."""
    return _unpadded(hashlib.sha256(verifier.encode()).digest())


def permission_url(settings: Settings, *, redirect_uri: str, challenge: str, state: str) -> str:
    """The page that an administrator of the OA opens.  `redirect_uri`: exactly the one saved in the app's console."""
    query = {
        "app_id": settings.app_id,
        "redirect_uri": redirect_uri,
        "code_challenge": challenge,
        "state": state,
    }
    return f"{settings.oauth_base}/v4/oa/permission?{urlencode(query)}"


async def exchange(
    http: Http, settings: Settings, *, code: str, verifier: str, clock: Callable[[], datetime]
) -> StoredTokens:
    """The first pair for a code, which is good for ten minutes and once.  To be saved before it is used.

    Raises `Rejected` with Zalo's reason, `Unavailable` or `Unknown`.
    """
    form = {
        "code": code,
        "app_id": settings.app_id,
        "grant_type": "authorization_code",
        "code_verifier": verifier,
    }
    now = clock()
    seed = seed_of(settings.refresh_token.get_secret_value())
    nothing = StoredTokens(access="", refresh="", expires_at=now, seed=seed, renewed_at=now)
    return await ask_for_tokens(http, settings, form, nothing, clock)


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

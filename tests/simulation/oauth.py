"""Zalo's token address, in play: a refresh token is good for one use, and its answer is the only copy of the next."""

import asyncio
import json
import random
from collections.abc import Mapping
from urllib.parse import parse_qs

from channels.errors import Unavailable, Unknown
from channels.http import Answer, Http
from tests.simulation.process import Process
from tests.simulation.trace import Trace

LIFE = 1500
"""Seconds that an access token is good: far shorter than Zalo's 25 hours, so that it is renewed within a simulation."""


class OAuth:
    """Who holds which token. `faulty`: how often a call goes wrong."""

    def __init__(self, chance: random.Random, trace: Trace, *, faulty: float) -> None:
        self.refresh = "refresh-0"
        self.lost: str | None = None  # why nobody of ours may hold the current pair
        self.reused = 0  # calls with a refresh token that was used before
        self.exchanges = 0
        self.faulty = faulty
        self._by: Process | None = None
        self._exchanged_at = 0.0
        self._access: dict[str, float] = {}
        self._chance = chance
        self._trace = trace

    def good(self, access: str) -> bool:
        """Whether Zalo takes this access token now."""
        return asyncio.get_running_loop().time() < self._access.get(access, 0.0)

    def authorized(self) -> str:
        """An administrator of the page opens it anew: the refresh token to configure."""
        self.exchanges += 1
        self.refresh, self.lost = f"refresh-{self.exchanges}", None
        return self.refresh

    async def exchange(self, form: Mapping[str, str], by: Process) -> Answer:
        """One call. Raises `Unavailable` before anything, and `Unknown` on either side of the effect."""
        await asyncio.sleep(self._chance.random() * 0.2)
        drawn = self._chance.random() / self.faulty if self.faulty else 9.0
        if drawn < 0.3:
            raise Unavailable("down")
        if drawn < 0.5:
            raise Unknown("cut before")
        if drawn < 0.7:
            return Answer(status=200, headers={}, body=b'{"error": -14002, "error_name": "busy"}')
        if form["refresh_token"] != self.refresh:
            self.reused += 1
            self._trace("oauth", "refused: used before")
            return Answer(status=200, headers={}, body=b'{"error": -14014, "error_name": "Invalid refresh token"}')
        self.exchanges += 1
        self.refresh, self.lost, self._by = f"refresh-{self.exchanges}", None, by
        access = f"access-{self.exchanges}"
        self._exchanged_at = asyncio.get_running_loop().time()
        self._access[access] = self._exchanged_at + LIFE
        self._trace("oauth", f"{self.refresh} to {by.name}")
        await asyncio.sleep(self._chance.random() * 0.2)
        if by.dead:
            self.lost = "its process had died"
        if drawn < 0.8:
            self.lost = "the answer was cut"
            raise Unknown("cut after")
        pair = {"access_token": access, "refresh_token": self.refresh, "expires_in": str(LIFE)}
        return Answer(status=200, headers={}, body=json.dumps(pair).encode())

    def ended(self, process: Process, *, killed: bool) -> None:
        """A process is gone: the pair may have been in its hands alone, if it was killed or could not write."""
        if self._by is process and (killed or any(at >= self._exchanged_at for at in process.faults)):
            self.lost = self.lost or "its process ended with it"


class TokenHttp(Http):
    """What `Tokens` asks over, without a network."""

    def __init__(self, oauth: OAuth, world: Process, mine: Process) -> None:
        super().__init__()
        self._oauth = oauth
        self._world = world
        self._mine = mine

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Ask once; Zalo works on, whatever becomes of us."""
        self._mine.alive()
        form = {name: values[0] for name, values in parse_qs((body or b"").decode()).items()}
        return await asyncio.shield(self._world.spawn(self._oauth.exchange(form, self._mine)))

"""The generic SMS gateway, as the house's design promises to speak to it: POST JSON, bearer token, receipts back."""

import hmac
import json
import re
from collections.abc import Mapping

from aiohttp import web

from sandbox.carrier import Carrier
from sandbox.courier import Courier
from sandbox.inboxes import Person, Sms, Webhook
from sandbox.settings import Settings
from sandbox.testnumbers import FAILS_ONCE
from sandbox.world import World

MOBILE = re.compile(r"84[35789]\d{8}")
LONGEST_TEXT = 918
LONGEST_ID = 64
RECEIPT_TRIES = (0.0, 1.0, 5.0)
"""Waits before each try of a receipt, in seconds."""


class SmsHttp:
    """The gateway's one call, and its requests to the house."""

    def __init__(self, settings: Settings, world: World, courier: Courier, carrier: Carrier) -> None:
        self._settings = settings
        self._world = world
        self._courier = courier
        self._carrier = carrier
        self._taken: dict[str, str] = {}

    def routes(self) -> list[web.RouteDef]:
        """What this gateway serves."""
        return [web.post("/sms/send", self.send)]

    async def send(self, request: web.Request) -> web.Response:
        """Take a text: 202 with the gateway's id, 401, 400 with the reason, or 429 for the number that waits once."""
        if not self._authorized(request):
            return web.json_response({"error": "unauthorized"}, status=401)
        try:
            body = json.loads(await request.read())
        except ValueError:
            return web.json_response({"error": "body is not JSON"}, status=400)
        wrong = self._wrong(body)
        if wrong:
            return web.json_response({"error": wrong}, status=400)
        our_id = body["id"]
        if self._settings.sms_idempotent and our_id in self._taken:
            return web.json_response({"id": self._taken[our_id]}, status=202)
        if body["to"] == FAILS_ONCE and self._world.attempt("sms", our_id) == 1:
            return web.json_response({"error": "try later"}, status=429, headers={"Retry-After": "1"})
        sms = self._carrier.take(
            our_id=our_id,
            gateway_id=self._world.new_id(12),
            gateway="http",
            sender=body["from"],
            to=body["to"],
            text=body["text"],
        )
        self._taken[our_id] = sms.gateway_id
        self._courier.spawn(self._follow(sms))
        return web.json_response({"id": sms.gateway_id}, status=202)

    async def receive(self, person: Person, text: str) -> int:
        """Somebody answers by SMS; the status that the house gave, 0 for none."""
        inbound = {"from": person.phone, "text": text, "message_id": self._world.new_id(12)}
        return await self._post("inbound", inbound)

    async def _follow(self, sms: Sms) -> None:
        await self._courier.wait(self._settings.delivery_after)
        fate = self._carrier.fate(sms)
        if fate == "silent":
            return
        self._carrier.arrive(sms, fate)
        receipt = {"id": sms.id, "status": fate, "error": None if fate == "delivered" else "subscriber not found"}
        for wait in RECEIPT_TRIES:
            await self._courier.wait(wait)
            if 200 <= await self._post("receipt", receipt) < 300:
                return

    async def _post(self, event: str, body: Mapping[str, object]) -> int:
        raw = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._settings.sms_token}"}
        note = Webhook(provider="sms", event=event, body=raw, headers={}, at=self._world.clock())
        self._world.webhooks.append(note)
        status, _ = await self._courier.post(self._world.links.webhook_base + "/webhooks/sms/http", raw, headers)
        note.attempts.append(status)
        self._world.stir()
        return status

    def _authorized(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {self._settings.sms_token}".encode())

    def _wrong(self, body: object) -> str:
        """What is wrong with a send, in the gateway's words; empty when nothing is."""
        if not isinstance(body, dict) or not all(
            isinstance(body.get(key), str) for key in ("id", "from", "to", "text")
        ):
            return "id, from, to, text are required and must be strings"
        if not 0 < len(body["id"]) <= LONGEST_ID:
            return "id is too long"
        if body["from"] != self._settings.sender_name:
            return "sender is not registered"
        if not MOBILE.fullmatch(body["to"]):
            return "to is not a mobile number"
        if not 0 < len(body["text"]) <= LONGEST_TEXT:
            return "text is empty or too long"
        return ""

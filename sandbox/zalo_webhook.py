"""Zalo's webhook sender: the events, signed over their exact bytes, and the ladder of retries.

Source: facts/zalo.md section 6.  After the last failed retry Zalo unsubscribes the app and sends nothing more.
"""

import hmac
import json
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256

from sandbox.courier import Courier
from sandbox.inboxes import Person, Webhook
from sandbox.settings import Settings
from sandbox.world import World

PATH = "/webhooks/zalo"


class Twist(StrEnum):
    """A way to send an event otherwise than Zalo is known to: to try a receiver's patience."""

    DUPLICATE = "duplicate"
    NO_MAC = "no_mac"
    BAD_MAC = "bad_mac"
    HMAC_MAC = "hmac_mac"
    ESCAPED = "escaped"
    SPACED = "spaced"
    NUMBER_TIMESTAMP = "number_timestamp"
    UNKNOWN_FIELDS = "unknown_fields"


def signature(app_id: str, body: bytes, timestamp: str, secret: str) -> str:
    """The hexadecimal MAC of `X-ZEvent-Signature`: plain SHA-256 over app id, raw body, timestamp, OA Secret Key."""
    return sha256(app_id.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


class ZaloWebhook:
    """Sends events to the house, in play's own time: the ladder is waited out by the courier."""

    def __init__(self, settings: Settings, world: World, courier: Courier) -> None:
        self._settings = settings
        self._world = world
        self._courier = courier
        self.subscribed = True
        self.twist: Twist | None = None

    def event(self, name: str, **fields: object) -> dict[str, object]:
        """An event's body, with the app's id and the time, in the order that Zalo's samples have."""
        stamp = str(int(self._world.clock().timestamp() * 1000))
        return {"app_id": self._settings.app_id, **fields, "event_name": name, "timestamp": stamp}

    def from_user(self, name: str, person: Person, message: Mapping[str, object]) -> dict[str, object]:
        """A user_* event: the sender is the person, the recipient the OA."""
        return self.event(
            name,
            sender={"id": person.zalo_user_id},
            user_id_by_app=person.user_id_by_app,
            recipient={"id": self._settings.oa_id},
            message=dict(message),
        )

    def from_oa(self, name: str, recipient: str, message: Mapping[str, object]) -> dict[str, object]:
        """An oa_* event or a receipt: the sender is the OA."""
        oa = {"id": self._settings.oa_id}
        return self.event(name, sender=oa, recipient={"id": recipient}, message=dict(message))

    async def send(self, event: Mapping[str, object], *, server: str = "OA OpenAPI") -> int:
        """Send an event once, and let the ladder go on behind if that failed.  The status; 0 when no answer came."""
        body = self._body(event)
        return await self.send_raw(body, self._headers(body, event, server), str(event.get("event_name", "")))

    async def send_raw(self, body: bytes, headers: Mapping[str, str], name: str = "") -> int:
        """Send these very bytes under these headers, with Zalo's retries."""
        note = Webhook(provider="zalo", event=name, body=body, headers=dict(headers), at=self._world.clock())
        self._world.webhooks.append(note)
        if not self.subscribed:
            note.dropped = "unsubscribed"
            self._world.stir()
            return 0
        status = await self._post(note, 0)
        if self.twist is Twist.DUPLICATE:
            await self._post(note, 0)
        if self._failed(status):
            self._courier.spawn(self._climb(note))
        return status

    async def _climb(self, note: Webhook) -> None:
        for number, wait in enumerate(self._settings.retry_ladder, start=1):
            await self._courier.wait(wait * self._settings.retry_scale)
            if not self._failed(await self._post(note, number)):
                return
        self.subscribed = False
        self._world.stir()

    async def _post(self, note: Webhook, retry: int) -> int:
        headers = note.headers | ({"num_retry": str(retry)} if retry else {})
        url = self._world.links.webhook_base + PATH
        status, _ = await self._courier.post(url, note.body, headers, limit=self._settings.webhook_timeout)
        note.attempts.append(status)
        self._world.stir()
        return status

    def _failed(self, status: int) -> bool:
        return status == 0 if self._settings.retry_on == "connection" else status != 200

    def _body(self, event: Mapping[str, object]) -> bytes:
        fields = dict(event)
        if self.twist is Twist.NUMBER_TIMESTAMP:
            fields["timestamp"] = int(str(fields["timestamp"]))
        if self.twist is Twist.UNKNOWN_FIELDS:
            fields |= {"reorder_id": fields.get("timestamp"), "later_field": None}
        separators = (", ", ": ") if self.twist is Twist.SPACED else (",", ":")
        return json.dumps(fields, ensure_ascii=self.twist is Twist.ESCAPED, separators=separators).encode()

    def _headers(self, body: bytes, event: Mapping[str, object], server: str) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "user-agent": "ZaloWebhook", "x-zevent-server": server}
        secret = self._settings.oa_secret_key
        stamp = str(event.get("timestamp", ""))
        mac = signature(self._settings.app_id, body, stamp, secret)
        if self.twist is Twist.HMAC_MAC:
            mac = hmac.digest(secret.encode(), self._settings.app_id.encode() + body + stamp.encode(), "sha256").hex()
        if self.twist is Twist.BAD_MAC:
            mac = "0" * 64
        return headers if self.twist is Twist.NO_MAC else headers | {"x-zevent-signature": f"mac={mac}"}

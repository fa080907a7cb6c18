"""From acceptance to the phone: the message appears, Zalo echoes it, then tells that it was received, then seen.

Source: facts/zalo.md 6.4 and 6.5.  A template by phone has its receipt from the server `ZNS`; silence means that it
did not arrive.
"""

from sandbox.courier import Courier
from sandbox.inboxes import ChatMessage, Person
from sandbox.settings import Settings
from sandbox.world import World
from sandbox.zalo_webhook import ZaloWebhook


class ZaloDelivery:
    """Puts accepted messages into chats and sends the events that follow, in order for each message."""

    def __init__(self, settings: Settings, world: World, courier: Courier, webhook: ZaloWebhook) -> None:
        self._settings = settings
        self._world = world
        self._courier = courier
        self._webhook = webhook

    def chat(self, person: Person, message: ChatMessage, echo: str) -> None:
        """A message of the OA to one of its users; `echo` is the oa_send_* event that Zalo sends back."""
        self._world.chats.append(message)
        self._world.publish("chat", person.key, chat_item(message))
        self._courier.spawn(self._follow_chat(person, message, echo))

    def by_phone(self, to: str, person: Person | None, message: ChatMessage) -> None:
        """A template message by phone; `to` is what the sender knew: the phone or its hash."""
        self._world.chats.append(message)
        if person is not None:
            self._world.publish("chat", person.key, chat_item(message))
        if person is None or not person.silent:
            self._courier.spawn(self._follow_template(to, person, message))

    async def _follow_chat(self, person: Person, message: ChatMessage, echo: str) -> None:
        sent = {"text": message.text, "msg_id": message.id}
        await self._webhook.send(self._webhook.from_oa(echo, person.zalo_user_id, sent))
        if person.silent:
            return
        await self._courier.wait(self._settings.delivery_after)
        received = self._webhook.from_oa("user_received_message", person.zalo_user_id, {"msg_id": message.id})
        self._move_on(person, message, "delivered")
        await self._webhook.send(received)
        self._world.route.add(
            person.zalo_user_id, "Đã tới điện thoại", "biên nhận từ Zalo", "done", "zalo", message.tracking_id
        )
        await self._see(person, message)

    async def _follow_template(self, to: str, person: Person | None, message: ChatMessage) -> None:
        await self._courier.wait(self._settings.delivery_after)
        if person is not None:
            self._move_on(person, message, "delivered")
        message.state = "delivered"
        told: dict[str, object] = {
            "delivery_time": str(int(self._world.clock().timestamp() * 1000)),
            "msg_id": message.id,
        }
        if message.tracking_id:
            told["tracking_id"] = message.tracking_id
        await self._webhook.send(self._webhook.from_oa("user_received_message", to, told), server="ZNS")
        if person is not None:
            self._world.route.add(
                person.phone, "Đã tới điện thoại", "biên nhận từ Zalo", "done", "zalo", message.tracking_id
            )
            await self._see(person, message)

    async def _see(self, person: Person, message: ChatMessage) -> None:
        if not self._world.watched(person.key):
            return
        await self._courier.wait(self._settings.seen_after)
        self._move_on(person, message, "seen")
        seen = {"msg_ids": [message.id]}
        await self._webhook.send(self._webhook.from_oa("user_seen_message", person.zalo_user_id, seen))

    def _move_on(self, person: Person, message: ChatMessage, state: str) -> None:
        message.state = "seen" if state == "seen" else "delivered"
        self._world.publish("chat", person.key, chat_item(message))


def chat_item(message: ChatMessage) -> dict[str, object]:
    """A chat line as the phone page reads it."""
    return {
        "id": message.id,
        "from": message.sender,
        "text": message.text,
        "buttons": [{"title": each.title, "type": each.type, "payload": each.payload} for each in message.buttons],
        "at": message.at.isoformat(),
        "state": message.state,
        "template": message.template,
        "pressed": message.pressed,
    }

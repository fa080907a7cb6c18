"""Telegram's Bot API for one bot: what a service that lives on webhooks calls, and the updates that it gets.

Source: facts/gateways.md section 6.  Any verb; form, multipart or JSON; HTTP status equals `error_code`.
"""

import hmac
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.courier import Courier
from sandbox.faults import Channel, Kind
from sandbox.inboxes import ChatMessage, Person, Webhook
from sandbox.settings import Settings
from sandbox.telegram_wire import Refused, keyboard_of, parameters_of, plain_of
from sandbox.testnumbers import FAILS
from sandbox.world import World
from sandbox.zalo_delivery import chat_item

LONGEST_TEXT = 4_096
RETRY_WAITS = (1.0, 5.0, 30.0, 120.0)
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
WHOLE = re.compile(r"-?\d{1,19}")


Method = Callable[[Mapping[str, str]], Awaitable[object]]


class Telegram:
    """The bot's methods, and what people do with it."""

    def __init__(self, settings: Settings, world: World, courier: Courier) -> None:
        self._settings = settings
        self._world = world
        self._courier = courier
        self._hook = ""
        self._secret = settings.telegram_secret
        self._update_id = 1_000
        self._message_id = 0
        self._waiting: list[dict[str, object]] = []
        self._asked: set[str] = set()
        self.answered: list[str] = []

    def routes(self) -> list[web.RouteDef]:
        """What api.telegram.org serves."""
        return [web.route("*", "/bot{token}/{method}", self.call)]

    async def call(self, request: web.Request) -> web.Response:
        """One method call."""
        try:
            if not hmac.compare_digest(request.match_info["token"].encode(), self._settings.telegram_token.encode()):
                raise Refused(401, "Unauthorized")
            method = self._method(request.match_info["method"])
            result = await method(await parameters_of(request))
        except Refused as refusal:
            body = {"ok": False, "error_code": refusal.code, "description": refusal.words}
            return web.json_response(body, status=refusal.code)
        return web.json_response({"ok": True, "result": result})

    async def say(self, person: Person, text: str) -> int:
        """Somebody writes to the bot; `/start` opens the chat.  The status that the house gave."""
        person.telegram_started = True
        entities = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}] if text[:1] == "/" else []
        return await self._update({"message": self._from(person) | {"text": text, "entities": entities}})

    async def press(self, person: Person, message: ChatMessage, data: str) -> int:
        """Somebody presses a button under a message."""
        query_id = self._world.new_id(16)
        self._asked.add(query_id)
        under = {"message_id": int(message.id), "date": int(message.at.timestamp()), "chat": _chat(person)}
        query = {"id": query_id, "from": _user(person), "message": under, "chat_instance": "-12", "data": data}
        return await self._update({"callback_query": query})

    async def share_contact(self, person: Person, phone: str | None = None) -> int:
        """Somebody shares their own contact, or with `phone` forwards somebody else's card, which has no user id."""
        contact: dict[str, object] = {"phone_number": phone or person.phone, "first_name": person.name}
        if phone is None:
            contact["user_id"] = person.telegram_id
        return await self._update({"message": self._from(person) | {"contact": contact}})

    async def block(self, person: Person, *, blocked: bool = True) -> int:
        """Somebody blocks the bot, or lets it in again."""
        person.telegram_blocked = blocked
        states = ("member", "kicked") if blocked else ("kicked", "member")
        change = {
            "chat": _chat(person),
            "from": _user(person),
            "date": int(self._world.clock().timestamp()),
            "old_chat_member": {"status": states[0], "user": self._me()},
            "new_chat_member": {"status": states[1], "user": self._me()} | ({"until_date": 0} if blocked else {}),
        }
        return await self._update({"my_chat_member": change})

    def _method(self, name: str) -> Method:
        methods: dict[str, Method] = {
            "getme": self.get_me,
            "setwebhook": self.set_webhook,
            "deletewebhook": self.delete_webhook,
            "getwebhookinfo": self.get_webhook_info,
            "getupdates": self.get_updates,
            "sendmessage": self.send_message,
            "answercallbackquery": self.answer_callback_query,
            "editmessagereplymarkup": self.edit_message,
            "editmessagetext": self.edit_message,
            "setmycommands": self.accept,
            "sendchataction": self.accept,
        }
        if name.lower() not in methods:
            raise Refused(404, "Not Found")
        return methods[name.lower()]

    def _me(self) -> dict[str, object]:
        number = self._settings.telegram_token.split(":")[0]
        return {
            "id": int(number),
            "is_bot": True,
            "first_name": self._settings.oa_name,
            "username": "motcua_sandbox_bot",
            "can_join_groups": False,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    async def get_me(self, given: Mapping[str, str]) -> object:
        """The bot."""
        return self._me()

    async def set_webhook(self, given: Mapping[str, str]) -> object:
        """Where updates go; the real one insists on HTTPS, this one lets loopback be."""
        address = urlsplit(given.get("url", ""))
        secret = given.get("secret_token", "")
        if given.get("url") and address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if secret and not SECRET.fullmatch(secret):
            raise Refused(400, "Bad Request: secret token contains unallowed characters")
        self._hook, self._secret = given.get("url", ""), secret
        return True

    async def delete_webhook(self, given: Mapping[str, str]) -> object:
        """Back to getUpdates, or to the house's usual address."""
        self._hook, self._secret = "", self._settings.telegram_secret
        return True

    async def get_webhook_info(self, given: Mapping[str, str]) -> object:
        """Where updates go now."""
        return {"url": self._hook, "has_custom_certificate": False, "pending_update_count": len(self._waiting)}

    async def get_updates(self, given: Mapping[str, str]) -> object:
        """What could not be delivered; refused while a webhook is set."""
        if self._hook:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(given["offset"]) if WHOLE.fullmatch(given.get("offset", "")) else 0
        self._waiting = [each for each in self._waiting if int(str(each["update_id"])) >= offset]
        return self._waiting[:100]

    async def send_message(self, given: Mapping[str, str]) -> object:
        """A text to a private chat that the person has opened."""
        person = self._chat(given)
        text = given.get("text", "")
        if given.get("parse_mode", "").lower() == "html":
            text = plain_of(text)
        if not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if len(text) > LONGEST_TEXT:
            raise Refused(400, "Bad Request: message is too long")
        message = ChatMessage(
            id=str(self._next_message()),
            person=person.key,
            sender="oa",
            text=text,
            at=self._world.clock(),
            buttons=keyboard_of(given.get("reply_markup", "")),
            state="delivered",
            service="telegram",
        )
        self._world.chats.append(message)
        self._world.publish("telegram", person.key, chat_item(message))
        self._world.route.add(str(person.telegram_id), "Telegram đã nhận", "sendMessage", "done", "telegram")
        return self._sent(person, message)

    async def answer_callback_query(self, given: Mapping[str, str]) -> object:
        """End the little clock on a pressed button."""
        query_id = given.get("callback_query_id", "")
        if query_id not in self._asked:
            raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self._asked.discard(query_id)
        self.answered.append(query_id)
        return True

    async def edit_message(self, given: Mapping[str, str]) -> object:
        """Change a message's text or buttons."""
        person = self._chat(given)
        wanted = given.get("message_id", "")
        message = next((each for each in self._world.chat(person.key, "telegram") if each.id == wanted), None)
        if message is None:
            raise Refused(400, "Bad Request: message to edit not found")
        buttons = keyboard_of(given.get("reply_markup", ""))
        if given.get("text", message.text) == message.text and buttons == message.buttons:
            raise Refused(400, "Bad Request: message is not modified")
        message.text, message.buttons = given.get("text", message.text), buttons
        return self._sent(person, message)

    async def accept(self, given: Mapping[str, str]) -> object:
        """A method without an effect here."""
        return True

    def _chat(self, given: Mapping[str, str]) -> Person:
        number = given.get("chat_id", "")
        person = self._world.by_telegram(int(number)) if WHOLE.fullmatch(number) else None
        if person is None or not person.telegram_started:
            raise Refused(400, "Bad Request: chat not found")
        blocked = self._world.faults.standing(Channel.TELEGRAM, Kind.BLOCKED)
        if person.telegram_blocked or person.phone == FAILS or blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        return person

    def _next_message(self) -> int:
        self._message_id += 1
        return self._message_id

    def _from(self, person: Person) -> dict[str, object]:
        return {
            "message_id": self._next_message(),
            "from": _user(person),
            "chat": _chat(person),
            "date": int(self._world.clock().timestamp()),
        }

    def _sent(self, person: Person, message: ChatMessage) -> dict[str, object]:
        return {
            "message_id": int(message.id),
            "from": {"id": self._me()["id"], "is_bot": True, "first_name": self._settings.oa_name},
            "chat": _chat(person),
            "date": int(message.at.timestamp()),
            "text": message.text,
        }

    async def _update(self, body: Mapping[str, object]) -> int:
        self._update_id += 1
        update = {"update_id": self._update_id, **body}
        kind = next(name for name in body)
        raw = json.dumps(update, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"} | (
            {"X-Telegram-Bot-Api-Secret-Token": self._secret} if self._secret else {}
        )
        note = Webhook(provider="telegram", event=kind, body=raw, headers=headers, at=self._world.clock())
        self._world.webhooks.append(note)
        status = await self._try(note)
        if not 200 <= status < 300:
            self._waiting.append(update)
            self._courier.spawn(self._again(note, update))
        return status

    async def _again(self, note: Webhook, update: dict[str, object]) -> None:
        """The same update, with the same id, until it is taken."""
        for wait in RETRY_WAITS:
            await self._courier.wait(wait)
            if 200 <= await self._try(note) < 300:
                self._waiting = [each for each in self._waiting if each is not update]
                return

    async def _try(self, note: Webhook) -> int:
        url = self._hook or f"{self._world.links.webhook_base}/webhooks/telegram"
        status, _ = await self._courier.post(url, note.body, note.headers, limit=60)
        note.attempts.append(status)
        self._world.stir()
        return status


def _user(person: Person) -> dict[str, object]:
    return {"id": person.telegram_id, "is_bot": False, "first_name": person.name, "language_code": "vi"}


def _chat(person: Person) -> dict[str, object]:
    return {"id": person.telegram_id, "first_name": person.name, "type": "private"}

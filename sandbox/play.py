"""What people do with their phones, and what an officer does in the source: the actions of the phone page.

The tasks that tick themselves are guessed from what the outside can see, for the sandbox knows nothing of the house.
"""

import json
import re

from sandbox.courier import Courier
from sandbox.inboxes import ChatMessage, Person
from sandbox.officer import moved_dossier, phones_of
from sandbox.settings import Settings
from sandbox.sms_http import SmsHttp
from sandbox.twilio import Twilio
from sandbox.world import World
from sandbox.zalo_delivery import chat_item
from sandbox.zalo_webhook import ZaloWebhook

DOSSIER_CODE = re.compile(r"\d{6}-\d{2,}")
QUICK_WORDS = ("tra cứu hồ sơ", "hỏi thủ tục", "gặp cán bộ", "menu", "xin chào", "chào", "hi", "hello", "alo")
LONGEST_TEXT = 2_000
STATUSES = range(1, 11)


class NotPossible(Exception):
    """What was asked cannot be done; the words are for the person at the page."""


class Play:
    """Acts for the people of the world."""

    def __init__(
        self, settings: Settings, world: World, courier: Courier, zalo: ZaloWebhook, sms: SmsHttp, twilio: Twilio
    ) -> None:
        self._settings = settings
        self._world = world
        self._courier = courier
        self._zalo = zalo
        self._sms = sms
        self._twilio = twilio

    async def say(self, key: str, text: str) -> ChatMessage:
        """Write to the page on Zalo."""
        person = self._person(key)
        if not text.strip() or len(text) > LONGEST_TEXT:
            raise NotPossible("Tin nhắn trống hoặc dài quá 2.000 ký tự.")
        self._watch_for(person, text)
        return await self._write(person, text, text)

    async def press(self, key: str, message_id: str, index: int) -> dict[str, object]:
        """Press a button: words go to the page as if written; an address or a number comes back to be opened."""
        person = self._person(key)
        message = next((each for each in self._world.chat(key) if each.id == message_id), None)
        if message is None or not 0 <= index < len(message.buttons):
            raise NotPossible("Không còn nút này.")
        button = message.buttons[index]
        match button.type, button.payload:
            case "oa.open.url", {"url": url}:
                return {"open": url}
            case "oa.open.phone", {"phone_code": number}:
                return {"call": number}
            case "oa.open.sms", {"phone_code": number, "content": content}:
                return {"sms": number, "content": content}
        message.pressed = index
        self._world.publish("chat", key, chat_item(message))
        if _asks_how_satisfied(message):
            self._world.done("survey")
        query = str(button.payload)
        written = await self._write(person, query, query if button.type == "oa.query.show" else "")
        return {"message_id": written.id}

    async def follow(self, key: str, *, wanted: bool) -> None:
        """Follow the page, or stop following it."""
        person = self._person(key)
        person.follows = wanted
        person.blocked = False
        if wanted:
            person.last_interaction = self._world.clock()
        name = "follow" if wanted else "unfollow"
        event = self._zalo.event(
            name,
            oa_id=self._settings.oa_id,
            follower={"id": person.zalo_user_id},
            user_id_by_app=person.user_id_by_app,
            source="oa_profile",
        )
        self._world.route.begin(person.zalo_user_id, person.phone)
        await self._tell(person, event)

    async def move(self, code: str, status: int) -> dict[str, object]:
        """Move a dossier in the source, as its officer would, and push it to the house's API if there is a key."""
        dossier = self._world.dossiers.get(code)
        if dossier is None or status not in STATUSES:
            raise NotPossible("Không có hồ sơ hoặc trạng thái này.")
        moved = moved_dossier(dossier, status, self._world.clock())
        self._world.put_dossier(moved)
        self._world.publish("dossiers", None, None)
        phones = phones_of(moved)
        addresses = self._world.addresses(phones)
        self._world.route.begin(code, *addresses)
        self._world.route.add(code, "Hồ sơ đổi trạng thái", f"trạng thái {status} tại hệ thống một cửa", "in", "source")
        self._world.done("move")
        if not self._world.links.api_key:
            return {"pushed": False}
        return await self._push(code, moved)

    async def answer_by_sms(self, key: str, text: str) -> int:
        """Answer the two-way number; the status that the house gave."""
        person = self._person(key)
        if not self._settings.two_way_number:
            raise NotPossible("Tin một chiều, không trả lời được.")
        if not text.strip() or len(text) > LONGEST_TEXT:
            raise NotPossible("Tin nhắn trống hoặc quá dài.")
        self._world.route.begin(*self._world.addresses([person.phone]))
        gateway = self._sms if self._settings.two_way_gateway == "http" else self._twilio
        return await gateway.receive(person, text)

    async def _write(self, person: Person, text: str, shown: str) -> ChatMessage:
        message = ChatMessage(
            id=self._world.new_id(), person=person.key, sender="me", text=shown, at=self._world.clock()
        )
        person.last_interaction = message.at
        if shown:
            self._world.chats.append(message)
            self._world.publish("chat", person.key, chat_item(message))
        self._world.route.begin(person.zalo_user_id, person.phone)
        event = self._zalo.from_user("user_send_text", person, {"text": text, "msg_id": message.id})
        if await self._tell(person, event) == 200:
            message.state = "delivered"
            if shown:
                self._world.publish("chat", person.key, chat_item(message))
        return message

    async def _tell(self, person: Person, event: dict[str, object]) -> int:
        route = self._world.route
        route.add(person.zalo_user_id, "Zalo gửi webhook", f"{event['event_name']}, có chữ ký", "in", "zalo")
        status = await self._zalo.send(event)
        if status == 200:
            route.add(person.zalo_user_id, "Webhook đã trả lời 200", "đã nhận và ghi lại", "ok", "zalo")
        else:
            why = f"trả lời {status}" if status else "không kết nối được hoặc quá 2 giây"
            route.add(person.zalo_user_id, "Webhook chưa nhận", why, "fail", "zalo")
        return status

    async def _push(self, code: str, dossier: dict[str, object]) -> dict[str, object]:
        links = self._world.links
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {links.api_key}"}
        raw = json.dumps({"dossiers": [dossier]}, ensure_ascii=False).encode()
        status, answer = await self._courier.post(f"{links.api_base}/api/v1/dossiers", raw, headers)
        good = status == 200
        words = "POST /api/v1/dossiers, trả lời 200" if good else f"trả lời {status}"
        self._world.route.add(code, "API đã nhận" if good else "API chưa nhận", words, "ok" if good else "fail", "api")
        try:
            results = json.loads(answer)
        except ValueError:
            results = None
        return {"pushed": good, "status": status, "answer": results}

    def _watch_for(self, person: Person, text: str) -> None:
        """Remember what the person tries, and tick the task when the page answers."""
        words = text.strip().lower()
        heard = [each for each in self._world.chat(person.key) if each.sender == "oa"]
        if heard and re.fullmatch(r"[1-5]", words) and _asks_how_satisfied(heard[-1]):
            self._world.done("survey")
        elif DOSSIER_CODE.search(words):
            self._courier.spawn(self._tick_when_answered(person, "look_up"))
        elif len(words) >= 6 and words not in QUICK_WORDS:
            self._courier.spawn(self._tick_when_answered(person, "ask_procedure"))

    async def _tick_when_answered(self, person: Person, task: str) -> None:
        before = _answers(self._world, person)
        try:
            await self._world.until(lambda: _answers(self._world, person) > before, seconds=30)
        except TimeoutError:
            return
        self._world.done(task)

    def _person(self, key: str) -> Person:
        person = self._world.people.get(key)
        if person is None:
            raise NotPossible("Không có người này.")
        return person


def _answers(world: World, person: Person) -> int:
    return sum(each.sender == "oa" for each in world.chat(person.key))


def _asks_how_satisfied(message: ChatMessage) -> bool:
    return any("hài lòng" in words.lower() for words in [message.text, *(each.title for each in message.buttons)])

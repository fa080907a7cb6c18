"""Telegram: a bot for those who prefer it.  Source: facts/gateways.md 6.  A channel abroad: off unless configured.

A bot cannot write first: the person presses Start.  Webhooks are read as plain JSON; sending goes by the
python-telegram-bot package (`channels.telegram_api`), which only a process that sends imports.
"""

import hmac
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, Field, SecretStr, model_validator

from channels.channel import Capabilities
from channels.errors import Forged, Malformed, Rejected, Unsigned
from channels.http import Http, Origin
from channels.message import (
    Accepted,
    Address,
    Answer,
    Button,
    ButtonKind,
    Inbound,
    InboundKind,
    Message,
    Reading,
    Receipt,
    Request,
    TelegramChat,
)
from channels.wire import identifier, json_object, moment, part, text
from vietnam.phone import PhoneError
from vietnam.phone import read as read_phone

if TYPE_CHECKING:
    from channels.telegram_api import Keyboard, TelegramApi

LONGEST_TEXT = 4_096
MOST_BUTTONS = 20

_LONGEST_DATA = 64
_TITLE_SAYS_IT = "\u2063title"
"""Callback data of a button whose value is over 64 bytes: its words are then what is said, read from the update."""
_A_ROW_OF_MARKS = 3
_MEDIA = ("photo", "document", "sticker", "voice", "audio", "video", "video_note", "animation", "location", "venue")
_GONE = frozenset({"kicked", "left"})


class Settings(BaseModel, frozen=True, extra="forbid"):
    """`[channels.telegram]`: one bot."""

    enabled: bool = Field(default=False, description="Bật kênh Telegram (máy chủ ở nước ngoài).")
    token: SecretStr = Field(default=SecretStr(""), description="Token của bot do BotFather cấp.")
    api_base: Origin = Field(default="https://api.telegram.org", description="Máy chủ API của Telegram.")
    webhook_secret: SecretStr = Field(
        default=SecretStr(""), description="Mã bí mật Telegram gửi kèm mỗi lần gọi webhook: chữ, số, _ và -."
    )
    rate_per_second: float = Field(default=25, ge=0, description="Số tin nhiều nhất mỗi giây; 0 là không giới hạn.")
    connections: int = Field(default=8, ge=1, le=200, description="Số kết nối cùng lúc tới Telegram.")
    timeout_seconds: float = Field(default=10, gt=0, le=120, description="Chờ Telegram trả lời bao nhiêu giây.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.enabled:
            return self
        faults = []
        if not re.fullmatch(r"\d{3,20}:[A-Za-z0-9_-]{10,100}", self.token.get_secret_value()):
            faults.append("token phải có dạng 123456:chữ-và-số")
        if not re.fullmatch(r"[A-Za-z0-9_-]{8,256}", self.webhook_secret.get_secret_value()):
            faults.append("webhook_secret phải có 8 đến 256 chữ, số, _ hoặc -")
        if faults:
            raise ValueError("; ".join(faults))
        return self


class Telegram:
    """The province's bot on Telegram.  `public_url` is ours, for `upkeep` to register the webhook; "" leaves it."""

    name = "telegram"

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime],
        client: type[Http] = Http,
        public_url: str = "",
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._http = client(connections=settings.connections, read_seconds=settings.timeout_seconds)
        self._webhook = f"{public_url.rstrip('/')}/webhooks/telegram" if public_url else ""
        self._made: TelegramApi | None = None
        self.can = Capabilities(
            addresses=frozenset[type[Address]]((TelegramChat,)),
            longest=LONGEST_TEXT,
            buttons=MOST_BUTTONS,
            two_way=True,
            rate_per_second=settings.rate_per_second,
            connections=settings.connections,
        )

    async def open(self) -> None:
        await self._http.open()

    async def close(self) -> None:
        await self._http.close()

    async def send(self, message: Message) -> Accepted:
        """A text with its buttons; a number to call is written out, for Telegram has no such button."""
        if not isinstance(message.to, TelegramChat):
            raise Rejected("not a chat of Telegram", code="ours", permanent=True, ours=True)
        calls = [f"{button.title}: {button.value}" for button in message.buttons if button.kind is ButtonKind.CALL]
        whole = "\n".join([message.text, *calls])
        if not message.text.strip() or len(whole) > LONGEST_TEXT or len(message.buttons) > MOST_BUTTONS:
            raise Rejected("empty, too long, or too many buttons", code="ours", permanent=True, ours=True)
        message_id = await self._api.send(message.to.chat_id, whole, _keyboard(message.buttons))
        return Accepted(provider_id=f"{message.to.chat_id}:{message_id}")

    def read(self, request: Request) -> Reading:
        """One update.  Raises `Unsigned` without the secret header, `Forged` with a wrong one."""
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        secret = self._settings.webhook_secret.get_secret_value()
        if not given:
            raise Unsigned
        if not secret or not hmac.compare_digest(given.encode(), secret.encode()):
            raise Forged
        update = json_object(request.body)
        update_id = identifier(update.get("update_id"))
        if not update_id:
            raise Malformed("no update_id")
        inbound = _inbound(update, update_id, self._clock())
        return Reading(items=(inbound,), answer=_answer(update))

    async def ask(self, message: Message, provider_id: str | None, since: datetime) -> Receipt | None:
        return None

    async def upkeep(self) -> str:
        """See that Telegram sends updates to us."""
        if not self._webhook:
            return "Chưa có địa chỉ công khai nên chưa đăng ký webhook Telegram."
        if await self._api.webhook() == self._webhook:
            return "Webhook Telegram đã đúng địa chỉ."
        await self._api.set_webhook(self._webhook, self._settings.webhook_secret.get_secret_value())
        return "Đã đăng ký webhook Telegram."

    async def check(self) -> str:
        return f"Bot Telegram @{text(await self._api.name(), 64)} trả lời tốt."

    @property
    def _api(self) -> "TelegramApi":
        if self._made is None:
            from channels.telegram_api import TelegramApi  # takes half a second

            self._made = TelegramApi(self._settings.token.get_secret_value(), self._settings.api_base, self._http)
        return self._made


def _keyboard(buttons: tuple[Button, ...]) -> "Keyboard | None":
    """Buttons under the message; in place of the keyboard when one of them shares the person's contact."""
    from channels.telegram_api import inline, reply

    shown = [button for button in buttons if button.kind is not ButtonKind.CALL]
    if not shown:
        return None
    if any(button.kind is ButtonKind.CONTACT for button in shown):
        kept = [button for button in shown if button.kind is not ButtonKind.OPEN]
        return reply([(button.title, button.kind is ButtonKind.CONTACT) for button in kept])
    cells = [
        (button.title, _data(button, place), button.value if button.kind is ButtonKind.OPEN else "")
        for place, button in enumerate(shown)
    ]
    marks = all(len(button.title) <= _A_ROW_OF_MARKS for button in shown)
    return inline([cells] if marks else [[cell] for cell in cells])


def _data(button: Button, place: int) -> str:
    if button.kind is not ButtonKind.SAY:
        return ""
    value = button.value or button.title
    return value if len(value.encode()) <= _LONGEST_DATA else f"{_TITLE_SAYS_IT}{place}"


def _inbound(update: dict[str, object], update_id: str, now: datetime) -> Inbound:
    """What a person did; what has no meaning for us, or happened outside a private chat, is kept as of nobody."""
    if part(update, "callback_query"):
        return _pressed(part(update, "callback_query"), update_id, now)
    if part(update, "my_chat_member"):
        return _membership(part(update, "my_chat_member"), update_id, now)
    message = part(update, "message")
    person = _person(message)
    kind, phone = InboundKind.OTHER, None
    if person is not None and text(message.get("text")):
        kind = InboundKind.TEXT
    elif person is not None and part(message, "contact"):
        phone = _own_phone(message)
        kind = InboundKind.CONTACT if phone else InboundKind.MEDIA
    elif person is not None and any(name in message for name in _MEDIA):
        kind = InboundKind.MEDIA
    return Inbound(
        event_id=update_id,
        kind=kind,
        sender=person if kind is not InboundKind.OTHER else None,
        at=moment(message.get("date"), now, unit=1),
        text=text(message.get("text") or message.get("caption")),
        phone=phone,
        name=next((identifier(name) for name in update if name != "update_id"), ""),
    )


def _pressed(query: dict[str, object], update_id: str, now: datetime) -> Inbound:
    """A tap says the button's value; the chat is the one of the message under which the button stood."""
    person = _person({"chat": part(part(query, "message"), "chat"), "from": part(query, "from")})
    said = text(query.get("data"), _LONGEST_DATA)
    if said.startswith(_TITLE_SAYS_IT):
        said = _pressed_title(query)
    return Inbound(
        event_id=update_id,
        kind=InboundKind.TEXT if person and said else InboundKind.OTHER,
        sender=person,
        at=now,
        text=said,
        name="callback_query",
    )


def _pressed_title(query: dict[str, object]) -> str:
    """The words on the pressed button, from the message in the update; "" when it is not there, or not the only one."""
    rows = part(part(query, "message"), "reply_markup").get("inline_keyboard")
    cells = [cell for row in rows if isinstance(row, list) for cell in row] if isinstance(rows, list) else []
    titles = [
        text(cell.get("text"), 200)
        for cell in cells
        if isinstance(cell, dict) and cell.get("callback_data") == query.get("data")
    ]
    return titles[0] if len(titles) == 1 else ""


def _membership(change: dict[str, object], update_id: str, now: datetime) -> Inbound:
    person = _person(change)
    status = identifier(part(change, "new_chat_member").get("status"))
    kind = InboundKind.UNFOLLOW if status in _GONE else InboundKind.FOLLOW if status == "member" else InboundKind.OTHER
    return Inbound(
        event_id=update_id,
        kind=kind if person else InboundKind.OTHER,
        sender=person,
        at=moment(change.get("date"), now, unit=1),
        name="my_chat_member",
    )


def _person(message: dict[str, object]) -> TelegramChat | None:
    """The private chat in which a person, not a bot, wrote."""
    chat = part(message, "chat")
    chat_id = identifier(chat.get("id"))
    if chat.get("type") != "private" or not chat_id or part(message, "from").get("is_bot") is True:
        return None
    return TelegramChat(chat_id=chat_id)


def _own_phone(message: dict[str, object]) -> str | None:
    """Their own number, proved by Telegram: somebody else's card bears another user id, or none (facts 6.4)."""
    contact = part(message, "contact")
    owner = identifier(contact.get("user_id"))
    if not owner or owner != identifier(part(message, "from").get("id")):
        return None
    try:
        return read_phone(identifier(contact.get("phone_number")))
    except PhoneError:
        return None


def _answer(update: dict[str, object]) -> Answer:
    """A tap must be acknowledged or the button keeps turning; that may be said in the webhook's own answer."""
    query_id = identifier(part(update, "callback_query").get("id"))
    if not query_id:
        return Answer()
    return Answer(body=json.dumps({"method": "answerCallbackQuery", "callback_query_id": query_id}).encode())

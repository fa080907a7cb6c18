"""The python-telegram-bot package, wrapped: the only module that imports it; itself imported only when needed.

Only its methods and types are used, over our own HTTP: no Application, no polling.  Its exceptions become ours here.
"""

import logging
from collections.abc import Awaitable
from typing import Any, TypeVar
from urllib.parse import urlencode

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
)
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.request import BaseRequest, RequestData

from channels.errors import Rejected, SendError, Throttled, Unknown
from channels.http import Answer, Http, retry_after
from channels.wire import words

Keyboard = InlineKeyboardMarkup | ReplyKeyboardMarkup
_Result = TypeVar("_Result")
ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")


class TelegramApi:
    """The Bot API for one token.  Every failure comes out as one of our errors."""

    def __init__(self, token: str, api_base: str, http: Http) -> None:
        # the package logs the token and each text at DEBUG, and httpx, which it brings, the token at INFO
        for chatty in ("telegram", "httpx"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        transport = _Transport(http)
        self._bot = Bot(token, base_url=f"{api_base}/bot", request=transport, get_updates_request=transport)

    async def send(self, chat_id: str, text: str, keyboard: Keyboard | None) -> str:
        """A plain text, never parsed as markup; the message's id."""
        sent = await _asked(
            self._bot.send_message(
                chat_id=chat_id,
                text=text,
                reply_markup=keyboard,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        )
        return str(sent.message_id)

    async def name(self) -> str:
        """The bot's own name."""
        return str((await _asked(self._bot.get_me())).username or "")

    async def webhook(self) -> str:
        """Where updates go now, "" for nowhere."""
        return str((await _asked(self._bot.get_webhook_info())).url or "")

    async def set_webhook(self, url: str, secret: str) -> None:
        await _asked(self._bot.set_webhook(url=url, secret_token=secret or None, allowed_updates=list(ALLOWED_UPDATES)))


def inline(rows: list[list[tuple[str, str, str]]]) -> InlineKeyboardMarkup:
    """Buttons under a message: (title, callback data, url), one of the last two empty."""
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(title, callback_data=data or None, url=url or None) for title, data, url in row]
            for row in rows
        ]
    )


def reply(rows: list[tuple[str, bool]]) -> ReplyKeyboardMarkup:
    """Buttons in place of the keyboard: (title, whether it shares the person's own contact)."""
    return ReplyKeyboardMarkup(
        [[KeyboardButton(title, request_contact=contact)] for title, contact in rows],
        one_time_keyboard=True,
        resize_keyboard=True,
    )


class _Transport(BaseRequest):
    """The package's way out, over our HTTP.  The package wraps what is raised here as a cause."""

    def __init__(self, http: Http) -> None:
        self._http = http

    @property
    def read_timeout(self) -> float | None:
        return self._http.longest_call

    async def initialize(self) -> None:
        """The channel opens its HTTP itself."""

    async def shutdown(self) -> None:
        """The channel closes its HTTP itself."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        write_timeout: Any = None,
        connect_timeout: Any = None,
        pool_timeout: Any = None,
    ) -> tuple[int, bytes]:
        answer = await self._http.request(
            method,
            url,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=None if request_data is None else urlencode(request_data.json_parameters).encode(),
        )
        return _judged(answer), answer.body


def _judged(answer: Answer) -> int:
    """The status that the package may see.  It would raise KeyError on an error that comes with 200."""
    body = answer.json()
    if answer.status == 429:
        parameters = (body or {}).get("parameters")
        seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
        wait = float(seconds) if isinstance(seconds, int) else retry_after(answer.headers)
        raise Throttled("HTTP 429", retry_after=wait, code="telegram:429")
    if answer.status >= 500:
        raise Unknown(f"HTTP {answer.status}")
    if answer.status >= 400 and body is None:
        raise Rejected(f"HTTP {answer.status}", code=f"telegram:{answer.status}", permanent=False, ours=True)
    if answer.status < 400 and (body is None or "ok" not in body):
        raise Unknown("not an answer of Telegram")
    if answer.status < 300 and body is not None and body["ok"] is not True:
        code = body.get("error_code")
        return code if isinstance(code, int) and 400 <= code < 500 else 400
    return answer.status


async def _asked(question: Awaitable[_Result]) -> _Result:
    try:
        return await question
    except TelegramError as fault:
        raise _refused(fault) from None
    except (ValueError, TypeError, AttributeError, KeyError) as fault:
        raise Unknown(f"not an answer of Telegram: {type(fault).__name__}") from fault


def _refused(fault: TelegramError) -> SendError:
    """Order matters: BadRequest is a NetworkError to the package (facts/gateways.md 6.2)."""
    cause = fault.__cause__
    if isinstance(cause, SendError):
        return cause
    said = words(fault.message)
    match fault:
        case Forbidden():
            return Rejected(f"403 {said}", code="telegram:403", permanent=True)
        case ChatMigrated():
            return Rejected("the chat became a group", code="telegram:migrated", permanent=True)
        case BadRequest() if "chat not found" in fault.message.lower() or "user" in fault.message.lower():
            return Rejected(f"400 {said}", code="telegram:400", permanent=True)
        case BadRequest():
            return Rejected(f"400 {said}", code="telegram:400", permanent=True, ours=True)
        case InvalidToken() | Conflict():
            return Rejected("the token is not valid", code="telegram:401", permanent=False, ours=True)
        case RetryAfter():
            return Throttled("429", code="telegram:429")
        case _:
            return Unknown(type(fault).__name__)

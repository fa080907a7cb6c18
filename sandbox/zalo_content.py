"""What a consultation message may hold: text, a media or file attachment, buttons, a list, a request for user data.

Source: facts/zalo.md 3.1.  Lengths are in characters; anything else is refused with Zalo's code.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from sandbox.inboxes import Button
from sandbox.zalo_gate import Refused
from sandbox.zalo_templates import composed

LONGEST_TEXT = 2_000
MOST_BUTTONS = 5
LONGEST_TITLE = 100
LONGEST_QUERY = 1_000
LONGEST_SMS = 160
MEDIA = ("image", "gif", "sticker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A checked message: what the phone shows, and the event with which Zalo echoes it."""

    text: str
    buttons: tuple[Button, ...] = ()
    echo: str = "oa_send_text"


def content_of(message: object, *, too_long: int) -> Content:
    """Check a message as Zalo does; `too_long` is the code for over 2,000 characters, on which sources differ."""
    if not isinstance(message, dict):
        raise Refused(-201, "message is invalid!")
    text = _text(message.get("text"), too_long)
    attachment = message.get("attachment")
    if attachment is None:
        if not text.strip():
            raise Refused(-201, "text is invalid!")
        return Content(text=text)
    if not isinstance(attachment, dict) or not isinstance(attachment.get("payload"), dict):
        raise Refused(-201, "attachment is invalid!")
    payload = attachment["payload"]
    if attachment.get("type") == "file":
        if not payload.get("token"):
            raise Refused(-201, "token is invalid!")
        return Content(text=text or "[tệp]", echo="oa_send_file")
    if attachment.get("type") != "template":
        raise Refused(-233)
    return _template(text, payload)


def _text(value: object, too_long: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused(-201, "text is invalid!")
    if len(composed(value)) > LONGEST_TEXT:
        raise Refused(too_long)
    return value


def _template(text: str, payload: dict[str, object]) -> Content:
    match payload.get("template_type"):
        case None:
            if not text.strip():
                raise Refused(-201, "text is invalid!")
            return Content(text=text, buttons=_buttons(payload.get("buttons")))
        case "media":
            return Content(text=text or "[ảnh]", echo=f"oa_send_{_medium(payload)}")
        case "request_user_info":
            element = _elements(payload, most=1)[0]
            return Content(text=f"{element.get('title', '')}\n{element.get('subtitle', '')}", echo="oa_send_template")
        case "list":
            lines = [str(each.get("title", "")) for each in _elements(payload, most=5)]
            buttons = _buttons(payload["buttons"]) if payload.get("buttons") else ()
            return Content(text="\n".join([text, *lines]).strip(), buttons=buttons, echo="oa_send_list")
        case _:
            raise Refused(-233)


def _medium(payload: dict[str, object]) -> str:
    element = _elements(payload, most=1)[0]
    kind, url, asset = element.get("media_type"), element.get("url"), element.get("attachment_id")
    if kind not in MEDIA:
        raise Refused(-233)
    if bool(url) == bool(asset) or (kind == "sticker" and not asset):
        raise Refused(-201, "attachment_id is invalid!")
    if kind == "gif" and not (element.get("width") and element.get("height")):
        raise Refused(-201, "width is invalid!")
    return str(kind)


def _elements(payload: dict[str, object], *, most: int) -> list[dict[str, object]]:
    elements = payload.get("elements")
    if not isinstance(elements, list) or not 0 < len(elements) <= most:
        raise Refused(-201, "elements is invalid!")
    for element in elements:
        if not isinstance(element, dict) or len(str(element.get("title", ""))) > LONGEST_TITLE:
            raise Refused(-201, "title is invalid!")
        if len(str(element.get("subtitle", ""))) > 500:
            raise Refused(-201, "subtitle is invalid!")
    return elements


def _buttons(value: object) -> tuple[Button, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_BUTTONS:
        raise Refused(-201, "buttons is invalid!")
    return tuple(_button(each) for each in value)


def _button(value: object) -> Button:
    if not isinstance(value, dict):
        raise Refused(-201, "buttons is invalid!")
    title, kind, payload = value.get("title"), value.get("type"), value.get("payload")
    if not isinstance(title, str) or not 0 < len(composed(title)) <= LONGEST_TITLE:
        raise Refused(-201, "title is invalid!")
    match kind, payload:
        case "oa.open.url", {"url": str(url)} if urlsplit(url).scheme in ("http", "https"):
            pass
        case (("oa.query.show" | "oa.query.hide"), str(query)) if 0 < len(query) <= LONGEST_QUERY:
            pass
        case "oa.open.sms", {"phone_code": str(), "content": str(words)} if len(words) <= LONGEST_SMS:
            pass
        case "oa.open.phone", {"phone_code": str()}:
            pass
        case _:
            raise Refused(-201, "payload is invalid!")
    return Button(title=title, type=str(kind), payload=payload)

"""What a message looks like to Zalo: free consultation text, template by user id, template by phone.

Source: facts/zalo.md 3.1, 3.2, 4.1.  Buttons under a consultation text, and asking for a phone number, are from
documents of others; nothing here was tried against Zalo itself.
"""

import unicodedata
from dataclasses import dataclass

from channels.errors import Rejected
from channels.message import Button, ButtonKind, Message, Phone, Template, ZaloUser
from channels.zalo.codes import Host

LONGEST_TEXT = 2_000
MOST_BUTTONS = 5

_LONGEST_TITLE = 100
_LONGEST_VALUE = 1_000
_LONGEST_SUBTITLE = 500
_LONGEST_TRACKING_ID = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of Zalo's API, before the token is added."""

    host: Host
    path: str
    payload: dict[str, object]


def call(message: Message) -> Call:
    """The call that sends this message; which one, its address and its template decide.  Raises Rejected."""
    match message.to, message.template:
        case ZaloUser(user_id=user_id), None:
            return consultation(user_id, message)
        case ZaloUser(user_id=user_id), Template() as template:
            return template_by_user_id(user_id, template)
        case Phone(number=number), Template() as template:
            return template_by_phone(number, template, message.id)
        case Phone(), None:
            raise _wrong("Zalo sends only templates to a phone number")
        case _:
            raise _wrong("not an address of Zalo")


def consultation(user_id: str, message: Message) -> Call:
    """A free text (tin Tư vấn) within the 48 hours or 7 days after a person's last word."""
    text = unicodedata.normalize("NFC", message.text)
    if not text.strip():
        raise _wrong("an empty text")
    if len(text) > LONGEST_TEXT:
        raise _wrong(f"a text of {len(text)} characters, {LONGEST_TEXT} at most")
    asking = next((button for button in message.buttons if button.kind is ButtonKind.CONTACT), None)
    if asking is not None:
        content = _request_for_contact(text, asking)
    elif message.buttons:
        content = {"text": text, "attachment": {"type": "template", "payload": {"buttons": _buttons(message.buttons)}}}
    else:
        content = {"text": text}
    return Call(
        host=Host.OA, path="/v3.0/oa/message/cs", payload={"recipient": {"user_id": user_id}, "message": content}
    )


def template_by_user_id(user_id: str, template: Template) -> Call:
    """An approved template to a Zalo account: cheaper than by phone, and with no reference of ours."""
    return Call(
        host=Host.OA,
        path="/v3.0/oa/message/template",
        payload={"user_id": user_id, "template_id": template.id, "template_data": _data(template)},
    )


def template_by_phone(number: str, template: Template, message_id: str) -> Call:
    """An approved template (ZNS, ZBS) to a phone number; `tracking_id` comes back with the receipt."""
    return Call(
        host=Host.BUSINESS,
        path="/message/template",
        payload={
            "phone": number,
            "template_id": template.id,
            "template_data": _data(template),
            "tracking_id": message_id[:_LONGEST_TRACKING_ID],
        },
    )


def _data(template: Template) -> dict[str, str]:
    """Composed letters: decomposed ones count double against a template's limits (facts 4.4)."""
    return {name: unicodedata.normalize("NFC", value) for name, value in template.parameters.items()}


def _buttons(buttons: tuple[Button, ...]) -> list[dict[str, object]]:
    if len(buttons) > MOST_BUTTONS:
        raise _wrong(f"{len(buttons)} buttons, {MOST_BUTTONS} at most")
    return [_button(button) for button in buttons]


def _button(button: Button) -> dict[str, object]:
    """A tap on `say` comes back as an ordinary text of the person; what begins with "#" is not shown in the chat."""
    if not button.title or len(button.title) > _LONGEST_TITLE or len(button.value) > _LONGEST_VALUE:
        raise _wrong("a button without a title, or too long")
    match button.kind:
        case ButtonKind.SAY:
            shown = "oa.query.hide" if button.value.startswith("#") else "oa.query.show"
            return {"title": button.title, "type": shown, "payload": button.value or button.title}
        case ButtonKind.OPEN:
            return {"title": button.title, "type": "oa.open.url", "payload": {"url": button.value}}
        case ButtonKind.CALL:
            return {"title": button.title, "type": "oa.open.phone", "payload": {"phone_code": button.value}}
        case ButtonKind.CONTACT:
            raise _wrong("asking for a phone number goes with no other button")


def _request_for_contact(text: str, asking: Button) -> dict[str, object]:
    if len(text) > _LONGEST_SUBTITLE:
        raise _wrong(f"asking for a phone number with more than {_LONGEST_SUBTITLE} characters")
    element = {"title": asking.title[:_LONGEST_TITLE], "subtitle": text}
    return {
        "attachment": {
            "type": "template",
            "payload": {"template_type": "request_user_info", "elements": [element]},
        }
    }


def _wrong(why: str) -> Rejected:
    """We were asked for what Zalo cannot do: said aloud, before anything leaves."""
    return Rejected(why, code="ours", permanent=True, ours=True)

"""One message as a page shows it: its state, why, its words as they were sent, and its history in sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from console import words
from console.pages import Place
from delivery.event import EventName
from delivery.history import CHANNELS, EVENTS, PATHS, Sentence, sentences, why
from delivery.policy import Lane
from delivery.routing import FORMS, Path
from delivery.texts.render import Form, Rendered, Renderer, RenderError
from store.outbox.tables import OutboxMessage, State
from vietnam import money
from vietnam.calendar import weekday

_NEVER_SHOWN = frozenset({EventName.VERIFY_CODE, EventName.REPLY})
"""A linking code is for nobody but its owner; a talk is read in the inbox, by whoever answers it."""

_ICONS: Mapping[str, str] = {
    "wait": "clock",
    "out": "send",
    "ok": "ok",
    "doubt": "ask",
    "fail": "fail",
    "switch": "route",
}
_PARAMETERS: Mapping[str, str] = {
    "code": "Mã hồ sơ",
    "status": "Trạng thái",
    "agency": "Cơ quan",
    "amount": "Số tiền",
    "due": "Hạn",
    "date": "Ngày",
    "next": "Việc tiếp theo",
}
"""What a template's parameters are called; the words around them are registered with Zalo, not kept here."""

_LANES = {Lane.REPLY: "Trả lời", Lane.NOTICE: "Báo tin", Lane.BULK: "Gửi hàng loạt"}
_RESULTS: Mapping[str, str] = {
    "planned": "Lập tin",
    "sending": "Bắt đầu gửi",
    "accepted": "Đã nhận",
    "delivered": "Đã tới",
    "seen": "Đã xem",
    "rejected": "Từ chối",
    "undelivered": "Không tới",
    "throttled": "Hẹn gửi sau",
    "unavailable": "Không kết nối được",
    "unknown": "Chưa rõ",
    "failed": "Không gửi được",
    "expired": "Quá hạn",
    "cancelled": "Đã hủy",
    "rerouted": "Chuyển kênh",
    "joined": "Gộp vào tin khác",
    "separated": "Tách khỏi tin gộp",
    "retried": "Gửi lại",
    "no_receipt": "Không có xác nhận",
    "over_limit": "Chờ ngân sách, hạn mức",
}


def told(message: OutboxMessage, renderer: Renderer, place: Place, *, names: Sequence[str] = ()) -> dict[str, Any]:
    """What both pages share. `names` are taken out of the text, and sums too; `open_text` takes nothing out."""
    said = _said(message, renderer)
    return {
        "id": message.id,
        "href": f"/console/messages/{message.id}",
        "title": EVENTS.get(message.event, message.event),
        "state": _state(message),
        "why": why(message),
        "channel": message.channel or "",
        "sender": place.service_name,
        "subject": "" if said is None else _masked(said.subject or "", names),
        "text": "" if said is None else _masked(said.text, names),
        "facts": _facts(message, said),
        "sentences": [_sentence(one) for one in sentences(message)],
    }


def on_dossier(message: OutboxMessage, renderer: Renderer, place: Place, *, names: Sequence[str]) -> dict[str, Any]:
    """A message among those of its dossier."""
    at = f"{weekday(message.created_at).partition(',')[0]}, {words.moment(message.created_at)}"
    return told(message, renderer, place, names=names) | {"at": at}


def open_text(message: OutboxMessage, renderer: Renderer) -> dict[str, str]:
    """The words as the person read them, nothing masked: only where the sight of it is written down."""
    said = _said(message, renderer)
    return {} if said is None else {"text": said.text, "subject": said.subject or ""}


def alone(message: OutboxMessage, renderer: Renderer, place: Place) -> dict[str, Any]:
    """A message on its own page."""
    return told(message, renderer, place) | {
        "at": words.moment(message.created_at),
        "recipient": _recipient(message),
        "event": EVENTS.get(message.event, message.event),
        "lane": _LANES.get(Lane(message.lane), ""),
    }


def attempts(message: OutboxMessage) -> list[dict[str, str]]:
    """Every step with the provider's own codes, for those who look after the machine."""
    aside = any(step.step == "sending" and step.price for step in message.history)
    return [
        {
            "at": words.exactly(step.at),
            "channel": PATHS.get(step.path or "", CHANNELS.get(step.channel or "", "–")),
            "result": _RESULTS.get(step.step, step.step),
            "code": step.code,
            "provider_id": step.provider_id or "",
            "price": "" if step.price is None or (aside and not step.price) else money.screen(step.price),
        }
        for step in message.history
    ]


def _said(message: OutboxMessage, renderer: Renderer) -> Rendered | None:
    """The text in the form in which it went last, or would go; None where it is erased or not for these eyes."""
    path = next((step.path for step in reversed(message.history) if step.path), None)
    event, body = message.told or (message.event, message.body)
    if not body or event in _NEVER_SHOWN or (message.joined_into is not None and message.told is None):
        return None
    form = FORMS[Path(path)] if path in set(Path) else Form.ZALO.value
    fields = dict(body.get("fields") or {})
    if message.filing_channel is not None:
        fields["filing_channel"] = message.filing_channel
    try:
        said = renderer.render(event, form, fields)
    except RenderError:
        return None
    return replace(said, text=_parameters(said.parameters)) if said.parameters else said


def _parameters(parameters: Mapping[str, str]) -> str:
    """A template's parameters, a line each; a sum as money, so that it is masked as all sums are."""
    lines = []
    for name, value in parameters.items():
        shown = money.screen(int(value)) if name == "amount" and value.isdecimal() else value
        lines.append(f"{_PARAMETERS.get(name, name)}: {shown}")
    return "\n".join(lines)


def _masked(text: str, names: Sequence[str]) -> str:
    for name in names:
        text = text.replace(name, words.masked_name(name))
    return words.without_sums(text)


def _state(message: OutboxMessage) -> str:
    """The state's word in the page's own table."""
    shadow = message.state is State.CANCELLED and message.history[-1].detail == "shadow"
    return "skipped" if shadow else message.state.value


def _facts(message: OutboxMessage, said: Rendered | None) -> str:
    sms = [step for step in message.history if step.parts]
    facts = []
    if sms and said is not None:
        facts += [f"{sms[-1].parts} tin", f"{len(said.text)} ký tự"]
    if prices := [step.price for step in message.history if step.price is not None]:
        facts.append(money.screen(sum(prices)))
    return " · ".join(facts)


def _recipient(message: OutboxMessage) -> str:
    """Whom it went to, masked, by the address of the channel that it took."""
    phone, email = message.body.get("phone"), message.body.get("email")
    if message.channel == "email" and email:
        return words.masked_email(email)
    if phone:
        return words.masked_phone(phone)
    return words.masked_email(email) or "tài khoản đã kết nối"


def _sentence(one: Sentence) -> dict[str, str]:
    return {"at": words.moment(one.at), "text": one.text, "icon": _ICONS.get(one.icon, "clock")}

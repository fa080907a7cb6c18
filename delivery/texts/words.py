"""One message in the form that a route needs: an event's words rendered, or a reply's own."""

from dataclasses import replace

from channels.errors import Rejected
from channels.message import Button, Message, Template
from delivery.event import EventName
from delivery.planner import buttons_of
from delivery.routing import FORMS, Path, Route
from delivery.texts.render import Renderer, RenderError
from store.outbox.tables import Claimed
from vietnam.segments import measure
from vietnam.text import plain


def compose(claimed: Claimed, route: Route, renderer: Renderer) -> Message:
    """Raises `Rejected` (not permanent for the person, but this path is given up) where there are no words for it."""
    if claimed.event == EventName.REPLY:
        return _reply(claimed, route)
    fields = dict(claimed.body.get("fields") or {})
    if claimed.filing_channel is not None:
        fields["filing_channel"] = claimed.filing_channel
    try:
        rendered = renderer.render(claimed.event, FORMS[route.path], fields)
    except RenderError as why:
        raise Rejected(str(why), code="no_text", permanent=True) from why
    template = None
    if route.template_id is not None:
        template = Template(id=route.template_id, parameters=dict(rendered.parameters))
    return Message(
        id=claimed.message_id,
        to=route.address,
        text=rendered.text,
        buttons=rendered.buttons,
        template=template,
        subject=rendered.subject,
        html=rendered.html,
    )


def through(message: Message, account: str) -> Message:
    """The message by this provider account alone, where it is one of several of its channel (`sms/http`)."""
    gateway = account.partition("/")[2]
    return replace(message, via=gateway) if gateway else message


def parts_of(message: Message, route: Route) -> int | None:
    """How many parts an SMS is charged as."""
    return measure(message.text).parts if route.path is Path.SMS else None


def _reply(claimed: Claimed, route: Route) -> Message:
    text = str(claimed.body.get("text") or "")
    buttons = buttons_of(claimed.body)
    if route.path is Path.SMS:
        return Message(id=claimed.message_id, to=route.address, text=plain(_numbered(text, buttons)))
    return Message(id=claimed.message_id, to=route.address, text=text, buttons=buttons)


def _numbered(text: str, buttons: tuple[Button, ...]) -> str:
    """Without buttons the choices are written out, to be answered by their number."""
    lines = [f"{number}. {button.title}" for number, button in enumerate(buttons, 1) if button.kind == "say"]
    return "\n".join([text, *lines])

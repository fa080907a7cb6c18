"""An event's words for one form of message: the shipped text, or the one that staff wrote in its place.

`FIELDS` of what may be said stand in `delivery/texts/fields.py`, the words in `templates/messages/`.  Rendering is
pure: the same fields give the same text, so history shows again what was sent.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources.abc import Traversable
from typing import Any

import css_inline
from jinja2 import Template, UndefinedError
from jinja2.exceptions import SecurityError
from markupsafe import Markup

import templates
from channels.message import Button, ButtonKind
from delivery.texts.fields import EVENTS, LETTERHEAD, tidy
from delivery.texts.jinja import Absent, environment, objections
from vietnam.segments import measure
from vietnam.text import nfc, plain, shorten

PORTAL = "https://dichvucong.gov.vn"
LONGEST = {"zalo": 2_000, "telegram": 4_000, "email": 20_000}
"""Characters of a text, by form (facts/zalo.md 3.1, facts/gateways.md 6); an SMS is bounded by its parts."""

MOST_SMS_PARTS = 3
MOST_BUTTONS = 5
LONGEST_PARAMETER = {"agency": 90, "amount": 12, "otp": 10}
"""Characters of a Zalo template's parameter (facts/zalo.md 4.4); 30 for the others."""


class Form(StrEnum):
    """The shapes in which an event can be told; each is a block, or some blocks, of the event's file."""

    ZALO = "zalo"
    ZALO_TEMPLATE = "zalo_template"
    SMS = "sms"
    EMAIL = "email"
    TELEGRAM = "telegram"


class RenderError(Exception):
    """The text could not be made."""


class MissingField(RenderError):
    """The text needs a field that the event does not bring."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"the field {name} is missing")


class NoText(RenderError):
    """This event is not told in this form (a survey by one-way SMS, a linking code by Zalo)."""


class Refused(RenderError):
    """Staff's text cannot be taken; `reasons` say why, in Vietnamese."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(self.reasons))


class TooLong(RenderError):
    """The text is longer than its channel takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A finished message.  `parameters` are those of a Zalo template; `subject` and `html` those of an email."""

    text: str
    buttons: tuple[Button, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    subject: str | None = None
    html: str | None = None


class Renderer:
    """All shipped texts of one language, compiled once.

    `sms_prefix` stands before an SMS whose sender's name does not show the office.  `two_way` says that an SMS
    can be answered: without it no text asks for an answer.
    """

    def __init__(
        self,
        folder: Traversable | None = None,
        *,
        language: str = "vi",
        sms_prefix: str = "HCC: ",
        two_way: bool = False,
        portal: str = PORTAL,
    ) -> None:
        sources = _sources(folder or templates.root() / "messages", language)
        self._text = environment(sources, html=False)
        self._html = environment(sources, html=True)
        self._prefix = sms_prefix
        self._surroundings = {"two_way": two_way, "portal": portal}
        self._inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
        self._staff = lru_cache(maxsize=256)(self._text.from_string)

    def says(self, event: str, form: str) -> bool:
        """Whether the event has words in this form at all (a survey by SMS still needs a two-way number)."""
        blocks = self._text.get_template(event).blocks
        wanted = {"email": "email_text", "telegram": "zalo"}.get(form, form)
        return wanted in blocks or form in blocks

    def objections(self, event: str, source: str) -> list[str]:
        """Why staff's text for this event cannot be saved, in Vietnamese; `delivery.texts.wording` judges its words."""
        declared = EVENTS[event]
        names = declared.required | declared.optional | {"online", *self._surroundings}
        return objections(source, None if declared.open else names, self._text)

    def render(self, event: str, form: str, fields: Mapping[str, Any], *, source: str | None = None) -> Rendered:
        """The words of an event in one form; with `source`, staff's own text takes the place of the form's block.

        Raises MissingField, NoText, TooLong, and Refused for a source that breaks the rules.
        """
        if source is not None and (reasons := self.objections(event, source)):
            raise Refused(reasons)
        own = None if source is None else self._staff(source)
        page = _Page(self._text.get_template(event), self._context(event, fields, enforced=own is None), own)
        match Form(form):
            case Form.ZALO:
                return self._chat(page, "zalo")
            case Form.TELEGRAM:
                return self._chat(page, "telegram" if page.has("telegram") else "zalo", Form.TELEGRAM)
            case Form.ZALO_TEMPLATE:
                return self._template(page)
            case Form.SMS:
                return self._sms(page)
            case Form.EMAIL:
                return self._email(event, page)

    def _context(self, event: str, fields: Mapping[str, Any], *, enforced: bool) -> dict[str, Any]:
        """Every declared field by name, with its value or as absent; required ones are enforced for shipped texts."""
        declared = EVENTS[event]
        try:
            values = tidy(event, fields)
        except (TypeError, ValueError) as fault:
            raise RenderError(str(fault)) from fault
        missing = sorted(declared.required - values.keys())
        if missing and enforced:
            raise MissingField(missing[0])
        values["online"] = values.get("filing_channel") == "online"
        return {**_absent(event), **self._surroundings, **values}

    def _chat(self, page: "_Page", block: str, form: Form = Form.ZALO) -> Rendered:
        text = "\n".join(_lines(page.main(block)))
        if len(text) > LONGEST[form]:
            raise TooLong(f"{len(text)} characters, {LONGEST[form]} at most")
        return Rendered(text=text, buttons=_buttons(page.block("buttons") if page.has("buttons") else ""))

    def _template(self, page: "_Page") -> Rendered:
        parameters = {}
        for line in _lines(page.main("zalo_template")):
            name, _, value = (part.strip() for part in line.partition(":"))
            if not value:
                raise MissingField(name)
            parameters[name] = shorten(value, LONGEST_PARAMETER.get(name, 30))
        return Rendered(text="\n".join(f"{name}: {value}" for name, value in parameters.items()), parameters=parameters)

    def _sms(self, page: "_Page") -> Rendered:
        """The first of these that fits one part: with the prefix, without it, without the agency's name."""
        text = _folded(page.main("sms"))
        if measure(self._prefix + text).parts == 1:
            return Rendered(text=self._prefix + text)
        variants = [self._prefix + text, text]
        if measure(text).parts > 1 and not page.source and page.has("sms_short"):
            variants.append(_folded(page.block("sms_short")))
        chosen = min(variants, key=lambda variant: measure(variant).parts)
        if measure(chosen).parts > MOST_SMS_PARTS:
            raise TooLong(f"{measure(chosen).parts} parts, {MOST_SMS_PARTS} at most")
        return Rendered(text=chosen)

    def _email(self, event: str, page: "_Page") -> Rendered:
        lines = _lines(page.main("email_text"))
        subject = _one_line(page.block("email_subject"))
        around = page.context | {"subject": subject, "body": _paragraphs(lines)}
        text = "\n".join(_lines(_run(self._text.get_template("layout.txt"), None, around), blank=True))
        html = self._page_of_mail(event, page, around, lines)
        if len(text) > LONGEST["email"]:
            raise TooLong(f"{len(text)} characters, {LONGEST['email']} at most")
        return Rendered(text=text, subject=shorten(subject, 150), html=html)

    def _page_of_mail(self, event: str, page: "_Page", around: dict[str, Any], lines: list[str]) -> str:
        designed = self._html.get_template(event)
        if page.source is None and "email_html" in designed.blocks:
            body = Markup(_run(designed, "email_html", page.context))  # noqa: S704 (escaped by this very environment)
        else:
            body = _html_of(lines)
        return self._inliner.inline(_run(self._html.get_template("layout.html"), None, around | {"body": body}))


@dataclass(frozen=True, slots=True)
class _Page:
    """An event's file with the fields to fill it, and staff's own text where there is one."""

    template: Template
    context: dict[str, Any]
    source: Template | None

    def has(self, block: str) -> bool:
        return block in self.template.blocks

    def block(self, name: str) -> str:
        if not self.has(name):
            raise NoText(f"{self.template.name} has no {name}")
        return _run(self.template, name, self.context)

    def main(self, name: str) -> str:
        """The form's own text: staff's if there is one, else the block; an empty one says that there is none."""
        text = _run(self.source, None, self.context) if self.source else self.block(name)
        if not text.strip():
            raise NoText(f"{self.template.name} says nothing in {name}")
        return text


@cache
def _absent(event: str) -> dict[str, Absent]:
    """Every field that an event may bring, as absent."""
    declared = EVENTS[event]
    return {name: Absent(name=name) for name in declared.required | declared.optional | LETTERHEAD}


def _sources(folder: Traversable, language: str) -> dict[str, str]:
    """Every event's file by the event's name, and the two layouts of an email by their own."""
    events = {
        file.name.removesuffix(".j2"): file.read_text("utf-8")
        for file in (folder / language).iterdir()
        if file.name.endswith(".j2")
    }
    return events | {name: (folder / name).read_text("utf-8") for name in ("layout.html", "layout.txt")}


def _run(template: Template, block: str | None, values: dict[str, Any]) -> str:
    context = template.new_context(values, shared=True)  # as it is: no text changes what it is given
    try:
        return "".join(template.blocks[block](context) if block else template.root_render_func(context))
    except UndefinedError as fault:
        names = re.findall(r"'([^']+)'", str(fault))
        raise MissingField(names[-1] if names else "?") from fault
    except (SecurityError, TypeError, ValueError, RecursionError) as fault:
        raise RenderError(f"{template.name or 'a text'} cannot be filled: {type(fault).__name__}") from fault


def _lines(text: str, *, blank: bool = False) -> list[str]:
    """The lines of a block, spaces collapsed; empty ones, which `{% if %}` leaves behind, only where asked for."""
    lines = [_one_line(line) for line in nfc(text).splitlines()]
    if not blank:
        return [line for line in lines if line]
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return kept[:-1] if kept and not kept[-1] else kept


def _one_line(text: str) -> str:
    return " ".join(nfc(text).split())


def _folded(text: str) -> str:
    """One line as an SMS carries it: what is plain already needs no other spelling."""
    return " ".join(plain(text).split())


def _paragraphs(lines: list[str]) -> str:
    """Lines as paragraphs of a plain email; the items of a list stay together."""
    joined = ""
    for line, before in zip(lines, ["", *lines], strict=False):
        together = line.startswith("- ") and before.startswith("- ")
        joined += ("" if not joined else "\n" if together else "\n\n") + line
    return joined


def _html_of(lines: list[str]) -> Markup:
    """The same paragraphs in HTML, every field escaped."""
    paragraph, item = Markup("<p>{}</p>"), Markup('<p class="item">{}</p>')
    return Markup("").join((item if line.startswith("- ") else paragraph).format(line) for line in lines)


def _buttons(block: str) -> tuple[Button, ...]:
    """The lines `kind|title|value` of a block; a telephone keeps its digits only."""
    buttons = []
    for line in _lines(block)[:MOST_BUTTONS]:
        kind, title, value = (part.strip() for part in line.split("|", 2))
        telephone = kind == ButtonKind.CALL
        buttons.append(
            Button(kind=ButtonKind(kind), title=title, value=re.sub(r"\D", "", value) if telephone else value)
        )
    return tuple(buttons)

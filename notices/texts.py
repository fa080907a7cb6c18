"""The words of bulk notices: shipped texts, the columns that each needs, and what a row makes of them.

A text is one for all channels; `templates/messages/vi/notice.j2` puts it into each channel's dress.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Template, UndefinedError
from jinja2.meta import find_undeclared_variables

import templates
from delivery.event import EventName
from delivery.texts import wording
from delivery.texts.jinja import environment
from delivery.texts.render import Form, MissingField, Rendered, Renderer, RenderError
from notices import cells
from notices.people import AMOUNT, CODE, TITLES

FORMS = (Form.ZALO, Form.SMS, Form.EMAIL)
"""In which a notice is judged and shown before it goes."""


class NoSuchText(Exception):
    """There is no notice text under this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One shipped text. `needs` are the columns without which it cannot be said."""

    key: str
    title: str
    about: str
    needs: frozenset[str]

    @property
    def columns(self) -> list[str]:
        """The needed columns as the author knows them."""
        return [TITLES.get(key, key.replace("_", " ").capitalize()) for key in sorted(self.needs)]


class Texts:
    """All notice texts of one language, compiled once."""

    def __init__(self, renderer: Renderer, *, two_way: bool = False, language: str = "vi") -> None:
        folder = templates.root() / "messages" / language / "notices"
        sources = {
            file.name.removesuffix(".j2"): file.read_text("utf-8")
            for file in folder.iterdir()
            if file.name.endswith(".j2")
        }
        self._renderer = renderer
        self._two_way = two_way
        made = environment(sources, html=False)
        self._templates = {key: made.get_template(key) for key in sorted(sources)}
        self._texts = {
            key: Text(
                key=key,
                title=_block(template, "title", {}),
                about=_block(template, "about", {}),
                needs=frozenset(find_undeclared_variables(made.parse(sources[key]))),
            )
            for key, template in self._templates.items()
        }

    def all(self) -> Iterable[Text]:
        return self._texts.values()

    def get(self, key: str) -> Text:
        """Raises `NoSuchText`."""
        if key not in self._texts:
            raise NoSuchText(key)
        return self._texts[key]

    def fields(self, key: str, row: Mapping[str, str], around: Mapping[str, str]) -> dict[str, Any]:
        """What the event carries: the finished text, its subject, the dossier's code, and the agency's own words.

        Raises `MissingField`.
        """
        values = {name: _typed(name, value) for name, value in row.items() if value}
        template = self._templates[self.get(key).key]
        said = {"text": _block(template, "text", values), "subject": _block(template, "subject", values)}
        code = {"code": row[CODE]} if row.get(CODE) else {}
        return dict(around) | code | said

    def preview(self, key: str, row: Mapping[str, str], around: Mapping[str, str]) -> dict[Form, Rendered]:
        """What this person would read in each form. Raises `RenderError`."""
        fields = self.fields(key, row, around)
        return {form: self._renderer.render(EventName.NOTICE.value, form, fields) for form in FORMS}

    def objections(self, key: str, row: Mapping[str, str], around: Mapping[str, str]) -> list[str]:
        """What may not be said in a row's finished text, on whichever channel; each reason once."""
        try:
            shown = self.preview(key, row, around)
        except RenderError:
            return ["quá dài, hoặc thiếu ô mà mẫu tin cần"]
        about = {"code": row[CODE]} if row.get(CODE) else None
        return list(
            dict.fromkeys(
                fault.reason_vi
                for form, rendered in shown.items()
                for fault in wording.check(rendered.text, form.value, two_way=self._two_way, fields=about)
            )
        )


def _block(template: Template, name: str, values: Mapping[str, Any]) -> str:
    try:
        return "".join(template.blocks[name](template.new_context(dict(values)))).strip()
    except UndefinedError as why:
        raise MissingField(str(why)) from why


def _typed(key: str, value: str) -> int | str:
    """Sums as numbers, which the environment writes with dots; all else as it stands in the sheet."""
    if key == AMOUNT:
        try:
            return cells.amount_of(value)
        except cells.Unfit:
            return value
    return value

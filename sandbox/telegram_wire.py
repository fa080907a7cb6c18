"""How Telegram reads a method call: its parameters, the keyboards in it, and texts in its HTML."""

import json
from html.parser import HTMLParser

from aiohttp import web

from sandbox.inboxes import Button

LONGEST_DATA = 64
HTML_TAGS = frozenset(
    {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span", "a", "code", "pre", "blockquote"}
)


class Refused(Exception):
    """Telegram says no."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(code)
        self.code = code
        self.words = words


async def parameters_of(request: web.Request) -> dict[str, str]:
    """The parameters of a call as text, wherever they stand; complex ones are JSON in text."""
    given = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError:
            raise Refused(400, "Bad Request: can't parse JSON object") from None
        if not isinstance(body, dict):
            raise Refused(400, "Bad Request: can't parse JSON object")
        return given | {
            name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for name, value in body.items()
        }
    return given | {name: str(value) for name, value in (await request.post()).items()}


def keyboard_of(text: str) -> list[Button]:
    """The buttons of a reply markup, row by row; other keyboards show as words to say."""
    if not text:
        return []
    try:
        markup = json.loads(text)
        rows = markup.get("inline_keyboard") or markup.get("keyboard") or []
        return [_key(key) for row in rows for key in row]
    except (ValueError, AttributeError, TypeError):
        raise Refused(400, "Bad Request: object expected as reply markup") from None


def _key(key: dict[str, object]) -> Button:
    title = str(key.get("text", ""))
    data = key.get("callback_data")
    if data is not None:
        if not 0 < len(str(data).encode()) <= LONGEST_DATA:
            raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
        return Button(title=title, type="callback_data", payload=data)
    if key.get("url"):
        return Button(title=title, type="url", payload=key["url"])
    return Button(title=title, type="request_contact" if key.get("request_contact") else "keyboard", payload=title)


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in HTML_TAGS:
            raise Refused(400, f'Bad Request: can\'t parse entities: Unsupported start tag "{tag}" at byte offset 0')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise Refused(400, "Bad Request: can't parse entities: Unmatched end tag")

    def handle_data(self, data: str) -> None:
        self.text += data


def plain_of(html: str) -> str:
    """The text of a message in Telegram's HTML, or its refusal for a tag that it does not know."""
    parser = _Plain()
    parser.feed(html)
    parser.close()
    if parser.open:
        raise Refused(400, f"Bad Request: can't parse entities: Can't find end tag corresponding to {parser.open[-1]}")
    return parser.text

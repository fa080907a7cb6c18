"""What the service writes down: JSON lines on stdout, pretty in a terminal; never a number, a name, a text or a token.

A traceback shows files and lines alone: the values of variables may be anybody's.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_PRIVATE = frozenset({"phone", "email", "name", "text", "token", "to", "address", "body", "secret", "key", "password"})
_NUMBER = re.compile(r"(?<![\w-])(?:\+?84|0)(?:[ .-]?\d){9,10}(?![\w-])")
_BEARER = re.compile(r"(?i)(bearer\s+|/bot)[A-Za-z0-9:_-]{8,}")
_NOISY = ("httpx", "httpcore", "aiohttp.access", "apscheduler", "twilio", "telegram", "mail.log")

Line = MutableMapping[str, Any]


def begin() -> None:
    """Call once, when the service starts."""
    pretty = sys.stdout.isatty()
    renderer: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if pretty
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            *([] if pretty else [structlog.processors.format_exc_info]),
            without_private,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(),
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", stream=sys.stdout)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_masked)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)


def without_private(_logger: Any, _method: str, line: Line) -> Line:
    """The last to touch a line: what is private by its name is dropped, what looks like a number or token masked."""
    for name, value in list(line.items()):
        if name in _PRIVATE:
            line[name] = "···"
        elif isinstance(value, str):
            line[name] = masked(value)
    return line


def masked(text: str) -> str:
    """Without anything that looks like a phone number or a bearer token."""
    return _BEARER.sub(r"\1···", _NUMBER.sub("0··· ··· ···", text))


def _masked(record: logging.LogRecord) -> bool:
    record.msg, record.args = masked(record.getMessage()), None
    return True

"""One attempt, from a message's words to its provider's answer: touches no database and never raises."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from channels.channel import Channel
from channels.errors import Rejected, SendError, Unknown
from channels.message import Accepted, Message
from delivery.money.prices import Prices
from delivery.outcome import Attempt
from delivery.texts.render import Renderer
from delivery.texts.words import compose, parts_of, through
from store.database import Tx

_log = structlog.get_logger(__name__)

Fault = Callable[[str], None]
"""Called at each named point; the tests of crashes kill the process there."""


Claim = Callable[[Tx], Awaitable[set[str]]]
"""Marks, in a caller's transaction, the replies that may leave when it is committed; their messages' ids."""


def no_fault(_point: str) -> None:
    """Nothing happens here outside the tests of crashes."""


async def sent(
    channel: Channel, attempt: Attempt, renderer: Renderer, fault: Fault = no_fault, prices: Prices | None = None
) -> tuple[Attempt, Accepted | SendError]:
    """The attempt, with what it cost, and the answer. Cut off in the middle, it is in doubt."""
    try:
        message = _words(attempt, renderer)
        parts = parts_of(message, attempt.route)
        price = None if prices is None else prices.leaving(attempt, message, parts)
        attempt = attempt._replace(parts=parts, price=price)
        fault("before_send")
        answer = await _send(channel, message)
        fault("after_send")
    except SendError as error:
        return attempt, error
    except asyncio.CancelledError:
        return attempt, Unknown("stopped")
    return attempt, answer


def _words(attempt: Attempt, renderer: Renderer) -> Message:
    """An error of ours in making the words is no doubt: nothing has left."""
    try:
        return through(compose(attempt.claimed, attempt.route, renderer), attempt.account)
    except SendError:
        raise
    except Exception as error:
        _log.error("sending.words", kind=attempt.claimed.event, why=type(error).__name__)
        raise Rejected(type(error).__name__, code="unforeseen", ours=True) from error


async def _send(channel: Channel, message: Message) -> Accepted:
    try:
        return await channel.send(message)
    except SendError:
        raise
    except Exception as error:
        _log.error("sending.unforeseen", channel=channel.name, why=type(error).__name__)
        raise Unknown(type(error).__name__) from error

"""Which way reaches a person now: the cheapest first, decided at planning and again inside the claim.

For Zalo: a free consultation message within 48 hours of their last word, a registered template by user id where the
template allows it, a template by phone; then the other channels in the configured order.  Source: facts/zalo.md 3, 4.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from channels.channel import Channels
from channels.message import Address, Mailbox, Phone, TelegramChat, ZaloUser
from channels.plain import tagged
from delivery.event import EventName, Recipient
from store.people import Kind, Reach

FREE_ANSWER = timedelta(hours=48)
"""How long after a person's last word a consultation message is free."""


class Path(StrEnum):
    """A way through a channel: it has its own price, its own refusals and its own form of text."""

    ZALO_CHAT = "zalo/chat"
    ZALO_USER = "zalo/template_user"
    ZALO_PHONE = "zalo/template_phone"
    TELEGRAM = "telegram"
    SMS = "sms"
    EMAIL = "email"


FORMS: Mapping[Path, str] = {
    Path.ZALO_CHAT: "zalo",
    Path.ZALO_USER: "zalo_template",
    Path.ZALO_PHONE: "zalo_template",
    Path.TELEGRAM: "telegram",
    Path.SMS: "sms",
    Path.EMAIL: "email",
}
"""The block of an event's template that a path needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way to one address."""

    channel: str
    path: Path
    address: Address
    template_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """Zalo's registered templates: by event, and the events whose template may go by user id."""

    by_event: Mapping[str, str]
    by_user_id: frozenset[str] = frozenset()


Refused = Collection[tuple[str, Kind, str]]
"""(path, kind, value) that a provider has refused for good lately."""


class Router:
    """Finds the ways that are open, in order. Holds no state: everything that changes is an argument."""

    def __init__(
        self,
        channels: Channels,
        *,
        order: Collection[str],
        templates: Templates,
        two_way_sms: bool = False,
    ) -> None:
        self._channels = channels
        self._order = tuple(name for name in order if name in channels)
        self._templates = templates
        self._two_way_sms = two_way_sms

    def routes(
        self,
        event: EventName,
        recipient: Recipient,
        reach: Reach,
        *,
        now: datetime,
        refused: Refused = (),
        only: str | None = None,
    ) -> list[Route]:
        """Every way that is open now, the first to be tried first."""
        if event is EventName.VERIFY_CODE:
            # It proves that this phone is theirs: it comes by SMS, never through the very account that is linked.
            return self._of("sms", event, recipient, reach, now) if "sms" in self._channels else []
        if recipient.to is not None:
            return self._pinned(recipient.to)
        order = (only,) if only is not None else self._ordered(event, reach.preferred_channel)
        found: list[Route] = []
        for channel in order:
            if channel in self._channels:
                found += self._of(channel, event, recipient, reach, now)
        return [route for route in found if (route.path.value, *tagged(route.address)) not in refused]

    def _ordered(self, event: EventName, preferred: str | None) -> tuple[str, ...]:
        """The configured order, a person's own choice first; a digest goes where the whole list has room."""
        if event is EventName.DIGEST and preferred is None and "email" in self._order:
            preferred = "email"
        if preferred is None or preferred not in self._order:
            return self._order
        return (preferred, *(name for name in self._order if name != preferred))

    def _pinned(self, to: Address) -> list[Route]:
        """A reply goes where the question came from, and nowhere else."""
        channel, path = _HOME[type(to)]
        return [Route(channel=channel, path=path, address=to)] if channel in self._channels else []

    def _of(self, channel: str, event: EventName, recipient: Recipient, reach: Reach, now: datetime) -> list[Route]:
        if channel == "zalo":
            return self._zalo(event, recipient, reach, now)
        if channel == "telegram":
            chat = reach.of("telegram")
            return [] if chat is None else [_route(Path.TELEGRAM, TelegramChat(chat_id=chat.value))]
        if channel == "sms":
            asks_for_an_answer = event is EventName.SURVEY_INVITE and not self._two_way_sms
            if recipient.phone is None or asks_for_an_answer:
                return []
            return [_route(Path.SMS, Phone(number=recipient.phone))]
        if channel == "email" and recipient.email is not None and event is not EventName.SURVEY_INVITE:
            return [_route(Path.EMAIL, Mailbox(address=recipient.email))]
        return []

    def _zalo(self, event: EventName, recipient: Recipient, reach: Reach, now: datetime) -> list[Route]:
        template = self._templates.by_event.get(event.value)
        user = reach.of("zalo")
        ways: list[Route] = []
        if user is not None:
            address = ZaloUser(user_id=user.value)
            if user.last_word_at is not None and now - user.last_word_at < FREE_ANSWER:
                ways.append(_route(Path.ZALO_CHAT, address))
            if template is not None and event.value in self._templates.by_user_id:
                ways.append(_route(Path.ZALO_USER, address, template))
        if template is not None and recipient.phone is not None:
            ways.append(_route(Path.ZALO_PHONE, Phone(number=recipient.phone), template))
        return ways


_HOME: Mapping[type[Address], tuple[str, Path]] = {
    ZaloUser: ("zalo", Path.ZALO_CHAT),
    TelegramChat: ("telegram", Path.TELEGRAM),
    Phone: ("sms", Path.SMS),
    Mailbox: ("email", Path.EMAIL),
}


def _route(path: Path, address: Address, template_id: str | None = None) -> Route:
    return Route(channel=path.value.partition("/")[0], path=path, address=address, template_id=template_id)

"""What the upper doors are made of: the conversation with citizens, and the staff's pages."""

import asyncio
from urllib.parse import urlsplit

from bot.conversation import Conversation
from bot.dialogue import Desk as AssistantDesk
from bot.errands import errands
from bot.lookup import Lookup as Book
from console.pages import Place
from console.routes import Console
from delivery.hours import Hours
from dossiers.codes import canonical
from motcua.config import Config
from motcua.rooms import Rooms
from motcua.timetable import asking
from notices.approval import Approval
from notices.estimate import Estimates
from notices.sending import Sending
from notices.texts import Texts
from notices.upload import Desk
from procedures.answer import short_titles
from procedures.catalogue import Procedure
from surveys.answering import Answering
from surveys.definition import load

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


async def opened_book(rooms: Rooms) -> Book:
    """The catalogue with its index, which takes a second to build: for the doors that search, and in a thread."""
    return await asyncio.to_thread(Book, rooms.clock, rooms.catalogue, rooms.config.procedures)


def search(book: Book, text: str, limit: int) -> list[Procedure]:
    """Procedures nearest to a citizen's words, best first."""
    found = [book.catalogue.get(hit.code) for hit in book.index.search(text, limit)]
    return [one for one in found if one is not None]


def nearest(book: Book, text: str) -> list[tuple[str, str]]:
    """The (code, title) of the three procedures nearest to a message, for staff."""
    found = search(book, text, 3)
    return list(zip((one.code for one in found), short_titles(found), strict=True))


def conversation(rooms: Rooms, book: Book) -> Conversation:
    """The citizens' side."""
    table = errands(
        rooms.store,
        book=book.book,
        lookup=rooms.lookup,
        answering=Answering(rooms.store, load()),
        asking=asking(rooms),
        desk=AssistantDesk(service=rooms.config.service.name, hotline=rooms.config.service.hotline),
        chance=rooms.chance,
    )
    return Conversation(rooms.store, table, rooms.clock)


def staff_pages(rooms: Rooms) -> Console:
    """The staff's side; `motcua bulk` uses its parts."""
    config = rooms.config
    texts = Texts(rooms.renderer, two_way=bool(config.channels.sms.two_way_number))
    sending = Sending(rooms.store, rooms.planner, texts, clock=rooms.clock, not_before=config.routing.after_quiet)
    return Console(
        store=rooms.store,
        lookup=rooms.lookup,
        naming=rooms.naming,
        renderer=rooms.renderer,
        desk=Desk(rooms.store, texts, clock=rooms.clock, canonical=lambda code: canonical(code) or code.upper()),
        approval=Approval(rooms.store, sending, settings=config.notices, clock=rooms.clock),
        sending=sending,
        estimates=Estimates(rooms.store, rooms.router, rooms.prices, texts, rooms.renderer, clock=rooms.clock),
        texts=texts,
        channels=rooms.channels,
        clock=rooms.clock,
        place=Place(
            service_name=config.service.province or config.service.name,
            https=config.web.public_url.startswith("https://"),
            sandboxed=frozenset(_sandboxed(config)),
            mode=config.delivery.mode,
            hours=Hours(config.delivery, config.routing),
        ),
    )


def _sandboxed(config: Config) -> list[str]:
    """The channels whose provider is on this very machine: a stand-in, never the real one."""
    channels = config.channels
    where = {
        "zalo": channels.zalo.enabled and channels.zalo.api_base,
        "sms": channels.sms.enabled and "http" in channels.sms.order and str(channels.sms.http.url or ""),
        "email": False,  # a relay on this machine is a common and real thing
        "telegram": channels.telegram.enabled and channels.telegram.api_base,
    }
    return [name for name, url in where.items() if url and urlsplit(url).hostname in _LOOPBACK]

"""What the upper doors are made of: the conversation with citizens, and the staff's pages."""

from bot.conversation import Conversation
from bot.dialogue import Desk
from bot.errands import errands
from motcua.rooms import Rooms
from motcua.timetable import asking
from surveys.answering import Answering
from surveys.definition import load


def conversation(rooms: Rooms) -> Conversation:
    """The citizens' side."""
    table = errands(
        rooms.store,
        catalogue=rooms.book.catalogue,
        index=rooms.book.index,
        lookup=rooms.lookup,
        answering=Answering(rooms.store, load()),
        asking=asking(rooms),
        desk=Desk(service=rooms.config.service.name, hotline=rooms.config.service.hotline),
        chance=rooms.chance,
    )
    return Conversation(rooms.store, table, rooms.clock)

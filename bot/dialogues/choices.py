"""Up to three procedures to choose from, an officer's question back, or that it is not ours and who serves it."""

from datetime import date

from bot.commands import Command, button
from bot.dialogue import Answer, Turn, says
from bot.lookup import choices, labels, not_ours
from bot.understanding import Understood
from procedures.book import Book
from procedures.wording import LONGEST_TITLE
from store.misses import Misses
from vietnam.calendar import local
from vietnam.text import fold, shorten


class Choices:
    """`misses` keeps what was not understood."""

    def __init__(self, book: Book, misses: Misses) -> None:
        self._book = book
        self._misses = misses

    async def offer(self, turn: Turn) -> Answer:
        """The choices as a numbered list and as buttons; over SMS the number alone answers."""
        said, today = _understood(turn), local(turn.at).date()
        offered = zip(said.codes, labels(said, self._book.shelf, today), strict=False)
        buttons = [button(Command.PROCEDURE, shorten(label, LONGEST_TITLE), code) for code, label in offered]
        return says(self._text(turn, said, today), *buttons, button(Command.HUMAN))

    async def not_ours(self, turn: Turn) -> Answer:
        """Outside the catalogue, or outside our matters: said so, never guessed at, and kept for staff."""
        said = _understood(turn)
        if said.absent is None:
            await self._misses.put(turn.tx, "unknown", turn.text, fold(turn.text), turn.at)
        return says(not_ours(said), button(Command.MENU, "Trợ lý làm được gì"), button(Command.HUMAN))

    def _text(self, turn: Turn, said: Understood, today: date) -> str:
        if turn.speaker.kind != "phone":
            return choices(said, self._book.shelf, today)
        return said.question or "Ông/Bà cần thủ tục nào? Xin trả lời bằng số."


def _understood(turn: Turn) -> Understood:
    if turn.said is None:
        raise ValueError("a choice comes from something understood")
    return turn.said

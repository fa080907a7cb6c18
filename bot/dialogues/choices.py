"""Up to three procedures to choose from, an officer's question back, or that it is not ours and who serves it."""

from bot.commands import Command, button
from bot.dialogue import Answer, Turn, says
from bot.lookup import choices, not_ours
from bot.understanding import Understood
from procedures import answer
from procedures.catalogue import Catalogue, Procedure
from vietnam.text import shorten

LONGEST_TITLE = 60


class Choices:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def offer(self, turn: Turn) -> Answer:
        """The choices as a numbered list and as buttons; over SMS the number alone answers."""
        said = _understood(turn)
        labels = said.labels or tuple(answer.title(self._row(code)) for code in said.codes)
        offered = zip(said.codes, labels, strict=False)
        buttons = [button(Command.PROCEDURE, shorten(label, LONGEST_TITLE), code) for code, label in offered]
        return says(self._text(turn, said), *buttons, button(Command.HUMAN))

    async def not_ours(self, turn: Turn) -> Answer:
        """Outside the catalogue, or outside our matters: said so, never guessed at."""
        return says(not_ours(_understood(turn)), button(Command.MENU, "Trợ lý làm được gì"), button(Command.HUMAN))

    def _text(self, turn: Turn, said: Understood) -> str:
        if turn.speaker.kind != "phone":
            return choices(said, self._catalogue)
        return said.question or "Ông/Bà cần thủ tục nào? Xin trả lời bằng số."

    def _row(self, code: str) -> Procedure:
        found = self._catalogue.get(code)
        if found is None:
            raise LookupError(code)
        return found


def _understood(turn: Turn) -> Understood:
    if turn.said is None:
        raise ValueError("a choice comes from something understood")
    return turn.said

"""A procedure: its card, and what is asked next about it: papers, time and fee, steps, where; or that it is another."""

import re

from bot.commands import Command, button
from bot.dialogue import Answer, Step, Turn, says
from bot.understanding import Kind
from channels.message import Button, ButtonKind
from procedures import answer
from procedures.answer import Part
from procedures.book import Book
from procedures.catalogue import Procedure
from procedures.names import ABSENT
from store.misses import Misses
from vietnam.calendar import local
from vietnam.text import fold

STEP = "procedure"
MOST_OTHERS = 3
_LONGEST_FOLLOW_UP = 10
_FOLLOW_UPS = (
    (
        re.compile(r"\b(?:giay to|ho so gom|mang (?:theo )?(?:gi|nhung)|chuan bi (?:gi|nhung)|can (?:nhung )?gi)\b"),
        Part.DOCUMENTS,
    ),
    (re.compile(r"\b(?:bao lau|may ngay|thoi gian|thoi han|khi nao (?:co|xong)|bao gio (?:co|xong))\b"), Part.FEES),
    (re.compile(r"\b(?:le phi|bao nhieu tien|het bao nhieu|mat tien|phi|gia|ton)\b"), Part.FEES),
    (re.compile(r"\b(?:cac buoc|trinh tu|lam (?:nhu )?the nao|lam sao|cach lam)\b"), Part.STEPS),
    (re.compile(r"\b(?:o dau|nop dau|cho nao|noi nop|truc tuyen|online|qua mang)\b"), Part.SUMMARY),
)
"""Short questions that name no procedure and so mean the one just shown."""


class Procedures:
    """`misses` keeps what was understood wrongly."""

    def __init__(self, book: Book, misses: Misses) -> None:
        self._book = book
        self._misses = misses

    async def shown(self, turn: Turn) -> Answer | None:
        """The card: of the procedure that was understood, or of the button's code."""
        code = turn.argument or (turn.said.codes[0] if turn.said and turn.said.codes else "")
        procedure = self._get(turn, code)
        return None if procedure is None else self._card(turn, procedure)

    async def papers(self, turn: Turn) -> Answer | None:
        return self._part(turn, Part.DOCUMENTS)

    async def time_and_fee(self, turn: Turn) -> Answer | None:
        return self._part(turn, Part.FEES)

    async def steps(self, turn: Turn) -> Answer | None:
        return self._part(turn, Part.STEPS)

    async def follow_up(self, turn: Turn) -> Answer | None:
        """The step after a card: "lệ phí bao nhiêu", "cần giấy tờ gì" about the procedure just shown."""
        said = turn.said
        if said is None or said.dossier_code or said.kind in (Kind.ANSWER, Kind.HUMAN, Kind.STOP, Kind.GREETING):
            return None
        words = fold(turn.text)
        if len(words.split()) > _LONGEST_FOLLOW_UP:
            return None
        wanted = next((part for pattern, part in _FOLLOW_UPS if pattern.search(words)), None)
        return None if wanted is None else self._part(turn, wanted)

    async def not_this(self, turn: Turn) -> Answer:
        """The card was another's: the next nearest to what was asked, or how to say it better."""
        asked = str(turn.data.get("asked", ""))
        wrong = turn.argument or str(turn.data.get("code", ""))
        if asked:
            await self._misses.put(turn.tx, "wrong", asked, fold(asked), turn.at)
        others = [code for code in self._near(asked) if code != wrong][:MOST_OTHERS]
        if not others:
            return says(
                "Xin lỗi Ông/Bà. Ông/Bà vui lòng nói rõ hơn việc cần làm, hoặc nhắn “gặp cán bộ”.",
                button(Command.HUMAN),
            )
        near = [found for code in others if (found := self._get(turn, code))]
        titles = answer.short_titles(near)
        buttons = [button(Command.PROCEDURE, name, one.code) for name, one in zip(titles, near, strict=True)]
        return says(
            "Xin lỗi Ông/Bà. Có phải Ông/Bà cần một trong các thủ tục này không ạ?", *buttons, button(Command.HUMAN)
        )

    def _near(self, asked: str) -> list[str]:
        return (
            [hit.code for hit in self._book.shelf.index.find(asked).hits if not hit.code.startswith(ABSENT)]
            if asked
            else []
        )

    def _get(self, turn: Turn, code: str) -> Procedure | None:
        return self._book.shelf.get(code, local(turn.at).date())

    def _card(self, turn: Turn, procedure: Procedure) -> Answer:
        if turn.speaker.kind == "phone":
            return says(answer.sms(procedure), step=self._step(turn, procedure))
        parts = answer.available(procedure)
        wanted = [
            *([button(Command.PAPERS, argument=procedure.code)] if Part.DOCUMENTS in parts else []),
            *([button(Command.TIME_AND_FEE, argument=procedure.code)] if Part.FEES in parts else []),
            *_page(procedure),
            button(Command.NOT_THIS, argument=procedure.code),
        ]
        return says(answer.summary(procedure), *wanted, step=self._step(turn, procedure))

    def _part(self, turn: Turn, part: Part) -> Answer | None:
        procedure = self._get(turn, turn.argument or str(turn.data.get("code", "")))
        if procedure is None:
            return None
        if part is Part.SUMMARY or turn.speaker.kind == "phone":
            return self._card(turn, procedure)
        others = {Part.DOCUMENTS: Command.PAPERS, Part.FEES: Command.TIME_AND_FEE, Part.STEPS: Command.STEPS}
        buttons = [
            button(command, argument=procedure.code)
            for other, command in others.items()
            if other is not part and other in answer.available(procedure)
        ]
        return says(answer.part(procedure, part), *buttons, *_page(procedure), step=self._step(turn, procedure))

    def _step(self, turn: Turn, procedure: Procedure) -> Step:
        """What was first asked stays, so that "không phải thủ tục này" can look again."""
        asked = str(turn.data.get("asked", "")) or ("" if turn.argument else turn.text[:200])
        return Step(name=STEP, data={"code": procedure.code, "asked": asked})


def _page(procedure: Procedure) -> list[Button]:
    """The portal's page: what it is, and where it can be filed on line."""
    if not procedure.url:
        return []
    online = any("trực tuyến" in way.channel.lower() for way in procedure.ways)
    title = "Nộp trực tuyến" if online else "Nơi nộp, xem chi tiết"
    return [Button(kind=ButtonKind.OPEN, title=title, value=procedure.url)]

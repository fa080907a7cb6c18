"""A dossier: its state by code, more after proof; what is owed; what the asker's own number has."""

import re
from datetime import datetime

from bot.commands import Command, button
from bot.dialogue import Answer, Desk, Step, Turn, says
from bot.dialogues import cards
from bot.lookup import ASK_DOSSIER, WRONG_DATE
from channels.message import Button, ButtonKind
from dossiers.lookup import Answer as Found
from dossiers.lookup import Asker, Listing, Lookup
from dossiers.lookup import Found as Outcome
from dossiers.statuses import Status
from dossiers.views import PROOF_DIGITS, View
from vietnam.calendar import local

PROOF = "dossier.proof"
SEEN = "dossier.seen"
MOST_LISTED = 3
_DIGITS = re.compile(r"[0-9\s.]+")
_FULL_NUMBERS = (9, 10, 12)
"""Digits of an old ID card, a tax code, an ID card: who types it whole is read, and told that four are enough."""

ASK_PROOF = (
    "Để xem thêm hồ sơ {code}, xin Ông/Bà nhắn bốn số cuối của số căn cước của chủ hồ sơ "
    "(hồ sơ của tổ chức: bốn số cuối của mã số thuế). Xin chỉ gửi bốn số, không gửi cả dãy."
)
WRONG = "Bốn số này chưa đúng với hồ sơ {code}. Ông/Bà còn {left} lần thử."
LOCKED = "Đã thử sai nhiều lần. Xin Ông/Bà thử lại sau {until}, hoặc liên hệ nơi đã nộp hồ sơ."
LOCKED_TODAY = "Hôm nay Ông/Bà đã tra cứu nhiều hồ sơ. Xin thử lại vào ngày mai, hoặc liên hệ nơi đã nộp hồ sơ."
UNKNOWN = "Chưa tìm thấy hồ sơ {code}. Xin Ông/Bà xem lại mã trên giấy hẹn. Hồ sơ mới nộp có thể chưa được cập nhật."
UNPROVED_SUM = "Số tiền của hồ sơ {code} chỉ hiện sau khi xác minh, hoặc với số điện thoại đã liên kết của chủ hồ sơ."
NO_PROOF = "Hồ sơ {code} chưa có thông tin để xác minh qua đây. Xin Ông/Bà liên hệ nơi đã nộp hồ sơ."


class Dossiers:
    def __init__(self, lookup: Lookup, desk: Desk) -> None:
        self._lookup = lookup
        self._desk = desk

    async def shown(self, turn: Turn) -> Answer:
        """By the code in the message or behind the button, else by the dossier just spoken of, else the asker's own."""
        said = turn.said
        if said is not None and said.problem == "impossible_date":
            return says(WRONG_DATE, button(Command.HUMAN))
        code = _code(turn)
        if code:
            return self._found(turn, code, await self._lookup.by_code(turn.tx, code, _asker(turn)))
        if said is not None and said.problem == "incomplete":
            return says(ASK_DOSSIER)
        return self._mine(turn, await self._lookup.mine(turn.tx, _asker(turn)))

    async def more(self, turn: Turn) -> Answer:
        """The button "Xem thêm": asks for the second proof."""
        code = turn.argument
        return says(ASK_PROOF.format(code=code), step=Step(name=PROOF, data={"dossier": code}))

    async def proof(self, turn: Turn) -> Answer | None:
        """The step after `more`: the digits that prove."""
        code = str(turn.data["dossier"])
        if not _DIGITS.fullmatch(turn.text.strip()):
            return None
        digits = "".join(sign for sign in turn.text if sign.isdigit())
        if len(digits) in _FULL_NUMBERS:
            digits = digits[-PROOF_DIGITS:]
        again = Step(name=PROOF, data={"dossier": code})
        if len(digits) != PROOF_DIGITS:
            return says("Xin Ông/Bà nhắn đúng bốn số cuối, ví dụ 0123.", step=again)
        found = await self._lookup.prove(turn.tx, code, digits, _asker(turn))
        if found.found is Outcome.WRONG_PROOF and not found.locked_until:
            return says(WRONG.format(code=code, left=found.tries_left), step=again)
        return self._found(turn, code, found)

    async def owed(self, turn: Turn) -> Answer:
        """ "Tôi còn nợ bao nhiêu": of one dossier, or of all on the asker's own number."""
        code = _code(turn)
        if not code:
            return self._owing(await self._lookup.owed(turn.tx, _asker(turn)))
        found = await self._lookup.by_code(turn.tx, code, _asker(turn))
        if found.view is not None and found.view.owed is None:
            return says(
                UNPROVED_SUM.format(code=found.view.code),
                *self._prove(found.view),
                button(Command.LINK),
                step=Step(name=SEEN, data={"dossier": found.view.code}),
            )
        return self._found(turn, code, found)

    def _found(self, turn: Turn, code: str, found: Found) -> Answer:
        match found.found:
            case Outcome.SHOWN if found.view is not None:
                return self._card(turn, found.view)
            case Outcome.LOCKED:
                return says(_locked(found.locked_until), *self._call(""))
            case Outcome.NO_PROOF:
                return says(NO_PROOF.format(code=code), *self._call(""))
            case Outcome.WRONG_PROOF:
                return says(_locked(found.locked_until), *self._call(""))
        if found.locked_until is not None:
            return says(_locked(found.locked_until), *self._call(""))
        return says(UNKNOWN.format(code=code), button(Command.HUMAN))

    def _card(self, turn: Turn, view: View) -> Answer:
        wanted = [
            *self._prove(view),
            *([self._pay()] if view.owed else []),
            *([button(Command.RATE, "Đánh giá dịch vụ", view.code)] if self._may_rate(view) else []),
            *self._call(view.hotline or ""),
            *([button(Command.NOT_MINE, argument=view.code)] if view.owed is not None else []),
        ]
        text = cards.card(view, drawn=turn.speaker.kind != "phone")
        return says(text, *wanted, step=Step(name=SEEN, data={"dossier": view.code}))

    def _mine(self, turn: Turn, listing: Listing) -> Answer:
        if listing.too_many:
            return says(cards.TOO_MANY, button(Command.HUMAN))
        if not listing.linked:
            return says(f"{ASK_DOSSIER}\n{cards.HOW_TO_LINK}", button(Command.LINK), button(Command.HUMAN))
        if not listing.views:
            return says(f"Số điện thoại của Ông/Bà chưa có hồ sơ nào. {ASK_DOSSIER}", button(Command.HUMAN))
        if len(listing.views) == 1:
            return self._card(turn, listing.views[0])
        shown = listing.views[:MOST_LISTED]
        buttons = [button(Command.DOSSIER, f"Xem {view.code}", view.code) for view in shown]
        return says(cards.listing(listing.views), *buttons)

    def _owing(self, listing: Listing) -> Answer:
        if listing.too_many:
            return says(cards.TOO_MANY, button(Command.HUMAN))
        if not listing.linked:
            return says(cards.OWED_UNLINKED, button(Command.LINK), button(Command.HUMAN))
        if not listing.views:
            return says(cards.NOTHING_OWED, button(Command.HUMAN))
        buttons = [button(Command.DOSSIER, f"Xem {view.code}", view.code) for view in listing.views[:MOST_LISTED]]
        return says(cards.owing(listing), self._pay(), *buttons)

    def _prove(self, view: View) -> list[Button]:
        return [button(Command.MORE, "Xem thêm (cần xác minh)", view.code)] if view.can_prove else []

    def _pay(self) -> Button:
        return Button(kind=ButtonKind.OPEN, title="Nộp trực tuyến", value=self._desk.portal)

    def _may_rate(self, view: View) -> bool:
        return view.status is Status.RETURNED and view.owed is not None

    def _call(self, hotline: str) -> list[Button]:
        number = hotline or self._desk.hotline
        return [Button(kind=ButtonKind.CALL, title="Gọi để hỏi", value=number)] if number else []


def _code(turn: Turn) -> str:
    """The code of the message or the button; else that of the dossier which the talk is about."""
    if turn.argument:
        return turn.argument
    if turn.said is not None and (turn.said.dossier_code or turn.said.problem):
        return turn.said.dossier_code or ""
    return str(turn.data.get("dossier", ""))


def _asker(turn: Turn) -> Asker:
    return Asker.of(turn.speaker.key, turn.speaker.reach)


def _locked(until: datetime | None) -> str:
    return LOCKED_TODAY if until is None else LOCKED.format(until=f"{local(until):%H:%M}")

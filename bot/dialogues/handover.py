"""To a person: "gặp cán bộ". The talk is marked, and the citizen hears when and where somebody answers."""

from dataclasses import replace

from bot.commands import Command, button
from bot.dialogue import Answer, Desk, Reply, Turn, says
from channels.message import Button, ButtonKind


class Handover:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def wanted(self, turn: Turn) -> Answer:
        """They ask for an officer."""
        text = (
            "Trợ lý đã chuyển lời nhắn của Ông/Bà đến cán bộ một cửa. "
            f"Cán bộ trả lời trong giờ làm việc: {self._desk.office_hours}.{self._or_call()}"
        )
        return replace(says(text, *self._call()), wants_person=True)

    def not_mine(self, code: str, *, muted: bool) -> Answer:
        """A notice or a dossier reached the wrong person: the number on it must be looked at by an officer."""
        which = f" {code}" if code else ""
        stopped = "Hệ thống thôi báo tin của hồ sơ này cho Ông/Bà. " if muted else ""
        text = (
            f"Cảm ơn Ông/Bà đã báo. {stopped}"
            f"Trợ lý đã chuyển cán bộ kiểm tra lại số điện thoại ghi trên hồ sơ{which}. "
            "Xin Ông/Bà không chuyển tin của hồ sơ này cho người khác. "
            f"Nếu không muốn nhận thông báo nào nữa, Ông/Bà nhắn TẮT.{self._or_call()}"
        )
        undo = [button(Command.MINE, "Tôi bấm nhầm", code)] if muted else []
        return replace(says(text, *undo, button(Command.OFF), *self._call()), wants_person=True)

    def sorry(self) -> Answer:
        """After every try to answer has failed: a person will."""
        text = (
            "Xin lỗi Ông/Bà, trợ lý gặp trục trặc nên chưa trả lời được tin vừa rồi. "
            f"Cán bộ một cửa sẽ trả lời Ông/Bà trong giờ làm việc: {self._desk.office_hours}.{self._or_call()}"
        )
        return Answer(replies=(Reply(text=text, buttons=self._call()),), wants_person=True)

    def _or_call(self) -> str:
        return f" Cần gấp, xin gọi {self._desk.hotline}." if self._desk.hotline else ""

    def _call(self) -> tuple[Button, ...]:
        if not self._desk.hotline:
            return ()
        return (Button(kind=ButtonKind.CALL, title="Gọi tổng đài", value=self._desk.hotline),)

"""Greeting, help, menu, thanks: who speaks here, and what it can do."""

from bot.commands import Command, button
from bot.dialogue import Answer, Desk, Turn, says
from channels.message import Button
from vietnam.text import fold

_THANKS = ("cam on", "thank", "tks", "cam ta")
_FAREWELL = ("tam biet", "bye", "hen gap lai")


def menu_buttons() -> tuple[Button, ...]:
    """The five errands."""
    return (
        button(Command.DOSSIER),
        button(Command.ASK_PROCEDURE),
        button(Command.ALL_OWED, "Khoản phải nộp"),
        button(Command.LINK),
        button(Command.HUMAN),
    )


class Menu:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def introduction(self) -> str:
        """The law wants people to be told that a machine answers (Law 134/2025)."""
        return f"Kính chào Ông/Bà. Đây là Trợ lý tự động của {self._desk.service}."

    async def welcome(self, turn: Turn) -> Answer:
        """To who has just followed the page."""
        return says(f"{self.introduction()}\n{self._can()}", *menu_buttons())

    async def greet(self, turn: Turn) -> Answer:
        """A greeting, thanks, or a goodbye."""
        said = fold(turn.text)
        if any(word in said for word in _THANKS):
            return says("Rất vui được phục vụ Ông/Bà. Khi cần, Ông/Bà cứ nhắn cho trợ lý.")
        if any(word in said for word in _FAREWELL):
            return says("Kính chào Ông/Bà. Khi cần, Ông/Bà cứ nhắn cho trợ lý.")
        return says(f"{self.introduction()}\nÔng/Bà cần giúp việc gì ạ?", *menu_buttons())

    async def help(self, turn: Turn) -> Answer:
        """What can be asked, with an example of each."""
        return says(self._can(), *menu_buttons())

    async def ask_procedure(self, turn: Turn) -> Answer:
        """The button "Hỏi thủ tục": how to ask."""
        return says(
            "Ông/Bà cần làm thủ tục gì? Xin nhắn bằng lời thường, ví dụ: “làm khai sinh cho con”, "
            "“mất căn cước”, “mở quán tạp hóa”. Không cần gõ dấu."
        )

    async def photo(self, turn: Turn) -> Answer:
        """Pictures, files, voices: not fetched, not kept (Law 91/2025), and said so."""
        return says(
            "Trợ lý không xem và không lưu ảnh, tệp hay tin thoại. Xin Ông/Bà không gửi ảnh căn cước hoặc giấy tờ "
            "qua đây.\n"
            "Ông/Bà nhắn bằng chữ tên thủ tục hoặc mã hồ sơ ghi trên giấy hẹn giúp trợ lý nhé.",
            button(Command.HUMAN),
        )

    def _can(self) -> str:
        return (
            "Trợ lý giúp được Ông/Bà:\n"
            "• Hỏi thủ tục: nhắn việc cần làm, ví dụ “làm khai sinh cho con”.\n"
            "• Tra cứu hồ sơ: nhắn mã hồ sơ trên giấy hẹn, ví dụ H36.21-260622-0001.\n"
            "• Xem khoản phải nộp, đánh giá dịch vụ sau khi nhận kết quả.\n"
            "• Gặp cán bộ: nhắn “gặp cán bộ”. Tắt thông báo: nhắn TẮT."
        )

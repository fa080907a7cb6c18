"""TẮT and BẬT: no more notices, notices again. Answers to what the citizen asks come in both cases."""

from bot.commands import Command, button
from bot.dialogue import Answer, Turn, says
from store.people import People


class Stopping:
    def __init__(self, people: People) -> None:
        self._people = people

    async def off(self, turn: Turn) -> Answer:
        """Opted out, at once and on every channel."""
        await self._people.opt(turn.tx, turn.speaker.person_id, turn.at)
        return says(
            "Đã tắt thông báo cho Ông/Bà. Ông/Bà vẫn tra cứu hồ sơ và hỏi thủ tục ở đây bất cứ lúc nào. "
            "Muốn nhận lại thông báo, Ông/Bà nhắn BẬT.",
            button(Command.ON, "Bật lại thông báo"),
        )

    async def on(self, turn: Turn) -> Answer:
        """Opted in again."""
        await self._people.opt(turn.tx, turn.speaker.person_id, None)
        return says("Đã bật lại thông báo. Khi hồ sơ có thay đổi, Ông/Bà sẽ nhận được tin.")

"""Conversations as staff can read them, in `tests/conversations/*.txt`, held against the real bot.

`#` why this case is here · `<` the citizen · `>` must stand in the answer · `!` must not · `[…]` a button of it ·
`=` what happens: who speaks (An, Bình, SMS của An, Telegram của An), time that passes, what is not text.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from channels.message import Address, ButtonKind, InboundKind, Phone, TelegramChat, ZaloUser
from delivery.event import Event

FOLDER = Path(__file__).parent.parent / "conversations"
SPEAKERS: dict[str, Address] = {
    "An": ZaloUser(user_id="1000"),
    "Bình": ZaloUser(user_id="2000"),
    "SMS của An": Phone(number="84912345678"),
    "Telegram của An": TelegramChat(chat_id="3000"),
}
PRESSED = re.compile(r"\[(?P<title>.+)\]")


class Reader:
    """Plays one conversation, line by line."""

    def __init__(self, town: Any) -> None:
        self.town = town
        self.speaker = SPEAKERS["An"]
        self.replies: list[Event] = []

    async def play(self, line: str) -> None:
        sign, words = line[0], line[1:].strip()
        if sign == "<":
            self.replies = await self.town.says(self.speaker, self._typed(words))
        elif sign == "=":
            await self._happens(words)
        elif sign == ">":
            assert self._shows(words), f"không thấy “{words}” trong:\n{self._said()}"
        elif sign == "!":
            assert not self._shows(words), f"không được có “{words}” trong:\n{self._said()}"
        else:
            raise ValueError(f"không hiểu dòng: {line}")

    def _typed(self, words: str) -> str:
        pressed = PRESSED.fullmatch(words)
        if pressed is None:
            return words.replace("{mã}", self.town.heard.last_code() if "{mã}" in words else "")
        buttons = [one for reply in self.replies for one in reply.buttons if one.title == pressed["title"]]
        assert buttons, f"không có nút {words} trong:\n{self._said()}"
        return str(buttons[0].value)

    async def _happens(self, words: str) -> None:
        if words in SPEAKERS:
            self.speaker = SPEAKERS[words]
        elif words == "im lặng":
            assert not self.replies, self._said()
        elif minutes := re.fullmatch(r"sau (\d+) phút", words):
            self.town.clock.advance(minutes=int(minutes[1]))
        elif words == "mời đánh giá":
            assert await self.town.asking.invite_due() > 0
        elif words.startswith("gửi số "):
            self.replies = await self.town.does(self.speaker, InboundKind.CONTACT, phone="84" + words[8:])
        else:
            kinds = {"quan tâm trang": InboundKind.FOLLOW, "bỏ quan tâm": InboundKind.UNFOLLOW}
            kinds |= {"gửi ảnh": InboundKind.MEDIA, "rút đồng ý": InboundKind.WITHDRAWN, "thả tim": InboundKind.OTHER}
            self.replies = await self.town.does(self.speaker, kinds[words])

    def _shows(self, words: str) -> bool:
        pressed = PRESSED.fullmatch(words)
        if pressed is not None:
            return any(one.title == pressed["title"] for reply in self.replies for one in reply.buttons)
        return any(words in (reply.text or "") for reply in self.replies)

    def _said(self) -> str:
        return "\n".join(f"{reply.text}\n{[(one.title, one.value) for one in reply.buttons]}" for reply in self.replies)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
async def test_the_talk_goes_as_written(path: Path, peopled: Any) -> None:
    reader = Reader(peopled)

    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            try:
                await reader.play(line)
            except AssertionError as why:
                pytest.fail(f"{path.name}:{number}: {line}\n{why}", pytrace=False)

    for reply in peopled.heard.replies():
        assert reply.text
        assert len(reply.text) <= (400 if isinstance(reply.recipient.to, Phone) else 2000)
        assert len(reply.buttons) <= 5
        assert all(len(one.title) <= 100 for one in reply.buttons)
        assert all(one.value.startswith("https://") for one in reply.buttons if one.kind is ButtonKind.OPEN)


def test_there_are_conversations_to_hold_it_to() -> None:
    assert len(list(FOLDER.glob("*.txt"))) >= 12

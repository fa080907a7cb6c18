"""What buttons say, and what is read back: words that a citizen could type as well, each with an argument or none.

The notices' own buttons (`templates/messages/vi`) use the same words; a test holds the two together.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from channels.message import Button, ButtonKind
from vietnam.text import fold, nfc


class Command(StrEnum):
    """One errand that a button starts; the value is what it says, before its argument."""

    DOSSIER = "Tra cứu hồ sơ"
    MORE = "Xem thêm hồ sơ"
    OWED = "Khoản phải nộp của hồ sơ"
    ALL_OWED = "Khoản phải nộp của tôi"
    NOT_MINE = "Không phải hồ sơ của tôi"
    MINE = "Đúng là hồ sơ của tôi"
    RATE = "Đánh giá hồ sơ"
    MARK = "Đánh giá"
    PROCEDURE = "Thủ tục"
    PAPERS = "Giấy tờ cần mang"
    TIME_AND_FEE = "Thời hạn và lệ phí"
    STEPS = "Các bước thực hiện"
    NOT_THIS = "Không phải thủ tục này"
    ASK_PROCEDURE = "Hỏi thủ tục"
    LINK = "Liên kết số điện thoại"
    AGREE = "Đồng ý liên kết"
    UNLINK = "Hủy liên kết"
    HUMAN = "Gặp cán bộ"
    MENU = "Menu"
    OFF = "Tắt thông báo"
    ON = "Bật thông báo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A command that was read, and what followed it."""

    command: Command
    argument: str = ""


_WITH_DOSSIER = (Command.DOSSIER, Command.MORE, Command.OWED, Command.NOT_MINE, Command.MINE, Command.RATE)
_WITH_PROCEDURE = (Command.PROCEDURE, Command.PAPERS, Command.TIME_AND_FEE, Command.STEPS, Command.NOT_THIS)
_ALONE = tuple(one for one in Command if one not in {*_WITH_PROCEDURE, Command.OWED, Command.MORE, Command.MARK})
_SYNONYMS = {
    "tat": Command.OFF,
    "tat tin": Command.OFF,
    "bat": Command.ON,
    "bat lai": Command.ON,
    "bat tin": Command.ON,
    "bat lai thong bao": Command.ON,
    "huong dan": Command.MENU,
    "bat dau": Command.MENU,
    "/start": Command.MENU,
    "start": Command.MENU,
    "huy lien ket": Command.UNLINK,
    "xoa lien ket": Command.UNLINK,
    "lien ket": Command.LINK,
    "lien ket so": Command.LINK,
    "khoan phai nop": Command.ALL_OWED,
    "danh gia dich vu": Command.RATE,
    "khong phai cua toi": Command.NOT_MINE,
}
_MARK = re.compile(r"danh gia (?P<mark>[1-5]) ho so (?P<code>\S+)")
_CODE = r"(?P<argument>(?=\S*\d)\S+)"


def button(command: Command, title: str = "", argument: str = "") -> Button:
    """A button that says this command."""
    words = f"{command.value} {argument}".strip()
    return Button(kind=ButtonKind.SAY, title=title or command.value, value=words)


def read(text: str) -> Said | None:
    """The command that a whole message is; None for anything else, however near."""
    said = fold(nfc(text)).strip(" .!")
    mark = _MARK.fullmatch(said)
    if mark is not None:
        return Said(command=Command.MARK, argument=f"{mark['mark']} {mark['code'].upper()}")
    for command in (*_WITH_DOSSIER, *_WITH_PROCEDURE):
        match = re.fullmatch(rf"{fold(command.value)} {_CODE}", said)
        if match is not None:
            return Said(command=command, argument=match["argument"].upper())
    alone = next((command for command in _ALONE if fold(command.value) == said), None) or _SYNONYMS.get(said)
    return None if alone is None else Said(command=alone)

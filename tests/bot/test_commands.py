"""Buttons say words, and the same words are read back, also those of the notices."""

import re
from pathlib import Path

import pytest

from bot.commands import Command, button, read

CODE = "000.00.53.H48-220921-0099"
NOTICES = Path(__file__).parents[2] / "templates" / "messages" / "vi"


@pytest.mark.parametrize("command", list(Command))
def test_what_a_button_says_is_read_back(command: Command) -> None:
    argument = {Command.MARK: f"5 hồ sơ {CODE}"}.get(command, "1.001193" if command in WITH_ARGUMENT else "")

    said = read(button(command, argument=argument).value)

    assert said is not None
    assert said.command is command
    assert said.argument == (f"5 {CODE}" if command is Command.MARK else argument)


def test_every_button_of_every_notice_is_understood() -> None:
    says = [
        line.split("|")[2].replace("{{ code }}", CODE)
        for path in NOTICES.rglob("*.j2")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("say|")
    ]

    assert says
    for words in says:
        said = read(re.sub(r"\{%.*?%\}", "", words))
        assert said is not None, words
        assert said.argument.endswith(CODE) or CODE not in words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thủ tục",  # no code
        "thủ tục cấp giấy xác nhận độc thân",  # a question
        "Không phải hồ sơ của tôi đâu nhé bạn ơi",
        "Đánh giá 6 hồ sơ H36.21-260622-0001",  # no such mark
        "Đánh giá -1 hồ sơ H36.21-260622-0001",
        "tra cứu hồ sơ đất đai",
        "\u0000" * 10,
        "a" * 5000,
        "tắt đèn",
    ],
)
def test_near_words_are_no_command(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("text", ["TẮT", "tắt", "tat", "Tat.", "TẮT!", "ta\u0306\u0301t"])
def test_one_word_stops_however_it_is_typed(text: str) -> None:
    said = read(text)

    assert said is not None
    assert said.command is Command.OFF


WITH_ARGUMENT = frozenset(
    {
        Command.DOSSIER,
        Command.MORE,
        Command.OWED,
        Command.NOT_MINE,
        Command.MINE,
        Command.RATE,
        Command.PROCEDURE,
        Command.PAPERS,
        Command.TIME_AND_FEE,
        Command.STEPS,
        Command.NOT_THIS,
    }
)

"""Practice questions from the names themselves, asked as somebody might type them.

No test question is used.  Some are taken out of the index while it is asked: harder than life, for the names are
made to be unlike each other.  The others stay in it and lose a word or two: easier than life.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from procedures.names import ABSENT
from procedures.needs import parts
from procedures.search import Found, Index
from vietnam.text import fold

BEFORE = ("", "", "", "cho em hỏi", "em muốn", "tôi cần", "ad ơi")
AFTER = ("", "", "", "cần giấy tờ gì", "nộp ở đâu", "mất bao lâu", "bao nhiêu tiền vậy ạ", "thì làm sao")
BACKGROUND = (
    "em quê ở ngoài bắc vô đây làm ăn mấy năm nay",
    "nhà em có hai vợ chồng với ba đứa con",
    "năm ngoái chồng em đi làm xa",
    "tôi đã lên hỏi mấy lần mà mỗi người nói một kiểu",
    "hai bên cãi nhau suốt không ai chịu ai",
    "tôi năm nay 62 tuổi, tay chân chậm chạp",
    "hàng xóm nói phải lên xã nhưng tôi không rành",
    "em có hỏi người quen thì họ bảo khó lắm",
    "nhà tôi ở thôn 3",
    "tôi đi làm cả ngày không có thời gian",
    "trước giờ gia đình tôi chưa làm việc này lần nào",
    "nghe nói bây giờ làm trên mạng được",
    "bữa trước có ghé ủy ban mà người ta nghỉ",
    "mẹ tôi già yếu đi lại khó khăn",
    "em đang đi làm ở Sài Gòn cuối tuần mới về",
    "con tôi còn nhỏ, vợ tôi đang mang bầu",
    "từ năm 2015 tới giờ",
    "anh em trong nhà đều đồng ý",
    "cán bộ cũ nay đã nghỉ hưu",
    "hồi đó thì chưa có quy định như bây giờ",
    "công ty bắt nộp trước cuối tháng",
    "ngân hàng hẹn tuần sau",
)
WISHES = ("", "em muốn", "giờ tôi muốn", "tôi cần", "nay")
ENDS = ("xin hỏi phải làm sao ạ", "cho em hỏi thủ tục thế nào", "thì nộp ở đâu và cần mang gì", "có được không ạ", "")
JOINED = (" và ", ", ", " với ", " rồi ", " với lại ", " và làm ", " xong ", " + ")
STORIES = 0.25
"""The share of practice questions that are told as a story."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """A question whose answer is known: the right code ("" where no procedure is right), and what was found."""

    code: str
    text: str
    found: Found


def of_names(index: Index, count: int, chance: random.Random, left_out: float = 0.5) -> list[Practice]:
    """Names asked, often asked procedures more often; so large a share of them is left out of the index."""
    often = [1.0 if name.code.startswith(ABSENT) else 2.0 ** index.often(name.code) // 2 / 2 for name in index.names]
    return [
        _practice(index, at, chance, chance.random() < left_out)
        for at in chance.choices(range(len(often)), often, k=count)
    ]


def of_others(index: Index, chance: random.Random) -> list[Practice]:
    """Every phrase of what is not in the catalogue: half alone left out, half with all of its subject."""
    practices = []
    for at, name in enumerate(index.names):
        if name.code.startswith(ABSENT):
            whole = chance.random() < 0.5
            left = {n for n, other in enumerate(index.names) if other.code == name.code} if whole else {at}
            text = typed(name.text, chance)
            practices.append(Practice(code="", text=text, found=index.find(text, frozenset(left))))
    return practices


def of_pairs(index: Index, count: int, chance: random.Random) -> list[tuple[dict[str, float], bool]]:
    """The measures of `needs.parts` of messages that have clear parts: of two names joined (true), of one (false)."""
    names = [at for at, name in enumerate(index.names) if not name.code.startswith(ABSENT) and index.often(name.code)]
    told = []
    for turn in range(count):
        one, other = chance.sample(names, 2)
        several = turn % 4 == 0
        text = typed(index.names[one].text, chance)
        if several:
            text = f"{index.names[one].text}{chance.choice(JOINED)}{_question(index.names[other].text, chance)}"
        left = frozenset({one} if not several else {one, other} if chance.random() < 0.5 else ())
        _, measures = parts(text, index.find(text, left), index, left)
        if measures:
            told.append((measures, several))
    return told


def typed(name: str, chance: random.Random) -> str:
    """A name as somebody might type it: in a short question or a story, with or without diacritics, with a slip."""
    text = _story(name, chance) if chance.random() < STORIES else _question(name, chance)
    if chance.random() < 0.45:
        text = fold(text)
    if chance.random() < 0.12 and len(text) > 8:
        at = chance.randrange(1, len(text) - 2)
        text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text


def _practice(index: Index, at: int, chance: random.Random, left_out: bool) -> Practice:
    name = index.names[at]
    text = typed(name.text if left_out else _shortened(name.text, chance), chance)
    return Practice(code=name.code, text=text, found=index.find(text, frozenset({at} if left_out else ())))


def _shortened(name: str, chance: random.Random) -> str:
    words = name.split()
    for _ in range(min(chance.choice((1, 1, 2)), len(words) - 2)):
        words.pop(chance.randrange(len(words)))
    return " ".join(words)


def _question(name: str, chance: random.Random) -> str:
    return " ".join(part for part in (chance.choice(BEFORE), name, chance.choice(AFTER)) if part)


def _story(name: str, chance: random.Random) -> str:
    told: Sequence[str] = chance.sample(BACKGROUND, chance.choice((1, 2, 2, 3)))
    at = chance.randrange(len(told) + 1)
    wish = f"{chance.choice(WISHES)} {name}".strip()
    between = chance.choice((", ", ". ", " "))
    return between.join([*told[:at], wish, *told[at:], chance.choice(ENDS)]).strip()

"""The survey in a chat: one question a message, answered by a button, a number or words; it never insists."""

from datetime import timedelta

from bot.commands import Command, button
from bot.dialogue import Answer, Reply, Step, Turn, says
from bot.understanding import Kind
from channels.message import Button, ButtonKind
from surveys.answering import Answering, Asked
from surveys.asking import Asking
from surveys.definition import Question

STEP = "survey"
LASTS = timedelta(hours=24)
MOST_BUTTONS = 5
_LEAVES = (Kind.HUMAN, Kind.STOP, Kind.HELP, Kind.ANSWER)

NOTHING_OPEN = (
    "Hiện không có phiếu đánh giá nào chờ Ông/Bà. Phiếu được gửi sau khi hồ sơ trả kết quả và đóng sau một tuần. "
    "Muốn góp ý, phản ánh, xin Ông/Bà gặp cán bộ."
)
NOT_YOURS = (
    "Hồ sơ {code} không có phiếu đánh giá đang mở cho Ông/Bà. Nếu hồ sơ đúng là của Ông/Bà, xin liên kết số điện thoại "
    "ghi trên hồ sơ rồi thử lại."
)


class SurveyTalk:
    def __init__(self, answering: Answering, asking: Asking) -> None:
        self._answering = answering
        self._asking = asking

    async def marked(self, turn: Turn) -> Answer:
        """A mark's button under an invitation; tapped again, the newer mark holds."""
        mark, _, code = turn.argument.partition(" ")
        asked = await self._answering.open_of(turn.tx, turn.speaker.person_id, turn.at, code=code)
        if asked is None:
            return says(NOT_YOURS.format(code=code), button(Command.LINK))
        following = await self._answering.take(turn.tx, self._answering.again(asked), mark, turn.at)
        return self._ask(turn, following or asked)

    async def wanted(self, turn: Turn) -> Answer:
        """They want to rate: the dossier of the button, or whatever waits for an answer."""
        code = turn.argument or None
        if code is not None:
            await self._asking.on_request(turn.tx, code, turn.speaker.person_id)
        asked = await self._answering.open_of(turn.tx, turn.speaker.person_id, turn.at, code=code)
        if asked is not None:
            return self._ask(turn, asked)
        if code is not None:
            return says(NOT_YOURS.format(code=code), button(Command.LINK))
        return says(NOTHING_OPEN, button(Command.HUMAN))

    async def answered(self, turn: Turn) -> Answer | None:
        """The step under way. Plainly another errand leaves the survey; what is no answer is asked again once."""
        asked = await self._answering.open_of(turn.tx, turn.speaker.person_id, turn.at, code=str(turn.data["dossier"]))
        if asked is None or asked.question is None:
            return None
        free = not asked.question.answers
        if _leaves(turn) and asked.question.read(turn.text) is None:
            return None
        following = await self._answering.take(turn.tx, asked, turn.text, turn.at)
        if following is not None:
            return self._ask(turn, following)
        if free or turn.data.get("again"):
            return None
        return self._ask(turn, asked, again=True)

    async def unprompted(self, turn: Turn) -> Answer | None:
        """A mark typed with no step under way: taken when it is plainly one, or when the invitation came last."""
        asked = await self._answering.open_of(turn.tx, turn.speaker.person_id, turn.at)
        if asked is None or asked.question is None or asked.question.read(turn.text) is None:
            return None
        plain = turn.said is not None and turn.said.kind is Kind.SURVEY
        if not plain and asked.survey.invited_at < turn.talk.updated_at:
            return None
        following = await self._answering.take(turn.tx, asked, turn.text, turn.at)
        return None if following is None else self._ask(turn, following)

    def _ask(self, turn: Turn, asked: Asked, *, again: bool = False) -> Answer:
        if asked.question is None:
            return says(asked.text)
        head = "Xin Ông/Bà chọn một trong các ý sau. " if again else ""
        step = Step(name=STEP, data={"dossier": asked.survey.dossier_code, "again": again}, lasts=LASTS)
        text, buttons = _form(head + asked.text, asked.question)
        return Answer(replies=(Reply(text=text, buttons=buttons),), step=step)


def _leaves(turn: Turn) -> bool:
    said = turn.said
    return said is not None and (said.kind in _LEAVES or said.dossier_code is not None)


def _form(text: str, question: Question) -> tuple[str, tuple[Button, ...]]:
    """The answers as buttons; where there are more than a message carries, as a numbered list."""
    if len(question.answers) > MOST_BUTTONS:
        numbered = [f"{number}. {choice.title}" for number, choice in enumerate(question.answers, start=1)]
        return "\n".join([text, *numbered, "Xin trả lời bằng số."]), ()
    choices = (*question.answers, *((question.skip,) if question.skip else ()))
    return text, tuple(Button(kind=ButtonKind.SAY, title=one.title, value=one.title) for one in choices)

"""From what a person did to what they are told: the talk is loaded, a dialogue answers, the talk is kept.

Everything is written in the caller's transaction; nothing is sent here, replies come back as events.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from bot import commands
from bot.dialogue import Answer, Reply, Speaker, Step, Turn
from bot.errands import Errands
from channels.message import Address, ButtonKind, Inbound, InboundKind
from channels.plain import tagged
from delivery.event import Event, EventName, Recipient
from delivery.routing import Path
from store.conversations import Talk
from store.database import Tx
from store.ids import Clock
from store.nouns import Store
from vietnam.calendar import local
from vietnam.text import nfc, shorten

LONGEST_HEARD = 2_000
LONGEST_SAID = 2_000
"""Characters of a message that Zalo carries (facts/zalo.md 3.1)."""

LONGEST_SMS = 380
"""Characters of an answer by SMS: three parts at most, with its numbered choices."""

MOST_BUTTONS = 5
GONE = timedelta(days=365)
"""How long somebody who left the page is not written to there, unless they come back."""

_EXPECT_AN_ANSWER = (InboundKind.TEXT, InboundKind.MEDIA, InboundKind.CONTACT)
_NUMBER = re.compile(r"(?:so|chon|cau|y)?\s*(?P<number>[1-9])\.?", re.IGNORECASE)
_LINK = re.compile(r"https?://(?P<rest>\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """What a talk remembers between two messages: the step that hears the next one, and the choices last offered."""

    step: str = ""
    data: Mapping[str, Any]
    offered: Mapping[str, str]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing that a person did, and the inbox row that it came in."""

    row_id: str
    inbound: Inbound


class Conversation:
    """One for the service; it keeps nothing between two messages but what is in the store."""

    def __init__(self, store: Store, errands: Errands, clock: Clock) -> None:
        self._store = store
        self._errands = errands
        self._clock = clock

    async def take(self, tx: Tx, messages: Sequence[Message]) -> list[Event]:
        """What these messages come to: replies to plan, and what is told elsewhere. At most one of each sender.

        What is known of the senders, and their talks, is read and kept for all of them together.
        """
        now = self._clock()
        heard = [each for each in messages if await self._is_for_us(tx, each.inbound, now)]
        if not heard:
            return []
        speakers = await self._speakers(tx, [each.inbound for each in heard], now)
        talks = await self._store.conversations.begin_all(tx, [(one.kind, one.value) for one in speakers], now)
        events: list[Event] = []
        kept: list[Talk] = []
        for each, speaker in zip(heard, speakers, strict=True):
            talk = talks[speaker.kind, speaker.value]
            answer = await self._answered(tx, each.inbound, speaker, talk, now)
            kept.append(_kept(talk, answer, now))
            if answer is not None:
                introduced = answer if talk.greeted_at is not None else self._introduced(answer)
                events += [*introduced.events, *_replies(introduced, speaker, each.row_id, now)]
        await self._store.conversations.save_all(tx, kept, now)
        return events

    async def fail(self, tx: Tx, inbound: Inbound, row_id: str) -> list[Event]:
        """After the last try: the citizen hears that a person will answer, and the talk waits for one."""
        if inbound.sender is None or inbound.kind not in _EXPECT_AN_ANSWER:
            return []
        now = self._clock()
        (speaker,) = await self._speakers(tx, [inbound], now)
        talk = await self._store.conversations.begin(tx, speaker.kind, speaker.value, now)
        answer = self._errands.handover.sorry()
        await self._store.conversations.save(tx, _kept(talk, answer, now), now)
        return _replies(answer, speaker, row_id, now)

    async def _is_for_us(self, tx: Tx, inbound: Inbound, now: datetime) -> bool:
        """Whether a message has somebody to answer; who left the page is remembered as that."""
        if inbound.sender is None:
            return False
        if inbound.kind is InboundKind.UNFOLLOW:
            await self._left(tx, inbound.sender, now)
            return False
        return inbound.kind is not InboundKind.OTHER or inbound.phone is not None

    async def _answered(self, tx: Tx, inbound: Inbound, speaker: Speaker, talk: Talk, now: datetime) -> Answer | None:
        under_way = _under_way(talk, now)
        turn = Turn(tx=tx, at=now, speaker=speaker, talk=talk, text=_heard(inbound.text), data=under_way.data)
        return await self._answer(inbound, turn, under_way)

    async def _answer(self, inbound: Inbound, turn: Turn, under_way: UnderWay) -> Answer | None:
        errands = self._errands
        match inbound.kind:
            case InboundKind.TEXT:
                return await self._text(turn, under_way)
            case InboundKind.FOLLOW | InboundKind.OPENED:
                return None if turn.talk.greeted_at is not None else await errands.menu.welcome(turn)
            case InboundKind.MEDIA:
                return await errands.menu.photo(turn)
            case InboundKind.CONTACT | InboundKind.OTHER:
                return await errands.linking.shared(replace(turn, argument=inbound.phone or ""))
            case InboundKind.WITHDRAWN:
                await errands.linking.forget(turn)
                return Answer(replies=())
            case InboundKind.UNFOLLOW:
                return None
            case _:
                assert_never(inbound.kind)

    async def _text(self, turn: Turn, under_way: UnderWay) -> Answer:
        """A button's words first, then the step under way, a number for a choice, a survey's mark, and the question."""
        answer = await self._command(turn)
        if answer is None:
            turn = replace(turn, said=self._errands.understanding.understand(turn.text, today=local(turn.at).date()))
            answer = await self._step(turn, under_way)
        if answer is None:
            answer = await self._choice(turn, under_way) or await self._errands.unprompted(turn)
        if answer is None and turn.said is not None:
            answer = await self._errands.kinds[turn.said.kind](turn)
        return answer or await self._errands.menu.help(turn)

    async def _command(self, turn: Turn) -> Answer | None:
        said = commands.read(turn.text)
        if said is None:
            return None
        return await self._errands.commands[said.command](replace(turn, argument=said.argument))

    async def _step(self, turn: Turn, under_way: UnderWay) -> Answer | None:
        step = self._errands.steps.get(under_way.step)
        return None if step is None else await step(turn)

    async def _choice(self, turn: Turn, under_way: UnderWay) -> Answer | None:
        """ "2" after a list: as if the second button had been pressed."""
        number = _NUMBER.fullmatch(turn.text)
        said = under_way.offered.get(number["number"]) if number else None
        return None if said is None else await self._command(replace(turn, text=said, said=None))

    async def _speakers(self, tx: Tx, inbounds: Sequence[Inbound], now: datetime) -> list[Speaker]:
        """Who speaks, in order; that they have spoken is remembered."""
        addresses = [inbound.sender for inbound in inbounds if inbound.sender is not None]
        tags = [tagged(address) for address in addresses]
        moments = [min(inbound.at, now) for inbound in inbounds]
        reach = await self._store.people.heard(tx, dict(zip(tags, moments, strict=True)))
        return [
            Speaker(address=address, kind=tag[0], value=tag[1], person_id=reach[tag].person_id, reach=reach[tag])
            for address, tag in zip(addresses, tags, strict=True)
        ]

    async def _left(self, tx: Tx, address: Address, now: datetime) -> None:
        kind, value = tagged(address)
        paths = {"zalo": (Path.ZALO_CHAT, Path.ZALO_USER), "telegram": (Path.TELEGRAM,)}.get(kind, ())
        await self._store.people.refused(tx, [(path.value, kind, value, now + GONE, "left the page") for path in paths])

    def _introduced(self, answer: Answer) -> Answer:
        """The first word of all says that a machine answers."""
        introduction = self._errands.menu.introduction()
        if not answer.replies or introduction in answer.replies[0].text:
            return answer
        first = replace(answer.replies[0], text=f"{introduction}\n{answer.replies[0].text}")
        return replace(answer, replies=(first, *answer.replies[1:]))


def _heard(text: str) -> str:
    return nfc(text).strip()[:LONGEST_HEARD]


def _under_way(talk: Talk, now: datetime) -> UnderWay:
    kept = talk.under_way
    if kept is None or kept["until"] <= now:
        return UnderWay(data={}, offered={}, until=now)
    return UnderWay(step=kept["step"], data=kept["data"], offered=kept["offered"], until=kept["until"])


def _kept(talk: Talk, answer: Answer | None, now: datetime) -> Talk:
    """The talk after this answer; as it was where there is none."""
    if answer is None:
        return talk
    return replace(
        talk,
        under_way=_remembered(answer, now),
        greeted_at=talk.greeted_at or now,
        wants_person_at=now if answer.wants_person else talk.wants_person_at,
    )


def _remembered(answer: Answer, now: datetime) -> dict[str, Any] | None:
    """Plain data; None when nothing of the errand matters for the next message."""
    step = answer.step or Step(name="")
    buttons = answer.replies[-1].buttons if answer.replies else ()
    offered = {str(at): one.value for at, one in enumerate(buttons, start=1) if one.kind is ButtonKind.SAY}
    if answer.step is None and not offered:
        return None
    return {"step": step.name, "data": dict(step.data), "offered": offered, "until": now + step.lasts}


def _replies(answer: Answer, speaker: Speaker, row_id: str, now: datetime) -> list[Event]:
    """Replies go where the question came from, once for each message however often it is worked on."""
    recipient = Recipient(person_id=speaker.person_id, to=speaker.address)
    return [
        Event(
            name=EventName.REPLY,
            about=row_id,
            occurrence=str(at),
            at=now,
            recipient=recipient,
            text=_text(reply, speaker),
            buttons=reply.buttons[:MOST_BUTTONS],
        )
        for at, reply in enumerate(answer.replies)
    ]


def _text(reply: Reply, speaker: Speaker) -> str:
    """An SMS is short and carries no link: people are taught that a link in an SMS is a scam."""
    if speaker.kind != "phone":
        return shorten(reply.text, LONGEST_SAID)
    return shorten(_LINK.sub(lambda link: link["rest"].split("/")[0], reply.text), LONGEST_SMS)

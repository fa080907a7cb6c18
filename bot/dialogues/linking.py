"""Linking a chat to a phone: a code by SMS proves the number, what was agreed to is recorded with its text's version.

Six digits, five minutes, three tries; one a minute and five a day for each phone, and for each chat that asks.
Telegram proves a shared number itself; a number typed into Zalo's own form is only typed (facts/zalo.md 6.4).
"""

import random
import re
from datetime import timedelta

from bot.commands import Command, button
from bot.dialogue import Answer, Reply, Step, Turn, says
from channels.message import Button, ButtonKind
from delivery.event import Event, EventName, Recipient
from store.nouns import Store
from vietnam.phone import PhoneError, masked, read

PHONE = "linking.phone"
CODE = "linking.code"
AGREE = "linking.agree"

LASTS = timedelta(minutes=5)
TRIES = 3
EACH = timedelta(minutes=1)
MOST_A_DAY = 5
DAY = timedelta(days=1)
CONSENT_VERSION = "2026-11"
"""The version of `CONSENT`: change both together, the record keeps which text was agreed to."""

CONSENT = (
    "Liên kết để nhận thông báo và xem mã, trạng thái, số tiền của các hồ sơ ghi số điện thoại này ngay trong khung "
    "chat. Trợ lý chỉ dùng số cho việc này; Ông/Bà nhắn HỦY LIÊN KẾT bất cứ lúc nào để thôi."
)
ASK_PHONE = f"{CONSENT}\nÔng/Bà đồng ý thì nhắn số điện thoại đã ghi trên hồ sơ."
SENT = (
    "Mã liên kết đã được gửi bằng SMS đến số {phone}. Ông/Bà nhắn lại sáu chữ số ở đây trong 5 phút để liên kết. "
    "Xin không đọc mã này cho ai, kể cả cán bộ.\n" + CONSENT
)
LINKED = (
    "Đã liên kết số {phone}. Từ nay Ông/Bà nhận thông báo hồ sơ tại đây và hỏi được “tôi còn phải nộp bao nhiêu”. "
    "Muốn thôi, Ông/Bà nhắn HỦY LIÊN KẾT."
)
WRONG = "Mã chưa đúng. Xin Ông/Bà xem lại tin SMS và nhắn sáu chữ số."
OVER = "Mã này không còn dùng được (hết 5 phút hoặc đã sai 3 lần). Ông/Bà nhắn “Liên kết số điện thoại” để nhận mã mới."
TOO_SOON = "Mã vừa được gửi. Xin Ông/Bà chờ một phút rồi yêu cầu lại."
TOO_MANY = "Hôm nay đã gửi nhiều mã. Xin Ông/Bà thử lại vào ngày mai, hoặc gặp cán bộ."
UNLINKED = "Đã hủy liên kết. Tài khoản này không còn gắn với số điện thoại nào và không nhận thông báo hồ sơ nữa."


class Linking:
    """`chance` makes the codes: `random.SystemRandom` in earnest, a seeded one in tests."""

    def __init__(self, store: Store, chance: random.Random) -> None:
        self._store = store
        self._chance = chance

    async def begin(self, turn: Turn) -> Answer:
        """The button or the words "liên kết": what is agreed to, then the number."""
        if turn.speaker.kind == "phone":
            return await self._send(turn, turn.speaker.value)
        share = Button(kind=ButtonKind.CONTACT, title="Chia sẻ số điện thoại")
        buttons = (share,) if turn.speaker.kind == "telegram" else ()
        return says(ASK_PHONE, *buttons, step=Step(name=PHONE, data={"consent_shown": True}))

    async def phone(self, turn: Turn) -> Answer | None:
        """The step after `begin`: the number; its fault is named where it looks like one."""
        try:
            return await self._send(turn, read(turn.text))
        except PhoneError as fault:
            if any(sign.isalpha() for sign in turn.text) or (turn.said and turn.said.dossier_code):
                return None
            return says(f"Số vừa nhắn {fault.reason}. Xin Ông/Bà nhắn lại.", step=Step(name=PHONE, data=turn.data))

    async def code(self, turn: Turn) -> Answer | None:
        """The step after the SMS: the six digits, typed back."""
        digits = re.sub(r"[\s.-]", "", turn.text)
        if not (digits.isascii() and digits.isdecimal()) or len(digits) > 8:
            return None
        right = await self._store.conversations.try_code(
            turn.tx, str(turn.data["verification"]), digits, at=turn.at, tries=TRIES
        )
        if right is None:
            return says(OVER, button(Command.LINK))
        if not right:
            return says(WRONG, step=Step(name=CODE, data=turn.data, lasts=LASTS))
        return await self._link(turn, str(turn.data["phone"]))

    async def shared(self, turn: Turn) -> Answer:
        """A number came by the app's own button. What Telegram proves needs no code, but a word of consent."""
        phone = turn.argument
        if turn.speaker.kind != "telegram":
            return await self._send(turn, phone)
        if turn.data.get("consent_shown"):
            return await self._link(turn, phone)
        return says(CONSENT, button(Command.AGREE), step=Step(name=AGREE, data={"proved": phone}))

    async def agreed(self, turn: Turn) -> Answer:
        """The button under a proved number."""
        phone = turn.data.get("proved")
        return await self._link(turn, str(phone)) if phone else await self.begin(turn)

    async def undo(self, turn: Turn) -> Answer:
        """ "Hủy liên kết": this chat stands alone again, its consents end."""
        await self.forget(turn)
        return says(UNLINKED, button(Command.LINK, "Liên kết lại"))

    async def forget(self, turn: Turn) -> None:
        """Consent withdrawn (rút lại đồng ý): nothing ties this chat to a phone any more."""
        await self._store.people.withdraw(turn.tx, turn.speaker.person_id, turn.at)
        if turn.speaker.kind != "phone":
            await self._store.people.unlink(turn.tx, turn.speaker.kind, turn.speaker.value, turn.at)

    async def _send(self, turn: Turn, phone: str) -> Answer:
        refusal = await self._refusal(turn, phone)
        if refusal:
            return says(refusal)
        code = f"{self._chance.randrange(1_000_000):06d}"
        verification = await self._store.conversations.put_code(
            turn.tx, turn.talk.id, phone, code, at=turn.at, expires_at=turn.at + LASTS
        )
        people = await self._store.people.ensure(turn.tx, [("phone", phone)], turn.at)
        event = Event(
            name=EventName.VERIFY_CODE,
            about=verification,
            occurrence="1",
            at=turn.at,
            recipient=Recipient(person_id=people["phone", phone], phone=phone),
            fields={"verification_code": code},
            channel="sms",
        )
        step = Step(name=CODE, data={"verification": verification, "phone": phone}, lasts=LASTS)
        return Answer(replies=(Reply(text=SENT.format(phone=masked(phone))),), step=step, events=(event,))

    async def _refusal(self, turn: Turn, phone: str) -> str | None:
        """Why no code is sent now. Says nothing of whether the number stands on any dossier."""
        since = turn.at - DAY
        conversations = self._store.conversations
        sendings = (
            await conversations.sent_to(turn.tx, phone, since),
            await conversations.sent_for(turn.tx, turn.talk.id, since),
        )
        if any(sent.count >= MOST_A_DAY for sent in sendings):
            return TOO_MANY
        return TOO_SOON if any(sent.last_at and turn.at - sent.last_at < EACH for sent in sendings) else None

    async def _link(self, turn: Turn, phone: str) -> Answer:
        """The chat joins the person of the phone, whose number is proved now."""
        people = self._store.people
        person_id = (await people.ensure(turn.tx, [("phone", phone)], turn.at))["phone", phone]
        await people.link(turn.tx, person_id, "phone", phone, turn.at)
        await people.link(turn.tx, person_id, turn.speaker.kind, turn.speaker.value, turn.at)
        await people.consent(
            turn.tx, person_id, f"link_{turn.speaker.kind}", CONSENT_VERSION, turn.speaker.kind, turn.at
        )
        buttons = (button(Command.DOSSIER, "Xem hồ sơ của tôi"), button(Command.ALL_OWED, "Khoản phải nộp"))
        return says(LINKED.format(phone=masked(phone)), *buttons)

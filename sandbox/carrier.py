"""What all SMS gateways of the sandbox share: the phone that a text arrives at, and what becomes of it there."""

from typing import Literal

from sandbox.inboxes import Sms, State
from sandbox.segments import size
from sandbox.settings import Settings
from sandbox.testnumbers import FAILS, SILENT
from sandbox.world import World


class Carrier:
    """Puts texts onto phones.  Any number gets SMS; a test number or a silent phone may not."""

    def __init__(self, settings: Settings, world: World) -> None:
        self._settings = settings
        self._world = world

    def take(
        self, *, our_id: str, gateway_id: str, gateway: Literal["http", "twilio"], sender: str, to: str, text: str
    ) -> Sms:
        """A text has been accepted: it is counted, priced, and on its way."""
        measured = size(text)
        taken = Sms(
            id=our_id,
            gateway_id=gateway_id,
            gateway=gateway,
            sender=sender,
            to=to,
            text=text,
            characters=measured.characters,
            parts=measured.parts,
            price=measured.parts * self._settings.sms_price,
            at=self._world.clock(),
        )
        self._world.texts.append(taken)
        self._tell(taken)
        detail = f"{measured.parts} tin, {taken.price} ₫"
        self._world.route.add(to, "Tổng đài SMS đã nhận", detail, "out", "sms", our_id)
        return taken

    def fate(self, sms: Sms) -> Literal["delivered", "failed", "silent"]:
        """What becomes of a text, known beforehand by its number."""
        if sms.to == FAILS:
            return "failed"
        owner = self._world.by_phone(sms.to)
        silent = sms.to == SILENT or (owner is not None and owner.silent)
        return "silent" if silent else "delivered"

    def arrive(self, sms: Sms, state: State) -> None:
        """The text has arrived, or never will."""
        sms.state = state
        self._tell(sms)
        good = state == "delivered"
        title = "SMS đã tới điện thoại" if good else "SMS không tới"
        self._world.route.add(sms.to, title, "biên nhận từ tổng đài", "done" if good else "fail", "sms", sms.id)

    def _tell(self, sms: Sms) -> None:
        owner = self._world.by_phone(sms.to)
        if owner is None:
            self._world.stir()
        else:
            self._world.publish("sms", owner.key, sms_item(sms))


def sms_item(sms: Sms) -> dict[str, object]:
    """An SMS as the phone page reads it."""
    return {
        "id": sms.id,
        "sender": sms.sender,
        "text": sms.text,
        "parts": sms.parts,
        "characters": sms.characters,
        "price": sms.price,
        "at": sms.at.isoformat(),
        "state": sms.state,
    }

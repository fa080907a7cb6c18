"""What messages cost at the carriers in play, counted by themselves, and the budgets that the house must keep."""

import sqlite3
from datetime import date, datetime, timedelta
from math import ceil
from typing import NamedTuple

from channels.message import Message
from delivery.event import EventName
from delivery.money.meters import Settings
from delivery.money.prices import Price
from delivery.routing import Path
from tests.simulation.carriers import Effect
from tests.simulation.trace import Breach

_SMS = {"": 420, "mot": 420, "hai": 300}
"""Đồng a part, by gateway."""

_OTHERS = {Path.ZALO_USER: 210, Path.ZALO_PHONE: 300}

PRICES = (
    *(Price(path=Path.SMS, since=date(2026, 1, 1), dong=dong, gateway=name) for name, dong in _SMS.items()),
    *(Price(path=path, since=date(2026, 1, 1), dong=dong, charged="delivered") for path, dong in _OTHERS.items()),
    Price(path=Path.EMAIL, since=date(2026, 1, 1), dong=0),
)
"""The same for the house, as its configuration has it."""

_EXEMPT = (EventName.REPLY, EventName.VERIFY_CODE)
_VIETNAM = timedelta(hours=7)


def gateway_price(gateway: str) -> float:
    return _SMS[gateway]


def cost(message: Message, path: Path, gateway: str) -> int:
    """In đồng, as the carrier counts it: an SMS by its parts."""
    return _SMS[gateway] * _parts(message.text) if path is Path.SMS else _OTHERS.get(path, 0)


def _parts(text: str) -> int:
    """Of 160 and 153 septets in plain letters, else of 70 and 67 characters."""
    plain = all(ord(letter) < 128 for letter in text)
    length = len(text) + (sum(letter in "^{}\\[~]|" for letter in text) if plain else 0)
    whole, part = (160, 153) if plain else (70, 67)
    return 1 if length <= whole else ceil(length / part)


class Charge(NamedTuple):
    """An effect that its carrier charges, and whose money it is."""

    effect: Effect
    exempt: bool
    agency: str | None
    left: str  # the moment in Vietnam when it was marked to leave, and money set aside for it; a repeat spends the same

    def in_time_for(self, other: "Charge") -> bool:
        """Whether the budget had to know of it. Those who have asked are answered whatever it costs, and later."""
        return not self.exempt or self.left < other.left

    @property
    def dong(self) -> int:
        """What does not arrive is charged as an SMS alone."""
        return 0 if self.effect.failed and self.effect.path is not Path.SMS else self.effect.dong


class Accounts:
    """Judges each effect that costs money: what the carriers will charge never passes a limit."""

    def __init__(self, sql: sqlite3.Connection, settings: Settings) -> None:
        self._sql = sql
        self._settings = settings
        self._charges: list[Charge] = []

    def took(self, effect: Effect) -> None:
        """All but what was asked for must have fitted in when it was marked to leave."""
        if not effect.dong or not self._settings.spends or (charge := self._charge(effect)) is None:
            return
        self._charges.append(charge)
        if charge.exempt:
            return
        for scope, letters, most in self._limits(charge.agency):
            period = charge.left[:letters]
            mine = (one for one in self._charges if scope in ("all", one.agency) and one.in_time_for(charge))
            spent = sum(one.dong for one in mine if one.left.startswith(period))
            if most and spent > most:
                raise Breach(f"budget: {effect.message_id} brings {scope} in {period} to {spent} of {most} đồng")

    def _limits(self, agency: str | None) -> list[tuple[str, int, int]]:
        """(whose, letters of a moment that name the period, đồng)."""
        mine, day, month = self._settings, len("2026-06-25"), len("2026-06")
        whole = [("all", day, mine.day), ("all", month, mine.month)]
        return whole + ([(agency, day, mine.agency_day)] if agency else [])

    def _charge(self, effect: Effect) -> Charge | None:
        query = (
            "SELECT event, agency, at FROM message JOIN attempt ON message_id = message.id"
            " WHERE message.id = ? AND step = 'sending' ORDER BY price > 0 DESC, attempt.rowid DESC LIMIT 1"
        )
        found = self._sql.execute(query, (effect.message_id,)).fetchone()
        if found is None:
            return None
        event, agency, at = found
        left = datetime.fromisoformat(at) + _VIETNAM
        return Charge(effect, EventName(event) in _EXEMPT, agency, left.isoformat(" "))

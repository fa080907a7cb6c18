"""How Zalo checks a template message before it takes it: the template, its values, the hours, the quotas.

Source: facts/zalo.md sections 4 and 7.2.
"""

import re
from collections import Counter
from datetime import datetime, timedelta, timezone
from unicodedata import normalize

from sandbox.settings import Parameter, Settings, TemplateSpec
from sandbox.world import World
from sandbox.zalo_gate import Refused

VIETNAM = timezone(timedelta(hours=7))
NUMBER = re.compile(r"-?\d+(\.\d+)?")
CURRENCY = re.compile(r"[1-9]\d*|0")
DATE = re.compile(r"(\d{2}:\d{2}(:\d{2})?)?( ?\d{2}/\d{2}/\d{4})?|\d{2}/\d{4}")
TAGS = {1: "TRANSACTION", 2: "CUSTOMER_CARE", 3: "PROMOTION"}


class Templates:
    """The registered templates, and what has been sent of each today (Vietnam time)."""

    def __init__(self, settings: Settings, world: World) -> None:
        self._settings = settings
        self._world = world
        self._sent: Counter[tuple[str, str]] = Counter()
        self.spent = 0

    def approved(self, template_id: object, *, development: bool = False) -> TemplateSpec:
        """The template, if it may be sent from; a pending one only in development."""
        spec = self._settings.templates.get(str(template_id))
        if spec is None or spec.status == "DELETE":
            raise Refused(-109)
        if not spec.owned:
            raise Refused(-117)
        if spec.status == "DISABLE" and spec.quality == "LOW":
            raise Refused(-146)
        if spec.status != "ENABLE" and not (development and spec.status == "PENDING_REVIEW"):
            raise Refused(-131)
        return spec

    def check_hour(self, spec: TemplateSpec) -> None:
        """Refuse what may not go at this hour (-133), by the profile of the settings."""
        hour = self._world.clock().astimezone(VIETNAM).hour
        night = hour >= 22 or hour < 6
        if self._settings.hours == "legacy" and night:
            raise Refused(-133)
        if self._settings.hours == "zbs2026" and spec.tag != 1 and not 7 <= hour < 22:
            raise Refused(-133)

    def check_money(self, price: int) -> None:
        """Refuse when the OA is not verified (-135) or its purse cannot bear the price (-115)."""
        if not self._settings.verified:
            raise Refused(-135)
        if self._settings.balance is not None and self.spent + price > self._settings.balance:
            raise Refused(-115)

    def check_quota(self, template_id: str, spec: TemplateSpec) -> None:
        """Refuse above the OA's day (-144) or the template's (-147)."""
        today = self._today()
        if self._sent[today, ""] >= self._settings.daily_quota:
            raise Refused(-144)
        if spec.daily_limit is not None and self._sent[today, template_id] >= spec.daily_limit:
            raise Refused(-147)

    def count(self, template_id: str, price: int) -> None:
        """One more sent."""
        today = self._today()
        self._sent[today, ""] += 1
        self._sent[today, template_id] += 1
        self.spent += price

    def remaining(self) -> int:
        """How many more the OA may send today."""
        return self._settings.daily_quota - self._sent[self._today(), ""]

    def _today(self) -> str:
        return day_of(self._world.clock())


def day_of(moment: datetime) -> str:
    """The day in Vietnam, as an ISO date."""
    return moment.astimezone(VIETNAM).date().isoformat()


def checked_values(spec: TemplateSpec, data: object) -> dict[str, object]:
    """The values of a template message, or Zalo's refusal: -111 empty, -112 not registered, then each by itself."""
    if not isinstance(data, dict) or (spec.parameters and not data):
        raise Refused(-111)
    known = {each.name for each in spec.parameters}
    extra = next((name for name in data if name not in known), None)
    if extra is not None:
        raise Refused(-112, f"Template data invalid: {extra} is not defined")
    for parameter in spec.parameters:
        _check(parameter, data.get(parameter.name))
    return data


def _check(parameter: Parameter, value: object) -> None:
    if value is None or value == "":
        if parameter.required and not parameter.accept_null:
            raise Refused(-1122, f"Template data missing parameter: {parameter.name}")
        return
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise Refused(-1124, f"Parameter {parameter.name} has a wrong format")
    text = str(value)
    if len(text) > parameter.longest:
        raise Refused(-1121, f"Parameter {parameter.name} exceeds the maximum length")
    right = {"NUMBER": NUMBER, "CURRENCY": CURRENCY, "DATE": DATE}.get(parameter.kind)
    if right is not None and not right.fullmatch(text):
        raise Refused(-1124, f"Parameter {parameter.name} has a wrong format")


def composed(text: str) -> str:
    """Text as Zalo counts it: composed (NFC) characters."""
    return normalize("NFC", text)

"""Dossiers whose results are handed over, and the asking about them over the real planner."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from delivery.planner import Planner
from delivery.policy import RoutingSettings, Settings
from delivery.routing import Router, Templates
from dossiers.intake import Intake
from dossiers.naming import Naming
from store.nouns import Store
from surveys import settings
from surveys.answering import Answering
from surveys.asking import Asking
from surveys.definition import load


class NoCatalogue:
    def get(self, code: str) -> None:
        return None


class PlayChannel:
    """Declares that it is there; nothing is sent through it."""

    name = "zalo"


@dataclass(kw_only=True)
class Office:
    """An office that hands over results, and asks how it was."""

    store: Store
    clock: Any
    intake: Intake
    asking: Asking
    answering: Answering

    async def citizen(self, number: int, *, says: bool = True) -> str:
        """A person with a phone and a linked Zalo account; who `says` something can be answered for free."""
        phone, user = f"84912340{number:03d}", str(number)
        async with self.store.database.transaction() as tx:
            person = (await self.store.people.ensure(tx, [("phone", phone)], self.clock()))["phone", phone]
            await self.store.people.link(tx, person, "zalo", user, self.clock())
            if says:
                await self.store.people.spoke(tx, "zalo", user, self.clock())
        return person

    async def files(self, number: int, serial: int = 1, status: int = 2, days_ago: float = 5) -> None:
        await self._take(number, serial, status, self.clock() - timedelta(days=days_ago))

    async def returns(self, number: int, serial: int = 1, hours_ago: float = 4) -> None:
        await self._take(number, serial, 10, self.clock() - timedelta(hours=hours_ago))

    async def _take(self, number: int, serial: int, status: int, at: datetime) -> None:
        row = {
            "code": f"H36.21-260601-{number:02d}{serial:02d}",
            "procedure_code": "1.001193",
            "status": status,
            "status_at": at.isoformat(),
            "agency": {"code": "H36.21" if number < 50 else "H36.22", "name": "UBND phường"},
            "applicant": {"name": "Nguyễn Văn An", "phone": f"0912340{number:03d}"},
        }
        (result,) = await self.intake.take([row], source="igate", first_load=True)
        assert result.errors == ()

    async def messages(self) -> int:
        async with self.store.database.reading() as tx:
            return int(
                (await tx.exec_driver_sql("SELECT count(*) FROM message WHERE event = 'survey_invite'")).scalar_one()
            )


@pytest.fixture
def office(store: Store, clock: Any) -> Office:
    channels: Any = {"zalo": PlayChannel()}
    router = Router(channels, order=("zalo",), templates=Templates(by_event={}))
    planner = Planner(store, router, settings=Settings(mode="live"), routing=RoutingSettings(), clock=clock)
    definition = load()
    return Office(
        store=store,
        clock=clock,
        intake=Intake(store, planner, Naming(NoCatalogue()), announce_within=timedelta(hours=24), clock=clock),
        asking=Asking(store, planner, router, definition, settings.Settings(), clock),
        answering=Answering(store, definition),
    )

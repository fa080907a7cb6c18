"""A dossier on the wire, and the real intake over the real planner, with channels that nothing is sent through."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from channels.channel import Capabilities
from channels.message import Mailbox, Phone
from delivery.planner import Planner
from delivery.policy import RoutingSettings, Settings
from delivery.routing import Router, Templates
from dossiers.intake import Intake, RowResult
from dossiers.lookup import Lookup
from dossiers.naming import Naming
from store.dossiers import Stored
from store.nouns import Store
from store.outbox.tables import OutboxMessage

CODE = "H36.21-260622-0001"
WIRE: dict[str, Any] = {
    "code": CODE,
    "aliases": ["G22.99-260622-000123"],
    "source_id": "igate",
    "procedure_code": "1.004873",
    "procedure_name": "Cấp Giấy xác nhận tình trạng hôn nhân",
    "status": 2,
    "status_at": "2026-06-25T08:40:00+07:00",
    "filing_channel": "counter",
    "agency": {"code": "H36.21", "name": "UBND phường Bắc Gia Nghĩa", "level": "commune"},
    "reception_place": "Bộ phận Một cửa phường",
    "department": None,
    "pickup_place": None,
    "return_by": "counter",
    "applicant": {
        "kind": "citizen",
        "name": "Nguyễn Văn An",
        "phone": "0912345678",
        "email": "an@example.vn",
        "id_number": "067201000123",
        "tax_code": None,
    },
    "delegate": None,
    "submitted_at": "2026-06-22T09:00:00+07:00",
    "received_at": "2026-06-22T09:10:00+07:00",
    "due_at": "2026-06-30T17:00:00+07:00",
    "fees": [],
    "supplement": {"items": [], "due_at": None},
    "public_reason": None,
    "note": "internal, never shown",
}
FEE = {
    "id": "LP-1",
    "kind": "state_fee",
    "name": "Lệ phí",
    "amount": 15000,
    "due_at": "2026-06-29T17:00:00+07:00",
    "payment_url": None,
    "paid_at": None,
}


@dataclass(frozen=True)
class PlayProcedure:
    name: str
    sensitive: bool = False


class PlayCatalogue:
    """Two procedures, one of which must never be named."""

    def get(self, code: str) -> PlayProcedure | None:
        known = {
            "1.004873": PlayProcedure("Cấp Giấy xác nhận tình trạng hôn nhân"),
            "3.000333": PlayProcedure("Cấp Phiếu lý lịch tư pháp", sensitive=True),
        }
        return known.get(code)


class PlayChannel:
    """Declares what it can reach; these tests plan and send nothing."""

    def __init__(self, name: str, address: type) -> None:
        self.name = name
        self.can = Capabilities(addresses=frozenset({address}), longest=2000, receipts=True)


@pytest.fixture
def row() -> Callable[..., dict[str, Any]]:
    """A dossier on the wire, with changes."""

    def make(**changes: Any) -> dict[str, Any]:
        return deepcopy(WIRE) | changes

    return make


@pytest.fixture
def fee() -> Callable[..., dict[str, Any]]:
    def make(**changes: Any) -> dict[str, Any]:
        return FEE | changes

    return make


@pytest.fixture
def naming() -> Naming:
    return Naming(PlayCatalogue(), sensitive={"9.000001"})


@pytest.fixture
def planner(store: Store, clock) -> Planner:
    channels = {"sms": PlayChannel("sms", Phone), "email": PlayChannel("email", Mailbox)}
    router = Router(channels, order=("sms", "email"), templates=Templates(by_event={}))
    routing = RoutingSettings(quiet_hours="")
    return Planner(store, router, settings=Settings(mode="live"), routing=routing, off=["processing"], clock=clock)


@pytest.fixture
def intake(store: Store, planner: Planner, naming: Naming, clock) -> Intake:
    return Intake(store, planner, naming, announce_within=timedelta(hours=24), clock=clock)


@pytest.fixture
def lookup(store: Store, naming: Naming, clock) -> Lookup:
    return Lookup(store, naming, clock=clock)


class Desk:
    """The intake as these tests speak of it."""

    def __init__(self, store: Store, intake: Intake) -> None:
        self.store = store
        self._intake = intake

    async def take(self, *rows: object, **how: Any) -> list[RowResult]:
        return await self._intake.take(rows, source="igate", **how)

    async def stored(self, code: str = CODE) -> Stored:
        async with self.store.database.reading() as tx:
            found = await self.store.dossiers.find(tx, code)
        assert found is not None
        return found

    async def history(self, code: str = CODE) -> list[tuple[int, bool]]:
        """(status, unusual), oldest first."""
        stored = await self.stored(code)
        async with self.store.database.reading() as tx:
            return [(move.status, move.unusual) for move in await self.store.dossiers.history(tx, stored.id)]

    async def messages(self, code: str = CODE) -> list[OutboxMessage]:
        """What was planned about a dossier, oldest first."""
        stored = await self.stored(code)
        async with self.store.database.reading() as tx:
            return (await self.store.outbox.of_dossier(tx, stored.id))[::-1]

    async def told(self, code: str = CODE) -> list[str]:
        return [message.event for message in await self.messages(code)]


@pytest.fixture
def desk(store: Store, intake: Intake) -> Desk:
    return Desk(store, intake)

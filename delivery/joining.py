"""Several notices that are due together for one person leave as one message (gộp tin).

Decided inside the claim, when the first of them may leave: until then each waits by itself and can be overtaken. A
digest (bản tin trong ngày) is the same with a longer wait: the planner gives its notices the hour of the day's digest.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from delivery.event import EventName
from delivery.policy import CARRIERS, JOINABLE, POLICIES, Lane, Settings
from delivery.routing import Path
from delivery.switch import Held
from delivery.texts.fields import MOST_DOSSIERS
from delivery.ways import Ways
from store.database import Tx
from store.nouns import Store
from store.outbox.queue import natural_key
from store.outbox.tables import Claimed, Draft, Move, State
from vietnam.calendar import day
from vietnam.money import dong

LONGEST_SMS = 290
"""Characters that the lines of a joined SMS may take, so that with its beginning and its end it is two parts."""

_ROOM: Mapping[str, int] = {Path.ZALO_CHAT: 15, Path.TELEGRAM: 30, Path.SMS: 20, Path.EMAIL: MOST_DOSSIERS}
"""Dossiers that a path can name; those that are not here (Zalo's registered templates) can name one alone."""

_WORDS: Mapping[str, str] = {
    EventName.SUBMITTED: "đã nộp",
    EventName.RECEIVED: "đã được tiếp nhận",
    EventName.PROCESSING: "đang được xử lý",
    EventName.FEE_REQUIRED: "cần nộp phí, lệ phí",
    EventName.WITHDRAWN: "đã rút",
    EventName.DONE: "đã có kết quả",
    EventName.RETURNED: "đã trả kết quả",
    EventName.FEE_PAID: "đã nộp phí, lệ phí",
    EventName.FEE_REMINDER: "sắp đến hạn nộp phí, lệ phí",
}
_COMMON = ("agency", "agency_short", "hotline", "person_name", "service")
"""Fields that a joined message shows where all its dossiers agree."""


class Joining:
    """The company of claimed messages. Without `settings.settling` only digests are joined."""

    def __init__(self, store: Store, ways: Ways, settings: Settings) -> None:
        self._store = store
        self._ways = ways
        self._settings = settings
        self._window = timedelta(minutes=settings.join_within_minutes if settings.settling else 0)

    async def gathered(self, tx: Tx, rows: Sequence[Claimed], held: Held, now: datetime) -> list[Claimed]:
        """The claimed rows, each that has company replaced by its carrier; who waits for company is put off."""
        leaders = [row for row in rows if self._may_lead(row)]
        company = await self._store.outbox.company(tx, leaders) if leaders else {}
        later: dict[str, datetime] = {}
        joined: dict[str, tuple[Draft, list[Claimed]]] = {}
        for leader in leaders:
            others = [one for one in company[leader.message_id] if _plain(one)]
            if until := self._waits_until(leader, others, now):
                later[leader.message_id] = until
            elif together := await self._together(tx, leader, company[leader.message_id], held, now):
                joined[leader.message_id] = (self._carrier([leader, *together], now), [leader, *together])
        await self._store.outbox.put_off(tx, later)
        await self._store.outbox.join(tx, list(joined.values()), now)
        made = await self._store.outbox.open_rows(tx, [draft.id for draft, _ in joined.values()]) if joined else {}
        return [
            made[joined[row.message_id][0].id] if row.message_id in joined else row
            for row in rows
            if row.message_id not in later
        ]

    async def apart(self, tx: Tx, ends: Sequence[Move], now: datetime) -> list[Move]:
        """A carrier with no way left is taken apart: what it carried may have ways of its own. The other ends."""
        failed = [move.message_id for move in ends if move.state is State.FAILED]
        open_rows = await self._store.outbox.open_rows(tx, failed) if failed else {}
        carriers = [row for row in open_rows.values() if row.event in CARRIERS]
        separated = await self._store.outbox.separate(tx, carriers, now) if carriers else set()
        return [move for move in ends if move.message_id not in separated]

    def _may_lead(self, row: Claimed) -> bool:
        return _plain(row) and (_is_digest(row) or self._window > timedelta(0))

    def _waits_until(self, leader: Claimed, others: Sequence[Claimed], now: datetime) -> datetime | None:
        """When the last of the company that settles within the window has settled; None when there is none."""
        if _is_digest(leader):
            return None
        last = _own_due(leader) + self._window
        return max(
            (one.due_at for one in others if now < one.due_at <= last and not _is_digest(one) and _alike(leader, one)),
            default=None,
        )

    async def _together(
        self, tx: Tx, leader: Claimed, company: Sequence[Claimed], held: Held, now: datetime
    ) -> list[Claimed]:
        """Who goes with the leader: all that are due, in order, up to the first that must go by itself."""
        found: list[Claimed] = []
        for one in company:
            if one.due_at > now or one.message_id < leader.message_id:
                continue  # it waits for its own hour, and is in nobody's way
            if not _plain(one) or not _alike(leader, one) or not self._may_leave(one, leader, held):
                break
            found.append(one)
        if not found:
            return []
        if _is_digest(leader):
            return found[: MOST_DOSSIERS - 1]
        return await self._on_one_path(tx, leader, found, now)

    async def _on_one_path(self, tx: Tx, leader: Claimed, others: Sequence[Claimed], now: datetime) -> list[Claimed]:
        """Of these, in order, those that would take the leader's path, and fit into one message of it."""
        first, *rest = await self._ways.of(tx, [leader, *others], now)
        path = first.routes[0].path if first.routes else None
        room = 0 if path is None else _ROOM.get(path, 0)
        found: list[Claimed] = []
        for way in rest:
            if not way.routes or way.routes[0].path is not path or len(found) + 1 >= room:
                break
            if path is Path.SMS and not _fits_sms([leader, *found, way.row]):
                break
            found.append(way.row)
        return found

    def _may_leave(self, one: Claimed, leader: Claimed, held: Held) -> bool:
        """Nothing holds it back by itself; across agencies only where the service as a whole is live."""
        kind = _carrier_event(leader).value
        return (
            not held.stops(one)
            and self._settings.mode_of(one.event, one.agency) == "live"
            and self._settings.mode_of(kind, _agency([leader, one])) == "live"
        )

    def _carrier(self, rows: Sequence[Claimed], now: datetime) -> Draft:
        carrier_id = self._store.ids()
        return _carrier(rows, carrier_id, natural_key(self._store.seal, (carrier_id, "carrier")), now)


def _plain(row: Claimed) -> bool:
    """A notice that has not been tried yet and that one line can tell."""
    return (
        row.readable
        and row.event in JOINABLE
        and row.lane == Lane.NOTICE
        and row.attempt == 0
        and not row.tried
        and row.body.get("to") is None
        and bool(_fields(row).get("code"))
    )


def _alike(leader: Claimed, one: Claimed) -> bool:
    """To the same addresses, by the same choice of channel, living equally long."""
    same = all(leader.body.get(name) == one.body.get(name) for name in ("phone", "email", "only", "digest"))
    return same and POLICIES[EventName(leader.event)].life == POLICIES[EventName(one.event)].life


def _own_due(row: Claimed) -> datetime:
    """When it was due by its own settling: the wait for company counts from there, however often it is put off."""
    happened = row.body.get("at")
    since = min(datetime.fromisoformat(happened), row.created_at) if isinstance(happened, str) else row.created_at
    return max(row.created_at, since + POLICIES[EventName(row.event)].settle)


def _is_digest(row: Claimed) -> bool:
    return bool(row.body.get("digest"))


def _carrier_event(leader: Claimed) -> EventName:
    return EventName.DIGEST if _is_digest(leader) else EventName.JOINED


def _carrier(rows: Sequence[Claimed], carrier_id: str, key: bytes, now: datetime) -> Draft:
    leader = rows[0]
    names = ("phone", "email", "to", "only", "order")
    body = {name: leader.body.get(name) for name in names}
    return Draft(
        id=carrier_id,
        natural_key=key,
        recipient=leader.recipient,
        person_id=leader.person_id,
        event=_carrier_event(leader).value,
        about=carrier_id,
        lane=leader.lane,
        created_at=now,
        due_at=now,
        expires_at=min(row.expires_at for row in rows),
        body=body | {"fields": _told(rows), "text": None, "buttons": [], "at": now.isoformat()},
        channel=leader.channel,
        path=leader.path,
        agency=_agency(rows),
        filing_channel=_same([row.filing_channel for row in rows]),
    )


def _told(rows: Sequence[Claimed]) -> dict[str, Any]:
    """The fields of a joined message: a line a dossier, and what all of them agree on."""
    fields: dict[str, Any] = {"dossiers": [_line(row) for row in rows], "listed": _fits_sms(rows)}
    common = {name: _same([_fields(row).get(name) for row in rows]) for name in _COMMON}
    return fields | {name: value for name, value in common.items() if value is not None}


def _line(row: Claimed) -> dict[str, str]:
    fields = _fields(row)
    return {"code": str(fields["code"]), "words": _WORDS[row.event] + _more(row.event, fields)}


def _more(event: str, fields: Mapping[str, Any]) -> str:
    """The sum and the day that the line would be useless without."""
    match event:
        case EventName.FEE_REQUIRED | EventName.FEE_REMINDER:
            return _sum(fields.get("total")) + _until(", hạn", fields.get("fee_due_at"))
        case EventName.RECEIVED:
            return _until(", hẹn trả", fields.get("due_at"))
        case EventName.DONE if fields.get("total"):
            return f", khi nhận xin nộp{_sum(fields.get('total'))}"
        case EventName.FEE_PAID:
            return _sum(fields.get("amount"))
    return ""


def _sum(amount: object) -> str:
    return f" {dong(amount)}" if isinstance(amount, int) and amount else ""


def _until(word: str, moment: object) -> str:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return f"{word} {day(moment)}" if isinstance(moment, datetime) else ""


def _fits_sms(rows: Sequence[Claimed]) -> bool:
    """Whether an SMS of two parts can name each; digests name one and say how many."""
    lines = [_line(row) for row in rows]
    return sum(len(line["code"]) + len(line["words"]) + len("Ho so  ; ") for line in lines) <= LONGEST_SMS


def _agency(rows: Sequence[Claimed]) -> str | None:
    return _same([row.agency for row in rows])


def _same(values: Sequence[str | None]) -> str | None:
    return values[0] if len(set(values)) == 1 else None


def _fields(row: Claimed) -> Mapping[str, Any]:
    fields = row.body.get("fields")
    return fields if isinstance(fields, dict) else {}

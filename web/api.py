"""/api/v1 for other systems: dossiers in, a dossier's state out, procedures by a citizen's words."""

from collections import Counter
from collections.abc import Callable, Sequence

from aiohttp import web

from dossiers.intake import Intake, RowResult
from dossiers.lookup import Lookup
from dossiers.statuses import Status
from procedures.catalogue import Procedure
from store.dossier import Fee
from store.dossiers import Moved, Stored
from store.nouns import Store
from store.outbox.tables import OutboxMessage
from web.guard import Guard, json_body
from web.metrics import Metrics
from web.problems import Problem, answering, json

Search = Callable[[str, int], Sequence[Procedure]]
"""Procedures nearest to a citizen's words, best first, at most so many."""

MOST_ROWS = 1000
LIMIT = 8 * 1024 * 1024
"""Bytes of a batch: a thousand full dossiers have some two million."""
_LONGEST_QUESTION = 200
_LONGEST_CODE = 60
_MOST_FOUND = 10


class Api:
    def __init__(
        self, store: Store, intake: Intake, lookup: Lookup, guard: Guard, metrics: Metrics, *, search: Search
    ) -> None:
        self._store = store
        self._intake = intake
        self._lookup = lookup
        self._guard = guard
        self._metrics = metrics
        self._search = search

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/v1/dossiers", answering(self.take)),
            web.get("/api/v1/dossiers/{code}", answering(self.dossier), allow_head=False),
            web.get("/api/v1/procedures", answering(self.procedures), allow_head=False),
        ]

    async def take(self, request: web.Request) -> web.StreamResponse:
        """A batch of dossiers; a row that is wrong is reported, the others go through."""
        key = await self._guard.key(request, "dossiers:write")
        rows = _rows(await json_body(request, LIMIT))
        results = await self._intake.take(rows, source=key.name, key=key)
        for outcome, count in Counter(result.outcome.value for result in results).items():
            self._metrics.rows.labels(outcome).inc(count)
        return json({"results": [_result(result) for result in results]})

    async def dossier(self, request: web.Request) -> web.StreamResponse:
        """How a dossier stands and what was sent about it; nothing personal."""
        key = await self._guard.key(request, "dossiers:read")
        code = request.match_info["code"]
        if len(code) > _LONGEST_CODE or "\0" in code:
            raise Problem(404)
        async with self._store.database.reading() as tx:
            stored = await self._lookup.find(tx, code)
            if stored is None or not key.covers(stored.dossier.agency.code):
                raise Problem(404)
            history = await self._store.dossiers.history(tx, stored.id)
            messages = await self._store.outbox.of_dossier(tx, stored.id)
        return json(_dossier(stored, history, messages))

    async def procedures(self, request: web.Request) -> web.StreamResponse:
        """Procedures that a citizen's words may mean."""
        await self._guard.key(request, "procedures:read")
        words = request.query.get("q", "").strip()
        if not words or len(words) > _LONGEST_QUESTION:
            error = {"field": "q", "reason": f"cần từ 1 đến {_LONGEST_QUESTION} ký tự"}
            raise Problem(422, errors=[error])
        return json({"procedures": [_procedure(one) for one in self._search(words, _MOST_FOUND)]})


def _rows(body: object) -> list[object]:
    rows = body.get("dossiers") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise Problem(422, errors=[{"field": "dossiers", "reason": "phải là một danh sách hồ sơ"}])
    if len(rows) > MOST_ROWS:
        raise Problem(413, f"Nhiều nhất {MOST_ROWS} hồ sơ một lần.")
    return rows


def _result(result: RowResult) -> dict[str, object]:
    return {
        "row": result.row,
        "code": result.code,
        "outcome": result.outcome.value,
        "errors": [{"field": error.field, "reason": error.reason} for error in result.errors],
        "unknown_fields": list(result.unknown_fields),
        "messages": list(result.messages),
    }


def _dossier(stored: Stored, history: Sequence[Moved], messages: Sequence[OutboxMessage]) -> dict[str, object]:
    dossier = stored.dossier
    return {
        "code": dossier.code,
        "aliases": list(dossier.aliases),
        "source_id": dossier.source_id,
        "procedure_code": dossier.procedure_code,
        "status": dossier.status,
        "status_name": Status(dossier.status).words,
        "status_at": dossier.status_at,
        "filing_channel": dossier.filing_channel,
        "agency": {"code": dossier.agency.code, "name": dossier.agency.name, "level": dossier.agency.level},
        "submitted_at": dossier.submitted_at,
        "received_at": dossier.received_at,
        "due_at": dossier.due_at,
        "fees": [_fee(fee) for fee in dossier.fees],
        "history": [{"status": move.status, "status_at": move.status_at, "unusual": move.unusual} for move in history],
        "messages": [
            {"id": message.id, "event": message.event, "state": message.state.value, "created_at": message.created_at}
            for message in messages
        ],
    }


def _fee(fee: Fee) -> dict[str, object]:
    return {"id": fee.id, "kind": fee.kind, "amount": fee.amount, "due_at": fee.due_at, "paid_at": fee.paid_at}


def _procedure(procedure: Procedure) -> dict[str, object]:
    return {
        "code": procedure.code,
        "name": procedure.name,
        "field": procedure.field,
        "level": procedure.level,
        "agency": procedure.agency,
        "url": procedure.url,
        "source": procedure.source,
        "as_of": procedure.as_of,
    }

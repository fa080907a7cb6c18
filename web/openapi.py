"""The description of /api/v1 for programmes (OpenAPI 3.1), made from the models that read the calls."""

from typing import Any

import orjson
from aiohttp import web
from pydantic.json_schema import models_json_schema

from dossiers.changes import Outcome
from dossiers.wire import WireDossier
from web.api import MOST_ROWS
from web.problems import TITLES
from web.wish import WireMessage

Json = dict[str, Any]

_REF = "#/components/schemas/{model}"
_TEXT: Json = {"type": "string"}
_MAYBE: Json = {"type": ["string", "null"]}
_MOMENT: Json = {"type": "string", "format": "date-time"}
_MAYBE_MOMENT: Json = {"type": ["string", "null"], "format": "date-time"}
_NUMBER: Json = {"type": "integer"}
EXAMPLE: Json = {
    "code": "H36.21-260622-0001",
    "procedure_code": "1.004873",
    "status": 6,
    "status_at": "2026-06-23T08:00:00+07:00",
    "filing_channel": "counter",
    "agency": {"code": "H36.21", "name": "UBND phường Bắc Gia Nghĩa", "level": "commune"},
    "applicant": {"kind": "citizen", "name": "Nguyễn Văn An", "phone": "0912345678"},
    "received_at": "2026-06-22T09:10:00+07:00",
    "due_at": "2026-06-25T17:00:00+07:00",
    "fees": [
        {
            "id": "LP-1",
            "kind": "state_fee",
            "name": "Lệ phí",
            "amount": 15000,
            "due_at": "2026-06-24T17:00:00+07:00",
        }
    ],
}


class OpenApi:
    """Made once; the same bytes for everybody."""

    def __init__(self, version: str, address: str) -> None:
        self._body = orjson.dumps(document(version, address))

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/openapi.json", self.show, allow_head=False)]

    async def show(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(body=self._body, content_type="application/json")


def document(version: str, address: str) -> Json:
    """The whole description."""
    _, made = models_json_schema([(WireDossier, "validation"), (WireMessage, "validation")], ref_template=_REF)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Một Cửa", "version": version, "summary": "Hồ sơ vào, tin nhắn ra."},
        "servers": [{"url": address}],
        "security": [{"key": []}],
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "motcua key add TÊN"}},
            "schemas": {**made["$defs"], **_SCHEMAS},
        },
        "paths": _paths(),
    }


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(of: Json) -> Json:
    return {"type": "array", "items": of}


def _ref(name: str) -> Json:
    return {"$ref": _REF.format(model=name)}


_SCHEMAS: Json = {
    "Problem": {
        "type": "object",
        "properties": {
            "type": _TEXT,
            "title": _TEXT,
            "status": _NUMBER,
            "detail": _TEXT,
            "errors": _list(_object(field=_TEXT, reason=_TEXT)),
        },
        "required": ["type", "title", "status"],
    },
    "Batch": _object(dossiers={**_list(_ref("WireDossier")), "maxItems": MOST_ROWS, "examples": [[EXAMPLE]]}),
    "RowResult": _object(
        row=_NUMBER,
        code=_MAYBE,
        outcome={"enum": [outcome.value for outcome in Outcome]},
        errors=_list(_object(field=_TEXT, reason=_TEXT)),
        unknown_fields=_list(_TEXT),
        messages=_list(_TEXT),
    ),
    "Results": _object(results=_list(_ref("RowResult"))),
    "Dossier": _object(
        code=_TEXT,
        aliases=_list(_TEXT),
        source_id=_TEXT,
        procedure_code=_TEXT,
        status={"type": "integer", "minimum": 1, "maximum": 10},
        status_name=_TEXT,
        status_at=_MOMENT,
        filing_channel=_MAYBE,
        agency=_object(code=_TEXT, name=_MAYBE, level=_MAYBE),
        submitted_at=_MAYBE_MOMENT,
        received_at=_MAYBE_MOMENT,
        due_at=_MAYBE_MOMENT,
        fees=_list(_object(id=_TEXT, kind=_TEXT, amount=_NUMBER, due_at=_MAYBE_MOMENT, paid_at=_MAYBE_MOMENT)),
        history=_list(_object(status=_NUMBER, status_at=_MOMENT, unusual={"type": "boolean"})),
        messages=_list(_object(id=_TEXT, event=_TEXT, state=_TEXT, created_at=_MOMENT)),
    ),
    "Procedures": _object(
        procedures=_list(
            _object(
                code=_TEXT,
                name=_TEXT,
                field=_TEXT,
                level=_TEXT,
                agency=_TEXT,
                url=_TEXT,
                source=_TEXT,
                as_of={"type": "string", "format": "date"},
            )
        )
    ),
    "Planned": _object(id=_MAYBE, outcome=_TEXT),
    "Message": _object(
        id=_TEXT,
        event=_TEXT,
        state={"enum": ["waiting", "sending", "accepted", "delivered", "failed", "expired", "unknown", "cancelled"]},
        channel=_MAYBE,
        created_at=_MOMENT,
        history=_list(
            _object(
                at=_MOMENT,
                step=_TEXT,
                channel=_MAYBE,
                path=_MAYBE,
                code=_MAYBE,
                price={"type": ["integer", "null"]},
                parts={"type": ["integer", "null"]},
            )
        ),
    ),
}


def _paths() -> Json:
    read = (401, 403, 404, 429)
    write = (400, 401, 403, 408, 413, 415, 422, 429)
    return {
        "/api/v1/dossiers": {
            "post": _operation("Gửi hồ sơ mới hoặc vừa thay đổi", 200, "Results", write, body="Batch")
            | {"operationId": "takeDossiers"}
        },
        "/api/v1/dossiers/{code}": {
            "get": _operation("Trạng thái một hồ sơ và các tin đã gửi", 200, "Dossier", read)
            | {"operationId": "getDossier", "parameters": [_in("path", "code")]}
        },
        "/api/v1/procedures": {
            "get": _operation("Tìm thủ tục bằng lời của người dân", 200, "Procedures", (401, 403, 422, 429))
            | {"operationId": "findProcedures", "parameters": [_in("query", "q", longest=200)]}
        },
        "/api/v1/messages": {
            "post": _operation("Gửi một tin cho một người", 202, "Planned", (*write, 409), body="WireMessage", also=200)
            | {"operationId": "sendMessage", "parameters": [_in("header", "Idempotency-Key", longest=200)]}
        },
        "/api/v1/messages/{id}": {
            "get": _operation("Tin đã tới đâu", 200, "Message", read)
            | {"operationId": "getMessage", "parameters": [_in("path", "id")]}
        },
    }


def _operation(
    summary: str, status: int, answer: str, problems: tuple[int, ...], *, body: str = "", also: int | None = None
) -> Json:
    good = {"description": "Đã nhận", "content": {"application/json": {"schema": _ref(answer)}}}
    responses: Json = {str(status): good} | ({str(also): good} if also else {})
    for code in sorted(problems):
        content = {"application/problem+json": {"schema": _ref("Problem")}}
        responses[str(code)] = {"description": TITLES[code], "content": content}
    operation: Json = {"summary": summary, "responses": responses}
    if body:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(body)}}}
    return operation


def _in(where: str, name: str, longest: int = 60) -> Json:
    schema = {"type": "string", "minLength": 1, "maxLength": longest}
    return {"name": name, "in": where, "required": True, "schema": schema}

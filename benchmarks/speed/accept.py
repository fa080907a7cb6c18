"""Accept: a thousand dossiers a call at the real service, answered when they are durable and their notices planned."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import quantiles
from typing import Any

import aiohttp
import orjson

from benchmarks.speed import house, letters
from benchmarks.speed.figures import Figure
from benchmarks.speed.servers import Kind
from benchmarks.speed.service import serving
from benchmarks.speed.setting import Setting, free_port, said
from web.guard import SCOPES

A_CALL = 1_000


@dataclass
class Line:
    """Calls of one kind, round by round."""

    rates: list[float] = field(default_factory=list)
    times: list[list[float]] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def add(self, seconds: list[float], cpu: float) -> None:
        self.rates.append(A_CALL * len(seconds) / sum(seconds))
        self.times.append([1_000 * one for one in seconds])
        self.cpu.append(cpu / len(seconds))


async def measure(setting: Setting) -> list[Figure]:
    """One client, one call after the other: on SQLite the whole service, on PostgreSQL its web process alone."""
    return [figure for kind in setting.databases for figure in await _of(setting, kind)]


async def _of(setting: Setting, kind: Kind) -> list[Figure]:
    calls = setting.of(5, 20, 100)
    lines = {"new dossiers": Line(), "the same again": Line()}
    for number in range(setting.rounds):
        await _round(setting, kind, calls, lines)
        said(
            f"accept {number + 1}: {kind}: {', '.join(f'{line.rates[-1]:,.0f}' for line in lines.values())} dossiers/s"
        )
    return [figure for name, line in lines.items() for figure in _figures(kind, name, line)]


async def _round(setting: Setting, kind: Kind, calls: int, lines: dict[str, Line]) -> None:
    """On an empty database: one call to warm what is cold, then so many with new dossiers, then the same again."""
    async with _service(setting, kind) as (url, key, spent), aiohttp.ClientSession() as session:
        session.headers["Authorization"] = f"Bearer {key}"
        await _call(session, url, _body(0), "created")
        bodies = [_body(call) for call in range(1, calls + 1)]
        for line, outcome in zip(lines.values(), ("created", "unchanged"), strict=True):
            before = spent()
            taken = [await _call(session, url, body, outcome) for body in bodies]
            line.add(taken, spent() - before)


def _figures(kind: Kind, name: str, line: Line) -> list[Figure]:
    figures = [Figure(part="accept", name=name, database=kind, unit="/s", values=line.rates, cpu=line.cpu)]
    return figures + [
        Figure(
            part="accept",
            name=f"{name}: p{share} of a call",
            database=kind,
            unit="ms",
            values=[percentile(one, share) for one in line.times],
        )
        for share in (50, 99)
    ]


@asynccontextmanager
async def _service(setting: Setting, kind: Kind) -> AsyncIterator[tuple[str, str, Callable[[], float]]]:
    """The address, a key, and what tells the CPU seconds spent so far by the service and the database server."""
    url = await setting.fresh(kind)
    await house.make_schema(url)
    configured = house.config(url, "http://127.0.0.1:9") | {"web": {"port": free_port()}}
    configured["delivery"] = configured["delivery"] | {"settling": True}  # what is planned waits: accepting alone
    async with house.rooms(configured) as rooms, rooms.store.database.transaction() as tx:
        key = await rooms.store.keys.add(tx, "igate", scopes=SCOPES, agency=None, at=house.now())
    role = "all" if kind == "sqlite" else "web"
    async with serving(setting.folder / "accept", configured, role) as (service,):
        yield (
            f"http://127.0.0.1:{configured['web']['port']}",
            key,
            lambda: service.cpu() + setting.server_cpu(kind),
        )
    await setting.drop(url)


async def _call(session: aiohttp.ClientSession, url: str, body: bytes, outcome: str) -> float:
    """Posts a thousand dossiers; the seconds until the answer. All of them must come to this."""
    began = time.monotonic()
    headers = {"Content-Type": "application/json"}
    async with session.post(f"{url}/api/v1/dossiers", data=body, headers=headers) as response:
        answered = await response.read()
    seconds = time.monotonic() - began
    outcomes = {result["outcome"] for result in orjson.loads(answered)["results"]}
    assert outcomes == {outcome}, outcomes
    return seconds


def _body(call: int) -> bytes:
    moment = house.now() - timedelta(minutes=1)
    return orjson.dumps({"dossiers": [dossier(call * A_CALL + number, moment) for number in range(A_CALL)]})


def dossier(number: int, moment: datetime) -> dict[str, Any]:
    """One dossier on the wire, as a province's system posts it, with a sum to pay and a person to tell."""
    at = moment.isoformat(timespec="seconds")
    return {
        "code": letters.code(number),
        "source_id": "igate",
        "procedure_code": "1.004873",
        "procedure_name": "Cấp Giấy xác nhận tình trạng hôn nhân",
        "status": 2,
        "status_at": at,
        "filing_channel": "counter",
        "agency": {"code": "H48.21", "name": "UBND phường Bắc Gia Nghĩa", "level": "commune"},
        "reception_place": "Bộ phận Một cửa phường Bắc Gia Nghĩa",
        "return_by": "counter",
        "applicant": {
            "kind": "citizen",
            "name": "Nguyễn Văn An",
            "phone": letters.phone(number),
            "email": f"an{number}@example.vn",
            "id_number": f"0672{number:08d}",
        },
        "submitted_at": at,
        "received_at": at,
        "due_at": (moment + timedelta(days=3)).isoformat(timespec="seconds"),
        "fees": [{"id": "LP-1", "kind": "state_fee", "name": "Lệ phí", "amount": 15_000, "paid_at": at}],
    }


def percentile(values: list[float], share: int) -> float:
    """The value that so many per cent of all stay under; 100 is the largest."""
    if share == 100:
        return max(values)
    return quantiles(values, n=100, method="inclusive")[share - 1] if len(values) > 1 else values[0]

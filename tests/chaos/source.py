"""A one-stop-shop system in play: it hands its dossiers over, and says a call again until the call is answered.

Each dossier has an applicant of its own, who is to be told once that it was received.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from tests.chaos.ground import Field
from tests.judge.judge import Accepted

CALLERS = 4
ROWS = 20
PAUSE = 0.05
"""Seconds between two tries of one caller."""


class Source:
    """`doors` are the addresses of the web processes: any of them may be asked, and asked again."""

    def __init__(self, field: Field, doors: Sequence[str], key: str) -> None:
        self.accepted: list[Accepted] = []
        self.unanswered = 0
        self.kept = 0  # calls without an answer that had been taken all the same
        self.halves: list[str] = []
        self._field = field
        self._doors = doors
        self._key = key
        self._numbers = itertools.count()
        self._enough = asyncio.Event()
        self._answered = asyncio.Event()
        self._door = ""

    @asynccontextmanager
    async def calling(self) -> AsyncIterator[None]:
        """All the while dossiers come in; on leaving, the last calls are answered too."""
        headers = {"Authorization": f"Bearer {self._key}"}
        async with aiohttp.ClientSession(headers=headers) as session, asyncio.TaskGroup() as callers:
            for _ in range(CALLERS):
                callers.create_task(self._calls(session))
            try:
                yield
            finally:
                self._enough.set()

    async def until_answered(self, calls: int) -> str:
        """Until so many calls more are answered; the door that answered last. TimeoutError."""
        for _ in range(calls):
            self._answered.clear()
            await asyncio.wait_for(self._answered.wait(), 60)
        return self._door

    async def _calls(self, session: aiohttp.ClientSession) -> None:
        while not self._enough.is_set():
            await self._call(session, [next(self._numbers) for _ in range(ROWS)])
            await asyncio.sleep(PAUSE)

    async def _call(self, session: aiohttp.ClientSession, numbers: Sequence[int]) -> None:
        """Until it is answered; then all of it is promised."""
        moment = self._field.now() - timedelta(minutes=1)
        body = {"dossiers": [_dossier(number, moment) for number in numbers]}
        unanswered = self.unanswered
        while not (outcomes := await self._asked(session, body)):  # noqa: ASYNC110 - another process answers
            await asyncio.sleep(PAUSE)
        if outcomes == {"unchanged"} and self.unanswered > unanswered:
            self.kept += 1
        elif outcomes != {"created"}:
            self.halves.append(f"{_code(numbers[0])}: {sorted(outcomes)}")
        self.accepted += [
            Accepted(key=_code(number), recipient=f"84{_phone(number)[1:]}", lane="notice", place=0)
            for number in numbers
        ]

    async def _asked(self, session: aiohttp.ClientSession, body: dict[str, Any]) -> set[str]:
        """What became of the rows; nothing when there was no answer. ClientResponseError when it was a refusal."""
        door = self._field.ground.chance.choice(self._doors)
        try:
            async with session.post(f"{door}/api/v1/dossiers", json=body, raise_for_status=True) as answer:
                results = (await answer.json())["results"]
        except aiohttp.ClientResponseError:
            raise
        except aiohttp.ClientConnectorError:
            return set()  # nobody was there to be asked
        except (aiohttp.ClientError, TimeoutError):
            self.unanswered += 1
            return set()
        self._door = door
        self._answered.set()
        return {result["outcome"] for result in results}


def _code(number: int) -> str:
    return f"H36.21-260622-{number:07d}"


def _phone(number: int) -> str:
    return f"0901{number:06d}"


def _dossier(number: int, moment: datetime) -> dict[str, Any]:
    """On the wire, as a province's system posts what was received at the counter."""
    at = moment.isoformat(timespec="seconds")
    return {
        "code": _code(number),
        "source_id": "igate",
        "procedure_code": "1.004873",
        "procedure_name": "Cấp Giấy xác nhận tình trạng hôn nhân",
        "status": 2,
        "status_at": at,
        "filing_channel": "counter",
        "agency": {"code": "H36.21", "name": "UBND phường Bắc Gia Nghĩa", "level": "commune"},
        "applicant": {"kind": "citizen", "name": "Nguyễn Văn An", "phone": _phone(number)},
        "submitted_at": at,
        "received_at": at,
        "due_at": (moment + timedelta(days=3)).isoformat(timespec="seconds"),
    }

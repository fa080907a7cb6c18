"""What happens in the demo: dossiers come, move and are told; a citizen asks; each step through the real doors."""

import random
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp

from motcua.demo.samples import Wire, moved, samples
from motcua.rooms import Rooms
from sandbox.server import Sandbox

SEED = 352
MOVES: tuple[tuple[int, tuple[int, ...]], ...] = (
    # every third dossier of the first dozen goes this way
    (0, (4, 9, 10)),
    (1, (2, 5)),
    (2, (4, 6)),
)
QUESTIONS = 2
PULLED = 8
"""How many dossiers move in the source alone, and are found there by the pull."""


class Story:
    """Speaks to the service as the one-stop-shop system would: over HTTP, with a key."""

    def __init__(self, rooms: Rooms, sandbox: Sandbox, *, url: str, key: str) -> None:
        self._rooms = rooms
        self._sandbox = sandbox
        self._url = url
        self._key = key
        self._wires = [self._named(wire) for wire in samples(rooms.clock(), random.Random(SEED))]  # noqa: S311

    async def chapters(self) -> AsyncIterator[list[str]]:
        """All dossiers come in, then the first dozen move on: the messages that each chapter caused."""
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {self._key}"}) as session:
            yield await self._post(session, self._wires)
            for wire in self._wires:
                self._sandbox.world.put_dossier(dict(wire))
            for turn in range(3):
                yield await self._post(session, self._moved(turn))

    async def move_in_source(self) -> list[str]:
        """Some dossiers move in the source alone; their codes. The pull finds them."""
        now = self._rooms.clock()
        codes = []
        for wire in self._wires[12 : 12 + PULLED]:
            status = 2 if wire["status"] == 1 else 9
            self._sandbox.world.put_dossier(moved(wire, status, now))
            codes.append(str(wire["code"]))
        return codes

    async def ask(self) -> None:
        """An asks as people do."""
        questions = ("lam khai sinh cho con can giay to gi", f"ho so {self._wires[0]['code']} toi dau roi")
        for question in questions[:QUESTIONS]:
            await self._sandbox.play.say("an", question)

    def _named(self, wire: Wire) -> Wire:
        """With the procedure's name, as the source itself would give it."""
        procedure = self._rooms.catalogue.get(wire["procedure_code"])
        return wire | {"procedure_name": None if procedure is None else procedure.name}

    def _moved(self, turn: int) -> list[Wire]:
        """The dossiers whose next step this is."""
        now = self._rooms.clock()
        changed = []
        for number, wire in enumerate(self._wires[:12]):
            way = MOVES[number % len(MOVES)][1]
            if turn < len(way):
                self._wires[number] = moved(wire, way[turn], now)
                self._sandbox.world.put_dossier(dict(self._wires[number]))
                changed.append(self._wires[number])
        return changed

    async def _post(self, session: aiohttp.ClientSession, wires: Sequence[dict[str, Any]]) -> list[str]:
        async with session.post(f"{self._url}/api/v1/dossiers", json={"dossiers": list(wires)}) as response:
            response.raise_for_status()
            results = (await response.json())["results"]
        refused = [result for result in results if result["outcome"] == "refused"]
        if refused:
            raise RuntimeError(f"the service refused a sample dossier: {refused[0]['errors']}")
        return [message for result in results for message in result["messages"]]

"""Pulling from a source over real HTTP: page by page, a first load in silence, faults that stop nothing for good."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from dossiers.pull import Pull, Refused, Unreachable, Unreadable
from dossiers.settings import PullSettings
from store.sources import Read

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class PlaySource:
    """Dossiers by a running number; the cursor is the last number given."""

    def __init__(self) -> None:
        self.rows: list[object] = []
        self.size = 2
        self.answer: tuple[int, bytes] | None = None
        self.asked: list[str] = []

    async def dossiers(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer a token"
        self.asked.append(request.query.get("since", ""))
        if self.answer is not None:
            return web.Response(status=self.answer[0], body=self.answer[1], headers={"Location": "/elsewhere"})
        start = int(request.query.get("since", "0"))
        page = self.rows[start : start + self.size]
        return web.json_response({"dossiers": page, "next": str(start + len(page))})


@pytest.fixture
def source() -> PlaySource:
    return PlaySource()


@pytest.fixture
async def pull(source, store, intake, clock):
    app = web.Application()
    app.router.add_get("/dossiers", source.dossiers)
    async with TestServer(app) as server:
        url = str(server.make_url("/dossiers"))
        settings = PullSettings(enabled=True, url=url, token="a token", source="igate", timeout_seconds=5)
        pull = Pull(store, intake, settings, clock=clock)
        await pull.open()
        yield pull
        await pull.close()


async def test_the_first_load_is_stored_page_by_page_and_not_announced(pull, source, desk, row) -> None:
    source.rows = [row(code=f"H36.21-260622-000{number}", aliases=[]) for number in range(1, 6)]

    pulled = await pull.once()

    assert (pulled.taken, pulled.changed, pulled.messages) == (5, 5, 0)
    assert source.asked == ["", "2", "4", "5"]


async def test_what_changes_after_the_first_load_is_announced(pull, source, desk, row) -> None:
    source.rows = [row()]
    await pull.once()
    source.rows.append(row(status=9, status_at="2026-06-25T08:55:00+07:00"))

    pulled = await pull.once()

    assert (pulled.taken, pulled.messages) == (1, 1)
    assert await desk.told() == ["done"]


async def test_a_first_load_that_was_cut_goes_on_in_silence(pull, source, desk, row, clock) -> None:
    source.rows = [row(code=f"H36.21-260622-000{number}", aliases=[]) for number in range(1, 5)]
    async with desk.store.database.transaction() as tx:
        await desk.store.dossiers.sources.read(
            tx, Read(source="igate", cursor="first:2", read_at=clock(), taken=2, refused=0)
        )

    pulled = await pull.once()

    assert (pulled.taken, pulled.messages) == (2, 0)


async def test_a_faulty_row_is_reported_and_not_fatal(pull, source, row) -> None:
    source.rows = [row(status=77), None, row()]

    pulled = await pull.once()

    assert (pulled.taken, pulled.refused, pulled.changed) == (3, 2, 1)


FAULTS = [
    (401, b"", Refused),
    (302, b"", Refused),
    (500, b"", Refused),
    (200, "<html>bảo trì</html>".encode(), Unreadable),
    (200, b'{"dossiers": []}', Unreadable),
    (200, b'{"dossiers": {}, "next": "1"}', Unreadable),
    (200, b'{"dossiers": [], "next": 5}', Unreadable),
    (200, b"[]", Unreadable),
    (200, b'{"dossiers": [' + b"0," * 5000 + b'0], "next": "1"}', Unreadable),
]


async def test_an_answer_that_is_none_is_named_and_leaves_everything_as_it_was(pull, source, row) -> None:
    source.rows = [row()]
    for status, body, error in FAULTS:
        source.answer = (status, body)
        with pytest.raises(error):
            await pull.once()

    source.answer = None
    assert (await pull.once()).changed == 1


async def test_a_source_that_is_gone_is_unreachable(store, intake, clock) -> None:
    pull = Pull(store, intake, PullSettings(url="http://127.0.0.1:1/dossiers"), clock=clock)
    await pull.open()

    with pytest.raises(Unreachable):
        await pull.once()

    await pull.close()

"""A job that tells how often it ran."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from scheduler.jobs import Job
from scheduler.timing import Every, When


class Bell:
    """A job's work: counts its runs, and can be made to fail."""

    def __init__(self) -> None:
        self.rings = 0
        self.broken = False
        self._rung = asyncio.Condition()

    async def heard(self, times: int) -> None:
        """Until it has run so often, at most ten seconds."""
        async with asyncio.timeout(10), self._rung:
            await self._rung.wait_for(lambda: self.rings >= times)

    async def __call__(self) -> str:
        async with self._rung:
            self.rings += 1
            self._rung.notify_all()
        if self.broken:
            raise ConnectionError("0912345678 is not for the log")
        return f"lần thứ {self.rings}"


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def job(bell: Bell) -> Callable[..., Job]:
    def make(name: str = "pull_source", when: When | None = None, longest: float = 600) -> Job:
        return Job(
            name=name,
            title="Lấy hồ sơ",
            when=when or Every(60),
            work=bell,
            longest=timedelta(seconds=longest),
        )

    return make

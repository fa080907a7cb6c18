"""Group commit: what waits together is written together, each caller hears of its own, and no more wait than may."""

import asyncio
from collections.abc import Sequence

import pytest

from store.groups import Full, Groups


class Disk:
    """Writes groups, each only when it is let; `bad` items make their whole group fail."""

    def __init__(self, *bad: str) -> None:
        self.groups: list[list[str]] = []
        self.written: list[str] = []
        self.tried = 0
        self.turn = asyncio.Semaphore(0)
        self._bad = bad

    async def write(self, items: Sequence[str]) -> None:
        await self.turn.acquire()
        self.tried += 1
        if any(item in self._bad for item in items):
            raise ValueError("cannot be written")
        self.groups.append(list(items))
        self.written += items

    def let(self, times: int = 1000) -> None:
        for _ in range(times):
            self.turn.release()


async def gathered(groups: Groups[str], items: Sequence[str]) -> list[BaseException | None]:
    return await asyncio.gather(*(groups.put(item) for item in items), return_exceptions=True)


async def begun(groups: Groups[str], *items: str) -> list[asyncio.Task[None]]:
    """Callers that have put their items, and wait."""
    tasks = [asyncio.create_task(groups.put(item)) for item in items]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def test_what_comes_while_a_group_is_written_shares_the_next_one() -> None:
    disk = Disk()
    groups = Groups(disk.write)
    first = await begun(groups, "a")
    later = await begun(groups, "b", "c", "d")

    disk.let()
    await asyncio.gather(*first, *later)

    assert disk.groups == [["a"], ["b", "c", "d"]]


async def test_nobody_hears_before_it_is_written() -> None:
    disk = Disk()
    groups = Groups(disk.write)
    first = await begun(groups, "a")
    later = await begun(groups, "b", "c")

    disk.let(1)
    await asyncio.gather(*first)

    assert disk.written == ["a"]
    assert not any(task.done() for task in later)
    disk.let()
    await asyncio.gather(*later)


async def test_a_group_is_no_larger_than_it_may_be() -> None:
    disk = Disk()
    disk.let()

    await gathered(Groups(disk.write, size=3), "abcdefgh")

    assert [len(group) for group in disk.groups] == [3, 3, 2]
    assert disk.written == list("abcdefgh")


async def test_one_that_cannot_be_written_fails_alone() -> None:
    disk = Disk("c")
    disk.let()

    heard = await gathered(Groups(disk.write), "abcdef")

    assert [type(why) for why in heard] == [type(None)] * 2 + [ValueError] + [type(None)] * 3
    assert disk.written == list("abdef")


async def test_when_nothing_can_be_written_not_everything_is_tried() -> None:
    disk = Disk(*"abcdefghij")
    disk.let()

    heard = await gathered(Groups(disk.write), "abcdefghij")

    assert all(isinstance(why, ValueError) for why in heard)
    assert disk.tried == 4, "the group, and three alone"


async def test_who_comes_when_too_many_wait_is_told_so_and_nothing_is_written_of_it() -> None:
    disk = Disk()
    groups = Groups(disk.write, waiting=2)
    waiting = await begun(groups, "a")  # being written: not counted
    waiting += await begun(groups, "b", "c")

    assert groups.full
    with pytest.raises(Full):
        await groups.put("d")

    disk.let()
    await asyncio.gather(*waiting)
    assert disk.written == ["a", "b", "c"]
    await groups.put("e")


async def test_a_caller_that_goes_away_hinders_nobody() -> None:
    disk = Disk()
    groups = Groups(disk.write)
    first = await begun(groups, "a")
    gone, stays = await begun(groups, "b", "c")

    gone.cancel()
    disk.let()
    await asyncio.gather(*first, stays)

    assert disk.written == ["a", "b", "c"]

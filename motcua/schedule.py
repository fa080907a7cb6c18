"""`motcua schedule`: the jobs as the operator sees them, and running one by hand."""

from motcua.config import Config
from motcua.doors import staff_pages
from motcua.failures import Refusal
from motcua.rooms import opened
from motcua.timetable import runner
from scheduler.runner import NoSuchJob
from vietnam.calendar import moment


async def lines(config: Config) -> list[dict[str, str]]:
    """`motcua schedule`: every job with its last and next run."""
    async with opened(config) as rooms:
        return [
            {
                "việc": line.name,
                "nội dung": line.title,
                "khi nào": line.when,
                "lần trước": moment(line.last.due_at) if line.last is not None else "-",
                "kết quả": (line.last.result or "đang chạy") if line.last is not None else "-",
                "lần tới": moment(line.next_due),
            }
            for line in await runner(rooms, staff_pages(rooms).sending).listing()
        ]


async def run_now(config: Config, name: str) -> tuple[bool, str]:
    """`motcua schedule run JOB`: whether it went well, and its sentence. Raises `Refusal` for an unknown job."""
    async with opened(config) as rooms:
        try:
            run = await runner(rooms, staff_pages(rooms).sending).run_now(name)
        except NoSuchJob as why:
            raise Refusal(f"không có việc nào tên {name}", usage=True) from why
    return bool(run.ok), run.result

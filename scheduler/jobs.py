"""What happens by the clock: the table of jobs. A new one is one line here; what it calls comes from `motcua/rooms`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import time, timedelta

from scheduler.timing import WEEKDAYS, Daily, Every, When

Work = Callable[[], Awaitable[str]]
"""One call into a business, delivery or a channel's upkeep; a sentence for the operator comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing that happens by the clock. `name` is for commands, `title` for people; cut off after `longest`."""

    name: str
    title: str
    when: When
    work: Work
    longest: timedelta = timedelta(minutes=10)


def jobs(
    *,
    fee_reminders: Work,
    survey_invites: Work,
    channel_upkeep: Work,
    bulk_notices: Work,
    pull_source: Work | None = None,
    forget_misses: Work | None = None,
    pull_every: float = 60,
    survey_every: float = 900,
) -> tuple[Job, ...]:
    """The table. Without a source to pull from there is no job for it; `…_every` in seconds."""
    pull = "Lấy hồ sơ từ hệ thống giải quyết TTHC"
    return (
        *([Job(name="pull_source", title=pull, when=Every(pull_every), work=pull_source)] if pull_source else ()),
        Job(
            name="fee_reminders",
            title="Nhắc nộp phí, lệ phí sắp đến hạn",
            when=Daily(time(8, 30), WEEKDAYS),
            work=fee_reminders,
        ),
        Job(
            name="survey_invites",
            title="Mời đánh giá sau khi trả kết quả",
            when=Every(survey_every),
            work=survey_invites,
        ),
        Job(
            name="channel_upkeep",
            title="Giữ kết nối các kênh (mã truy cập Zalo)",
            when=Every(900),
            work=channel_upkeep,
        ),
        Job(
            name="bulk_notices",
            title="Lập tiếp và đóng các thông báo hàng loạt",
            when=Every(20),
            work=bulk_notices,
        ),
        *(
            [
                Job(
                    name="forget_misses",
                    title="Xóa câu trợ lý chưa hiểu đã quá hạn giữ",
                    when=Daily(time(2, 40)),
                    work=forget_misses,
                )
            ]
            if forget_misses
            else ()
        ),
    )

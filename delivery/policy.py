"""Who is told what, when and how often: one row an event. The routing, the dispatcher and the outcome obey it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from functools import cache
from typing import Literal

from pydantic import BaseModel, Field, field_validator

from delivery.event import EventName
from vietnam.calendar import ZONE

Mode = Literal["off", "shadow", "live"]


class Lane(IntEnum):
    """A reply goes before a notice, a notice before a bulk notice. Order is kept per person and lane."""

    REPLY = 0
    NOTICE = 1
    BULK = 2


class Doubt(StrEnum):
    """What is worse when nobody can tell whether a message went out."""

    MISS = "miss"  # worse to miss it: send again
    DOUBLE = "double"  # worse to get it twice: leave it unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How one event is delivered.

    `life`: not sent later than this after it happened. `settle`: told only after it stood so long.
    `quiet`: waits for the end of the quiet hours. `office`: waits for a working day's hours besides.
    """

    lane: Lane = Lane.NOTICE
    life: timedelta = timedelta(hours=72)
    settle: timedelta = timedelta(minutes=5)
    quiet: bool = True
    office: bool = False
    doubt: Doubt = Doubt.DOUBLE
    falls_back: bool = True


_STATUS = Policy()
_ACTION = Policy(doubt=Doubt.MISS)  # the citizen must act: a second message is the lesser evil
POLICIES: Mapping[EventName, Policy] = {
    EventName.SUBMITTED: _STATUS,
    EventName.RECEIVED: _STATUS,
    EventName.REJECTED: _ACTION,
    EventName.PROCESSING: _STATUS,
    EventName.SUPPLEMENT_REQUIRED: _ACTION,
    EventName.FEE_REQUIRED: Policy(doubt=Doubt.DOUBLE),  # two demands for one sum frighten people
    EventName.WITHDRAWN: _STATUS,
    EventName.STOPPED: _ACTION,
    EventName.DONE: Policy(settle=timedelta(minutes=30), office=True),
    EventName.RETURNED: Policy(settle=timedelta(hours=2)),
    EventName.FEE_REMINDER: Policy(settle=timedelta(0), life=timedelta(hours=24)),
    EventName.FEE_PAID: _STATUS,
    EventName.SURVEY_INVITE: Policy(settle=timedelta(0), life=timedelta(days=7), falls_back=False),
    EventName.VERIFY_CODE: Policy(
        lane=Lane.REPLY, life=timedelta(minutes=5), settle=timedelta(0), quiet=False, doubt=Doubt.MISS, falls_back=False
    ),
    EventName.NOTICE: Policy(lane=Lane.BULK, settle=timedelta(0)),
    EventName.REPLY: Policy(
        lane=Lane.REPLY, life=timedelta(hours=1), settle=timedelta(0), quiet=False, doubt=Doubt.DOUBLE, falls_back=False
    ),
    EventName.JOINED: Policy(settle=timedelta(0)),
    EventName.DIGEST: Policy(settle=timedelta(0)),
}
ASKED_FOR = frozenset({EventName.REPLY, EventName.VERIFY_CODE})
"""What the citizen has just asked for: opting out does not silence it."""


CARRIERS = frozenset({EventName.JOINED, EventName.DIGEST})
"""What carries other messages."""

JOINABLE = frozenset(
    {
        EventName.SUBMITTED,
        EventName.RECEIVED,
        EventName.PROCESSING,
        EventName.FEE_REQUIRED,
        EventName.WITHDRAWN,
        EventName.DONE,
        EventName.RETURNED,
        EventName.FEE_PAID,
        EventName.FEE_REMINDER,
    }
)
"""What one line can say. Missing papers and the reasons of a refusal or a stop need a message of their own."""

_OPEN = frozenset({EventName.SUBMITTED, EventName.RECEIVED, EventName.PROCESSING})
_OVER = frozenset({EventName.DONE, EventName.RETURNED, EventName.WITHDRAWN, EventName.STOPPED, EventName.REJECTED})
_CLOSED = _OVER - {EventName.DONE}
_ASKS = frozenset({EventName.SUPPLEMENT_REQUIRED, EventName.FEE_REQUIRED})
STATUSES = _OPEN | _OVER | _ASKS
OVERTAKEN: Mapping[EventName, frozenset[EventName]] = {
    **dict.fromkeys(_OPEN, _OPEN | _OVER),
    **{name: _OPEN | _OVER | {EventName.SUPPLEMENT_REQUIRED} for name in _OVER},
    EventName.SUPPLEMENT_REQUIRED: _OVER | {EventName.SUPPLEMENT_REQUIRED},
    EventName.FEE_REQUIRED: _CLOSED | {EventName.FEE_REQUIRED, EventName.FEE_PAID},
    EventName.FEE_REMINDER: _CLOSED | {EventName.FEE_REQUIRED, EventName.FEE_PAID},
}
"""What still waits of a dossier → which later happenings make it untrue or old: it is dropped when one of them comes.

What the citizen must act upon is not swallowed by a mere step forward; a payment overtakes it only when nothing more
is owed.
"""


class Settings(BaseModel, frozen=True, extra="forbid"):
    """`[delivery]`."""

    mode: Mode = Field(
        "off", description="chế độ gửi. off: không gửi gì; shadow: lập tin để đối chiếu, không gửi; live: gửi thật"
    )
    settling: bool = Field(True, description="chờ một lúc rồi mới báo, phòng khi trạng thái được sửa lại")
    modes: dict[str, Mode] = Field(
        default_factory=dict,
        description='chế độ riêng theo sự kiện hoặc mã cơ quan, ví dụ { received = "off", "H36.21" = "live" }',
    )
    senders: int = Field(16, ge=1, le=256, description="số tin gửi cùng lúc, tính chung mọi kênh")
    join_within_minutes: float = Field(
        10,
        ge=0,
        le=240,
        description="mấy tin cho một người trong chừng này phút thì gộp làm một (khi settling = true); 0 là không gộp",
    )
    digest: Literal["off", "organisations"] = Field(
        "off",
        description="bản tin trong ngày. organisations: hồ sơ của tổ chức báo mỗi ngày một tin; off: chỉ ai đã chọn",
    )
    digest_at: time = Field(time(16, 0), description="giờ gửi bản tin trong ngày")
    spread_minutes: float = Field(
        15, ge=0, le=240, description="tin bị hoãn được gửi rải trong chừng này phút, không dồn một lúc; 0 là gửi ngay"
    )
    days_off: tuple[date, ...] = Field((), description="ngày nghỉ thêm của tỉnh, ví dụ [2026-11-24]")
    workdays: tuple[date, ...] = Field((), description="ngày làm bù")

    def mode_of(self, event: str, agency: str | None) -> Mode:
        """The agency's own word stands for the service's; an event's word can only make it stricter.

        What citizens have asked for goes by its event's word alone where there is one: the assistant may answer while
        the notices are still in shadow.
        """
        if event in ASKED_FOR and event in self.modes:
            return self.modes[event]
        mine = self.modes.get(agency or "", self.mode)
        return min(mine, self.modes.get(event, mine), key=("off", "shadow", "live").index)


class RoutingSettings(BaseModel, frozen=True, extra="forbid"):
    """`[routing]`."""

    order: tuple[str, ...] = Field(
        ("zalo", "telegram", "sms", "email"), description="thứ tự kênh; kênh đầu tiên tới được sẽ dùng"
    )
    quiet_hours: str = Field("21:00-07:00", description='giờ yên lặng, không báo tin; "" là không có')
    fallback_after_minutes: float = Field(
        60, gt=0, description="quá số phút này mà chưa có biên nhận thì chuyển kênh sau; có thể là số lẻ"
    )

    @field_validator("quiet_hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        if value:
            _span(value)
        return value

    def after_quiet(self, moment: datetime) -> datetime:
        """This moment, or the end of the quiet hours it lies in."""
        if not self.quiet_hours:
            return moment
        start, end = _span(self.quiet_hours)
        local = moment.astimezone(ZONE)
        at = local.time()
        inside = start <= at < end if start <= end else (at >= start or at < end)
        if not inside:
            return moment
        day = local.date() if at < end else local.date() + timedelta(days=1)
        return datetime.combine(day, end, tzinfo=ZONE)


@cache
def _span(value: str) -> tuple[time, time]:
    start, _, end = value.partition("-")
    return time.fromisoformat(start.strip()), time.fromisoformat(end.strip())

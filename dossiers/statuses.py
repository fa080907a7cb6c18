"""The ten national statuses of a dossier (trạng thái hồ sơ) and what each means for the citizen.

Source: facts/vietnam.md 2.1, 2.2, confirmed in four independent systems.
"""

from enum import IntEnum
from typing import Literal

from delivery.event import EventName

Stage = Literal["done", "now", "next"]


class Status(IntEnum):
    """A national status; its number is what sources send."""

    SUBMITTED = 1
    RECEIVED = 2
    REJECTED = 3
    PROCESSING = 4
    SUPPLEMENT_REQUIRED = 5
    FEE_REQUIRED = 6
    WITHDRAWN = 7
    STOPPED = 8
    DONE = 9
    RETURNED = 10

    @property
    def words(self) -> str:
        """The official words, exactly."""
        return WORDS[self]

    @property
    def event(self) -> EventName:
        """What is told when a dossier comes to this status."""
        return EventName[self.name]

    @property
    def final(self) -> bool:
        """Nothing more is expected; a correction is still possible."""
        return self in FINAL

    @property
    def paused(self) -> bool:
        """The processing time stands still until the citizen acts."""
        return self in PAUSED


WORDS = {
    Status.SUBMITTED: "Mới đăng ký",
    Status.RECEIVED: "Được tiếp nhận",
    Status.REJECTED: "Không được tiếp nhận",
    Status.PROCESSING: "Đang xử lý",
    Status.SUPPLEMENT_REQUIRED: "Yêu cầu bổ sung giấy tờ",
    Status.FEE_REQUIRED: "Yêu cầu thực hiện nghĩa vụ tài chính",
    Status.WITHDRAWN: "Công dân yêu cầu rút hồ sơ",
    Status.STOPPED: "Dừng xử lý",
    Status.DONE: "Đã xử lý xong",
    Status.RETURNED: "Đã trả kết quả",
}
FINAL = frozenset({Status.REJECTED, Status.WITHDRAWN, Status.STOPPED, Status.RETURNED})
PAUSED = frozenset({Status.SUPPLEMENT_REQUIRED, Status.FEE_REQUIRED})
MUST_ACT = PAUSED
"""The citizen must do something: such a status is told even when a newer one came with it."""

USUAL: dict[Status, frozenset[Status]] = {
    before: frozenset(Status(after) for after in afters)
    for before, afters in {
        Status.SUBMITTED: (2, 3, 5, 6, 7),
        Status.RECEIVED: (4, 5, 6, 7, 8, 9),
        Status.REJECTED: (),
        Status.PROCESSING: (9, 5, 6, 7, 8),
        Status.SUPPLEMENT_REQUIRED: (4, 2, 7, 8, 3),
        Status.FEE_REQUIRED: (4, 9, 7, 8, 2),
        Status.WITHDRAWN: (10,),
        Status.STOPPED: (10,),
        Status.DONE: (10, 6, 4),
        Status.RETURNED: (),
    }.items()
}
"""Normal and rare-but-legal transitions; every other is recorded and told too, and flagged to the operator."""

_FOLDED = {
    Status.SUBMITTED: 0,
    Status.RECEIVED: 1,
    Status.REJECTED: 0,
    Status.PROCESSING: 1,
    Status.SUPPLEMENT_REQUIRED: 1,
    Status.FEE_REQUIRED: 1,
    Status.WITHDRAWN: 1,
    Status.STOPPED: 1,
    Status.DONE: 2,
    Status.RETURNED: 3,
}


def is_usual(before: int, after: int) -> bool:
    """Whether the national list knows this step; staying where one was is no step."""
    return before == after or Status(after) in USUAL[Status(before)]


def folded(status: int) -> tuple[tuple[str, Stage], ...]:
    """The ten statuses folded into the steps of the phone: Tiếp nhận, Nộp phí or Xử lý, Trả kết quả."""
    at = _FOLDED[Status(status)]
    middle = "Nộp phí" if status == Status.FEE_REQUIRED else "Xử lý"
    return tuple((name, _stage(place, at)) for place, name in enumerate(("Tiếp nhận", middle, "Trả kết quả")))


def _stage(place: int, at: int) -> Stage:
    if place < at:
        return "done"
    return "now" if place == at else "next"

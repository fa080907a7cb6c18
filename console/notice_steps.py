"""The six steps of a notice (Người nhận … Theo dõi) and where each stands."""

from enum import IntEnum
from typing import Any

from console import words
from store.notices import Notice, State


class Step(IntEnum):
    """A step of the rail, in order."""

    PEOPLE = 0
    TEXT = 1
    ERRORS = 2
    PREVIEW = 3
    APPROVAL = 4
    PROGRESS = 5


NAMES = {
    Step.PEOPLE: "Người nhận",
    Step.TEXT: "Nội dung",
    Step.ERRORS: "Sửa lỗi",
    Step.PREVIEW: "Xem trước",
    Step.APPROVAL: "Duyệt",
    Step.PROGRESS: "Theo dõi",
}
_PAGES = {Step.ERRORS: "errors", Step.PREVIEW: "preview", Step.APPROVAL: "approve", Step.PROGRESS: "progress"}
_UNDER_WAY = frozenset({State.SENDING, State.PAUSED, State.DONE, State.CANCELLED})
_NOTES = {State.SENDING: "Đang gửi", State.PAUSED: "Tạm dừng", State.DONE: "Đã gửi xong", State.CANCELLED: "Đã hủy"}


def when(notice: Notice) -> str:
    """The page of the step where a notice stands."""
    if notice.state in _UNDER_WAY:
        return "progress"
    return "approve" if notice.state is State.SUBMITTED else "errors"


def rail(notice: Notice | None, now: Step) -> list[dict[str, Any]]:
    """All six, with this one as the present; without a notice nothing is done yet."""
    return [
        {
            "name": NAMES[step],
            "state": "now" if step == now else "done" if step < now else "next",
            "note": "" if notice is None else _note(notice, step),
            "href": _address(notice, step) if step != now else None,
        }
        for step in Step
    ]


def _note(notice: Notice, step: Step) -> str:
    match step:
        case Step.PEOPLE:
            return f"{words.number(notice.total)} dòng, tải lên lúc {words.clock(notice.created_at)}"
        case Step.ERRORS:
            return f"{words.number(notice.wrong)} dòng cần sửa" if notice.wrong else "Tệp không có lỗi"
        case Step.APPROVAL if notice.approved_at is not None:
            return f"Duyệt lúc {words.clock(notice.approved_at)}"
        case Step.PROGRESS:
            return _NOTES.get(notice.state, "")
        case _:
            return ""


def _address(notice: Notice | None, step: Step) -> str | None:
    """Only pages that would show something now."""
    if notice is None or step not in _PAGES:
        return None
    reached = {
        Step.ERRORS: True,
        Step.PREVIEW: bool(notice.right),
        Step.APPROVAL: notice.state is State.SUBMITTED,
        Step.PROGRESS: notice.state in _UNDER_WAY,
    }
    return f"/console/notices/{notice.id}/{_PAGES[step]}" if reached[step] else None

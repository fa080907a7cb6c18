"""`motcua bulk`: the same steps as the console's, by the same room; wrong rows are named, right ones go."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from motcua.config import Config
from motcua.doors import staff_pages
from motcua.failures import Refusal
from motcua.rooms import opened
from notices.check import sentence
from notices.people import SheetRefused
from notices.sending import Hand, Unfitting
from notices.texts import NoSuchText
from notices.upload import SentBefore, Upload
from store.notices import Notice, State

COMMAND = Hand(id="motcua bulk")
_SHOWN = 20
_WORDS = {
    State.CHECKED: "chưa gửi",
    State.SUBMITTED: "đã trình duyệt, chờ người thứ hai duyệt trên trang cán bộ",
    State.SENDING: "đang gửi",
    State.DONE: "đã gửi xong",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the sheet came to. Good where no row was wrong, or the right ones were let go."""

    notice: Notice
    wrong: tuple[str, ...]
    good: bool

    def plain(self) -> dict[str, Any]:
        return {
            "id": self.notice.id,
            "state": self.notice.state.value,
            "rows": self.notice.total,
            "right": self.notice.right,
            "wrong": list(self.wrong),
        }

    def text(self) -> str:
        state = _WORDS.get(self.notice.state, self.notice.state.value)
        head = f"Thông báo {self.notice.id}: {self.notice.right} trong {self.notice.total} dòng đúng; {state}.\n"
        return head + "".join(f"  {line}\n" for line in self.wrong)


async def send_sheet(
    config: Config, file: Path, template: str, *, channel: str | None, dry_run: bool, confirmed: bool
) -> Result:
    """Checks, asks unless `confirmed`, then sends or submits. Raises `Refusal` with the reason in words."""
    if not file.is_file():
        raise Refusal(f"không thấy tệp {file}", usage=True)
    upload = Upload(data=file.read_bytes(), filename=file.name, title=file.stem, template=template, channel=channel)
    async with opened(config) as rooms:
        pages = staff_pages(rooms)
        try:
            notice = await pages.desk.take(upload, COMMAND)
        except NoSuchText as why:
            known = ", ".join(text.key for text in pages.texts.all())
            raise Refusal(f"không có mẫu {template}; các mẫu: {known}", usage=True) from why
        except SheetRefused as why:
            raise Refusal(why.reason) from why
        except SentBefore as why:
            raise Refusal(why.words) from why
        async with rooms.store.database.reading() as tx:
            rows = await rooms.store.notices.wrong_rows(tx, notice.id, limit=_SHOWN)
        wrong = tuple(sentence(row, fault, notice.columns) for row in rows for fault in row.faults)
        if not dry_run and notice.right and (confirmed or _agreed(notice)):
            try:
                notice = await pages.approval.submit(notice.id, COMMAND)
            except Unfitting as why:
                raise Refusal(why.reason) from why
            await pages.sending.finish()
        return Result(notice=notice, wrong=wrong, good=not notice.wrong or notice.state is not State.CHECKED)


def _agreed(notice: Notice) -> bool:
    question = f"Gửi {notice.right} dòng đúng? {notice.wrong} dòng sai sẽ được giữ lại."
    return sys.stdin.isatty() and typer.confirm(question, err=True)

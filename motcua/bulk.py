"""`motcua bulk`: the same steps as the console's, by the same room; wrong rows are named, right ones go."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from console.routes import Console
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
    State.SUBMITTED: "đã trình duyệt, chờ người thứ hai duyệt trên trang cán bộ",
    State.SENDING: "đang gửi",
    State.DONE: "đã gửi xong",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the sheet came to; without a notice nothing was kept and nothing is sent."""

    rows: int
    right: int
    wrong: tuple[str, ...]
    notice: Notice | None = None

    @property
    def good(self) -> bool:
        """The right rows were let go, or there was nothing wrong to begin with."""
        return self.notice is not None or self.right == self.rows

    def plain(self) -> dict[str, Any]:
        notice = None if self.notice is None else {"id": self.notice.id, "state": self.notice.state.value}
        return {"rows": self.rows, "right": self.right, "wrong": list(self.wrong), "notice": notice}

    def text(self) -> str:
        state = "chưa gửi" if self.notice is None else f"thông báo {self.notice.id} {_WORDS[self.notice.state]}"
        return f"{self.right} trong {self.rows} dòng đúng; {state}.\n" + "".join(f"  {line}\n" for line in self.wrong)


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
            checked = await _checked(pages, upload)
            if dry_run or not checked.right or not (confirmed or _agreed(checked)):
                return checked
            notice = await pages.approval.submit((await pages.desk.take(upload, COMMAND)).id, COMMAND)
        except NoSuchText as why:
            known = ", ".join(text.key for text in pages.texts.all())
            raise Refusal(f"không có mẫu {template}; các mẫu: {known}", usage=True) from why
        except (SheetRefused, Unfitting) as why:
            raise Refusal(why.reason) from why
        except SentBefore as why:
            raise Refusal(f"tệp này đã được gửi ngày {why.words}") from why
        await pages.sending.finish()
        await rooms.store.wakeup.wake("outbox")
        return Result(rows=checked.rows, right=checked.right, wrong=checked.wrong, notice=notice)


async def _checked(pages: Console, upload: Upload) -> Result:
    people, rows = await pages.desk.check(upload, COMMAND)
    wrong = [sentence(row, fault, people.columns) for row in rows for fault in row.faults]
    right = sum(not row.faults for row in rows)
    return Result(rows=len(rows), right=right, wrong=tuple(wrong[:_SHOWN]))


def _agreed(checked: Result) -> bool:
    question = f"Gửi {checked.right} dòng đúng? {checked.rows - checked.right} dòng sai sẽ được giữ lại."
    return sys.stdin.isatty() and typer.confirm(question, err=True)

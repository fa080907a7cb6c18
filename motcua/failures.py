"""What an error is called on the command line, and which exit code it ends in: one table, used by `cli.main` alone."""

import sys

from typer import Abort, Exit
from typer.exceptions import TyperException

from motcua.config import ConfigError
from motcua.rooms import OldSchema
from procedures.catalogue import CatalogueError
from sheets.errors import SheetError
from store.staff import LoginTaken


class Refusal(Exception):
    """The work failed, or the command was used wrongly (`usage`); the words are for the operator."""

    def __init__(self, words: str, *, usage: bool = False) -> None:
        super().__init__(words)
        self.usage = usage


def explained(why: BaseException) -> tuple[str, int]:
    """The line for stderr ("" for none) and the exit code."""
    match why:
        case SystemExit():
            return "", why.code if isinstance(why.code, int) else 1
        case Exit():
            return "", why.exit_code
        case Abort() | KeyboardInterrupt():
            return "", 130
        case TyperException():
            return _usage(why), 2
        case ConfigError():
            return "cấu hình có lỗi:\n  " + "\n  ".join(why.faults), 2
        case Refusal():
            return str(why), 2 if why.usage else 1
        case OldSchema():
            return "cơ sở dữ liệu cũ hơn chương trình; xin chạy: motcua db upgrade", 1
        case SheetError():
            return why.reason_vi, 1
        case CatalogueError():
            return str(why), 1
        case LoginTaken():
            return "tên đăng nhập này đã có", 1
        case OSError():
            return f"không làm được: {why.strerror or why}", 1
        case _:
            return _unforeseen(why), 1


def _usage(why: TyperException) -> str:
    """Typer's words on how the command was used wrongly."""
    say = getattr(why, "format_message", None)
    return str(say()) if callable(say) else str(why)


def _unforeseen(why: BaseException) -> str:
    """Not ours to hide: the place is shown, the values are not."""
    trace = why.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else "?"
    if sys.flags.dev_mode:
        raise why
    return f"lỗi không lường trước ({type(why).__name__}) tại {where}"

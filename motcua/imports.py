"""`motcua import`: procedures, dossiers, agencies from files; wrong rows are named, good ones taken."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dossiers import agencies as directory
from dossiers import files
from motcua.config import Config
from motcua.failures import Refusal
from motcua.rooms import now, opened, opened_store
from procedures import changes, imported
from procedures.catalogue import Procedure, load
from procedures.reading import read_file
from vietnam.calendar import ZONE

_MOST_ERRORS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a file came to: lines for the operator, and whether every row was good."""

    lines: tuple[str, ...]
    good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A file of procedures read and compared, not yet taken."""

    good: tuple[Procedure, ...]
    wrong: tuple[str, ...]
    lines: tuple[str, ...]


async def compared(config: Config, file: Path) -> Brought:
    """What a file would change: new, changed, gone, by name.  Its date is the file's own day."""
    if not file.is_file():
        raise Refusal(f"không thấy tệp {file}", usage=True)
    as_of = datetime.fromtimestamp(file.stat().st_mtime, UTC).astimezone(ZONE).date()
    good, bad = read_file(file, as_of=as_of)
    if not good:
        raise Refusal("tệp không có thủ tục nào đọc được")
    async with opened_store(config) as store, store.database.reading() as tx:
        rows = await store.procedures.all(tx)
    before = imported.catalogue(rows) if rows else load()
    difference = changes.between(before, good)
    wrong = tuple(f"Dòng {row.row}, {row.field}: {row.reason}" for row in bad)
    head = f"Tệp có {len(good)} thủ tục, dữ liệu ngày {as_of:%d/%m/%Y}: {changes.counted(difference)}."
    return Brought(good=tuple(good), wrong=wrong, lines=(head, *changes.lines(difference)))


async def procedures(config: Config, brought: Brought) -> Report:
    """Takes what was compared; a running service takes it up by itself."""
    async with opened_store(config) as store, store.database.transaction() as tx:
        await store.procedures.replace(tx, imported.plain(brought.good), now())
    head = f"Đã nạp {len(brought.good)} thủ tục; dịch vụ đang chạy sẽ tự dùng danh mục mới."
    return Report(lines=(head, *_short(list(brought.wrong))), good=not brought.wrong)


async def dossiers(config: Config, file: Path, *, announce: bool) -> Report:
    """A file is a first load, stored and not announced, unless `announce` says otherwise."""
    if not file.is_file():
        raise Refusal(f"không thấy tệp {file}", usage=True)
    try:
        rows = files.read(file.read_bytes(), file.name)
    except files.NoDossiers as why:
        raise Refusal(why.reason_vi) from why
    async with opened(config) as rooms:
        done = await files.bring_in(rooms.intake, rows, source=file.stem[:64], first_load=not announce)
    head = (
        f"{done.created} hồ sơ mới, {done.changed} thay đổi, {done.unchanged} không đổi, {done.refused} bị từ chối; "
        f"{done.messages} tin được lên lịch."
    )
    wrong = [f"Dòng {row.row}, {row.field}: {row.reason}" for row in done.errors]
    unknown = [f"Bỏ qua các trường không dùng: {', '.join(done.unknown_fields)}"] if done.unknown_fields else []
    return Report(lines=(head, *_short(wrong), *unknown), good=not done.errors)


async def agencies(config: Config, file: Path) -> Report:
    if not file.is_file():
        raise Refusal(f"không thấy tệp {file}", usage=True)
    good, bad = directory.read(file.read_bytes(), file.name)
    async with opened_store(config) as store, store.database.transaction() as tx:
        await store.agencies.put(tx, good)
    wrong = [f"Dòng {row.row}, {row.field}: {row.reason}" for row in bad]
    return Report(lines=(f"Đã nạp {len(good)} cơ quan.", *_short(wrong)), good=not bad)


def _short(lines: list[str]) -> list[str]:
    return (
        lines if len(lines) <= _MOST_ERRORS else [*lines[:_MOST_ERRORS], f"… và {len(lines) - _MOST_ERRORS} dòng nữa"]
    )

"""`motcua import`: procedures, dossiers, agencies from files; wrong rows are named, good ones taken."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dossiers import agencies as directory
from dossiers import files
from motcua.config import Config
from motcua.failures import Refusal
from motcua.rooms import now, opened, opened_store
from procedures import imported
from procedures.reading import read_file
from vietnam.calendar import ZONE, day

_MOST_ERRORS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a file came to: lines for the operator, and whether every row was good."""

    lines: tuple[str, ...]
    good: bool


async def procedures(config: Config, file: Path) -> Report:
    """The date of the catalogue is the file's own day; says what is new, changed and gone before it is taken."""
    if not file.is_file():
        raise Refusal(f"không thấy tệp {file}", usage=True)
    as_of = datetime.fromtimestamp(file.stat().st_mtime, UTC).astimezone(ZONE).date()
    good, bad = read_file(file, as_of=as_of)
    if not good:
        raise Refusal("tệp không có thủ tục nào đọc được")
    async with opened(config) as rooms:
        before = {one.code: one for one in rooms.catalogue}
        after = {one.code: one for one in good}
        async with rooms.store.database.transaction() as tx:
            await rooms.store.procedures.replace(tx, imported.plain(good), now())
    renamed = sum(code in before and before[code].name != one.name for code, one in after.items())
    head = (
        f"Đã nạp {len(good)} thủ tục, dữ liệu ngày {day(datetime(as_of.year, as_of.month, as_of.day, tzinfo=ZONE))}: "
        f"{len(after.keys() - before.keys())} mới, {renamed} đổi tên, {len(before.keys() - after.keys())} không còn."
    )
    wrong = [f"Dòng {row.row}, {row.field}: {row.reason}" for row in bad]
    return Report(lines=(head, *_short(wrong), "Khởi động lại dịch vụ để dùng danh mục mới."), good=not bad)


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

"""Procedures from a file in the portal's own keys (`ma_thu_tuc`, …), each bad row named with its reason."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from procedures import cleaning
from procedures.catalogue import Procedure, canonical

PORTAL = "Cổng Dịch vụ công quốc gia"
LONGEST_NAME = 2000
JUNK = "Công bố Danh mục và Quy trình nội bộ"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """A row that was not taken: its number in the file (from 1), the field and, in Vietnamese, why."""

    row: int
    field: str
    reason: str


class BadRow(ValueError):
    """A row that cannot be a procedure; `field` says where."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def read_file(path: Path, *, as_of: date, source: str = PORTAL) -> tuple[list[Procedure], list[RowError]]:
    """The procedures of a JSON Lines file, and the rows refused.  `as_of` is the day of the source's state."""
    good: dict[str, Procedure] = {}
    bad: list[RowError] = []
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if not raw.strip():
                continue
            try:
                found = procedure(_object(raw), as_of=as_of, source=source)
                if found.code in good:
                    raise BadRow("ma_thu_tuc", "mã thủ tục có hai lần trong tệp")
                good[found.code] = found
            except BadRow as refused:
                bad.append(RowError(row=number, field=refused.field, reason=str(refused)))
    return list(good.values()), bad


def procedure(row: dict[str, Any], *, as_of: date, source: str) -> Procedure:
    """One row in the portal's keys, cleaned.  Raises `BadRow`."""
    for key, value in row.items():
        if value is not None and not isinstance(value, str):
            raise BadRow(key, "phải là chữ")
    code = canonical(row.get("ma_thu_tuc") or "")
    if code is None:
        raise BadRow("ma_thu_tuc", "mã thủ tục phải có dạng 1.004873")
    return Procedure(
        code=code,
        name=_name(row.get("ten_thu_tuc"), code),
        field=cleaning.line(row.get("linh_vuc")),
        level=cleaning.level(row.get("cap_thuc_hien")),
        agency=cleaning.line(row.get("co_quan_thuc_hien") or row.get("co_quan_co_tham_quyen")),
        who=cleaning.line(row.get("doi_tuong_thuc_hien")),
        ways=cleaning.ways(row.get("cach_thuc_thuc_hien")),
        documents=cleaning.documents(row.get("thanh_phan_ho_so")),
        steps=cleaning.steps(_course(row)),
        result=cleaning.result(row.get("ket_qua_xu_ly")),
        conditions=cleaning.lines(row.get("yeu_cau_dieu_kien")),
        legal_basis=cleaning.laws(row.get("can_cu_phap_ly")),
        url=_url(row.get("detail_url")),
        ministry=cleaning.line(row.get("bo_nganh")),
        decision=cleaning.line(row.get("so_quyet_dinh")),
        place=cleaning.line(row.get("dia_chi_tiep_nhan") or row.get("dia_chi_tiep_nhan_hs")),
        source=source,
        as_of=as_of,
    )


def _course(row: dict[str, Any]) -> str:
    """The course of action; where the page was cut at its own words "thành phần hồ sơ", with what follows them."""
    told, rest = row.get("trinh_tu_thuc_hien") or "", row.get("thanh_phan_ho_so") or ""
    return f"{told.rstrip()}…{rest.lstrip()}" if rest.lstrip().startswith(")") else told


def _object(raw: bytes) -> dict[str, Any]:
    try:
        row = orjson.loads(raw)
    except orjson.JSONDecodeError as cause:
        raise BadRow("", "dòng không phải JSON") from cause
    if not isinstance(row, dict):
        raise BadRow("", "dòng phải là một đối tượng JSON")
    return row


def _name(text: str | None, code: str) -> str:
    name = cleaning.line(text).removeprefix(code).strip(" .-")
    if not name:
        raise BadRow("ten_thu_tuc", "thiếu tên thủ tục")
    if len(name) > LONGEST_NAME:
        raise BadRow("ten_thu_tuc", f"tên dài quá {LONGEST_NAME} chữ")
    if name.startswith(JUNK):
        raise BadRow("ten_thu_tuc", "đây là tên một quyết định công bố danh mục, không phải thủ tục")
    return name


def _url(text: str | None) -> str:
    url = cleaning.line(text)
    return url if url.startswith("https://") and " " not in url else ""

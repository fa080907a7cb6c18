"""The directory of agencies (danh bạ cơ quan): `agencies.csv` in, and what a text may say of an office."""

from collections.abc import Collection
from dataclasses import replace

from dossiers.reasons import RowError
from sheets.reading import Column, Row
from sheets.reading import read as read_sheet
from store.agencies import Agencies, Agency
from store.database import Tx
from store.dossier import Office

LONGEST_SHORT_NAME = 20
"""Letters of a short name, so that an SMS stays one part with the longest code (facts/vietnam.md 10)."""
COLUMNS = (
    Column(key="code", title="Mã cơ quan", aliases=("code", "mã định danh"), required=True),
    Column(key="name", title="Tên cơ quan", aliases=("name", "tên"), required=True),
    Column(key="short_name", title="Tên ngắn", aliases=("short_name", "short name", "tên viết tắt")),
    Column(key="hotline", title="Điện thoại", aliases=("phone", "hotline", "số điện thoại")),
    Column(key="office_hours", title="Giờ làm việc", aliases=("hours", "office_hours")),
    Column(key="pickup_place", title="Nơi trả kết quả", aliases=("pickup_place", "pickup place", "nơi nhận kết quả")),
    Column(key="successor", title="Cơ quan kế thừa", aliases=("successor",)),
)


def read(data: bytes, filename: str) -> tuple[list[Agency], list[RowError]]:
    """The agencies of a CSV or XLSX file, and the rows that are wrong. Raises `SheetError`."""
    agencies: dict[str, Agency] = {}
    errors: list[RowError] = []
    for row in read_sheet(data, filename, COLUMNS).rows:
        wrong = _wrong(row, agencies)
        errors.extend(RowError(row=row.number, field=field, reason=reason) for field, reason in wrong)
        if not wrong:
            code = row.cells["code"].upper()
            rest = {column.key: row.cells.get(column.key) or None for column in COLUMNS[2:]}
            agencies[code] = Agency(code=code, name=row.cells["name"], **rest)
    return list(agencies.values()), errors


def _wrong(row: Row, before: Collection[str]) -> list[tuple[str, str]]:
    found = [(key, "không được để trống") for key in ("code", "name") if not row.cells[key]]
    if row.cells["code"].upper() in before:
        found.append(("code", "lặp lại mã của một dòng trước"))
    if len(row.cells.get("short_name", "")) > LONGEST_SHORT_NAME:
        found.append(("short_name", f"dài quá {LONGEST_SHORT_NAME} ký tự"))
    if any(len(value) > 300 for value in row.cells.values()):
        found.append(("", "có ô dài quá 300 ký tự"))
    return found


async def offices(agencies: Agencies, tx: Tx, codes: Collection[str]) -> dict[str, Agency]:
    """The agencies of these codes; what one lacks since it was reorganised is taken from its successor."""
    found = await agencies.named(tx, codes)
    successors = {agency.successor for agency in found.values() if agency.successor} - found.keys()
    later = found | (await agencies.named(tx, successors) if successors else {})
    return {code: _with_successor(agency, later.get(agency.successor or "")) for code, agency in found.items()}


def named(office: Office, directory: dict[str, Agency]) -> Agency:
    """What the directory says of an office, else what the source itself says."""
    return directory.get(office.code) or Agency(code=office.code, name=office.name or office.code)


def _with_successor(agency: Agency, successor: Agency | None) -> Agency:
    if successor is None:
        return agency
    return replace(
        agency,
        hotline=agency.hotline or successor.hotline,
        office_hours=agency.office_hours or successor.office_hours,
        pickup_place=agency.pickup_place or successor.pickup_place,
    )

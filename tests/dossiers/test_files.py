"""Dossiers and agencies from files that people bring."""

import orjson
import pytest

from dossiers import agencies, files
from sheets.errors import SheetError

of_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CSV = """Mã hồ sơ;Mã thủ tục;Trạng thái;Lúc chuyển trạng thái;Mã cơ quan;Chủ hồ sơ;Số điện thoại;Số tiền;Hạn nộp;Màu
H36.21-260622-0001;1.004873;6;25/06/2026 08:40;H36.21;Nguyễn Văn An;0912345678;15000;29/06/2026 17:00;đỏ
H36.21-260622-0002;1.004873;hai;25/06/2026 08:40;H36.21;Trần Thị Hạnh;0987654321;;;
""".encode()


async def _bring(intake, data: bytes, name: str, **how):
    return await files.bring_in(intake, files.read(data, name), source="tệp", **how)


@of_sqlite
async def test_a_table_is_one_column_a_field_and_wrong_rows_are_named_by_their_line(intake, desk) -> None:
    brought = await _bring(intake, CSV, "hồ sơ.csv")

    assert (brought.created, brought.refused) == (1, 1)
    assert [(error.row, error.field) for error in brought.errors] == [(3, "status")]
    assert brought.unknown_fields == ("mau",)
    stored = (await desk.stored()).dossier
    assert (stored.owed, stored.applicant.phone) == (15000, "84912345678")


@of_sqlite
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
async def test_json_and_json_lines_are_the_wire_form(intake, desk, row, name: str) -> None:
    rows = [row(), row(code="H36.21-260622-0002", status=99)]
    data = orjson.dumps({"dossiers": rows}) if name == "a.json" else b"\n".join(orjson.dumps(one) for one in rows)

    brought = await _bring(intake, data, name)

    assert (brought.created, brought.refused, brought.messages) == (1, 1, 0)


@of_sqlite
async def test_a_file_announces_only_when_asked_to(intake, desk, row) -> None:
    brought = await _bring(intake, orjson.dumps([row()]), "a.json", first_load=False)

    assert brought.messages == 1


@of_sqlite
async def test_a_broken_line_is_refused_with_its_number(intake, row) -> None:
    brought = await _bring(intake, orjson.dumps(row()) + b"\n\n{broken", "a.jsonl")

    assert brought.created == 1
    assert [error.row for error in brought.errors] == [3]


BROKEN = [(b"{", "a.json"), (b"[1", "a.json"), (b'{"rows": []}', "a.json"), (b"", "a.csv"), (b"PK\x03\x04", "a.xlsx")]


@pytest.mark.parametrize(("data", "name"), BROKEN)
def test_what_holds_no_dossiers_says_so_in_vietnamese(data: bytes, name: str) -> None:
    with pytest.raises(files.NoDossiers) as told:
        files.read(data, name)
    assert told.value.reason_vi


AGENCIES = """code,name,short name,phone,hours,pickup place,successor
H36.21,UBND phường Bắc Gia Nghĩa,p. Bắc Gia Nghĩa,0261.3540.616,07:30–11:30,Bộ phận Một cửa phường,H36
H36.22,,ngắn,,,,
H36.23,UBND xã,một tên ngắn mà quá dài,,,,
H36.21,UBND phường khác,,,,,
""".encode()


def test_the_directory_of_agencies_is_read_row_by_row() -> None:
    found, errors = agencies.read(AGENCIES, "agencies.csv")

    assert [(agency.code, agency.hotline, agency.successor) for agency in found] == [("H36.21", "0261.3540.616", "H36")]
    assert [(error.row, error.field) for error in errors] == [(3, "name"), (4, "short_name"), (5, "code")]


def test_a_directory_without_its_columns_is_refused() -> None:
    with pytest.raises(SheetError, match="Mã cơ quan"):
        agencies.read(b"ten,phone\nA,1\n", "agencies.csv")

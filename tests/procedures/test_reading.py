import json
from datetime import date
from pathlib import Path

from procedures.reading import read_file

GOOD = {"ma_thu_tuc": "1.000894.H36", "ten_thu_tuc": "Thủ tục đăng ký kết hôn", "linh_vuc": "Hộ tịch"}


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_good_rows_go_through_and_bad_rows_are_named(tmp_path: Path) -> None:
    path = write(
        tmp_path / "rows.jsonl",
        GOOD,
        {"ma_thu_tuc": "abc", "ten_thu_tuc": "x"},
        "{broken",
        {"ma_thu_tuc": "1.000895"},
        {"ma_thu_tuc": "1.000896", "ten_thu_tuc": 5},
        GOOD,
        {"ma_thu_tuc": "1.000897", "ten_thu_tuc": "Công bố Danh mục và Quy trình nội bộ thủ tục"},
        "[1]",
    )

    good, bad = read_file(path, as_of=date(2026, 11, 1))

    assert [row.code for row in good] == ["1.000894"]
    assert [(error.row, error.field) for error in bad] == [
        (2, "ma_thu_tuc"),
        (3, ""),
        (4, "ten_thu_tuc"),
        (5, "ten_thu_tuc"),
        (6, "ma_thu_tuc"),
        (7, "ten_thu_tuc"),
        (8, ""),
    ]
    assert all(error.reason for error in bad)


def test_a_row_keeps_its_source_and_day(tmp_path: Path) -> None:
    (row,), _ = read_file(write(tmp_path / "rows.jsonl", GOOD), as_of=date(2026, 11, 1), source="Sở Tư pháp")

    assert (row.source, row.as_of, row.name) == ("Sở Tư pháp", date(2026, 11, 1), "Thủ tục đăng ký kết hôn")


def test_only_a_safe_address_becomes_a_link(tmp_path: Path) -> None:
    rows = [
        GOOD | {"ma_thu_tuc": f"1.00000{number}", "detail_url": url}
        for number, url in enumerate(
            ["javascript:alert(1)", "http://x.vn", "https://dichvucong.gov.vn/a b", "https://a.vn/1"]
        )
    ]

    good, _ = read_file(write(tmp_path / "rows.jsonl", *rows), as_of=date(2026, 11, 1))

    assert [row.url for row in good] == ["", "", "", "https://a.vn/1"]

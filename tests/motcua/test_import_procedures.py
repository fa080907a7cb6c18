"""`motcua import procedures`: the difference is shown by name, and nothing is taken before somebody says yes."""

from pathlib import Path

import orjson

ROWS = [
    {"ma_thu_tuc": "1.000894", "ten_thu_tuc": "Thủ tục đăng ký kết hôn"},
    {"ma_thu_tuc": "9.000001", "ten_thu_tuc": "Thủ tục cho thuê khinh khí cầu"},
]


def written(path: Path, rows: list[dict[str, str]]) -> None:
    path.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))


async def test_nothing_is_taken_without_a_yes(shell) -> None:
    await shell.run("db", "upgrade")
    written(shell.folder / "procedures.jsonl", ROWS)

    refused = await shell.run("import", "procedures", "procedures.jsonl", stdin="n\n")
    again = await shell.run("import", "procedures", "procedures.jsonl", stdin="n\n")

    assert refused.code == 0, refused.err
    assert "1 mới, 1 thay đổi" in refused.out
    assert "9.000001 Thủ tục cho thuê khinh khí cầu" in refused.out
    assert refused.out == again.out


async def test_what_was_taken_is_what_the_next_file_is_compared_with(shell) -> None:
    await shell.run("db", "upgrade")
    written(shell.folder / "procedures.jsonl", [*ROWS, {"ma_thu_tuc": "x", "ten_thu_tuc": "y"}])

    taken = await shell.run("import", "procedures", "procedures.jsonl", "--yes")
    written(shell.folder / "next.jsonl", [ROWS[0] | {"thanh_phan_ho_so": "Tờ khai"}])
    compared = await shell.run("import", "procedures", "next.jsonl", stdin="n\n")

    assert taken.code == 1
    assert "Đã nạp 2 thủ tục" in taken.out
    assert "Dòng 3, ma_thu_tuc" in taken.out
    assert "0 mới, 1 thay đổi, 1 không còn" in compared.out
    assert "1.000894 Thủ tục đăng ký kết hôn (giấy tờ)" in compared.out


async def test_why_is_told_on_the_line(shell) -> None:
    told = await shell.run("lookup", "mat so do", "--why")

    assert told.code == 0
    assert "Quyết định: trả lời ngay một thủ tục" in told.out

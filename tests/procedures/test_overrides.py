"""The province's own word: each row checked and named, in force between its days, never a sum that may be old."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from procedures import answer
from procedures.answer import Part
from procedures.catalogue import Procedure, Way
from procedures.overrides import BadOverride, Override, Overrides, read

FRESH = date(2026, 8, 1)
STALE = date(2026, 12, 1)
HEAD = "code,fee,time,place,link,suspended,legal_basis,valid_from,valid_until\n"
BASIS = "Nghị quyết 12/2026/NQ-HĐND"


@pytest.fixture
def procedure() -> Procedure:
    way = Way(channel="Trực tiếp", time="3 ngày làm việc", fee="15.000 đồng")
    return Procedure(
        code="1.000001",
        name="Thủ tục cấp giấy",
        ways=(way,),
        documents=("Tờ khai (1 bản chính)", "Biên lai nộp 15.000 đồng (1 bản chính)"),
        source="Cổng Dịch vụ công quốc gia",
        as_of=date(2026, 7, 20),
    )


def test_a_row_in_force_goes_before_the_source_and_names_its_basis(procedure: Procedure) -> None:
    row = Override(code="1.000001", fee="8.000 đồng", place="Trung tâm PVHCC", legal_basis=BASIS)

    told = answer.summary(Overrides([row]).of(procedure, FRESH))

    assert "Phí, lệ phí: 8.000 đồng" in told
    assert "15.000" not in told
    assert "Nơi giải quyết: Trung tâm PVHCC" in told
    assert f"Theo {BASIS}" in told


@pytest.mark.parametrize(
    ("row", "today"),
    [
        (None, STALE),  # the catalogue is too old
        (Override(code="1.000001", fee="8.000 đồng", legal_basis=BASIS, valid_until=date(2026, 7, 31)), FRESH),  # past
        (Override(code="1.000001", place="Xã", legal_basis=BASIS), STALE),  # says nothing of the fee
    ],
)
def test_what_may_have_changed_names_no_sum_anywhere(procedure: Procedure, row: Override | None, today: date) -> None:
    stood = Overrides([row] if row else []).of(procedure, today)

    for told in (answer.summary(stood), *(answer.part(stood, which) for which in Part), answer.sms(stood)):
        assert "000 đồng" not in told
        assert "000 dong" not in told
    assert "thông tin có thể đã thay đổi" in answer.summary(stood)


def test_a_row_holds_from_its_first_day_to_its_last(procedure: Procedure) -> None:
    row = Override(
        code="1.000001", fee="0 đồng", legal_basis=BASIS, valid_from=date(2026, 8, 1), valid_until=date(2026, 8, 31)
    )
    own = Overrides([row])

    fees = [own.of(procedure, date(2026, month, day)).ways[0].fee for month, day in ((7, 31), (8, 1), (8, 31), (9, 1))]

    assert fees == ["15.000 đồng", "0 đồng", "0 đồng", ""]
    assert own.of(procedure, date(2026, 9, 1)).standing.changed


def test_a_later_row_goes_before_an_earlier_one_and_others_are_untouched(procedure: Procedure) -> None:
    rows = [Override(code="1.000001", fee=fee, legal_basis=BASIS) for fee in ("1.000 đồng", "2.000 đồng")]
    own = Overrides(rows)

    assert own.of(procedure, FRESH).ways[0].fee == "2.000 đồng"
    assert own.of(replace(procedure, code="1.000002"), FRESH).ways == procedure.ways


def test_a_suspended_procedure_says_so_first(procedure: Procedure) -> None:
    row = Override(code="1.000001", suspended="chờ hướng dẫn của Bộ", legal_basis=BASIS)
    stood = Overrides([row], stale_after=timedelta(days=900)).of(procedure, FRESH)

    assert answer.summary(stood).splitlines()[1] == "Thủ tục này đang tạm ngừng: chờ hướng dẫn của Bộ"
    assert "tam ngung" in answer.sms(stood)


def test_a_file_is_read_with_dates_of_either_form(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("\ufeff" + HEAD + f"1.004873,0 đồng,,,,,{BASIS},2026-07-01,31/12/2026\n", encoding="utf-8")

    (row,) = read(path)

    assert (row.valid_from, row.valid_until) == (date(2026, 7, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("a,b\n1,2\n", "các cột"),
        (HEAD + "abc,1,,,,,x,,\n", "dòng 2: code"),
        (HEAD + "1.000001,1,,,,,,,\n", "dòng 2: thiếu legal_basis"),
        (HEAD + "1.000001,1,,,,,x,,\n1.000001,,,,,,x,,\n", "dòng 3: không nêu"),
        (HEAD + "1.000001,1,,,http://x,,x,,\n", "dòng 2: link"),
        (HEAD + "1.000001,1,,,,,x,2026-13-01,\n", "dòng 2: valid_from"),
        (HEAD + "1.000001,1,,,,,x,2026-02-01,2026-01-01\n", "valid_from sau"),
        (HEAD + "1.000001,1,,,,,x,,,thừa\n", "nhiều ô"),
        (HEAD + f"1.000001,{'9' * 501},,,,,x,,\n", "fee dài quá"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(BadOverride, match=why):
        read(path)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_a_file_that_cannot_be_read_says_so(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "own.csv"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(BadOverride, match="không đọc được"):
        read(path)

"""Rows of a sheet: every fault in its cell, in words that say what to do; a wrong row never stops a right one."""

from datetime import UTC, date, datetime

import pytest

from notices.check import Known, Rules, check, sentence, spellings
from notices.people import People, Person

COLUMNS = (
    ("A", "ho_ten", "Họ tên"),
    ("B", "so_dien_thoai", "Số điện thoại"),
    ("C", "email", "Email"),
    ("D", "ma_ho_so", "Mã hồ sơ"),
    ("E", "so_tien", "Số tiền"),
    ("F", "han_nop", "Hạn nộp"),
)
GOOD = {
    "ho_ten": "Nguyễn Thị Lan",
    "so_dien_thoai": "0912345678",
    "email": "",
    "ma_ho_so": "H36.21-260601-0012",
    "so_tien": "150.000",
    "han_nop": "30/06/2026",
}
RULES = Rules(
    today=date(2026, 6, 25),
    template="nhac_nop_phi",
    needs={"ma_ho_so", "so_tien", "han_nop"},
    dossiers={
        "H36.21-260601-0012": Known(id="d12", owed=150_000),
        "H36.21-260601-0013": Known(id="d13", owed=0),
        "H36.21-260529-0044": Known(id="d44", owed=8_000),
    },
)


def people(*rows: dict[str, str]) -> People:
    persons = tuple(Person(number=number, cells=GOOD | row) for number, row in enumerate(rows, 2))
    return People(columns=COLUMNS, rows=persons)


FAULTS = [
    # column, what stands in it, the reason's code, a piece of the words
    ("so_dien_thoai", "091234567", "phone", "thiếu 1 chữ số"),
    ("so_dien_thoai", "09781234567", "phone", "thừa 1 chữ số"),
    ("so_dien_thoai", "0263 3822 045", "phone", "máy bàn"),
    ("so_dien_thoai", "gọi bà Lan", "phone", "có chữ"),
    ("so_dien_thoai", "", "nobody", "không có số điện thoại, cũng không có email"),
    ("email", "lan@", "email", "không phải địa chỉ email"),
    ("email", "lan@example.vn, mai@example.vn", "email", "không phải địa chỉ email"),
    ("ma_ho_so", "H36.21-260601-9999", "dossier", "không có hồ sơ này"),
    ("ma_ho_so", "H36.21-260529-0O44", "dossier", "có phải H36.21-260529-0044?"),  # the letter O
    ("ma_ho_so", "H36.21-260601-0013", "dossier", "không cần nhắc"),
    ("ma_ho_so", "", "empty", "để trống"),
    ("so_tien", "một trăm rưỡi", "amount", "không phải số tiền"),
    ("so_tien", "0", "amount", "lớn hơn 0"),
    ("so_tien", "-5", "amount", ""),
    ("so_tien", "", "amount", "để trống"),
    ("han_nop", "30/05/2026", "date", "đã qua 26 ngày"),
    ("han_nop", "31/06/2026", "date", "tháng 6 không có ngày 31"),
    ("han_nop", "29/02/2027", "date", "tháng 2 không có ngày 29"),
    ("han_nop", "30/06", "date", "đủ ngày, tháng, năm"),
    ("han_nop", "30/13/2026", "date", "không có tháng 13"),
    ("han_nop", "", "empty", "để trống"),
    ("ho_ten", "a" * 501, "empty", "dài quá 500"),
]


@pytest.mark.parametrize(("key", "value", "code", "piece"), FAULTS)
def test_a_wrong_cell_is_named_with_its_reason(key: str, value: str, code: str, piece: str) -> None:
    [row] = check(people({key: value}), RULES)

    found = {(fault.code, fault.key) for fault in row.faults}
    assert (code, key) in found
    assert any(piece in fault.reason for fault in row.faults)


def test_a_good_row_has_no_fault_and_knows_its_dossier() -> None:
    [row] = check(people({}), RULES)

    assert row.faults == ()
    assert row.dossier_id == "d12"


def test_the_sentence_names_line_column_value_and_reason() -> None:
    [row] = check(people({"so_dien_thoai": "091234567"}), RULES)

    text = sentence(row, row.faults[0], COLUMNS)

    assert text.startswith("Dòng 2, cột Số điện thoại: 091234567 thiếu 1 chữ số")


def test_two_faults_of_a_row_are_told_at_once() -> None:
    [row] = check(people({"so_dien_thoai": "09781234567", "han_nop": "31/06/2026"}), RULES)

    assert {fault.code for fault in row.faults} == {"phone", "date"}


def test_a_number_robbed_of_its_zero_is_mended_and_counted() -> None:
    [row] = check(people({"so_dien_thoai": "912345678"}), RULES)

    assert row.faults == ()
    assert row.mended


def test_the_same_person_and_words_twice_is_a_repetition_however_the_number_is_written() -> None:
    first, second, other = check(
        people({}, {"so_dien_thoai": "+84 912 345 678"}, {"so_dien_thoai": "0912345679"}), RULES
    )

    assert first.faults == ()
    assert [(fault.code, fault.reason) for fault in second.faults] == [
        ("repeat", "trùng với dòng 2: cùng người nhận, cùng nội dung")
    ]
    assert other.faults == ()


def test_what_was_sent_before_is_not_sent_again() -> None:
    [row] = check(people({}), RULES)
    before = Rules(
        today=RULES.today,
        template=RULES.template,
        needs=RULES.needs,
        dossiers=RULES.dossiers,
        sent_before={row.said: datetime(2026, 6, 22, 3, tzinfo=UTC)},
    )

    [again] = check(people({}), before)

    assert [fault.reason for fault in again.faults] == ["đã được gửi đúng nội dung này ngày 22/06/2026"]


def test_an_email_alone_is_enough() -> None:
    [row] = check(people({"so_dien_thoai": "", "email": "Lan@Example.vn"}), RULES)

    assert row.faults == ()


def test_a_wrong_row_does_not_stop_the_right_ones() -> None:
    rows = check(people({}, {"so_tien": "0"}, {"so_dien_thoai": "0987654321"}), RULES)

    assert [bool(row.faults) for row in rows] == [False, True, False]


def test_codes_are_looked_up_as_written_and_as_they_were_meant() -> None:
    wanted = spellings(people({"ma_ho_so": "H36.21-260529-0O44"}))

    assert wanted == {"H36.21-260529-0O44", "H36.21-260529-0044"}

"""A sheet comes in: taken whole or refused with a reason, kept sealed, never told apart by its look."""

import pytest
from sqlalchemy import text

from notices import wrong_sheet
from notices.people import SheetRefused, gather
from notices.samples import sample
from notices.sending import Hand
from notices.texts import NoSuchText
from notices.upload import SentBefore
from sheets.writing import csv, xlsx


async def test_six_planted_faults_are_found_and_the_rest_is_right(office, hanh) -> None:
    await office.dossiers(10)
    data = sample([f"H36.21-260601-{number:04d}" for number in range(1, 11)], office.clock().date())

    notice = await office.upload([], hanh, data=data)

    assert (notice.total, notice.right) == (16, 10)
    async with office.store.database.reading() as tx:
        reasons = await office.store.notices.reasons(tx, notice.id)
    assert reasons == {"phone": 2, "dossier": 1, "amount": 1, "date": 1, "nobody": 1}


async def test_the_wrong_rows_come_back_with_their_reasons_and_can_be_uploaded_again(office, hanh) -> None:
    await office.dossiers(3)
    notice = await office.upload([office.row(1), office.row(2, so_dien_thoai="091234567"), office.row(3)], hanh)

    async with office.store.database.reading() as tx:
        rows = await wrong_sheet.wrong_rows(office.store, tx, notice)
    again = gather(wrong_sheet.workbook(notice, rows), "sua.xlsx")

    assert [row.cells["so_dien_thoai"] for row in again.rows] == ["091234567"]
    assert again.rows[0].cells["ly_do"].startswith("Dòng 3, cột Số điện thoại: 091234567 thiếu 1 chữ số")


async def test_a_dossier_of_another_agency_is_as_good_as_none(office) -> None:
    await office.dossiers(1)

    theirs = await office.upload([office.row(1)], Hand(id="x", agency="H36.99"))
    everybodys = await office.upload([office.row(1)], Hand(id="y", agency=None))

    assert (theirs.right, everybodys.right) == (0, 1)


async def test_columns_may_stand_in_any_order_and_spelling_and_any_name_becomes_a_field(office, hanh) -> None:
    await office.dossiers(1)
    headers = ["HẠN NỘP", "SĐT", "Số tiền phải nộp", "Mã hs", "Ghi chú riêng"]
    data = csv(headers, [["30/06/2026", "912000001", "150000", "H36.21-260601-0001", "x"]])

    notice = await office.upload([], hanh, data=data, filename="danh sach.csv")

    assert (notice.right, notice.mended) == (1, 1)
    assert notice.columns[4] == ("E", "ghi_chu_rieng", "Ghi chú riêng")


REFUSED = [
    # bytes, name, a piece of the reason
    (b"", "a.xlsx", "không có dòng dữ liệu"),
    (b"%PDF-1.7", "a.pdf", "Chỉ nhận tệp Excel"),
    (b"PK\x03\x04broken", "a.xlsx", "hỏng"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", ".xls"),
    (csv(["Họ tên", "Mã hồ sơ"], [["An", "x"]]), "a.csv", "Số điện thoại"),
    (csv(["Số điện thoại", "SĐT"], [["0912345678", "0912345678"]]), "a.csv", "hai lần"),
    (csv(["Số điện thoại"], []), "a.csv", "dòng"),
    (b"x" * (10 * 1024 * 1024 + 1), "a.csv", "10 MB"),
]


@pytest.mark.parametrize(("data", "name", "piece"), REFUSED, ids=[piece for _, _, piece in REFUSED])
def test_a_file_that_cannot_be_taken_says_why(data: bytes, name: str, piece: str) -> None:
    with pytest.raises(SheetRefused) as refused:
        gather(data, name)

    assert piece.lower() in refused.value.reason.lower()


async def test_a_column_that_the_text_needs_is_asked_for_by_name(office, hanh) -> None:
    data = csv(["Họ tên", "Số điện thoại", "Mã hồ sơ"], [["An", "0912345678", "x"]])

    with pytest.raises(SheetRefused) as refused:
        await office.upload([], hanh, data=data, filename="a.csv")

    assert refused.value.reason == "Tệp thiếu cột mà mẫu “Nhắc nộp phí, lệ phí” cần: Hạn nộp, Số tiền."


async def test_an_unknown_template_is_refused(office, hanh) -> None:
    with pytest.raises(NoSuchText):
        await office.upload([office.row(1)], hanh, template="../../etc/passwd")


async def test_the_same_file_is_asked_about_and_taken_when_it_is_meant(office, hanh) -> None:
    await office.dossiers(2)
    data = xlsx(
        "x", ("SĐT", "Mã hồ sơ", "Số tiền", "Hạn nộp"), [["0912000001", "H36.21-260601-0001", "1.000", "30/06/2026"]]
    )
    notice = await office.upload([], hanh, data=data)
    await office.approval.submit(notice.id, hanh)
    await office.sending.finish()

    with pytest.raises(SentBefore) as before:
        await office.upload([], hanh, data=data)
    again = await office.upload([], hanh, data=data, again=True)

    assert before.value.words == "25/06/2026 (1 dòng giống hệt)"
    assert again.right == 1


async def test_nothing_personal_stands_readable_in_the_database(office, hanh) -> None:
    await office.dossiers(1)
    await office.upload([office.row(1, ho_ten="Nguyễn Bí Mật", email="bimat@example.vn")], hanh, title="Gửi bà Mật")

    async with office.store.database.reading() as tx:
        rows = [
            bytes(cell) if isinstance(cell, bytes) else str(cell).encode()
            for select in ("SELECT * FROM notice", "SELECT * FROM notice_row", "SELECT * FROM audit")
            for row in await tx.execute(text(select))
            for cell in row
        ]
    assert rows
    assert not any(word.encode() in cell for cell in rows for word in ("Mật", "bimat", "912000001", "nhac-le-phi"))


async def test_a_text_with_forbidden_words_is_a_wrong_row(office, hanh) -> None:
    data = csv(
        ["SĐT", "Nội dung"],
        [
            ["0912000001", "Bộ phận Một cửa nghỉ ngày 24/11/2026, làm việc lại ngày 25/11/2026."],
            ["0912000002", "Bạn ơi!!! Chuyển khoản ngay vào số tài khoản 0123456789012"],
            ["0912000003", "{{ so_dien_thoai.__class__ }}"],
        ],
    )

    notice = await office.upload([], hanh, data=data, filename="a.csv", template="thong_bao_chung")

    assert notice.right == 1
    assert [row.number for row in await office.wrong(notice)] == [3, 4]

from datetime import date

import pytest

from procedures import cleaning
from procedures.catalogue import Way
from procedures.reading import procedure

HEAD = cleaning.WAYS_HEAD
PAPERS = cleaning.DOCUMENTS_HEAD


def test_ways_that_lost_their_table_are_cut_apart() -> None:
    text = f"{HEAD}Trực tuyến3 Ngày làm việcMiễn phíDịch vụ bưu chính3 Ngày làm việcMiễn phíTrực tiếp1 GiờMiễn phí"

    assert cleaning.ways(text) == (
        Way(channel="Trực tuyến", time="3 ngày làm việc", fee="Miễn phí"),
        Way(channel="Dịch vụ bưu chính", time="3 ngày làm việc", fee="Miễn phí"),
        Way(channel="Trực tiếp", time="1 giờ", fee="Miễn phí"),
    )


def test_a_bare_number_is_no_time() -> None:
    (way,) = cleaning.ways(f"{HEAD}Trực tiếp1Miễn phí")

    assert way.time == ""


def test_free_with_a_note_of_a_fee_is_the_note() -> None:
    (way,) = cleaning.ways(f"{HEAD}Trực tiếp5 NgàyMiễn phí(Mức lệ phí cụ thể do Hội đồng nhân dân tỉnh quyết định.)")

    assert way.fee == "Mức lệ phí cụ thể do Hội đồng nhân dân tỉnh quyết định"


@pytest.mark.parametrize(
    ("cell", "fee"),
    [
        ("150,000 Việt Nam Đồng(/hồ sơ)", "150.000 đồng/hồ sơ"),
        ("50,000 VNĐ", "50.000 đồng"),
        ("Miễn phí((Miễn lệ phí (nếu nộp trực tuyến).))", "Miễn lệ phí (nếu nộp trực tuyến)"),
        ("Không có thông tin", ""),
        ("10,000 VNĐ(một bản)20,000 VNĐ(hai bản)", "10.000 đồng (một bản); 20.000 đồng (hai bản)"),
    ],
)
def test_a_fee_stays_in_the_words_of_its_source(cell: str, fee: str) -> None:
    (way,) = cleaning.ways(f"{HEAD}Trực tiếp2 Ngày{cell}")

    assert way.fee == fee


def test_a_channel_named_inside_a_note_is_not_another_way() -> None:
    text = f"{HEAD}Trực tuyến5 NgàyMiễn phíNộp Trực tiếp tại Trung tâm hoặc qua Dịch vụ bưu chính công ích."

    (way,) = cleaning.ways(text)

    assert way.note == "Nộp Trực tiếp tại Trung tâm hoặc qua Dịch vụ bưu chính công ích."


def test_the_ways_of_an_export_are_read_by_line() -> None:
    assert cleaning.ways("Trực tiếp | 30 Ngày làm việc | Phí : 0 Đồng\nTrực tuyến | | ") == (
        Way(channel="Trực tiếp", time="30 ngày làm việc", fee="Phí: 0 Đồng"),
        Way(channel="Trực tuyến"),
    )


def test_a_line_of_an_export_without_bars_is_one_more_fee() -> None:
    (way,) = cleaning.ways("Trực tiếp | 15 Ngày | Phí : 2.000.000 Đồng (a)\nPhí : 3.500.000 Đồng (b)")

    assert way.fee == "Phí: 2.000.000 Đồng (a); Phí: 3.500.000 Đồng (b)"


def test_documents_are_cut_at_their_counts_and_keep_them() -> None:
    text = f"* Giấy tờ phải nộp:{PAPERS}- Tờ khai theo mẫu.1 bản chínhGiấy chứng sinh;2 bản chính,1 bản sao"

    assert cleaning.documents(text) == (
        "Giấy tờ phải nộp:",
        "Tờ khai theo mẫu (1 bản chính)",
        "Giấy chứng sinh (2 bản chính, 1 bản sao)",
    )


@pytest.mark.parametrize(
    ("cell", "paper"),
    [
        # a count inside the name is not the cell's end
        ("Nộp 02 bản chính tờ khai1 bản chính", "Nộp 02 bản chính tờ khai (1 bản chính)"),
        # a year glued to the count
        ("Theo Nghị định năm 20211 bản chính", "Theo Nghị định năm 2021 (1 bản chính)"),
        # an attached form's name glued to the paper
        ("Đơn đề nghịMẫu số 1.docx1 bản chính", "Đơn đề nghị (1 bản chính)"),
        # nothing to bring: a remark
        ("Trường hợp đã có dữ liệu thì không phải nộp0 bản chính", "Trường hợp đã có dữ liệu thì không phải nộp"),
    ],
)
def test_a_documents_cell_ends_where_its_count_does(cell: str, paper: str) -> None:
    assert cleaning.documents(f"--{PAPERS}{cell}") == (paper,)


def test_the_search_form_of_the_page_is_no_result() -> None:
    text = "Giấy khai sinhMã: KQ.G15.000031Từ khóaKhông có thông tinMô tảKhông có thông tinChọn cơ quan thực hiện"

    assert cleaning.result(text) == ("Giấy khai sinh",)


def test_legal_numbers_are_read_out_of_glued_names() -> None:
    text = "Tên văn bản pháp lýMã văn bảnLuật hộ tịch60/2014/QH13Nghị định07/2025/NĐ-CPNghị định số 123/2015/NĐ-CP ngày"

    assert cleaning.laws(text) == ("60/2014/QH13", "07/2025/NĐ-CP", "123/2015/NĐ-CP")


@pytest.mark.parametrize("text", [None, "", "Không có thông tin", "(" * 5000, "1 bản chính" * 2000])
def test_broken_prose_breaks_nothing(text: str | None) -> None:
    for read in (cleaning.ways, cleaning.documents, cleaning.lines, cleaning.result, cleaning.laws):
        assert isinstance(read(text), tuple)


@pytest.mark.parametrize(
    ("page", "paper"),
    [
        ("Đơn đề nghị theo mẫu1.004465.docx1 bản chính", "Đơn đề nghị theo mẫu (1 bản chính)"),
        (
            "Tờ khai (Nghị định 32/2026/NĐ-CPMẫu số 04.QLT.docx1 bản chính",
            "Tờ khai (Nghị định 32/2026/NĐ-CP (1 bản chính)",
        ),
        ("Danh sách thuyền viên.MauDanhsach (2).docx2 bản chính", "Danh sách thuyền viên (2 bản chính)"),
        ("Văn bản (tại điểm a mục 3.1).Mẫu số 05.docx1 bản chính", "Văn bản (tại điểm a mục 3.1) (1 bản chính)"),
        ("Trường hợp thuê nhà:1 bản chính", "Trường hợp thuê nhà:"),
        ("Sơ đồ kho, bãi (nếu có):1 bản chính", "Sơ đồ kho, bãi (nếu có): (1 bản chính)"),
    ],
)
def test_a_papers_name_ends_where_the_form_begins(page: str, paper: str) -> None:
    last = "Giấy khác1 bản chính"

    (read, *_) = cleaning.documents(f"--{cleaning.DOCUMENTS_HEAD}{page}{last}")

    assert read == paper


def test_the_number_of_sets_is_no_paper() -> None:
    page = f"--{cleaning.DOCUMENTS_HEAD}Đơn1 bản chính* Số lượng hồ sơ: 01 (một) bộ.0 bản chính"

    assert cleaning.documents(page) == ("Đơn (1 bản chính)",)


@pytest.mark.parametrize(
    ("cell", "fee"),
    [
        ("Trực tiếp120 VNĐ(20.000 đồng)", "20.000 đồng"),
        ("Trực tiếp120 VNĐ", ""),
        ("Trực tiếp140,000 Việt Nam Đồng", "40.000 đồng"),
        ("Trực tiếp48Miễn phí", "Miễn phí"),
        ("Trực tiếp1 Ngày500,000 VNĐ", "500.000 đồng"),
        ("Trực tiếp1 NgàyMiễn phí(Không)", "Miễn phí"),
        ("Trực tiếp1 NgàyMiễn phíPhí : theo Thông tư 261", "Phí: theo Thông tư 261"),
    ],
)
def test_a_sum_is_never_made_of_two_cells(cell: str, fee: str) -> None:
    (way,) = cleaning.ways(f"{cleaning.WAYS_HEAD}{cell}")

    assert way.fee == fee


def test_a_broken_sentence_is_one_again_and_a_long_course_ends_with_a_whole_line() -> None:
    broken = "- Nộp hồ sơ đến cơ quan cấp Giấy\nphép vận chuyển;\na) Thẩm định\nb) Trả kết quả"

    assert cleaning.steps(broken) == (
        "- Nộp hồ sơ đến cơ quan cấp Giấy phép vận chuyển;",
        "a) Thẩm định",
        "b) Trả kết quả",
    )
    assert cleaning.steps("\n".join(["Bước " + "x" * 1500] * 3)) == ("Bước " + "x" * 1500,) * 2


def test_a_page_cut_inside_a_sentence_has_no_papers_and_its_course_goes_on() -> None:
    row = {
        "ma_thu_tuc": "1.001613",
        "ten_thu_tuc": "Bảo hiểm xã hội một lần",
        "trinh_tu_thuc_hien": "Bước 1. Lập hồ sơ theo mục 1 (",
        "thanh_phan_ho_so": "); nộp cho cơ quan BHXH.\nBước 2. Nhận kết quả.",
    }

    read = procedure(row, as_of=date(2026, 7, 20), source="x")

    assert read.documents == ()
    assert read.steps == ("Bước 1. Lập hồ sơ theo mục 1 (…); nộp cho cơ quan BHXH.", "Bước 2. Nhận kết quả.")

import pytest

from procedures import cleaning
from procedures.catalogue import Way

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

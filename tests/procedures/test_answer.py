import re
from dataclasses import replace
from datetime import date

import pytest

from procedures import answer
from procedures.answer import Part
from procedures.catalogue import Catalogue, Procedure, Way

SUM = re.compile(r"\d[\d.]*(?= đồng)|\d+(?= (?:ngày|giờ|phút|tháng))")


def one(**changed: object) -> Procedure:
    plain = Procedure(
        code="1.000001", name="Thủ tục cấp giấy", source="Cổng Dịch vụ công quốc gia", as_of=date(2026, 7, 20)
    )
    return replace(plain, **changed)  # type: ignore[arg-type]


def test_an_answer_has_papers_time_fee_place_source_day_and_link() -> None:
    told = answer.summary(
        one(
            ways=(Way(channel="Trực tiếp", time="3 ngày làm việc", fee="15.000 đồng"),),
            documents=("Giấy tờ phải nộp:", "Tờ khai (1 bản chính)"),
            agency="UBND cấp xã",
            url="https://dichvucong.gov.vn/1",
        )
    )

    assert told.splitlines() == [
        "Cấp giấy",
        "Thời gian: 3 ngày làm việc",
        "Phí, lệ phí: 15.000 đồng",
        "Nơi giải quyết: UBND cấp xã",
        "Cách nộp: trực tiếp",
        "Giấy tờ: Tờ khai (1 bản chính)",
        "Nguồn: Cổng Dịch vụ công quốc gia, dữ liệu ngày 20/07/2026",
        "https://dichvucong.gov.vn/1",
    ]


def test_what_the_source_does_not_say_is_not_said() -> None:
    told = answer.summary(one())

    assert "Thời gian" not in told
    assert "Phí" not in told
    assert "nguồn không nêu" in told


def test_ways_that_differ_are_told_apart() -> None:
    online, counter = Way(channel="Trực tuyến", fee="150.000 đồng"), Way(channel="Trực tiếp", fee="50.000 đồng")

    told = answer.summary(one(ways=(online, counter)))

    assert "Phí, lệ phí (trực tuyến): 150.000 đồng" in told
    assert "Phí, lệ phí (trực tiếp): 50.000 đồng" in told


def test_of_several_sums_that_do_not_fit_none_is_shown() -> None:
    fees = "; ".join(f"{thousand}.000 đồng (trường hợp thứ {thousand} của biểu phí)" for thousand in range(1, 9))

    told = answer.summary(one(ways=(Way(channel="Trực tiếp", fee=fees),)))

    assert "nhiều mức" in told
    assert "1.000 đồng" not in told
    assert "8.000 đồng" in answer.part(one(ways=(Way(channel="Trực tiếp", fee=fees),)), Part.FEES)


def test_a_misread_page_shows_name_and_link_only(catalogue: Catalogue) -> None:
    misread = catalogue.get("3.000284")
    assert misread is not None

    for which in Part:
        told = answer.part(misread, which)
        assert told.startswith("Mở khóa tài khoản định danh điện tử")
        assert misread.url in told
        assert not SUM.search(told)
    assert answer.available(misread) == ()


def test_every_part_of_every_procedure_fits_a_message(catalogue: Catalogue) -> None:
    for row in catalogue:
        assert len(answer.summary(row)) <= answer.FIRST_LONGEST, row.code
        for which in Part:
            assert len(answer.part(row, which)) <= answer.LONGEST, row.code


def test_no_answer_names_a_sum_or_a_time_that_its_source_does_not_hold(catalogue: Catalogue) -> None:
    for row in catalogue:
        ways = (f"{way.time} {way.fee} {way.note}" for way in row.ways)
        held = " ".join([row.name, row.agency, row.place, *row.documents, *row.steps, *ways])
        for told in (answer.summary(row), *(answer.part(row, which) for which in Part)):
            for number in SUM.findall(told):
                assert number in held, (row.code, number)


def test_every_paper_of_an_answer_is_its_sources(catalogue: Catalogue) -> None:
    for row in catalogue:
        for which in (Part.SUMMARY, Part.DOCUMENTS):
            for line in answer.part(row, which).splitlines():
                paper = line.removeprefix("• ").removeprefix("Giấy tờ: ").rstrip("…").strip()
                if line.startswith("• ") and paper and not re.fullmatch(r"\d+ mục khác", paper):
                    assert any(paper in known for known in row.documents), (row.code, paper)


def test_short_titles_fit_a_button_and_differ(catalogue: Catalogue) -> None:
    rows = list(catalogue)

    titles = answer.short_titles(rows)

    assert max(map(len, titles)) <= 60
    assert len(set(titles)) == len(rows)


def test_a_short_name_stands_before_the_official_one() -> None:
    told = answer.summary(one(short="Làm giấy"))

    assert told.splitlines()[:2] == ["Làm giấy", "Tên thủ tục (1.000001): Cấp giấy"]


def test_a_paper_ends_where_its_conditions_begin() -> None:
    paper = (
        "Giấy chứng sinh; trường hợp không có Giấy chứng sinh thì nộp văn bản của người làm chứng xác nhận việc sinh"
    )

    told = answer.summary(one(documents=(paper, "Tờ khai (1 bản chính)", "Bước 1: nộp hồ sơ")))

    assert "• Giấy chứng sinh…" in told.splitlines()
    assert "• Tờ khai" in told.splitlines()
    assert "Bước 1" not in told


def test_an_sms_has_no_diacritics_and_no_link(catalogue: Catalogue) -> None:
    row = catalogue.get("1.004873")
    assert row is not None

    told = answer.sms(row)

    assert told.isascii()
    assert "http" not in told
    assert "20/07/2026" in told


@pytest.mark.parametrize("longest", [20, 60, 160])
def test_a_title_fits_and_drops_the_word_procedure(catalogue: Catalogue, longest: int) -> None:
    for row in catalogue:
        told = answer.title(row, longest)
        assert len(told) <= longest
        assert not told.lower().startswith("thủ tục ") or row.name.lower().count("thủ tục") > 1

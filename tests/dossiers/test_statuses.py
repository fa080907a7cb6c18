"""The ten national statuses."""

from delivery.event import EventName
from dossiers.statuses import Status, folded, is_usual


def test_every_status_has_its_official_words_and_its_event() -> None:
    assert [(status.value, status.words) for status in Status] == [
        (1, "Mới đăng ký"),
        (2, "Được tiếp nhận"),
        (3, "Không được tiếp nhận"),
        (4, "Đang xử lý"),
        (5, "Yêu cầu bổ sung giấy tờ"),
        (6, "Yêu cầu thực hiện nghĩa vụ tài chính"),
        (7, "Công dân yêu cầu rút hồ sơ"),
        (8, "Dừng xử lý"),
        (9, "Đã xử lý xong"),
        (10, "Đã trả kết quả"),
    ]
    assert [status.event for status in Status][5] is EventName.FEE_REQUIRED
    assert {status for status in Status if status.final} == {3, 7, 8, 10}
    assert {status for status in Status if status.paused} == {5, 6}


def test_the_phone_sees_three_steps() -> None:
    assert folded(1) == (("Tiếp nhận", "now"), ("Xử lý", "next"), ("Trả kết quả", "next"))
    assert folded(6) == (("Tiếp nhận", "done"), ("Nộp phí", "now"), ("Trả kết quả", "next"))
    assert folded(9) == (("Tiếp nhận", "done"), ("Xử lý", "done"), ("Trả kết quả", "now"))
    assert {stage for _, stage in folded(10)} == {"done"}


def test_steps_that_the_national_list_does_not_know_are_unusual() -> None:
    assert all(is_usual(*step) for step in [(1, 2), (2, 4), (4, 9), (5, 4), (9, 6), (7, 10), (4, 4)])
    assert not any(is_usual(*step) for step in [(1, 10), (3, 2), (10, 9), (2, 1)])

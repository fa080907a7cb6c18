"""The shipped notice texts: judged like every other, one SMS part with the longest code."""

import pytest

from delivery.texts.render import Form, Renderer
from notices.texts import Texts
from vietnam.segments import measure

LONGEST = "000.00.53.H48-220921-0099"
ROW = {
    "ma_ho_so": LONGEST,
    "so_tien": "1250000",
    "han_nop": "30/06/2026",
    "noi_nhan": "Bộ phận Một cửa phường Bắc Gia Nghĩa",
    "noi_dung": "Bộ phận Một cửa nghỉ ngày 24/11/2026, làm việc lại ngày 25/11/2026.",
}
AROUND = {"agency": "UBND phường Bắc Gia Nghĩa", "hotline": "0263.3540.616"}


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts(Renderer())


@pytest.mark.parametrize("around", [AROUND, {}], ids=["with the agency", "alone"])
@pytest.mark.parametrize("key", ["nhac_nop_phi", "moi_nhan_ket_qua", "thong_bao_chung"])
def test_a_shipped_text_may_be_sent(texts: Texts, key: str, around: dict[str, str]) -> None:
    assert texts.objections(key, ROW, around) == []


@pytest.mark.parametrize("key", ["nhac_nop_phi", "moi_nhan_ket_qua"])
def test_a_shipped_text_is_one_sms_with_the_longest_code(texts: Texts, key: str) -> None:
    sms = texts.preview(key, ROW, AROUND)[Form.SMS]

    assert measure(sms.text).parts == 1
    assert LONGEST in sms.text


def test_the_needed_columns_are_named_as_the_author_knows_them(texts: Texts) -> None:
    assert sorted(texts.get("nhac_nop_phi").columns) == ["Hạn nộp", "Mã hồ sơ", "Số tiền"]


def test_what_a_cell_holds_is_never_run_as_a_text(texts: Texts) -> None:
    shown = texts.preview("thong_bao_chung", {"noi_dung": "{{ 7 * 7 }} {% for x in y %}"}, {})

    assert "{{ 7 * 7 }}" in shown[Form.ZALO].text

"""What may not be sent in the office's name."""

import pytest

from delivery.texts import unsafe
from delivery.texts.fields import EVENTS, example
from delivery.texts.render import Form, MissingField, NoText, Renderer
from delivery.texts.wording import REASONS, check

CODE = "000.00.53.H48-220921-0099"

BAD = [
    ("sms", "Ho so cua ban bi tra ve. Loi: ERR_DOC_07.", {"unsafe_word", "error_code", "no_code"}),
    (
        "sms",
        "Chuc mung Nguyen Van A CCCD 067012345678 da duoc cap phieu ly lich tu phap!!!",
        {"personal_data", "sensitive", "exclamation"},
    ),
    ("sms", "QUY KHACH NOP 1250000 VAO STK 0123456789 NGAN HANG ABC GAP", {"address", "shouting", "private_account"}),
    ("zalo", "Hồ sơ đang xử lý, vui lòng chờ.", {"no_code", "wait_only"}),
    ("zalo", "Bấm vào bit.ly/xyz để xem kết quả", {"foreign_link"}),
    (
        "zalo",
        "Hồ sơ của ông/bà không hợp lệ theo quy định tại khoản 2 Điều 5 Nghị định " + "và các quy định khác " * 180,
        {"cites_law", "too_long", "no_code"},
    ),
    ("zalo", "Hồ sơ đã được xử lý xong. Trạng thái: 9. due_at=None", {"raw_field", "no_code"}),
    ("zalo", "Xin lỗi vì sự cố do ông/bà nộp thiếu", {"blame"}),
    ("zalo", "Kết quả trả trước ngày 30/11", {"no_year", "before_date"}),
    ("sms", "Ho so {code} da co ket qua", {"placeholder"}),
    ("sms", f"Ho so {CODE} da tra ket qua. Tu choi nhan tin: soan TC", {"asks_reply"}),
    ("sms", "Ho so can bo sung, tam dung, xin doi thong bao", {"unsafe_word", "no_code"}),
]
"""The twelve bad examples of facts/vietnam.md section 10, in their order."""


def codes(text: str, form: str, **options: object) -> set[str]:
    return {fault.code for fault in check(text, form, **options)}  # type: ignore[arg-type]  # a table's options


@pytest.mark.parametrize(("form", "text", "expected"), BAD)
def test_the_bad_examples_are_refused_for_their_reasons(form: str, text: str, expected: set[str]) -> None:
    assert expected <= codes(text, form)


def test_the_last_bad_example_has_three_unsafe_words() -> None:
    faults = check(BAD[-1][1], "sms")

    assert [fault.code for fault in faults].count("unsafe_word") == 3


@pytest.mark.parametrize("two_way", [False, True])
@pytest.mark.parametrize("event", sorted(EVENTS))
@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("which", ["online", "counter", "post", "bare"])
def test_no_shipped_text_has_a_fault(event: str, form: Form, which: str, two_way: bool) -> None:
    fields = example(event) | {"filing_channel": which}
    if which == "bare":
        fields = {name: fields[name] for name in EVENTS[event].required}
    try:
        rendered = Renderer(two_way=two_way).render(event, form, fields)
    except (NoText, MissingField):
        return

    texts = [rendered.text, rendered.subject, *(button.title for button in rendered.buttons)]
    faults = [
        fault for text in texts if text for fault in check(text, form, two_way=two_way, fields=fields | {"code": ""})
    ]

    assert faults == []
    assert check(rendered.text, form, two_way=two_way, fields=fields) == []


UNSAFE = [
    (f"Ho so {CODE} tam dung", "dung"),
    (f"Ho so {CODE} doi ket qua", "doi"),
    (f"Ho so {CODE} can bo sung", "can bo sung"),
    ("Xin cho den ngay 30/06/2026", "xin cho"),
    (f"Ho so {CODE} dang cho", "dang cho"),
    ("Moi ban den", "ban"),
    ("Xin dong le phi", "dong"),
    ("Neu muon, xin goi 0263.3540.616", "muon"),
    ("Xin đóng lệ phí", "dong"),  # sent without diacritics whatever was typed
    ("Dong le phi tai quay", "dong"),  # a capital at the head of a sentence is no proper name
    ("DUNG lai", "dung"),
]

SAFE = [
    "Tra ket qua dung hen tai dia chi su dung dat",
    "Noi dung ghi tai Phieu, mang ban sao va ban chinh",
    "Cap doi giay to, thay doi dia chi",
    "Hop dong thue, Hoi dong nhan dan, van ban cua uy ban",
    "UBND tinh Lam Dong va Dong Nai",
    "Nguoi lao dong xin goi 0263.3540.616",
]


@pytest.mark.parametrize(("text", "word"), UNSAFE)
def test_a_word_that_reads_as_another_is_refused_in_an_sms(text: str, word: str) -> None:
    assert word in [found.word for found, _ in unsafe.found(text)]
    assert "unsafe_word" in codes(text, "sms")


@pytest.mark.parametrize("text", SAFE)
def test_the_same_word_is_clear_in_its_phrases_and_in_a_proper_name(text: str) -> None:
    assert list(unsafe.found(text)) == []


def test_with_diacritics_no_word_is_unsafe() -> None:
    assert codes("Xin đợi cán bộ gọi lại lúc 9:00 ngày 30/06/2026, dừng nộp thêm", "zalo") == set()


REFUSED = [
    ("zalo", "Chào bạn", "address"),
    ("zalo", "Kính gửi Quý khách", "address"),
    ("zalo", "Kính mời anh/chị", "address"),
    ("zalo", "Đã có kết quả 🎉", "emoji"),
    ("zalo", "Đã có kết quả!", "exclamation"),
    ("zalo", "XIN MỜI ÔNG BÀ đến", "shouting"),
    ("zalo", "Kính gửi [tên người dân]", "placeholder"),
    ("zalo", "Kính gửi <họ tên>", "placeholder"),
    ("zalo", "Ngày ..../..../2026", "placeholder"),
    ("zalo", "Kính gửi %(name)s", "placeholder"),
    ("zalo", "Hẹn trả 2026-06-30", "raw_field"),
    ("zalo", "Hẹn trả null", "raw_field"),
    ("zalo", "Trạng thái 9", "raw_field"),
    ("zalo", "Mã lỗi 500", "error_code"),
    ("zalo", "NOT_FOUND", "error_code"),
    ("zalo", "Xem https://gov.vn.xau.example/a", "foreign_link"),
    ("zalo", "Xem https://xaugov.vn", "foreign_link"),
    ("zalo", "Xem tinyurl.com/abc", "foreign_link"),
    ("sms", "Xem https://dichvucong.gov.vn", "link"),
    ("sms", "Xem dichvucong.gov.vn/tra-cuu", "link"),
    ("sms", "Xem www.daknong.gov.vn", "link"),
    ("sms", "Xem zalo.me/123", "link"),
    ("sms", "Hẹn 30/11", "no_year"),
    ("email", "Hạn 5/6", "no_year"),
    ("email", "Nộp trước 30/11/2026", "before_date"),
    ("sms", "Tra loi so tu 1 den 5", "asks_reply"),
    ("sms", "Nhan TC gui 8088", "asks_reply"),
    ("sms", "Lien he an@example.vn", "personal_data"),
    ("sms", "So giay to 123456789", "personal_data"),
    ("zalo", "Phiếu lý lịch tư pháp của Ông/Bà", "sensitive"),
    ("sms", "Dang ky nhan con nuoi", "sensitive"),
    ("email", "Chuyển khoản tới số tài khoản sau", "private_account"),
    ("zalo", "Không chuyển cho ai khác, nộp vào tài khoản 0123456789", "private_account"),
    ("zalo", "Mã OTP của Ông/Bà là 123456", "one_time_password"),
    ("zalo", "Dịch vụ công mức độ 4", "obsolete"),
    ("zalo", "Người dân chưa đọc kỹ là lỗi của người dân", "blame"),
    ("zalo", "   ", "empty"),
    ("sms", "Hồ sơ 工", "not_gsm"),
    ("sms", "Muc [1]", "double_sign"),
    ("sms", "a" * 460, "too_long"),
]


@pytest.mark.parametrize(("form", "text", "code"), REFUSED)
def test_each_rule_refuses(form: str, text: str, code: str) -> None:
    assert code in codes(text, form)


ALLOWED = [
    ("zalo", "Hạn nộp đến hết ngày 30/11/2026, số nhà 12/3 Trần Phú, trực 24/7"),
    ("zalo", "Xem https://dichvucong.gov.vn/a, hoặc https://lamdong.gov.vn"),
    ("zalo", "Giá hợp lý hơn, tháng 6/2026"),
    ("zalo", "Ông/Bà đến nhận con dấu theo văn bản 352/KH-UBND"),
    ("zalo", "UBND, HĐND tỉnh; CCCD, BHXH"),
    ("zalo", "Không cung cấp mã OTP cho bất kỳ ai"),
    ("email", "Theo khoản 2 Điều 5, Ông/Bà nộp 15.000 đồng. Thư hỏi gửi hanhchinh@lamdong.gov.vn"),
    ("sms", "Chi nop tai quay, khong chuyen tien cho ca nhan. Hoi: 0263.3540.616"),
    ("sms", "Can bo se tra loi trong 8 gio lam viec, chung toi se nhan tin"),
    ("sms", "Mời Ông/Bà đến 36 Trần Phú, số hồ sơ " + CODE),
]


@pytest.mark.parametrize(("form", "text"), ALLOWED)
def test_what_is_right_is_not_refused(form: str, text: str) -> None:
    assert check(text, form) == []


def test_an_answer_may_be_asked_for_where_the_number_takes_one() -> None:
    text = "Moi Ong/Ba danh gia: tra loi so tu 1 den 5."

    assert "asks_reply" in codes(text, "sms")
    assert codes(text, "sms", two_way=True) == set()


def test_a_text_on_a_dossier_names_it() -> None:
    text = "Ho so H36.21-260622-0001 da co ket qua"

    assert codes(text, "sms", fields={"code": "H36.21-260622-0001"}) == set()
    assert codes(text, "sms", fields={"code": CODE}) == {"no_code"}


def test_a_persons_name_among_the_fields_is_not_in_an_sms() -> None:
    assert codes("Moi ba K Brip den nhan", "sms", fields={"person_name": "K Brịp"}) == {"personal_data"}


def test_a_fault_says_what_to_write_instead() -> None:
    (fault,) = check("Xin dong le phi tai quay", "sms")

    assert fault.reason_vi == "Không dấu dễ đọc thành “đóng, đồng, động”, xin viết: nop; so tien kem chu d"
    assert "dong" in fault.excerpt


def test_every_reason_can_be_met() -> None:
    met = {fault.code for form, text, _ in [*BAD, *REFUSED] for fault in check(text, form)}

    assert met == REASONS.keys()


@pytest.mark.parametrize(
    "text", ["a." * 20_000, "a-" * 20_000, "a@" * 20_000, "{" * 20_000, "1/" * 20_000, "xin cho " * 5_000]
)
@pytest.mark.parametrize("form", ["sms", "zalo", "email"])
@pytest.mark.timeout(5)
def test_no_text_takes_long_to_judge(text: str, form: str) -> None:
    assert check(text, form)

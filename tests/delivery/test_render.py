"""The words of every event in every form."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.message import Button, ButtonKind
from delivery.event import EventName
from delivery.texts.fields import EVENTS, FIELDS, example
from delivery.texts.render import Form, MissingField, NoText, Refused, Renderer, RenderError, TooLong
from vietnam.segments import Encoding, measure

CODE = "000.00.53.H48-220921-0099"
DOSSIER_EVENTS = sorted(event for event in EVENTS if "code" in EVENTS[event].required)

renderer = Renderer()
two_way = Renderer(two_way=True)
unprefixed = Renderer(sms_prefix="")


def counter(event: str) -> dict[str, Any]:
    return example(event) | {"filing_channel": "counter"}


def test_every_event_has_its_file_and_its_fields() -> None:
    assert set(EVENTS) == {name.value for name in EventName} - {"reply"}
    for event, declared in EVENTS.items():
        assert declared.required | declared.optional <= FIELDS.keys(), event


LENGTHS = {
    "submitted": 157,
    "received": 129,
    "rejected": 155,
    "processing": 113,
    "fee_required": 159,
    "withdrawn": 136,
    "stopped": 152,
    "returned": 130,
    "fee_reminder": 157,
    "fee_paid": 146,
    "verify_code": 137,
}
"""Characters with the longest code and the prefix, as counted in facts/vietnam.md section 10."""


@pytest.mark.parametrize(("event", "length"), LENGTHS.items())
def test_an_sms_is_as_long_as_it_was_counted(event: str, length: int) -> None:
    assert measure(renderer.render(event, "sms", example(event)).text).characters == length


@pytest.mark.parametrize("event", sorted(EVENTS))
@pytest.mark.parametrize("channel", ["online", "counter", "post", None])
def test_every_sms_is_one_part_with_the_longest_code(event: str, channel: str | None) -> None:
    text = two_way.render(event, "sms", example(event) | {"filing_channel": channel}).text

    counted = measure(text)

    assert (counted.encoding, counted.parts) == (Encoding.GSM7, 1)


def test_the_prefix_goes_first_and_then_the_agency_when_an_sms_grows_too_long() -> None:
    fields = example("received")

    short = renderer.render("received", "sms", fields).text
    longer = renderer.render("received", "sms", fields | {"agency_short": "x" * 55}).text
    longest = renderer.render("received", "sms", fields | {"agency_short": "x" * 70}).text

    assert short.startswith("HCC: Ho so 000.00.53.H48-220921-0099 da duoc tiep nhan tai phuong Bac Gia Nghia.")
    assert longer.startswith(f"Ho so {CODE} da duoc tiep nhan tai xxx")
    assert longest.startswith(f"Ho so {CODE} da duoc tiep nhan. Hen tra")
    assert [measure(text).parts for text in (short, longer, longest)] == [1, 1, 1]


def test_no_prefix_stands_where_the_senders_name_shows_the_office() -> None:
    assert unprefixed.render("received", "sms", example("received")).text.startswith("Ho so ")


@pytest.mark.parametrize("event", DOSSIER_EVENTS)
@pytest.mark.parametrize("form", ["zalo", "sms", "email", "telegram"])
def test_a_code_alone_is_enough_to_tell_every_event(event: str, form: str) -> None:
    rendered = two_way.render(event, form, {"code": CODE})

    assert CODE in rendered.text
    assert "None" not in rendered.text
    assert "  " not in rendered.text
    assert " ." not in rendered.text


@pytest.mark.parametrize("event", DOSSIER_EVENTS)
@pytest.mark.parametrize("form", ["zalo", "sms", "email"])
def test_any_one_field_may_be_missing(event: str, form: str) -> None:
    for missing in sorted(EVENTS[event].optional):
        fields = {name: value for name, value in example(event).items() if name != missing}
        text = two_way.render(event, form, fields).text

        assert text
        before_a_list = text.replace(":\n\n- ", "\n")
        for line in before_a_list.splitlines():
            assert not line.rstrip(" .,").endswith((":", "ngày", "lúc", "tại", "goi")), (missing, line)


def test_who_filed_at_the_counter_is_not_sent_to_a_web_page_alone() -> None:
    for event in DOSSIER_EVENTS:
        rendered = two_way.render(event, "zalo", counter(event))
        sms = two_way.render(event, "sms", counter(event)).text

        assert not [button for button in rendered.buttons if button.kind is ButtonKind.OPEN], event
        assert "dichvucong" not in sms or "tai quay" in sms, event


def test_what_is_owed_is_told_in_full() -> None:
    fields = example("fee_required") | {
        "fee_lines": [{"name": "Lệ phí", "amount": 15_000}, {"name": "Phí thẩm định", "amount": 150_000}],
    }
    del fields["total"]

    text = renderer.render("fee_required", "zalo", fields).text

    assert "Lệ phí 15.000 đồng; Phí thẩm định 150.000 đồng." in text
    assert "Tổng cộng: 165.000 đồng (một trăm sáu mươi lăm nghìn đồng)." in text
    assert "Hạn nộp: 30/06/2026." in text
    assert "không yêu cầu chuyển tiền vào tài khoản cá nhân" in text


def test_a_result_with_a_sum_due_says_the_sum() -> None:
    free = {name: value for name, value in example("done").items() if name not in {"total", "fee_lines"}}

    assert "nop 1.250.000d" in renderer.render("done", "sms", example("done")).text
    assert "nop" not in renderer.render("done", "sms", free).text


def test_a_sensitive_procedure_leaves_no_trace() -> None:
    fields = example("received") | {"procedure": None}

    for form in ("zalo", "email"):
        assert "()" not in renderer.render("received", form, fields).text
    assert "Thủ tục" not in (renderer.render("received", "email", fields).html or "")


def test_a_name_is_said_in_an_email_and_nowhere_else() -> None:
    for event in DOSSIER_EVENTS:
        for form in ("zalo", "sms", "zalo_template", "telegram"):
            assert "Nguyễn Văn An" not in two_way.render(event, form, example(event)).text
            assert "Nguyen Van An" not in two_way.render(event, form, example(event)).text
    assert "Kính gửi Ông/Bà Nguyễn Văn An," in renderer.render("done", "email", example("done")).text


def test_a_survey_goes_by_sms_only_where_it_can_be_answered() -> None:
    with pytest.raises(NoText):
        renderer.render("survey_invite", "sms", example("survey_invite"))

    assert "tra loi so tu 1" in two_way.render("survey_invite", "sms", example("survey_invite")).text


def test_a_survey_is_answered_by_five_buttons() -> None:
    buttons = renderer.render("survey_invite", "zalo", example("survey_invite")).buttons

    assert buttons[0] == Button(kind=ButtonKind.SAY, title="Rất hài lòng", value=f"Đánh giá 5 hồ sơ {CODE}")
    assert len(buttons) == 5


def test_a_linking_code_never_goes_through_the_chat_that_it_proves() -> None:
    assert not renderer.says("verify_code", "zalo")
    with pytest.raises(NoText):
        renderer.render("verify_code", "zalo", example("verify_code"))

    assert "482913" in renderer.render("verify_code", "sms", example("verify_code")).text


def test_every_form_of_an_event_is_known_beforehand() -> None:
    for event in EVENTS:
        for form in Form:
            if renderer.says(event, form) and (event, form) != ("survey_invite", "sms"):
                assert renderer.render(event, form, example(event)).text


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_buttons_are_few_short_and_whole(event: str) -> None:
    if not renderer.says(event, "zalo"):
        return
    for button in renderer.render(event, "zalo", example(event)).buttons:
        assert 0 < len(button.title) <= 30
        assert button.value
        assert button.kind is not ButtonKind.CALL or button.value.isdigit()
        assert button.kind is not ButtonKind.OPEN or button.value.startswith("https://dichvucong.gov.vn")


@pytest.mark.parametrize("event", DOSSIER_EVENTS)
def test_a_templates_parameters_fit_their_places(event: str) -> None:
    fields = example(event) | {"agency_short": "Trung tâm Phục vụ hành chính công " * 5}

    parameters = renderer.render(event, "zalo_template", fields).parameters

    assert parameters["code"] == CODE
    assert all(value and len(value) <= (90 if name == "agency" else 30) for name, value in parameters.items())
    assert parameters.get("amount", "0").isdigit()


def test_a_template_has_the_same_parameters_whatever_is_missing() -> None:
    full = renderer.render("received", "zalo_template", example("received")).parameters
    bare = renderer.render("received", "zalo_template", {"code": CODE}).parameters

    assert full.keys() == bare.keys()
    assert bare["due"] == "Ghi trên Giấy tiếp nhận"


def test_a_missing_field_is_named() -> None:
    with pytest.raises(MissingField) as without_code:
        renderer.render("received", "sms", {})
    with pytest.raises(MissingField) as without_sum:
        renderer.render("fee_required", "zalo_template", {"code": CODE})

    assert without_code.value.name == "code"
    assert without_sum.value.name == "total"


def test_a_field_that_the_event_does_not_declare_goes_nowhere() -> None:
    fields = example("received") | {"note": "nội bộ", "id_number": "067201000123"}

    assert renderer.render("received", "email", fields) == renderer.render("received", "email", example("received"))


def test_moments_may_come_as_json_carries_them() -> None:
    as_text = example("received") | {"due_at": "2026-06-30T16:30:00+07:00"}

    assert renderer.render("received", "sms", as_text) == renderer.render("received", "sms", example("received"))


@pytest.mark.parametrize("wrong", ["hôm nay", "2026-06-30T16:30:00", 5, object(), ["2026"]])
def test_a_moment_that_is_none_is_refused(wrong: object) -> None:
    with pytest.raises(RenderError):
        renderer.render("received", "sms", {"code": CODE, "due_at": wrong})


HOSTILE_VALUES = [
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "{% for x in range(9) %}x{% endfor %}",
    '"><img src=x onerror=alert(1)>',
    "a\nopen|Bấm vào đây|https://xau.example",
    "x" * 100_000,
    "\u202e\u200b\x00",
]


@pytest.mark.parametrize("value", HOSTILE_VALUES)
@pytest.mark.parametrize("event", ["rejected", "supplement_required", "fee_required"])
def test_a_hostile_field_is_only_text(event: str, value: str) -> None:
    fields = example(event) | {"reason": value, "agency": value, "hotline": value, "person_name": value}
    fields |= {"missing_items": [value] * 100} if event == "supplement_required" else {}

    mail = renderer.render(event, "email", fields)
    chat = renderer.render(event, "zalo", fields)

    assert "<script" not in (mail.html or "")
    assert "<img" not in (mail.html or "")
    assert "49" not in chat.text.replace("220921-0099", "")
    assert all("xau.example" not in button.value or button.kind is not ButtonKind.OPEN for button in chat.buttons)
    assert len(chat.text) <= 2_000


def test_an_email_is_a_letter_in_two_parts() -> None:
    mail = renderer.render("fee_required", "email", example("fee_required"))

    assert mail.subject == f"Thông báo nộp phí, lệ phí hồ sơ {CODE}: 1.250.000 đồng, hạn 30/06/2026"
    assert mail.text.startswith("Kính gửi Ông/Bà Nguyễn Văn An,\n\n")
    assert mail.text.endswith("Thư này được gửi tự động, xin không trả lời thư.")
    assert mail.html is not None
    assert 'width="600"' in mail.html
    assert "Lệ phí cấp mới" in mail.html
    assert 'style="' in mail.html
    assert "prefers-color-scheme: dark" in mail.html
    assert "src=" not in mail.html


def test_a_list_of_papers_stays_together_in_a_plain_letter() -> None:
    text = renderer.render("supplement_required", "email", example("supplement_required")).text

    assert "\n\n- Bản sao thẻ căn cước\n- Hợp đồng thuê địa điểm\n\n" in text


def test_long_lists_of_papers_are_left_to_the_slip_in_a_chat() -> None:
    fields = example("supplement_required") | {
        "missing_items": ["Giấy xác nhận của cơ quan có thẩm quyền"] * 12,
        "n": 12,
    }

    text = renderer.render("supplement_required", "zalo", fields).text

    assert "cần bổ sung 12 giấy tờ, ghi trong Phiếu yêu cầu bổ sung" in text


def test_staffs_text_takes_the_place_of_the_block() -> None:
    source = "Hồ sơ {{ code }} hẹn trả {{ due_at|day }}{% if hotline %}, hỏi {{ hotline }}{% endif %}."

    sms = renderer.render("received", "sms", example("received"), source=source)
    mail = renderer.render("received", "email", example("received"), source=source)

    assert sms.text == f"HCC: Ho so {CODE} hen tra 30/06/2026, hoi 0263.3540.616."
    assert f"Hồ sơ {CODE} hẹn trả 30/06/2026" in (mail.html or "")
    assert mail.subject


def test_bare_fields_are_written_as_people_read_them() -> None:
    source = "{{ total }} {{ fee_due_at }} {{ code }}"

    assert renderer.render("fee_required", "zalo", example("fee_required"), source=source).text == (
        f"1.250.000 17:00 30/06/2026 {CODE}"
    )


def test_a_notice_takes_the_columns_of_its_sheet() -> None:
    source = "Hộ {{ ho_ten }} còn {{ so_tien }} đồng."

    text = renderer.render("notice", "zalo", {"ho_ten": "ông K’ Brịp", "so_tien": 8_000}, source=source).text

    assert text == "Hộ ông K’ Brịp còn 8.000 đồng."
    with pytest.raises(MissingField, match="so_tien"):
        renderer.render("notice", "zalo", {"ho_ten": "An"}, source=source)


def test_a_notice_that_is_filled_in_already_is_not_read_as_a_template() -> None:
    text = renderer.render("notice", "zalo", {"text": "Hộ {{ 7*7 }} còn nợ"}).text

    assert text == "Hộ {{ 7*7 }} còn nợ"


FORBIDDEN = [
    ("{{ mat_khau }}", "Không có trường “mat_khau”"),
    ("{{ code", "cú pháp"),
    ("{% for a in b %}", "cú pháp"),
    ("{{ code|upper }}", "cú pháp"),  # not one of our filters
    ("{{ code|center(1000000000) }}", "cú pháp"),
    ("{{ code.__class__ }}", ""),
    ("{{ code.upper() }}", "Call"),
    ("{{ 'a' * 1000000000 }}", "Mul"),
    ("{{ '%1000000000d' % 1 }}", "Mod"),
    ("{{ 10 ** 10 }}", "Pow"),
    ("{% for x in range(1000000) %}x{% endfor %}", "trường danh sách"),
    ("{% for a in 'abc' %}x{% endfor %}", "trường danh sách"),
    ("{% for a in missing_items %}{% for b in missing_items %}x{% endfor %}{% endfor %}", "lồng nhau"),
    ("{% set x = 1 %}{{ x }}", "Assign"),
    ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "Macro"),
    ("{% include 'received' %}", "Include"),
    ("{% extends 'received' %}", "Extends"),
    ("{% import 'received' as r %}", "Import"),
    ("{% block zalo %}x{% endblock %}", "Block"),
    ("{% raw %}{{ code }}{% endraw %}" * 400, "ký tự"),
    ("{{ self }}", "Không có trường “self”"),
    ("{{ code[0:5] }}", "Getitem"),
]


@pytest.mark.parametrize(("source", "reason"), FORBIDDEN)
def test_a_forbidden_construct_is_found_before_anything_is_sent(source: str, reason: str) -> None:
    with pytest.raises((Refused, RenderError)) as refusal:
        renderer.render("supplement_required", "zalo", example("supplement_required"), source=source)

    assert reason in str(refusal.value)


def test_a_good_text_raises_no_objection() -> None:
    source = (
        "{% if missing_items %}{% for item in missing_items %}{{ loop.index }}. {{ item }}\n{% endfor %}{% endif %}"
    )

    assert renderer.objections("supplement_required", source) == []
    assert renderer.render("supplement_required", "zalo", example("supplement_required"), source=source).text == (
        "1. Bản sao thẻ căn cước\n2. Hợp đồng thuê địa điểm"
    )


@pytest.mark.parametrize(("form", "longest"), [("zalo", 2_000), ("sms", 459)])
def test_a_text_longer_than_its_channel_takes_is_refused(form: str, longest: int) -> None:
    fields: Mapping[str, Any] = {"text": "a" * (longest + 1)}

    with pytest.raises(TooLong):
        unprefixed.render("notice", form, fields)
    assert len(unprefixed.render("notice", form, {"text": "a" * longest}).text) == longest


def test_the_same_fields_give_the_same_words() -> None:
    fields = {"code": CODE, "status_at": datetime(2026, 6, 25, 1, 40, tzinfo=UTC)}

    assert Renderer().render("returned", "email", fields) == Renderer().render("returned", "email", fields)

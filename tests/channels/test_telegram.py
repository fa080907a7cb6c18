"""Telegram: buttons, the proof of a phone number, and updates that anybody could have made up."""

import json
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from channels.errors import Forged, Malformed, Rejected, Unsigned
from channels.message import Button, ButtonKind, InboundKind, Message, Phone, Request, TelegramChat
from channels.telegram import Telegram

AN = TelegramChat(chat_id="42")


def message(text: str = "Chào Ông/Bà", *buttons: Button, **more: object) -> Message:
    return Message(**{"id": "01jd", "to": AN, "text": text, "buttons": buttons} | more)


def say(title: str, value: str = "") -> Button:
    return Button(kind=ButtonKind.SAY, title=title, value=value)


SECRET = "sandbox-telegram-secret"


def webhook(update: object, *, secret: str | None = SECRET) -> Request:
    raw = update if isinstance(update, bytes) else json.dumps(update).encode()
    headers = {} if secret is None else {"x-telegram-bot-api-secret-token": secret}
    return Request(method="POST", url="https://motcua.example/webhooks/telegram", headers=headers, body=raw)


def written(**fields: object) -> dict[str, object]:
    user = {"id": 42, "is_bot": False, "first_name": "An"}
    chat = {"id": 42, "type": "private"}
    return {"update_id": 1000, "message": {"message_id": 7, "from": user, "chat": chat, "date": 1767225600} | fields}


def sent_markup(sandbox) -> dict[str, object]:
    (call,) = [each for each in sandbox.world.calls if each.path.endswith("/sendMessage")]
    return json.loads(parse_qs(call.body)["reply_markup"][0])


async def test_a_text_goes_as_it_stands_and_is_never_read_as_markup(telegram, sandbox) -> None:
    text = "H36.21-260622-0001 <b>*_[`"

    accepted = await telegram.send(message(text))

    (shown,) = sandbox.world.chat("an", "telegram")
    assert shown.text == text
    assert accepted.provider_id == f"42:{shown.id}"


async def test_buttons_say_open_and_calls_are_written_out(telegram, sandbox) -> None:
    buttons = (
        say("Tra cứu hồ sơ", "#tracuu"),
        Button(kind=ButtonKind.OPEN, title="Mở trang", value="https://motcua.example/"),
        Button(kind=ButtonKind.CALL, title="Gọi bộ phận Một cửa", value="02633822222"),
    )

    await telegram.send(message("Chọn việc", *buttons))

    (shown,) = sandbox.world.chat("an", "telegram")
    assert shown.text == "Chọn việc\nGọi bộ phận Một cửa: 02633822222"
    assert sent_markup(sandbox) == {
        "inline_keyboard": [
            [{"text": "Tra cứu hồ sơ", "callback_data": "#tracuu"}],
            [{"text": "Mở trang", "url": "https://motcua.example/"}],
        ]
    }


async def test_marks_from_one_to_five_stand_in_one_row(telegram, sandbox) -> None:
    await telegram.send(message("Ông/Bà hài lòng thế nào?", *[say(str(n), f"#ks {n}") for n in range(1, 6)]))

    assert [len(row) for row in sent_markup(sandbox)["inline_keyboard"]] == [5]


async def test_sharing_a_number_takes_the_keyboards_place(telegram, sandbox) -> None:
    share = Button(kind=ButtonKind.CONTACT, title="Chia sẻ số điện thoại")

    await telegram.send(message("Mời Ông/Bà chia sẻ số.", share, say("Để sau")))

    keyboard = sent_markup(sandbox)["keyboard"]
    assert keyboard[0][0] == {"text": "Chia sẻ số điện thoại", "request_contact": True}
    assert keyboard[1][0]["text"] == "Để sau"


async def test_a_value_too_long_for_telegram_says_the_buttons_own_words(telegram, sandbox) -> None:
    long = "thủ tục đăng ký biến động đất đai đối với trường hợp chuyển nhượng"
    await telegram.send(message("Chọn thủ tục", say("Đăng ký khai sinh", long), say("Đăng ký biến động", long + "!")))
    markup = sent_markup(sandbox)
    second = markup["inline_keyboard"][1][0]["callback_data"]
    under = {"message_id": 7, "chat": {"id": 42, "type": "private"}, "reply_markup": markup}
    update = {"update_id": 1, "callback_query": {"id": "q", "from": {"id": 42}, "message": under, "data": second}}

    (item,) = telegram.read(webhook(update)).items

    assert all(len(row[0]["callback_data"].encode()) <= 64 for row in markup["inline_keyboard"])
    assert (item.kind, item.text) == (InboundKind.TEXT, "Đăng ký biến động")


async def test_a_long_value_under_a_message_that_telegram_no_longer_shows_says_nothing(telegram, sandbox) -> None:
    await telegram.send(message("Chọn", say("A", "ơ" * 60)))
    data = sent_markup(sandbox)["inline_keyboard"][0][0]["callback_data"]
    under = {"message_id": 7, "chat": {"id": 42, "type": "private"}, "date": 0}
    update = {"update_id": 1, "callback_query": {"id": "q", "from": {"id": 42}, "message": under, "data": data}}

    (item,) = telegram.read(webhook(update)).items

    assert item.kind is InboundKind.OTHER


IMPOSSIBLE = {
    "empty": message(" "),
    "too long": message("a" * 4_097),
    "too long with what is to be called": message(
        "a" * 4_090, Button(kind=ButtonKind.CALL, title="Gọi", value="02633822222")
    ),
    "another channel's address": message(to=Phone(number="84912345678")),
    "thirty buttons": message("a", *[say(str(n)) for n in range(30)]),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
async def test_what_telegram_cannot_do_is_said_before_it_leaves(case: str, telegram, sandbox) -> None:
    with pytest.raises(Rejected) as refusal:
        await telegram.send(IMPOSSIBLE[case])

    assert refusal.value.ours
    assert list(sandbox.world.calls) == []


async def test_who_blocked_the_bot_is_out_of_reach_for_good(telegram, sandbox) -> None:
    sandbox.world.people["an"].telegram_blocked = True

    with pytest.raises(Rejected) as refusal:
        await telegram.send(message())

    assert (refusal.value.permanent, refusal.value.ours, refusal.value.code) == (True, False, "telegram:403")


async def test_who_never_pressed_start_is_out_of_reach(telegram) -> None:
    with pytest.raises(Rejected) as refusal:
        await telegram.send(message(to=TelegramChat(chat_id="77")))

    assert (refusal.value.permanent, refusal.value.ours) == (True, False)


async def test_a_wrong_token_is_our_fault_and_is_not_told(sandbox, clock, opened, telegram) -> None:
    wrong = telegram._settings.model_copy(update={"token": SecretStr("100000001:wrong-wrong-wrong")})
    channel = await opened(Telegram(wrong, clock=clock))

    with pytest.raises(Rejected) as refusal:
        await channel.send(message())

    assert (refusal.value.permanent, refusal.value.ours) == (False, True)
    assert "wrong-wrong" not in str(refusal.value)


async def test_no_log_has_the_token(telegram, caplog) -> None:
    caplog.set_level("DEBUG")

    await telegram.send(message())

    assert "sandbox-telegram-token" not in caplog.text


async def test_upkeep_registers_the_webhook_once(sandbox, clock, opened, telegram) -> None:
    channel = await opened(Telegram(telegram._settings, clock=clock, public_url="https://motcua.example/"))

    first, second = await channel.upkeep(), await channel.upkeep()

    assert first == "Đã đăng ký webhook Telegram."
    assert second == "Webhook Telegram đã đúng địa chỉ."


@pytest.mark.parametrize(("secret", "error"), [(None, Unsigned), ("", Unsigned), ("wrong", Forged), ("đúng", Forged)])
def test_only_telegram_knows_the_secret(secret: str | None, error: type, telegram) -> None:
    with pytest.raises(error):
        telegram.read(webhook(written(text="/start"), secret=secret))


def test_without_a_configured_secret_nobody_is_believed(telegram, clock) -> None:
    open_door = telegram._settings.model_copy(update={"webhook_secret": SecretStr("")})

    with pytest.raises(Forged):
        Telegram(open_door, clock=clock).read(webhook(written(text="/start"), secret="x"))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"update_id":null}', b"\xff"])
def test_what_is_no_update_is_malformed(body: bytes, telegram) -> None:
    with pytest.raises(Malformed):
        telegram.read(webhook(body))


def test_a_written_text_is_read(telegram) -> None:
    (item,) = telegram.read(webhook(written(text="/start ABC"))).items

    assert (item.kind, item.sender, item.text, item.event_id) == (InboundKind.TEXT, AN, "/start ABC", "1000")
    assert item.at.isoformat() == "2026-01-01T00:00:00+00:00"


def test_a_tap_says_its_value_and_is_acknowledged_in_the_answer(telegram) -> None:
    under = {"message_id": 7, "chat": {"id": 42, "type": "private"}}
    query = {"id": "4382", "from": {"id": 42}, "message": under, "data": "#ks 5"}

    reading = telegram.read(webhook({"update_id": 1001, "callback_query": query}))

    (item,) = reading.items
    assert (item.kind, item.sender, item.text) == (InboundKind.TEXT, AN, "#ks 5")
    assert json.loads(reading.answer.body) == {"method": "answerCallbackQuery", "callback_query_id": "4382"}


CONTACTS = {
    "their own": ({"phone_number": "84912345678", "user_id": 42}, InboundKind.CONTACT, "84912345678"),
    "their own with plus": ({"phone_number": "+84912345678", "user_id": 42}, InboundKind.CONTACT, "84912345678"),
    "somebody else's": ({"phone_number": "84912345678", "user_id": 43}, InboundKind.MEDIA, None),
    "a card without an owner": ({"phone_number": "84912345678"}, InboundKind.MEDIA, None),
    "an owner of nothing": ({"phone_number": "84912345678", "user_id": None}, InboundKind.MEDIA, None),
    "a foreign number": ({"phone_number": "+14158675309", "user_id": 42}, InboundKind.MEDIA, None),
    "no number": ({"user_id": 42}, InboundKind.MEDIA, None),
}


@pytest.mark.parametrize("case", CONTACTS)
def test_only_ones_own_card_proves_a_number(case: str, telegram) -> None:
    contact, kind, phone = CONTACTS[case]

    (item,) = telegram.read(webhook(written(contact=contact))).items

    assert (item.kind, item.phone) == (kind, phone)


OTHERS = {
    "a picture": (written(photo=[{}], caption="giấy tờ"), InboundKind.MEDIA),
    "a group": (written(text="hi", chat={"id": -5, "type": "group"}), InboundKind.OTHER),
    "a bot": (written(text="hi", **{"from": {"id": 42, "is_bot": True}}), InboundKind.OTHER),
    "an edited text": ({"update_id": 1, "edited_message": {"text": "a"}}, InboundKind.OTHER),
    "a poll": ({"update_id": 1, "poll": {}}, InboundKind.OTHER),
    "nothing": ({"update_id": 1}, InboundKind.OTHER),
    "odd types": ({"update_id": 1, "message": [], "callback_query": 7}, InboundKind.OTHER),
    "an odd keyboard": (
        {
            "update_id": 1,
            "callback_query": {
                "data": "\u2063title0",
                "message": {"chat": {"id": 42, "type": "private"}, "reply_markup": {"inline_keyboard": [7, [8]]}},
            },
        },
        InboundKind.OTHER,
    ),
}


@pytest.mark.parametrize("case", OTHERS)
def test_what_has_no_use_yet_is_kept_without_a_stumble(case: str, telegram) -> None:
    update, kind = OTHERS[case]

    (item,) = telegram.read(webhook(update)).items

    assert item.kind is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [("kicked", InboundKind.UNFOLLOW), ("left", InboundKind.UNFOLLOW), ("member", InboundKind.FOLLOW)],
)
def test_blocking_the_bot_is_leaving_it(status: str, kind: InboundKind, telegram) -> None:
    change = {
        "chat": {"id": 42, "type": "private"},
        "from": {"id": 42},
        "date": 0,
        "new_chat_member": {"status": status},
    }

    (item,) = telegram.read(webhook({"update_id": 1003, "my_chat_member": change})).items

    assert (item.kind, item.sender) == (kind, AN)

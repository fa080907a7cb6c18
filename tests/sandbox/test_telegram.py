"""Telegram's Bot API, spoken to by python-telegram-bot."""

import json
from collections.abc import AsyncIterator

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup, Update
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

from sandbox.server import Sandbox

LONG_DATA = json.dumps({"inline_keyboard": [[{"text": "a", "callback_data": "ă" * 33}]]})


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    bot = Bot(sandbox.settings.telegram_token, base_url=f"{sandbox.url}/bot")
    await bot.initialize()
    yield bot
    await bot.shutdown()


@pytest.fixture
async def chat(sandbox: Sandbox, bot: Bot) -> Bot:
    """A bot to which An has spoken."""
    await sandbox.telegram.say(sandbox.world.people["an"], "/start")
    return bot


def updates(house, bot: Bot) -> list[Update]:
    return [Update.de_json(json.loads(body), bot) for _, body in house.events("/webhooks/telegram")]


async def test_a_bot_knows_itself(bot) -> None:
    assert bot.bot.is_bot
    assert bot.id == 100000001


async def test_nobody_can_be_written_to_before_they_have_started_the_chat(bot) -> None:
    with pytest.raises(BadRequest, match=r"[Cc]hat not found"):
        await bot.send_message(42, "chào")


async def test_a_start_arrives_with_the_secret_and_a_message_goes_back(sandbox, chat, house) -> None:
    sent = await chat.send_message(42, "<b>Chào</b> Ông/Bà &amp; gia đình", parse_mode="HTML")

    start = updates(house, chat)[0]
    headers, _ = house.events("/webhooks/telegram")[0]
    assert (start.message.text, start.message.from_user.id) == ("/start", 42)
    assert headers["x-telegram-bot-api-secret-token"] == sandbox.settings.telegram_secret
    assert sent.text == "Chào Ông/Bà & gia đình"
    assert sandbox.world.chat("an", "telegram")[0].text == sent.text


async def test_a_pressed_button_comes_back_and_is_answered_once(sandbox, chat, house) -> None:
    keys = InlineKeyboardMarkup([[InlineKeyboardButton("Rất hài lòng", callback_data="csat:5")]])
    await chat.send_message(42, "Ông/Bà thấy thế nào?", reply_markup=keys)
    message = sandbox.world.chat("an", "telegram")[0]

    await sandbox.telegram.press(sandbox.world.people["an"], message, "csat:5")

    query = updates(house, chat)[-1].callback_query
    assert (query.data, str(query.message.message_id)) == ("csat:5", message.id)
    assert await query.answer()
    with pytest.raises(BadRequest, match=r"[Qq]uery is too old"):
        await query.answer()
    await chat.edit_message_reply_markup(42, int(message.id), reply_markup=None)
    assert message.buttons == []


async def test_an_own_contact_bears_the_senders_id_and_a_forwarded_one_does_not(sandbox, chat, house) -> None:
    key = KeyboardButton("Chia sẻ số điện thoại", request_contact=True)
    await chat.send_message(42, "Xin cho biết số", reply_markup=ReplyKeyboardMarkup([[key]]))
    an = sandbox.world.people["an"]

    await sandbox.telegram.share_contact(an)
    await sandbox.telegram.share_contact(an, "84987654321")

    own, other = (each.message.contact for each in updates(house, chat)[-2:])
    assert sandbox.world.chat("an", "telegram")[0].buttons[0].type == "request_contact"
    assert (own.phone_number, own.user_id) == ("84912345678", 42)
    assert (other.phone_number, other.user_id) == ("84987654321", None)


async def test_who_blocks_the_bot_is_told_about_and_cannot_be_written_to(sandbox, chat, house) -> None:
    await sandbox.telegram.block(sandbox.world.people["an"])

    assert updates(house, chat)[-1].my_chat_member.new_chat_member.status == "kicked"
    with pytest.raises(Forbidden):
        await chat.send_message(42, "chào")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"text": " "}, "empty"),
        ({"text": "ơ" * 4097}, "too long"),
        ({"text": "<blink>x</blink>", "parse_mode": "HTML"}, "parse entities"),
        ({"text": "<b>x", "parse_mode": "HTML"}, "parse entities"),
        ({"text": "x", "reply_markup": LONG_DATA}, "BUTTON"),
        ({"text": "x", "reply_markup": "{"}, "reply markup"),
        ({"text": "x", "chat_id": "abc"}, "not found"),
    ],
)  # fmt: skip
async def test_a_wrong_message_is_refused(chat, sandbox, session, given, reason) -> None:
    url = f"{sandbox.url}/bot{sandbox.settings.telegram_token}/sendMessage"

    async with session.post(url, data={"chat_id": "42"} | given) as answer:
        body = await answer.json()

    assert (answer.status, body["ok"]) == (400, False)
    assert reason in body["description"]


async def test_json_and_the_query_are_taken_like_a_form(chat, sandbox, session) -> None:
    url = f"{sandbox.url}/bot{sandbox.settings.telegram_token}/sendmessage"

    async with session.post(url, json={"chat_id": 42, "text": "một"}) as by_json:
        assert by_json.status == 200
    async with session.get(url, params={"chat_id": "42", "text": "hai"}) as by_query:
        assert by_query.status == 200

    assert [each.text for each in sandbox.world.chat("an", "telegram")] == ["một", "hai"]


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
async def test_the_librarys_own_errors_come_out_of_the_faults(chat, sandbox) -> None:
    sandbox.faults.set("telegram", "http_429", times=1, retry_after=7)
    with pytest.raises(RetryAfter) as wait:
        await chat.send_message(42, "một")
    sandbox.faults.set("telegram", "http_502", times=1)
    with pytest.raises(NetworkError):
        await chat.send_message(42, "hai")

    assert str(wait.value._retry_after).startswith(("7", "0:00:07"))


async def test_a_wrong_token_is_refused(sandbox) -> None:
    stranger = Bot("1:wrong", base_url=f"{sandbox.url}/bot")

    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await stranger.shutdown()


async def test_a_webhook_set_by_the_bot_is_used_and_excludes_polling(sandbox, bot, house) -> None:
    await bot.set_webhook(f"{house.url}/hook", secret_token="s3cret")

    await sandbox.telegram.say(sandbox.world.people["an"], "chào")

    assert house.events("/hook")[0][0]["x-telegram-bot-api-secret-token"] == "s3cret"
    assert (await bot.get_webhook_info()).url == f"{house.url}/hook"
    with pytest.raises(Conflict):
        await bot.get_updates()
    with pytest.raises(BadRequest):
        await bot.set_webhook("http://example.vn/hook")


async def test_an_update_that_is_not_taken_comes_again_with_the_same_id(opened, house) -> None:
    async def at_once(seconds: float) -> None:
        return None

    sandbox = await opened(sleep=at_once)
    house.answers = [500, 500]

    await sandbox.telegram.say(sandbox.world.people["an"], "chào")
    await sandbox.world.until(lambda: len(house.events("/webhooks/telegram")) == 3)

    assert len({json.loads(body)["update_id"] for _, body in house.events("/webhooks/telegram")}) == 1

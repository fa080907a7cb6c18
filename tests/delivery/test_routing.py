"""Which ways are open to whom, in what order: a table of cases."""

from datetime import timedelta

import pytest

from channels.message import Mailbox, Phone, TelegramChat, ZaloUser
from delivery.event import EventName, Recipient
from delivery.routing import Path, Router, Templates
from store.people import Known, Reach

PHONE, MAIL, ZALO, CHAT = "84912345678", "an@example.vn", "246845883529197922", "4711"
EVERY = ("zalo", "telegram", "sms", "email")
TEMPLATES = Templates(by_event={"done": "901", "fee_required": "902"}, by_user_id=frozenset({"done"}))


def known(clock, kind: str, value: str, spoke: float | None = None) -> Known:
    at = None if spoke is None else clock() - timedelta(hours=spoke)
    return Known(kind=kind, value=value, verified_at=None, last_word_at=at)


def routes(clock, event=EventName.DONE, *, phone=PHONE, email=MAIL, to=None, addresses=(), channels=EVERY, **changes):
    preferred = changes.pop("preferred", None)
    two_way = changes.pop("two_way", False)
    router = Router(
        dict.fromkeys(channels), order=changes.pop("order", EVERY), templates=TEMPLATES, two_way_sms=two_way
    )
    reach = Reach(person_id="p", addresses=tuple(addresses), preferred_channel=preferred)
    recipient = Recipient(person_id="p", phone=phone, email=email, to=to)
    return [route.path for route in router.routes(event, recipient, reach, now=clock(), **changes)]


CHAT_, USER, BY_PHONE, TELE, SMS, EMAIL = Path
ORDERS = [
    # who, what is known of them beyond phone and email, which ways
    ("a stranger", [], {}, [BY_PHONE, SMS, EMAIL]),
    ("wrote an hour ago", [("zalo", ZALO, 1)], {}, [CHAT_, USER, BY_PHONE, SMS, EMAIL]),
    ("wrote just within two days", [("zalo", ZALO, 47.99)], {}, [CHAT_, USER, BY_PHONE, SMS, EMAIL]),
    ("wrote two days ago", [("zalo", ZALO, 48)], {}, [USER, BY_PHONE, SMS, EMAIL]),
    ("linked and never wrote", [("zalo", ZALO, None)], {}, [USER, BY_PHONE, SMS, EMAIL]),
    ("no template by user id", [("zalo", ZALO, None)], {"event": EventName.FEE_REQUIRED}, [BY_PHONE, SMS, EMAIL]),
    ("no template at all", [("zalo", ZALO, None)], {"event": EventName.RECEIVED}, [SMS, EMAIL]),
    ("has Telegram", [("telegram", CHAT, None)], {}, [BY_PHONE, TELE, SMS, EMAIL]),
    ("prefers email", [], {"preferred": "email"}, [EMAIL, BY_PHONE, SMS]),
    ("prefers what is not there", [], {"preferred": "fax"}, [BY_PHONE, SMS, EMAIL]),
    ("no phone", [], {"phone": None}, [EMAIL]),
    ("no email", [], {"email": None}, [BY_PHONE, SMS]),
    ("nothing at all", [], {"phone": None, "email": None}, []),
    ("staff chose SMS", [("zalo", ZALO, 1)], {"only": "sms"}, [SMS]),
    ("staff chose a channel that is off", [], {"only": "sms", "channels": ("zalo", "email")}, []),
    ("SMS first by configuration", [], {"order": ("sms", "zalo")}, [SMS, BY_PHONE]),
    ("not on Zalo, as Zalo said", [], {"refused": {("zalo/template_phone", "phone", PHONE)}}, [SMS, EMAIL]),
    ("another's refusal", [], {"refused": {("zalo/template_phone", "phone", "84900000000")}}, [BY_PHONE, SMS, EMAIL]),
    ("a survey by one-way SMS or email is none", [("zalo", ZALO, 1)], {"event": EventName.SURVEY_INVITE}, [CHAT_]),
    ("a survey by two-way SMS", [], {"event": EventName.SURVEY_INVITE, "two_way": True}, [SMS]),
]


@pytest.mark.parametrize(("who", "addresses", "changes", "expected"), ORDERS, ids=[case[0] for case in ORDERS])
def test_the_cheapest_way_comes_first(clock, who, addresses, changes, expected) -> None:
    assert routes(clock, addresses=[known(clock, *address) for address in addresses], **changes) == expected


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (ZaloUser(user_id=ZALO), CHAT_),
        (TelegramChat(chat_id=CHAT), TELE),
        (Phone(number=PHONE), SMS),
        (Mailbox(address=MAIL), EMAIL),
    ],
)
def test_a_reply_goes_where_the_question_came_from_and_nowhere_else(clock, to, expected) -> None:
    assert routes(clock, EventName.REPLY, to=to) == [expected]


@pytest.mark.parametrize("to", [None, ZaloUser(user_id=ZALO), TelegramChat(chat_id=CHAT)])
@pytest.mark.parametrize("only", [None, "sms", "zalo"])
def test_a_linking_code_comes_by_sms_and_never_through_the_account_that_it_links(clock, to, only) -> None:
    mine = [known(clock, "zalo", ZALO, 1), known(clock, "telegram", CHAT, 1)]

    assert routes(clock, EventName.VERIFY_CODE, addresses=mine, to=to, only=only) == [SMS]
    assert routes(clock, EventName.VERIFY_CODE, addresses=mine, to=to, phone=None) == []


def test_of_two_accounts_the_one_that_spoke_last_is_told(clock) -> None:
    router = Router(dict.fromkeys(EVERY), order=EVERY, templates=TEMPLATES)
    mine = (known(clock, "zalo", "old", 30), known(clock, "zalo", "new", 1))
    recipient = Recipient(person_id="p")

    first = router.routes(EventName.DONE, recipient, Reach(person_id="p", addresses=mine), now=clock())[0]

    assert first.address == ZaloUser(user_id="new")

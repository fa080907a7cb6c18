"""An inbound word as plain data and back."""

from datetime import UTC, datetime

import pytest

from channels.message import Inbound, InboundKind, Mailbox, Phone, TelegramChat, ZaloUser
from channels.plain import inbound_from_item, inbound_to_item

SENDERS = [
    Phone(number="84912345678"),
    ZaloUser(user_id="246845883529197922"),
    TelegramChat(chat_id="-7"),
    Mailbox(address="an@example.vn"),
    None,
]


@pytest.mark.parametrize("sender", SENDERS)
def test_an_inbound_word_comes_back_as_it_was(sender) -> None:
    inbound = Inbound(
        event_id="e1",
        kind=InboundKind.CONTACT,
        sender=sender,
        at=datetime(2026, 6, 25, 2, 0, tzinfo=UTC),
        text="0912 345 678",
        phone="84912345678",
        name="user_submit_info",
    )

    assert inbound_from_item(inbound_to_item(inbound)) == inbound

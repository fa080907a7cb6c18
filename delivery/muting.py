"""Whoever says that a dossier is not theirs hears nothing more of it (không phải hồ sơ của tôi)."""

from datetime import datetime

from delivery.policy import ASKED_FOR, POLICIES
from store.database import Tx
from store.nouns import Store
from store.outbox.ends import cancelling

_NOTICES = [name.value for name in POLICIES if name not in ASKED_FOR]


async def told(store: Store, tx: Tx, person_id: str, dossier_id: str) -> bool:
    """Whether this person was, or is about to be, told of this dossier: to others it stays unsaid that it exists."""
    return any(message.person_id == person_id for message in await store.outbox.of_dossier(tx, dossier_id))


async def mute(store: Store, tx: Tx, person_id: str, dossier_id: str, *, channel: str, at: datetime) -> int:
    """Nothing more of it is planned for them, and what waits is called off; how many messages that were."""
    await store.mutes.put(tx, person_id, dossier_id, at=at, channel=channel)
    if carried := await store.outbox.carried_of(tx, [dossier_id], _NOTICES):
        await store.outbox.take_out(tx, carried, at)
    waiting = await store.outbox.waiting_of(tx, [dossier_id], _NOTICES)
    theirs = [row for row in waiting if row.person_id == person_id]
    await store.outbox.end(tx, [cancelling(row.message_id, row.attempt, at, "not_mine") for row in theirs])
    return len(theirs)

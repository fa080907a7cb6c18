"""The demo's officer, signed in by a link that works once: no password to hunt for."""

import secrets
from datetime import timedelta

from console.passwords import Passwords
from motcua.rooms import Rooms
from store.staff import Role


async def welcome(rooms: Rooms, url: str) -> str:
    """The address that signs the demo's officer in."""
    token = secrets.token_urlsafe(32)
    password = await Passwords().hash(secrets.token_urlsafe(32))
    now = rooms.clock()
    async with rooms.store.database.transaction() as tx:
        officer = await rooms.store.staff.add(
            tx, login="can-bo-thu", name="Lê Quốc Bảo", password=password, role=Role.ADMIN, agency=None, at=now
        )
        await rooms.store.staff.invite(tx, officer.id, token, now + timedelta(days=1))
    return f"{url}/console/enter/{token}"

"""/api/v1/messages: one message to one person, asked for by another system; and what became of it."""

from aiohttp import web

from channels.channel import Channels
from delivery.event import Event, Planned, Recipient
from dossiers.intake import Planner
from dossiers.lookup import Lookup
from store.database import Tx
from store.ids import Clock
from store.keys import ApiKey
from store.nouns import Store
from store.outbox.tables import OutboxMessage
from store.people import Kind
from store.personal import token_hash
from web.guard import Guard, body, parsed
from web.problems import Problem, answering, json
from web.wish import Wish, read

LIMIT = 64 * 1024
_LONGEST_NAME = 200  # of an Idempotency-Key
_LONGEST_ID = 40


class Messages:
    def __init__(
        self, store: Store, planner: Planner, lookup: Lookup, guard: Guard, channels: Channels, *, clock: Clock
    ) -> None:
        self._store = store
        self._planner = planner
        self._lookup = lookup
        self._guard = guard
        self._channels = channels
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/v1/messages", answering(self.send)),
            web.get("/api/v1/messages/{id}", answering(self.message), allow_head=False),
        ]

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Plans one message; the same Idempotency-Key again plans nothing and answers the same."""
        key = await self._guard.key(request, "messages:write")
        name = _idempotency_key(request)
        if request.content_type != "application/json":
            raise Problem(415)
        raw = await body(request, LIMIT)
        wish = read(parsed(raw))
        if wish.channel is not None and wish.channel not in self._channels:
            raise Problem(422, errors=[{"field": "channel", "reason": "kênh này chưa được bật"}])
        async with self._store.database.transaction() as tx:
            asked = await self._store.keys.asked(tx, key, name, raw, self._clock())
            if asked is not None and not asked.same:
                raise Problem(409, "Idempotency-Key này đã dùng cho một nội dung khác.")
            answer = asked.answer if asked is not None else None
            if answer is None:
                planned = await self._plan(tx, key, name, wish)
                answer = {"id": planned.message_id, "outcome": planned.outcome}
                await self._store.keys.answered(tx, key, name, answer)
        if asked is None and answer["id"] is not None:
            await self._store.wakeup.wake("outbox")
        return json(answer, status=200 if answer["id"] is None else 202)

    async def _plan(self, tx: Tx, key: ApiKey, name: str, wish: Wish) -> Planned:
        now = self._clock()
        code = wish.fields.get("code")
        stored = await self._lookup.find(tx, code) if code else None
        if stored is not None and not key.covers(stored.dossier.agency.code):
            raise Problem(403, "Hồ sơ này thuộc cơ quan khác.")
        to: tuple[Kind, str] = ("phone", wish.phone) if wish.phone else ("email", wish.email or "")
        person = (await self._store.people.ensure(tx, [to], now))[to]
        event = Event(
            name=wish.event,
            about=f"api:{key.id}:{token_hash(name).hex()[:32]}",
            occurrence="1",
            at=now,
            recipient=Recipient(person_id=person, phone=wish.phone, email=wish.email),
            fields=wish.fields,
            agency=stored.dossier.agency.code if stored is not None else key.agency,
            dossier_id=None if stored is None else stored.id,
            channel=wish.channel,
        )
        return (await self._planner.plan(tx, [event]))[0]

    async def message(self, request: web.Request) -> web.StreamResponse:
        """The state of a message and its history; neither its text nor whom it went to."""
        key = await self._guard.key(request, "messages:read")
        message_id = request.match_info["id"]
        if len(message_id) > _LONGEST_ID or not message_id.isalnum() or not message_id.isascii():
            raise Problem(404)
        async with self._store.database.reading() as tx:
            message = await self._store.outbox.get(tx, message_id)
        if message is None or not key.covers(message.agency or ""):
            raise Problem(404)
        return json(_message(message))


def _idempotency_key(request: web.Request) -> str:
    name = request.headers.get("Idempotency-Key", "")
    if not 1 <= len(name) <= _LONGEST_NAME:
        error = {"field": "Idempotency-Key", "reason": f"cần có, từ 1 đến {_LONGEST_NAME} ký tự"}
        raise Problem(422, errors=[error])
    return name


def _message(message: OutboxMessage) -> dict[str, object]:
    return {
        "id": message.id,
        "event": message.event,
        "state": message.state.value,
        "channel": message.channel,
        "created_at": message.created_at,
        "history": [
            {
                "at": step.at,
                "step": step.step,
                "channel": step.channel,
                "path": step.path,
                "code": step.code,
                "price": step.price,
                "parts": step.parts,
            }
            for step in message.history
        ],
    }

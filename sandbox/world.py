"""The state of the outside world: plain values, a bounded log, and those who listen to its changes."""

import asyncio
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from sandbox.faults import Faults, drawer
from sandbox.inboxes import Call, ChatMessage, Links, Mail, Person, Sms, Webhook
from sandbox.route import Route

TASKS = ("ask_procedure", "look_up", "move", "survey")
Event = tuple[str, str | None, object]
"""Kind (chat, sms, mail, path, fault, tasks), the person's key or None for everybody, and the value."""


Item = TypeVar("Item")


class Log(list[Item]):
    """A list that forgets its oldest tenth when it grows beyond its bound."""

    def __init__(self, bound: int) -> None:
        super().__init__()
        self._bound = bound

    def append(self, item: Item) -> None:
        super().append(item)
        if len(self) > self._bound:
            del self[: max(1, self._bound // 10)]


class World:
    """All that the stand-ins know.  `bound` is how many calls, messages and mails of each sort are kept."""

    def __init__(
        self, *, clock: Callable[[], datetime], chance: random.Random, links: Links, bound: int = 20_000
    ) -> None:
        self.clock = clock
        self.chance = chance
        self.links = links
        self.people: dict[str, Person] = {}
        self._known: dict[str, Person] = {}
        self.chats = Log[ChatMessage](bound)
        self.texts = Log[Sms](bound)
        self.mails = Log[Mail](bound)
        self.calls = Log[Call](bound)
        self.webhooks = Log[Webhook](bound)
        self.dossiers: dict[str, dict[str, object]] = {}
        self.changed_at: dict[str, datetime] = {}
        self.tasks = dict.fromkeys(TASKS, False)
        self.faults = Faults(self._faults_changed)
        self.route = Route(clock, links, self._route_changed)
        self._last_change = datetime.min.replace(tzinfo=clock().tzinfo)
        self._attempts: dict[tuple[str, str], int] = {}
        self._listeners: dict[asyncio.Queue[Event | None], str | None] = {}
        self._stirred = asyncio.Event()

    def add_person(
        self,
        *,
        key: str,
        name: str,
        phone: str,
        email: str = "",
        zalo_user_id: str = "",
        user_id_by_app: str = "",
        telegram_id: int = 0,
        follows: bool = False,
        note: str = "",
        last_interaction: datetime | None = None,
    ) -> Person:
        """Somebody to play.  Without `zalo_user_id` the phone has no Zalo account; a follower just interacted."""
        if follows and last_interaction is None:
            last_interaction = self.clock()
        person = Person(
            key=key,
            name=name,
            phone=phone,
            email=email,
            zalo_user_id=zalo_user_id,
            user_id_by_app=user_id_by_app,
            telegram_id=telegram_id,
            follows=follows,
            note=note,
            last_interaction=last_interaction,
        )
        self.people[key] = person
        self._known[phone] = person
        self._known[f"zalo:{zalo_user_id}"] = person
        self._known[f"telegram:{telegram_id}"] = person
        return person

    def by_phone(self, phone: str) -> Person | None:
        """Whose phone (84…) this is."""
        return self._known.get(phone)

    def by_user_id(self, user_id: str) -> Person | None:
        """Whose Zalo user id (per OA) this is."""
        return self._known.get(f"zalo:{user_id}") if user_id else None

    def by_telegram(self, chat_id: int) -> Person | None:
        """Whose private Telegram chat this is."""
        return self._known.get(f"telegram:{chat_id}") if chat_id else None

    def chat(self, key: str, service: str = "zalo") -> list[ChatMessage]:
        """A person's chat, oldest first."""
        return [each for each in self.chats if each.person == key and each.service == service]

    def texts_to(self, phone: str) -> list[Sms]:
        """The SMS on a phone (84…), oldest first."""
        return [each for each in self.texts if each.to == phone]

    def mails_to(self, address: str) -> list[Mail]:
        """The mails in a mailbox, oldest first."""
        return [each for each in self.mails if each.to.lower() == address.lower()]

    def calls_to(self, path: str) -> list[Call]:
        """The calls of one API path, oldest first."""
        return [each for each in self.calls if each.path == path]

    def new_id(self, length: int = 20) -> str:
        """A fresh id of hexadecimal digits, from the world's own chance."""
        return f"{self.chance.getrandbits(length * 4):0{length}x}"

    def attempt(self, channel: str, reference: str) -> int:
        """Count one more attempt at this reference, and say how many there have been."""
        key = (channel, reference)
        self._attempts[key] = self._attempts.get(key, 0) + 1
        return self._attempts[key]

    def put_dossier(self, dossier: dict[str, object]) -> None:
        """Put a dossier, in the wire form of the house's API, into the one-stop-shop source: new, or changed now."""
        code = str(dossier["code"])
        self.dossiers[code] = dossier
        self._last_change = max(self.clock(), self._last_change + timedelta(microseconds=1))
        self.changed_at[code] = self._last_change

    def done(self, task: str) -> None:
        """Tick one of the newcomer's tasks."""
        if not self.tasks[task]:
            self.tasks[task] = True
            self.publish("tasks", None, dict(self.tasks))

    def publish(self, kind: str, person: str | None, value: object) -> None:
        """Tell the phone pages that look at this person (all of them for None), and whoever waits in `until`."""
        for queue, whom in self._listeners.items():
            if (person is None or whom is None or whom == person) and not queue.full():
                queue.put_nowait((kind, person, value))
        self.stir()

    def stir(self) -> None:
        """Wake those who wait in `until`."""
        self._stirred.set()
        self._stirred = asyncio.Event()

    async def until(self, condition: Callable[[], object], *, seconds: float = 5.0) -> None:
        """Wait for a condition, looked at again after each change.  TimeoutError when it does not come true."""
        async with asyncio.timeout(seconds):
            while not condition():
                await self._stirred.wait()

    @contextmanager
    def listener(self, person: str | None) -> Iterator[asyncio.Queue[Event | None]]:
        """A queue of changes for one phone page; None in it means that the sandbox stops."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue(maxsize=1000)
        self._listeners[queue] = person
        try:
            yield queue
        finally:
            del self._listeners[queue]

    def watched(self, key: str) -> bool:
        """Whether somebody looks at this person's phone page now."""
        return key in self._listeners.values()

    def dismiss(self) -> None:
        """Send the listeners home."""
        for queue in self._listeners:
            if not queue.full():
                queue.put_nowait(None)

    def addresses(self, phones: Iterable[str]) -> list[str]:
        """All addresses of those who have these phones: the phones, and what is known of their owners."""
        found: list[str] = []
        for phone in phones:
            person = self.by_phone(phone)
            found += [phone] if person is None else [person.phone, person.email.lower(), person.zalo_user_id]
            found += [] if person is None else [str(person.telegram_id)]
        return found

    def _faults_changed(self) -> None:
        self.publish("fault", None, drawer(self.faults))

    def _route_changed(self) -> None:
        self.publish("path", None, list(self.route.steps))

"""Those who call on us: systems with something to tell, carriers with receipts, staff, and citizens with choices."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from channels.message import Address, Receipt, TelegramChat, ZaloUser
from channels.zalo.tokens import NAME, StoredTokens, seed_of
from delivery import switch
from delivery.event import Event, EventName, Planned, Recipient
from motcua.tokens import TokenKeeper
from tests.simulation.carriers import Effect
from tests.simulation.house import FIRST_TOKEN, Door
from tests.simulation.scenario import Incident, Wish
from tests.simulation.stage import Stage
from tests.simulation.trace import Breach

T = TypeVar("T")
_FIELDS: dict[EventName, dict[str, Any]] = {
    EventName.SUPPLEMENT_REQUIRED: {"missing_items": ["Đơn"], "n": 1},
    EventName.VERIFY_CODE: {"verification_code": "482913"},
    EventName.NOTICE: {"text": "Bộ phận Một cửa nghỉ ngày 24/11/2026."},
}


class Callers(Stage):
    """What comes from outside, each in its own time."""

    people: tuple[str, ...] = ()
    """The ids of the story's people, in its order."""

    async def _meet(self) -> None:
        """The people, before anything happens."""
        door = Door(self._outside, self.outside_world, self.outside_world)
        for person in self.story.people:
            async with door.store.database.transaction() as tx:
                found = await door.store.people.ensure(tx, [("phone", person.phone)], self.clock())
                person_id = found["phone", person.phone]
                if person.zalo is not None:
                    await door.store.people.link(tx, person_id, "zalo", person.zalo, self.clock())
                    if person.spoke:
                        await door.store.people.spoke(tx, "zalo", person.zalo, self.clock())
                if person.telegram is not None:
                    await door.store.people.link(tx, person_id, "telegram", person.telegram, self.clock())
            self.people += (person_id,)

    async def _asked(self, work: Callable[[Door], Coroutine[Any, Any, T]]) -> T | None:
        """A request to a web process of ours; None where no good answer came."""
        door = Door(self._outside, self._process("web"), self.outside_world)
        heard = await _heard(door.process.spawn(work(door)))
        door.process.leave()
        return heard

    async def _planned(self, event: Event) -> Planned | None:
        """By a web process, or, where it answers somebody, by a worker that listens; None where it may have failed."""
        workers = list(self._workers.values())
        if event.name is EventName.REPLY and workers and self.chance.random() < 0.7:
            answer = self.chance.choice(workers).answers(event)
            if answer is not None:
                return await _heard(answer)
        return await self._asked(lambda door: door.accept(event))

    async def _post(self, wish: Wish) -> None:
        """A system that repeats until it is told of success."""
        event = self._event(wish)
        self.oracle.asked[event.about, event.name.value] = event
        planned = await self._planned(event)
        while planned is None:
            await asyncio.sleep(self.chance.random() * 10)
            planned = await self._planned(event)
        self.trace("client", f"{event.name} {event.about}: {planned.outcome}")
        if planned.outcome in ("planned", "duplicate", "nobody", "shadow"):
            self._accepted(event)

    def _accepted(self, event: Event) -> None:
        message_id = self.oracle.find(event)
        if message_id is None:
            if event.recipient.person_id in self.people:
                self.fault(Breach(f"lost: {event.name} was accepted and is nowhere"))
            return
        self.oracle.accepted.add(message_id)

    def _event(self, wish: Wish) -> Event:
        person = self.story.people[wish.person]
        fields = {"code": f"H36.21-260622-000{wish.person}", "agency": "UBND phường", "hotline": "0263.3540.616"}
        to: Address | None = None
        if wish.name is EventName.REPLY:
            to = ZaloUser(user_id=person.zalo) if person.zalo else TelegramChat(chat_id=person.telegram or "1")
        return Event(
            name=wish.name,
            about=wish.about,
            occurrence="1",
            at=self.clock() - timedelta(seconds=0 if wish.name is EventName.VERIFY_CODE else wish.late),
            recipient=Recipient(
                person_id=self.people[wish.person],
                phone=person.phone,
                email=person.email,
                to=to,
                organisation=person.organisation,
            ),
            fields=fields | _FIELDS.get(wish.name, {}),
            text="Dạ" if wish.name is EventName.REPLY else None,
            agency=person.agency,
            filing_channel=self.story.filing,
            dossier_id=wish.about if wish.about.startswith("dossier") else None,
        )

    def _told(self, channel: str, receipt: Receipt, effect: Effect | None, delay: float) -> None:
        """A carrier's webhook, which it repeats a few times when we do not answer."""
        self._later(delay, partial(self._webhook, channel, receipt, effect))

    async def _webhook(self, channel: str, receipt: Receipt, effect: Effect | None) -> None:
        if not self.calm and self.chance.random() < self.story.lost_receipts:
            return
        for _ in range(5):
            if await self._asked(lambda door: door.hear(channel, receipt)):
                if effect is not None:
                    effect.told.setdefault(receipt.state, self.loop.time())
                return
            await asyncio.sleep(self.chance.random() * 60)

    async def _happens(self, incident: Incident) -> None:
        workers = [worker for worker in self._workers.values() if not worker.process.dead]
        door = Door(self._outside, self.outside_world, self.outside_world)
        match incident:
            case "kill" if workers:
                self.chance.choice(workers).process.kill()
            case "stop" if workers:
                await self.chance.choice(workers).stop()
            case "hold":
                await switch.stop(door.store, self.clock, by="lead")
                await asyncio.sleep(self.chance.random() * 300)
                await switch.resume(door.store, self.clock, by="lead")
            case "opt_out":
                async with door.store.database.transaction() as tx:
                    await door.store.people.opt(tx, self.people[0], self.clock())
            case "clock_jumps":
                by = timedelta(seconds=self.chance.choice([-1, 1]) * self.chance.choice([30, 3600, 86_400]))
                self.trace("clock", f"jumps by {by}")
                self.clock.jump(by)
            case "post_again":
                for wish in self.story.wishes:
                    if wish.at < self.loop.time():
                        await door.accept(self.oracle.asked[wish.about, wish.name.value])

    async def _authorize(self) -> None:
        """An administrator of the page opens it anew."""
        door = Door(self._outside, self.outside_world, self.outside_world)
        now = self.clock()
        refresh = self._oauth.authorized()
        pair = StoredTokens(access="", refresh=refresh, expires_at=now, seed=seed_of(FIRST_TOKEN), renewed_at=now)
        await TokenKeeper(door.store.tokens).save(NAME, pair)


async def _heard(request: asyncio.Task[T]) -> T | None:
    """What came of it; None where its process died, or failed."""
    await asyncio.wait({request})
    return None if request.cancelled() or request.exception() is not None else request.result()

"""What providers say later became of messages: delivered, the next way, or an end that is bettered."""

import asyncio
import contextlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from channels.channel import Channels
from delivery.money.budgets import Budgets, Refund
from delivery.money.prices import returned
from delivery.outcome import account_of, undelivered
from delivery.policy import RoutingSettings
from delivery.routing import Router
from delivery.silence import PAGE, Silence
from delivery.steadiness import Steadiness
from delivery.texts.render import Renderer
from delivery.ways import Ways
from store.database import Tx
from store.ids import Clock
from store.nouns import Store
from store.outbox.tables import Claimed, Move, State, Track
from store.receipts import ReceiptRow

_log = structlog.get_logger(__name__)

UNMATCHED_FOR = timedelta(minutes=2)
"""A receipt may come before the answer to its own send is recorded: it is looked up again for so long, by a clock that
has run evenly meanwhile.
"""

CHECK_EVERY = 1.0
"""Seconds between two looks at what is overdue."""

_STRENGTH = ("delivered", "seen", "failed", "accepted")
"""Of several words on one message at once the strongest counts: a late or repeated one takes nothing back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """How many receipts were settled, and how many silent messages were moved."""

    receipts: int
    overdue: int


class Receiver:
    """Follows messages after they have left: one per worker process; several may run at once."""

    def __init__(
        self,
        store: Store,
        channels: Channels,
        router: Router,
        renderer: Renderer,
        *,
        routing: RoutingSettings,
        clock: Clock,
        chance: random.Random,
        budgets: Budgets | None = None,
        steadiness: Steadiness | None = None,
    ) -> None:
        self._store = store
        self._channels = channels
        self._budgets = budgets or Budgets(store, renderer)
        self._within = timedelta(minutes=routing.fallback_after_minutes)
        self._clock = clock
        self._steadiness = steadiness or Steadiness()
        ways = Ways(store.people, router)
        self._silence = Silence(
            store,
            channels,
            ways,
            renderer,
            within=self._within,
            clock=clock,
            chance=chance,
            steadiness=self._steadiness,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`: receipts as they come, silence as it ends."""
        self._silence.begins()
        while not stop.is_set():
            try:
                followed = await self.once()
            except Exception as why:
                _log.warning("receiver", why=type(why).__name__)
                followed = Followed(receipts=0, overdue=0)
            if followed.overdue or followed.receipts:
                await self._store.wakeup.wake("outbox")
            if not followed.receipts:
                waiting = asyncio.create_task(self._store.wakeup.wait("receipts", CHECK_EVERY))
                stopping = asyncio.create_task(stop.wait())
                await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
                for task in (waiting, stopping):
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await task

    async def once(self) -> Followed:
        """Every receipt that is open and everything that is overdue now."""
        receipts = await self._all_receipts()
        return Followed(receipts=receipts, overdue=await self._silence.once())

    async def _all_receipts(self) -> int:
        settled, after = 0, ""
        while True:
            async with self._store.database.transaction() as tx:
                rows = await self._store.receipts.take(tx, PAGE, after)
                settled += await self._settle(tx, rows)
            if len(rows) < PAGE:
                return settled
            after = rows[-1].id

    async def _settle(self, tx: Tx, rows: Sequence[ReceiptRow]) -> int:
        """One page in a handful of statements, whatever its size; how many are done with."""
        now = self._clock()
        steady = self._steadiness.lasts(now, UNMATCHED_FOR)
        words: dict[str, list[ReceiptRow]] = {}
        done: list[str] = []
        matched = await self._matched(tx, rows)
        for row in rows:
            if row.id in matched:
                words.setdefault(matched[row.id], []).append(row)
            elif steady and now - row.received_at > UNMATCHED_FOR:
                done.append(row.id)
        live = await self._store.outbox.open_rows(tx, words)
        tracks = await self._store.outbox.tracks(tx, words)
        moves: list[Move] = []
        refunds: list[Refund] = []
        for message_id, said in words.items():
            word = min(said, key=lambda each: _STRENGTH.index(each.state))
            under_way = live.get(message_id)
            if word.state in ("failed", "accepted") and under_way is not None and under_way.state is State.SENDING:
                continue  # the answer to its own request is on its way: it is heard first
            move = self._move(message_id, word, under_way, tracks[message_id])
            if move is not None:
                back = returned(move, tracks[message_id], self._budgets.prices)
                moves.append(move._replace(price=back))
                refunds += Refund.of(back, under_way, tracks[message_id])
            done += [each.id for each in said]
        await self._store.outbox.move(tx, moves)
        await self._store.receipts.done(tx, done, now)
        await self._budgets.refunded(tx, refunds)
        return len(done)

    async def _matched(self, tx: Tx, rows: Sequence[ReceiptRow]) -> dict[str, str]:
        """Receipt → message: by our own id where the provider echoes it, else by its id; never by anything else."""
        ours = await self._store.outbox.existing(tx, {row.message_id for row in rows if row.message_id is not None})
        theirs = await self._store.outbox.by_provider_ids(tx, {row.provider_id for row in rows if row.provider_id})
        found: dict[str, str] = {}
        for row in rows:
            if row.message_id in ours:
                found[row.id] = str(row.message_id)
            elif (row.channel, row.provider_id) in theirs:
                found[row.id] = theirs[row.channel, str(row.provider_id)]
        return found

    def _move(self, message_id: str, word: ReceiptRow, live: Claimed | None, track: Track) -> Move | None:
        path = _path(word, track)
        if word.state in ("delivered", "seen"):
            known = any(step.step == word.state for step in track.steps)
            return (
                None
                if track.end is State.DELIVERED and known
                else _heard(message_id, word, State.DELIVERED, live, path)
            )
        if _is_old(word, track):
            return None
        if word.state == "failed":
            return self._failed(message_id, word, live, track, path)
        return self._accepted(message_id, word, live, track, path)

    def _failed(
        self, message_id: str, word: ReceiptRow, live: Claimed | None, track: Track, path: str | None
    ) -> Move | None:
        """The next way is tried at once; a message that had ended as taken, or in doubt, has failed.

        What another way took stands: then this is a line in its history and no more.
        """
        if live is None and track.end in (State.ACCEPTED, State.UNKNOWN):
            failed = _heard(message_id, word, State.FAILED, None, path)
            return failed._replace(state=track.without(path) or State.FAILED)
        if live is None:
            return None
        if live.channel != word.channel or live.path != path or live.path in live.tried:
            return _heard(message_id, word, State.FAILED, None, path) if live.attempt else None  # a line, no more
        due_at = live.due_at if live.state is State.WAITING else self._clock()
        code = word.error[:60] or "undelivered"
        return undelivered(live, path, at=word.at, due_at=due_at, code=code, passing=not word.permanent)

    def _accepted(
        self, message_id: str, word: ReceiptRow, live: Claimed | None, track: Track, path: str | None
    ) -> Move | None:
        """Ends a doubt, of whichever attempt, and says nothing new else."""
        if live is None:
            return _heard(message_id, word, State.ACCEPTED, None, path) if track.end is State.UNKNOWN else None
        if track.standing is not State.UNKNOWN or live.channel != word.channel:
            return None
        channel = self._channels.get(word.channel)
        gateway = account_of(live, word.channel).partition("/")[2]
        return Move(
            message_id=message_id,
            at=word.at,
            step="accepted",
            state=State.ACCEPTED,
            attempt=live.attempt,
            final=channel is None or not channel.can.tells(gateway),
            due_at=self._clock() + self._within,
            channel=live.channel,
            path=path,
            tried=live.tried,
            tries=live.tries,
            provider_id=word.provider_id,
        )


def _path(word: ReceiptRow, track: Track) -> str | None:
    """The way that a word is about: that of the attempt with its id, else the last by its channel."""
    mine = [step for step in track.steps if step.channel == word.channel and step.path]
    exact = [step.path for step in mine if step.provider_id is not None and step.provider_id == word.provider_id]
    sent = [step.path for step in mine if step.step == "sending"]
    return next(reversed(exact or sent), None)


def _is_old(word: ReceiptRow, track: Track) -> bool:
    """A word on an earlier attempt than the last that the provider took; the answer to it may never have been heard."""
    mine = [step for step in track.steps if step.channel == word.channel]
    begins = max((n for n, step in enumerate(mine) if step.step == "sending"), default=0)
    ids = [step.provider_id for step in mine if step.provider_id is not None]
    last = [step.provider_id for step in mine[begins:] if step.provider_id is not None]
    earlier = word.provider_id in ids or (word.provider_id is not None and bool(last))
    return earlier and word.provider_id != ids[-1]


def _heard(message_id: str, word: ReceiptRow, state: State, live: Claimed | None, path: str | None) -> Move:
    return Move(
        message_id=message_id,
        at=word.at,
        step="undelivered" if state is State.FAILED else word.state,
        state=state,
        attempt=0 if live is None else live.attempt,
        final=True,
        channel=word.channel,
        path=path,
        code=(word.error[:60] or "undelivered") if state is State.FAILED else "",
        provider_id=word.provider_id if state is State.ACCEPTED else None,
    )

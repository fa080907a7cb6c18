"""What may be shown of a dossier, and to whom: a phone is not a person (DESIGN.md).

By its code alone: the state and when the result is due. On a number that the asker has proved theirs: codes, states
and sums. After a second proof for this very dossier: the procedure, the papers, the reason. What is sensitive is
named to nobody. Wrong guesses are counted by the asker, never by the dossier: nobody can lock another's.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dossiers.agencies import named, offices
from dossiers.codes import canonical, tail
from dossiers.guessing import locked_until, looked, may_look, tries_left, wrong
from dossiers.naming import Naming
from dossiers.statuses import FINAL
from dossiers.views import Proof, View, secret, view
from store.database import Tx
from store.dossier import Dossier
from store.dossiers import Role, Stored
from store.ids import Clock
from store.nouns import Store
from store.people import Reach

MANY_PEOPLE = 5
"""A number on the dossiers of more people than this is a clerk's or an accountant's: it lists nothing."""
MOST_LISTED = 100


class Found(StrEnum):
    """What came of a look-up."""

    SHOWN = "shown"
    UNKNOWN = "unknown"  # no such code, and it counts
    WRONG_PROOF = "wrong_proof"
    NO_PROOF = "no_proof"  # the dossier holds nothing to prove it by
    LOCKED = "locked"  # too many wrong guesses; until `locked_until`


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks: `key` is the address they write from, `phones` the numbers they have proved to be theirs."""

    key: str
    phones: tuple[str, ...] = ()
    flagged: bool = False

    @classmethod
    def of(cls, key: str, reach: Reach | None) -> "Asker":
        """From what is known of the person behind the address."""
        if reach is None:
            return cls(key=key)
        phones = tuple(one.value for one in reach.addresses if one.kind == "phone" and one.verified_at is not None)
        return cls(key=key, phones=phones, flagged=reach.flagged is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The outcome of one look-up, with the view where something may be shown."""

    found: Found
    view: View | None = None
    tries_left: int | None = None
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The dossiers of the asker's own numbers. `too_many`: a number stands on many people's, so it lists nothing."""

    views: tuple[View, ...] = ()
    linked: bool = False
    too_many: bool = False

    @property
    def owed(self) -> int:
        """What is owed in all, in đồng."""
        return sum(view.owed or 0 for view in self.views)


class Lookup:
    """Reads and counts inside the caller's transaction, which must be one that writes."""

    def __init__(self, store: Store, naming: Naming, *, clock: Clock) -> None:
        self._store = store
        self._naming = naming
        self._clock = clock

    async def by_code(self, tx: Tx, code: str, asker: Asker) -> Answer:
        """A dossier by its code: more than the state only to a number of its own."""
        now = self._clock()
        guesses = self._store.dossiers.guesses
        guess = await guesses.hold(tx, asker.key)
        if (until := locked_until(guess, now)) is not None:
            return Answer(found=Found.LOCKED, locked_until=until)
        stored = await self.find(tx, code)
        if stored is None:
            guess = wrong(guess, now)
            await guesses.keep(tx, asker.key, guess)
            return Answer(found=Found.UNKNOWN, tries_left=tries_left(guess), locked_until=locked_until(guess, now))
        if _is_own(stored.dossier, asker):
            return Answer(found=Found.SHOWN, view=await self._view(tx, stored, Proof.LINKED))
        if not may_look(guess, now):
            return Answer(found=Found.LOCKED)
        await guesses.keep(tx, asker.key, looked(guess, now))
        return Answer(found=Found.SHOWN, view=await self._view(tx, stored, Proof.CODE))

    async def prove(self, tx: Tx, code: str, digits: str, asker: Asker) -> Answer:
        """The same dossier with the last four digits of the applicant's ID number."""
        now = self._clock()
        guesses = self._store.dossiers.guesses
        guess = await guesses.hold(tx, asker.key)
        if (until := locked_until(guess, now)) is not None:
            return Answer(found=Found.LOCKED, locked_until=until)
        stored = await self.find(tx, code)
        expected = None if stored is None else secret(stored.dossier)
        if stored is not None and expected is None:
            return Answer(found=Found.NO_PROOF)
        if stored is None or expected is None or not hmac.compare_digest(expected.encode(), digits.strip().encode()):
            guess = wrong(guess, now)
            await guesses.keep(tx, asker.key, guess)
            found = Found.UNKNOWN if stored is None else Found.WRONG_PROOF
            return Answer(found=found, tries_left=tries_left(guess), locked_until=locked_until(guess, now))
        return Answer(found=Found.SHOWN, view=await self._view(tx, stored, Proof.PROVED))

    async def mine(self, tx: Tx, asker: Asker) -> Listing:
        """All dossiers of the asker's own numbers, newest first: codes, states and sums."""
        if asker.flagged or not asker.phones:
            return Listing(linked=bool(asker.phones), too_many=asker.flagged)
        found: dict[str, Stored] = {}
        for phone in asker.phones:
            rows = await self._store.dossiers.of_phone(tx, phone, MOST_LISTED)
            if _of_many(rows):
                return Listing(linked=True, too_many=True)
            found |= {stored.id: stored for _, stored in rows}
        return Listing(views=await self._views(tx, list(found.values()), Proof.LINKED), linked=True)

    async def owed(self, tx: Tx, asker: Asker) -> Listing:
        """What the asker's own numbers owe: only open dossiers with something unpaid."""
        listing = await self.mine(tx, asker)
        views = tuple(view for view in listing.views if view.owed and view.status not in FINAL)
        return Listing(views=views, linked=listing.linked, too_many=listing.too_many)

    async def find(self, tx: Tx, code: str) -> Stored | None:
        """A dossier by any of its codes, in any spelling."""
        spelled = canonical(code) or code.strip().upper()
        return await self._store.dossiers.find(tx, spelled, tail(spelled))

    async def _view(self, tx: Tx, stored: Stored, proof: Proof) -> View:
        return (await self._views(tx, [stored], proof))[0]

    async def _views(self, tx: Tx, stored: Sequence[Stored], proof: Proof) -> tuple[View, ...]:
        directory = await offices(self._store.agencies, tx, {one.dossier.agency.code for one in stored})
        return tuple(view(one, named(one.dossier.agency, directory), proof, self._naming) for one in stored)


def _is_own(dossier: Dossier, asker: Asker) -> bool:
    """Whether one of the asker's proved numbers stands on this dossier."""
    numbers = {dossier.applicant.phone, dossier.delegate.phone if dossier.delegate else None}
    return not asker.flagged and any(phone in numbers for phone in asker.phones)


def _of_many(rows: Sequence[tuple[Role, Stored]]) -> bool:
    applicants = {stored.dossier.applicant.id_number or stored.dossier.applicant.name for _, stored in rows}
    return len(applicants) > MANY_PEOPLE

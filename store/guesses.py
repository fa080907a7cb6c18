"""How often somebody guessed wrong at dossiers: counted by the asker, so that nobody can lock another's dossier."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Field, SQLModel

from store.columns import UtcTime, table
from store.database import Tx
from store.personal import Seal


class GuessTable(SQLModel, table=True):
    __tablename__ = "guess"

    asker: bytes = Field(primary_key=True)  # keyed hash of the address they write from
    wrong: int = 0
    locks: int = 0
    wrong_at: datetime | None = Field(default=None, sa_type=UtcTime)
    locked_until: datetime | None = Field(default=None, sa_type=UtcTime)
    looked: int = 0
    looked_since: datetime | None = Field(default=None, sa_type=UtcTime)


_guess = table(GuessTable)
_HELD = select(_guess).where(_guess.c.asker == bindparam("asker")).with_for_update()
_FIRST = upsert(_guess).on_conflict_do_nothing(index_elements=["asker"]).returning(_guess)
_KEPT = update(_guess).where(_guess.c.asker == bindparam("_asker"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What an asker did of late: wrong guesses since the last lock, locks so far, dossiers looked at by code alone."""

    wrong: int = 0
    locks: int = 0
    wrong_at: datetime | None = None
    locked_until: datetime | None = None
    looked: int = 0
    looked_since: datetime | None = None


class Guesses:
    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    async def hold(self, tx: Tx, asker: str) -> Guess:
        """This asker's record, locked until the transaction ends: two guesses at once are counted as two."""
        key = self._seal.hash("asker", asker)
        row = (await tx.execute(_HELD, {"asker": key})).one_or_none()
        if row is None:
            first = {"asker": key, "wrong": 0, "locks": 0, "looked": 0}
            row = (await tx.execute(_FIRST, first)).one_or_none()
        if row is None:  # another transaction was first
            row = (await tx.execute(_HELD, {"asker": key})).one()
        return Guess(**{name: value for name, value in row._asdict().items() if name != "asker"})

    async def keep(self, tx: Tx, asker: str, guess: Guess) -> None:
        values = asdict(guess) | {"_asker": self._seal.hash("asker", asker)}
        await tx.execute(_KEPT, values)

"""How often somebody guessed wrong at dossiers: counted by the asker, so that nobody can lock another's dossier."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Update, bindparam, select, update
from sqlmodel import Field, SQLModel

from store.columns import UtcTime, table
from store.database import Dialect, Tx
from store.inserts import Inserts
from store.personal import Seal
from store.prepared import run


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
_FIRST = Inserts(_guess, ("asker", "wrong", "locks", "looked"), "ON CONFLICT (asker) DO NOTHING")


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
        found = await run(tx, _held, {"asker": key})
        if not found and await _FIRST.write(tx, [(key, 0, 0, 0)]):
            return Guess()
        row = found[0] if found else (await run(tx, _held, {"asker": key}))[0]  # another transaction was first
        return Guess(**row._asdict())

    async def keep(self, tx: Tx, asker: str, guess: Guess) -> None:
        await run(tx, _kept, asdict(guess) | {"whose": self._seal.hash("asker", asker)})


def _held(_dialect: Dialect) -> Select[Any]:
    columns = (_guess.c[one.name] for one in fields(Guess))
    return select(*columns).where(_guess.c.asker == bindparam("asker")).with_for_update()


def _kept(_dialect: Dialect) -> Update:
    values = {one.name: bindparam(one.name, type_=_guess.c[one.name].type) for one in fields(Guess)}
    return update(_guess).where(_guess.c.asker == bindparam("whose")).values(values)

"""A new catalogue or new overrides are taken up while the service runs; a wrong file changes nothing."""

import os
from pathlib import Path

import pytest

from motcua.renewal import Renewal
from procedures import imported
from procedures.book import Book
from procedures.catalogue import Catalogue, load
from procedures.settings import Settings
from store.nouns import Store

HEAD = "code,fee,legal_basis\n"


@pytest.fixture(scope="module")
def few() -> Catalogue:
    return Catalogue({row.code: row for row in load() if row.code in ("1.000894", "1.001193")})


async def bring(store: Store, catalogue: Catalogue, clock) -> None:
    async with store.database.transaction() as tx:
        await store.procedures.replace(tx, imported.plain(catalogue), clock())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_imported_catalogue_is_taken_up(store: Store, clock, few: Catalogue) -> None:
    book = Book(few)
    renewal = Renewal(store, book, Settings())
    first = await renewal.once()

    await bring(store, Catalogue({"1.001193": few.get("1.001193")}), clock)

    assert (first, await renewal.once(), await renewal.once()) == (False, True, False)
    assert len(book.shelf.catalogue) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_overrides_are_taken_up_and_a_wrong_file_is_not(
    store: Store, clock, few: Catalogue, tmp_path: Path
) -> None:
    path = tmp_path / "own.csv"
    path.write_text(HEAD + "1.000894,1.000 đồng,x\n", encoding="utf-8")
    await bring(store, few, clock)
    book = Book(few)
    renewal = Renewal(store, book, Settings(overrides=path))
    await renewal.once()
    today = clock().date()

    os.utime(path, (1, 1))
    taken = await renewal.once()
    fee = book.shelf.get("1.000894", today).ways[0].fee
    path.write_text(HEAD + "wrong,1,x\n", encoding="utf-8")
    os.utime(path, (2, 2))

    assert (taken, await renewal.once()) == (True, False)
    assert book.shelf.get("1.000894", today).ways[0].fee == fee == "1.000 đồng"

"""Takes up another catalogue or other overrides while the service runs: looked for by the minute, swapped whole."""

import asyncio
import contextlib
from datetime import datetime
from pathlib import Path

import structlog

from procedures.book import Book, own_word
from procedures.catalogue import CatalogueError
from procedures.imported import in_force
from procedures.settings import Settings
from store.nouns import Store

EVERY_SECONDS = 60.0
_log = structlog.get_logger(__name__)


class Renewal:
    """Watches one book.  What is wrong with a file is logged, and the old word stays in force."""

    def __init__(self, store: Store, book: Book, settings: Settings) -> None:
        self._store = store
        self._book = book
        self._settings = settings
        self._seen: tuple[datetime | None, float] | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; a database that is away for a moment is looked at again the next minute."""
        while not stop.is_set():
            try:
                await self.once()
            except Exception as why:
                _log.warning("catalogue.not_looked_at", why=type(why).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY_SECONDS)

    async def once(self) -> bool:
        """Whether something had changed since the last look and is now in force; the first look changes nothing."""
        async with self._store.database.reading() as tx:
            now = (await self._store.procedures.imported_at(tx), _changed_at(self._settings.overrides))
        before, self._seen = self._seen, now
        if before is None or before == now:
            return False
        try:
            await self._renew()
        except CatalogueError as why:
            _log.warning("catalogue.not_renewed", why=str(why))
            return False
        _log.info("catalogue.renewed", procedures=len(self._book.shelf.catalogue))
        return True

    async def _renew(self) -> None:
        async with self._store.database.reading() as tx:
            rows = await self._store.procedures.all(tx)
        await asyncio.to_thread(lambda: self._book.replace(in_force(rows, self._settings), own_word(self._settings)))


def _changed_at(path: Path | None) -> float:
    return path.stat().st_mtime if path is not None and path.is_file() else 0.0

"""An uploaded sheet becomes a checked notice: read, checked row by row, kept sealed. Nothing is sent here."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from notices.check import Known, Rules, check, said, spellings
from notices.people import AMOUNT, CODE, TITLES, People, SheetRefused, gather
from notices.sending import SAID_WITHIN, Hand, around
from notices.texts import Texts
from store.database import Tx
from store.ids import Clock
from store.notices import Checked, Notice, NoticeRow, Words
from store.nouns import Store
from vietnam.calendar import day, local


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What an author hands in. `again`: they know that the same was sent before, and mean it."""

    data: bytes
    filename: str
    title: str
    template: str
    channel: str | None = None
    again: bool = False


class SentBefore(Exception):
    """The very same file was sent before; `words` say when and how many rows, for the question whether to go on."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Desk:
    """Takes uploads. `canonical` gives a dossier's code the one spelling under which it is stored."""

    def __init__(
        self, store: Store, texts: Texts, *, clock: Clock, canonical: Callable[[str], str | None] = str.upper
    ) -> None:
        self._store = store
        self._texts = texts
        self._clock = clock
        self._canonical = canonical

    async def take(self, upload: Upload, by: Hand) -> Notice:
        """The checked notice, kept. Raises `SheetRefused`, `SentBefore`, or `NoSuchText`."""
        people, rows = await self.check(upload, by)
        return await self._keep(upload, people, rows, by)

    async def check(self, upload: Upload, by: Hand) -> tuple[People, list[NoticeRow]]:
        """The sheet's people and their rows with every fault; nothing is kept. Raises as `take`."""
        text = self._texts.get(upload.template)
        people = await asyncio.to_thread(gather, upload.data, upload.filename)
        if missing := text.needs - people.keys:
            titles = ", ".join(TITLES.get(key, key) for key in sorted(missing))
            raise SheetRefused(f"Tệp thiếu cột mà mẫu “{text.title}” cần: {titles}.")
        async with self._store.database.reading() as tx:
            if not upload.again:
                await self._refuse_the_same(tx, upload, by)
            rules = await self._rules(tx, upload, people, by)
        return people, await asyncio.to_thread(check, people, rules)

    async def _refuse_the_same(self, tx: Tx, upload: Upload, by: Hand) -> None:
        same = await self._store.notices.same_file(tx, upload.data, agency=by.agency)
        if same is not None:
            rows = f"{same.total:,}".replace(",", ".")
            raise SentBefore(f"{day(same.submitted_at or same.created_at)} ({rows} dòng giống hệt)")

    async def _rules(self, tx: Tx, upload: Upload, people: People, by: Hand) -> Rules:
        text = self._texts.get(upload.template)
        before = {}
        if not upload.again:
            everything = [said(text.key, person) for person in people.rows]
            before = await self._store.notices.said_before(tx, everything, since=self._clock() - SAID_WITHIN)
        surroundings = await around(self._store, tx, by.agency)
        return Rules(
            today=local(self._clock()).date(),
            template=text.key,
            needs=text.needs,
            dossiers=await self._dossiers(tx, people, by),
            sent_before=before,
            words=self._words(text.key, surroundings),
        )

    async def _dossiers(self, tx: Tx, people: People, by: Hand) -> dict[str, Known]:
        written = {code: self._canonical(code) or code.upper() for code in spellings(people)}
        found = await self._store.notices.dossiers(tx, sorted(set(written.values())), agency=by.agency)
        return {
            code: Known(id=found[stored][0], owed=found[stored][1])
            for code, stored in written.items()
            if stored in found
        }

    def _words(self, template: str, surroundings: Mapping[str, str]) -> Callable[[Mapping[str, str]], str | None]:
        """Judges a row's finished text; rows that differ in code and sum only are judged once."""
        needs = sorted(self._texts.get(template).needs)

        @lru_cache(maxsize=10_000)
        def judged(values: tuple[str, ...]) -> str | None:
            row = dict(zip(needs, values, strict=True))
            return next(iter(self._texts.objections(template, row, surroundings)), None)

        def words(cells: Mapping[str, str]) -> str | None:
            same = {CODE: cells.get(CODE, "") and _A_CODE, AMOUNT: cells.get(AMOUNT, "") and _AN_AMOUNT}
            return judged(tuple(same.get(key, cells.get(key, "")) for key in needs))

        return words

    async def _keep(self, upload: Upload, people: People, rows: list[NoticeRow], by: Hand) -> Notice:
        checked = Checked(
            words=Words(title=upload.title, filename=upload.filename),
            data=upload.data,
            template=upload.template,
            columns=people.columns,
            rows=rows,
            channel=upload.channel,
            again=upload.again,
        )
        async with self._store.database.transaction() as tx:
            notice = await self._store.notices.put(tx, checked, author=by.id, agency=by.agency, at=self._clock())
            counts = {"total": notice.total, "right": notice.right, "template": notice.template}
            await self._store.audit.record(
                tx, by.id, "notice.uploaded", f"notice:{notice.id}", counts, at=self._clock()
            )
        return notice


_A_CODE = "000.00.53.H48-220921-0099"
_AN_AMOUNT = "1250000"
"""Stand for every code and sum when a text is judged: the longest of their kind."""

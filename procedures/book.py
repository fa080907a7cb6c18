"""The catalogue ready to be asked: procedures as they stand today, the index, the questions to ask back.

It is swapped whole, in one assignment: who is at work on a message finishes it with the shelf it took.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from procedures import overrides, wording
from procedures.catalogue import Catalogue, Procedure, load, read_sensitive
from procedures.deciding import Questions
from procedures.overrides import Overrides
from procedures.search import Index
from procedures.settings import Settings
from procedures.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What one message is answered from."""

    catalogue: Catalogue
    index: Index
    questions: Questions
    overrides: Overrides

    def get(self, code: str, today: date) -> Procedure | None:
        """A procedure as it stands on a day; None where the catalogue lacks it."""
        found = self.catalogue.get(code)
        return None if found is None else self.overrides.of(found, today)


class Book:
    """Holds the shelf in force.  Building one takes a second of work: call `replace` in a thread."""

    def __init__(self, catalogue: Catalogue, words: Wording | None = None, own: Overrides | None = None) -> None:
        self._words = words or wording.read()
        self._own = own or Overrides()
        self._shelf = self._built(catalogue)

    @property
    def shelf(self) -> Shelf:
        """The shelf in force now; a message takes it once."""
        return self._shelf

    def replace(self, catalogue: Catalogue, own: Overrides | None = None) -> None:
        """Another catalogue (and other overrides) in force; until the new index stands, the old one answers."""
        self._own = own or self._own
        self._shelf = self._built(catalogue)

    def _built(self, catalogue: Catalogue) -> Shelf:
        named = Catalogue({one.code: self._named(one) for one in catalogue})
        index = Index(named, self._words)
        questions = Questions(_answerable(self._words, named), index)
        return Shelf(catalogue=named, index=index, questions=questions, overrides=self._own)

    def _named(self, procedure: Procedure) -> Procedure:
        short = self._words.titles.get(procedure.code, "")
        return replace(procedure, short=short) if short != procedure.short else procedure


def opened(settings: Settings, catalogue: Catalogue | None = None) -> Book:
    """The book of a configuration; raises `CatalogueError` with the file and row that is wrong."""
    return Book(
        catalogue or load(sensitive=read_sensitive(settings.sensitive)), wording.read(settings), own_word(settings)
    )


def own_word(settings: Settings) -> Overrides:
    """The province's overrides as configured.  Raises `BadOverride`."""
    rows = overrides.read(settings.overrides) if settings.overrides else ()
    return Overrides(rows, stale_after=timedelta(days=settings.stale_after_days))


def _answerable(words: Wording, catalogue: Catalogue) -> Sequence[wording.Question]:
    """The questions whose every answer is in the catalogue."""
    return [one for one in words.questions if all(code in catalogue for _, code in one.options)]

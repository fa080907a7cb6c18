"""What a dossier's procedure is called in front of citizens, and which are never named on any channel."""

from collections.abc import Collection
from functools import lru_cache
from typing import Protocol

from store.dossier import Dossier
from vietnam.text import fold

SENSITIVE_WORDS = (
    "ly lich tu phap",
    "con nuoi",
    "ly hon",
    "quoc tich",
    "ho ngheo",
    "can ngheo",
    "hiv",
    "cai nghien",
    "ma tuy",
    "tam than",
    "xam hai",
    "mua ban nguoi",
)
"""For procedures that the catalogue does not know: words of a name that must not be read by others of a household."""


class Procedure(Protocol):
    """What is needed of a procedure."""

    @property
    def name(self) -> str: ...
    @property
    def sensitive(self) -> bool: ...


class Catalogue(Protocol):
    """`procedures.catalogue.Catalogue` is one."""

    def get(self, code: str) -> Procedure | None: ...


class Naming:
    """`sensitive`: codes never to be named, those that the catalogue lacks included."""

    def __init__(self, catalogue: Catalogue, sensitive: Collection[str] = ()) -> None:
        self._catalogue = catalogue
        self._sensitive = frozenset(sensitive)

    def of(self, dossier: Dossier) -> str | None:
        """The catalogue's name, else the source's own; None where it must not or cannot be named."""
        known = self._catalogue.get(dossier.procedure_code)
        if dossier.procedure_code in self._sensitive or (known is not None and known.sensitive):
            return None
        name = known.name if known is not None else dossier.procedure_name
        return None if name is None or _sounds_sensitive(name) else name

    def is_sensitive(self, dossier: Dossier) -> bool:
        """Whether the procedure must not be named; a fee's or a paper's name could tell it too."""
        known = self._catalogue.get(dossier.procedure_code)
        if dossier.procedure_code in self._sensitive or (known is not None and known.sensitive):
            return True
        return _sounds_sensitive(known.name if known is not None else dossier.procedure_name or "")


@lru_cache(maxsize=4096)
def _sounds_sensitive(name: str) -> bool:
    words = f" {fold(name)} "
    return any(f" {phrase} " in words for phrase in SENSITIVE_WORDS)

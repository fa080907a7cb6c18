"""What tells sibling procedures apart: the kind of errand, a foreign element, a person or a company.

Cues are data (data/facets.csv).  Where a citizen types diacritics they are believed ("đổi" is not "đòi"); else folded
words are compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from procedures.catalogue import Procedure
from procedures.wording import Spoken
from vietnam.text import fold, nfc

OTHER_FACETS = frozenset({"foreign", "company", "household_business"})
_NAMED_ACTIONS = (
    ("cap lai", "reissue_lost"),
    ("dang ky lai", "reissue_lost"),
    ("cap doi", "exchange"),
    ("doi giay", "exchange"),
    ("gia han", "extend"),
    ("cham dut", "terminate"),
    ("giai the", "terminate"),
    ("xoa dang ky", "terminate"),
    ("tam ngung", "suspend"),
    ("thu hoi", "revoke"),
    ("dinh chinh", "correct"),
    ("cai chinh", "correct"),
    ("dieu chinh", "change"),
    ("sua doi", "change"),
    ("thay doi", "change"),
    ("chuyen nhuong", "transfer"),
    ("sang ten", "transfer"),
    ("trich luc", "extract_copy"),
    ("ban sao", "extract_copy"),
    ("khieu nai", "complain"),
    ("to cao", "complain"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a message says of the errand: kinds of action (maybe none), a foreign element, company or household."""

    actions: frozenset[str]
    foreign: bool
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """The same of a procedure; `unlike` are folded words that point to a sibling."""

    action: str
    foreign: bool
    who: str
    unlike: tuple[str, ...]


def has_marks(text: str) -> bool:
    """Whether somebody typed diacritics in at least two words of it, so that they may be believed."""
    return sum(word != fold(word) for word in nfc(text).lower().split()) >= 2


class Cues:
    """The cues of data/facets.csv, ready to be found in messages."""

    def __init__(self, cues: Mapping[str, tuple[str, ...]]) -> None:
        self._marked = {meaning: tuple(f" {nfc(cue).lower()} " for cue in found) for meaning, found in cues.items()}
        self._folded = {meaning: tuple(f" {fold(cue)} " for cue in found) for meaning, found in cues.items()}

    def read(self, text: str, tokens: list[str]) -> Asked:
        """What a message says; `tokens` are its repaired folded words."""
        folded = f" {' '.join(tokens)} "
        meanings = {meaning for meaning, cues in self._folded.items() if any(cue in folded for cue in cues)}
        if has_marks(text):
            spaced = "".join(sign if sign.isalnum() else " " for sign in nfc(text).lower())
            marked = f" {' '.join(spaced.split())} "
            written_out = folded if fold(marked) != folded.strip() else ""
            meanings = {meaning for meaning in meanings if self._is_typed(meaning, marked, written_out)}
        who = "company" if "company" in meanings else "household_business" if "household_business" in meanings else ""
        return Asked(actions=frozenset(meanings - OTHER_FACETS), foreign="foreign" in meanings, who=who)

    def _is_typed(self, meaning: str, marked: str, written_out: str) -> bool:
        """Whether a cue stands there with its diacritics, or came of an abbreviation written out ("đóng mst")."""
        plain = f" {fold(marked)} "
        pairs = zip(self._marked[meaning], self._folded[meaning], strict=True)
        return any(cue in marked or (folded in written_out and folded not in plain) for cue, folded in pairs)


def of_procedure(procedure: Procedure, spoken: Spoken | None) -> Facets:
    """The facets that somebody judged (data/spoken.jsonl), or those that the official name shows."""
    if spoken is not None and spoken.judged:
        unlike = tuple(f" {fold(words)} " for words in spoken.unlike)
        return Facets(action=spoken.action, foreign=spoken.foreign, who=spoken.who, unlike=unlike)
    name = fold(procedure.name)
    action = next((action for words, action in _NAMED_ACTIONS if words in name), "")
    foreign = "nuoc ngoai" in name and "dinh cu o nuoc ngoai" not in name
    return Facets(action=action, foreign=foreign, who=_who(procedure), unlike=())


def _who(procedure: Procedure) -> str:
    kinds = fold(procedure.who)
    if "cong dan" in kinds:
        return "any" if "doanh nghiep" in kinds else "citizen"
    return "company" if kinds.startswith("doanh nghiep") else "any"

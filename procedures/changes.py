"""What another catalogue would change: which procedures are new, changed or gone, by name."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from procedures.catalogue import Catalogue, Procedure
from vietnam.text import shorten

MOST_NAMED = 20
LONGEST_NAME = 100
_NOT_COMPARED = frozenset({"code", "as_of", "source", "sensitive", "trusted", "short", "standing"})
_WORDS = {
    "name": "tên",
    "field": "lĩnh vực",
    "level": "cấp",
    "agency": "cơ quan",
    "who": "đối tượng",
    "ways": "cách nộp, thời gian, lệ phí",
    "documents": "giấy tờ",
    "steps": "các bước",
    "result": "kết quả",
    "conditions": "điều kiện",
    "legal_basis": "căn cứ pháp lý",
    "url": "đường dẫn",
    "ministry": "bộ, ngành",
    "decision": "quyết định công bố",
    "place": "nơi tiếp nhận",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """`changed` has each procedure as it would be, with the parts that differ, in a clerk's words."""

    new: tuple[Procedure, ...]
    changed: tuple[tuple[Procedure, tuple[str, ...]], ...]
    gone: tuple[Procedure, ...]


def between(before: Catalogue, after: Iterable[Procedure]) -> Changes:
    """The changes from one catalogue to another, in the order of codes."""
    rows = {one.code: one for one in sorted(after, key=lambda one: one.code)}
    pairs = [(known, one) for one in rows.values() if (known := before.get(one.code)) is not None]
    return Changes(
        new=tuple(one for one in rows.values() if one.code not in before),
        changed=tuple((one, parts) for known, one in pairs if (parts := _differing(known, one))),
        gone=tuple(one for one in before if one.code not in rows),
    )


def counted(found: Changes) -> str:
    """How many of each."""
    return f"{len(found.new)} mới, {len(found.changed)} thay đổi, {len(found.gone)} không còn"


def lines(found: Changes) -> list[str]:
    """The procedures by name, what differs beside; of many only the first `MOST_NAMED` of a kind."""
    return [
        *_named("Mới", [_name(one) for one in found.new]),
        *_named("Thay đổi", [f"{_name(one)} ({', '.join(parts)})" for one, parts in found.changed]),
        *_named("Không còn", [_name(one) for one in found.gone]),
    ]


def _differing(before: Procedure, after: Procedure) -> tuple[str, ...]:
    names = [one.name for one in fields(Procedure) if one.name not in _NOT_COMPARED]
    return tuple(_WORDS[name] for name in names if getattr(before, name) != getattr(after, name))


def _name(procedure: Procedure) -> str:
    return f"{procedure.code} {shorten(procedure.name, LONGEST_NAME)}"


def _named(label: str, names: list[str]) -> list[str]:
    more = [f"  … và {len(names) - MOST_NAMED} thủ tục nữa"] if len(names) > MOST_NAMED else []
    return [f"{label}:", *(f"  {name}" for name in names[:MOST_NAMED]), *more] if names else []

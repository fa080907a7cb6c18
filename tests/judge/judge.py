"""Says what a sender lost, doubled, sent out of order, or was wrong about. It shares no code with any sender.

It reads the accept log (what was promised), what the carriers received, and what the sender says became of it, as
plain data or as files of JSON lines:

    python -m tests.judge.judge accepted.jsonl received.jsonl [states.jsonl]

Exit code 0 when everything holds, 1 when something does not.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ARRIVED = frozenset({"accepted", "delivered"})
"""States that say: a carrier has it."""

ENDED = frozenset({"failed", "expired", "cancelled"})
"""States that say: no carrier has it."""

IN_DOUBT = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One message that was promised. `place`: its order among those of the same recipient and lane.

    `copies`: how many times a carrier may have it at most: 1, or more where its policy holds a miss to be worse.
    """

    key: str
    recipient: str
    lane: str
    place: int
    copies: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message that a carrier took, in the order in which it took them."""

    key: str
    recipient: str
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What does not hold, by key; and what was counted on the way."""

    accepted: int
    received: int
    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    reordered: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()
    repeated: int = 0  # second copies that the policy allows
    in_doubt: int = 0  # the sender says that it does not know
    ended: int = 0  # the sender says that it gave them up, and no carrier has them

    @property
    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.reordered or self.wrong or self.strange)

    def plain(self) -> dict[str, Any]:
        """Counts and the first few keys of each fault."""
        faults = {name: getattr(self, name) for name in ("lost", "doubled", "reordered", "wrong", "strange")}
        counts = {name: getattr(self, name) for name in ("accepted", "received", "repeated", "in_doubt", "ended")}
        found = {name: {"count": len(keys), "first": keys[:5]} for name, keys in faults.items()}
        return {"holds": self.holds} | counts | found


@dataclass(slots=True)
class _Mail:
    """What carriers have of one message."""

    first: int
    copies: int = 0
    bodies: set[str] = field(default_factory=set)
    recipients: set[str] = field(default_factory=set)


def judge(
    accepted: Sequence[Accepted], received: Sequence[Received], states: Mapping[str, str] | None = None
) -> Verdict:
    """Without `states` the sender has nothing to excuse itself with: what no carrier has is lost."""
    promised = {one.key: one for one in accepted}
    mail = _by_key(received)
    theirs = {key: found for key, found in mail.items() if key in promised}
    return Verdict(
        accepted=len(promised),
        received=len(theirs),
        lost=tuple(key for key in promised if key not in mail and _is_lost(states, key)),
        doubled=tuple(key for key, found in theirs.items() if found.copies > promised[key].copies),
        reordered=tuple(_reordered(promised.values(), theirs)),
        wrong=tuple(key for key in promised if states is not None and _is_wrong(states.get(key, ""), key in mail)),
        strange=tuple(key for key, found in mail.items() if _is_strange(promised.get(key), found)),
        repeated=sum(1 for key, found in theirs.items() if 1 < found.copies <= promised[key].copies),
        in_doubt=sum(state == IN_DOUBT for state in (states or {}).values()),
        ended=sum(state in ENDED and key not in mail for key, state in (states or {}).items()),
    )


def _by_key(received: Iterable[Received]) -> dict[str, _Mail]:
    mail: dict[str, _Mail] = {}
    for number, one in enumerate(received):
        found = mail.setdefault(one.key, _Mail(number))
        found.copies += 1
        found.bodies.add(one.body)
        found.recipients.add(one.recipient)
    return mail


def _is_lost(states: Mapping[str, str] | None, key: str) -> bool:
    """Not with a carrier, and the sender does not own up to it either: it still waits for ever, or is forgotten."""
    return states is None or states.get(key) not in ARRIVED | ENDED | {IN_DOUBT}


def _is_wrong(state: str, arrived: bool) -> bool:
    return (state in ARRIVED and not arrived) or (state in ENDED and arrived)


def _is_strange(promise: Accepted | None, found: _Mail) -> bool:
    """Never promised, or with somebody else, or not the same words each time."""
    return promise is None or found.recipients != {promise.recipient} or len(found.bodies) > 1


def _reordered(promised: Iterable[Accepted], mail: Mapping[str, _Mail]) -> list[str]:
    """What was first received after a later one to the same recipient in the same lane."""
    talks: dict[tuple[str, str], list[Accepted]] = defaultdict(list)
    for one in promised:
        if one.key in mail:
            talks[one.recipient, one.lane].append(one)
    late: list[str] = []
    for talk in talks.values():
        latest = -1
        for one in sorted(talk, key=lambda each: mail[each.key].first):
            if one.place < latest:
                late.append(one.key)
            latest = max(latest, one.place)
    return late


def lines(path: Path) -> list[dict[str, Any]]:
    """The JSON lines of a file; a last line that was cut off (its writer was killed) is left out."""
    raw = path.read_bytes().split(b"\n")
    return [json.loads(line) for line in raw[:-1] if line]


def main(arguments: Sequence[str]) -> int:
    accepted = [Accepted(**row) for row in lines(Path(arguments[0]))]
    received = [Received(**row) for row in lines(Path(arguments[1]))]
    states = {row["key"]: row["state"] for row in lines(Path(arguments[2]))} if len(arguments) > 2 else None
    verdict = judge(accepted, received, states)
    sys.stdout.write(json.dumps(verdict.plain(), ensure_ascii=False) + "\n")
    return 0 if verdict.holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

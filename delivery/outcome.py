"""What an answer means: a pure function from a message, an answer and a policy to the message's next move."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from channels.channel import Capabilities
from channels.errors import Rejected, SendError, Throttled, Unavailable
from channels.message import Accepted
from delivery.money.aside import ASIDE, aside_for, keeping
from delivery.policy import Doubt, Policy
from delivery.providers.account import channel_of
from delivery.routing import Route
from store.outbox.tables import DOUBTS, Claimed, Move, State

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=15)
ASK_AFTER: Mapping[Doubt, timedelta] = {Doubt.MISS: timedelta(seconds=10), Doubt.DOUBLE: timedelta(minutes=1)}
"""When a provider is asked what it knows: "nothing" is only to be believed when a slow request must have reached it."""

OURS_PAUSE = timedelta(minutes=5)
"""When the fault is ours (a permission, money, a template) and no other way is open: until a person has mended it."""

DOUBLES = 2
"""How often a message whose outcome nobody knows is sent again, where a miss is worse."""

HARD, SOFT = "hard", "soft"
"""Why a path is given up for a message: refused for good, or only for a while (the fault is ours, or it is down)."""

FAILURES = 3
"""How often a provider may take a message and then say that it never left, before that way is given up."""

VIA, STUCK = "via", "stuck"
"""Marks among the ways tried: the gateway of the present attempt, and the account that may have the message already."""

_LONGEST_WAIT = 86_400.0


class Attempt(NamedTuple):
    """One attempt as it left: the message as it was claimed, the way it took, and when."""

    claimed: Claimed
    route: Route
    number: int
    at: datetime
    parts: int | None = None
    price: int | None = None  # đồng, if it is taken
    reserved: int | None = None  # đồng set aside at the claim, where a budget holds

    @property
    def kept(self) -> int:
        """Đồng that an earlier attempt, in doubt, has left set aside for this one."""
        return aside_for(self.claimed.tried, self.route.path, self.at)

    @property
    def account(self) -> str:
        """The provider account that it goes by: the channel's, or one of its gateways'."""
        return account_of(self.claimed, self.route.channel)


def account_of(claimed: Claimed, channel: str) -> str:
    """The account of this channel by which a message went last: the channel's own, or one of its gateways'."""
    via = claimed.tried.get(VIA)
    return via if via is not None and channel_of(via) == channel else channel


def marked_by(claimed: Claimed, account: str) -> Claimed:
    """With the gateway that it leaves by, where its channel has several: known even if this process dies."""
    return claimed._replace(tried=claimed.tried | {VIA: account}) if "/" in account else claimed


def decide(
    attempt: Attempt,
    answer: Accepted | SendError,
    *,
    can: Capabilities,
    policy: Policy,
    receipt_within: timedelta,
    now: datetime,
    chance: random.Random,
) -> Move:
    """The move after one attempt. Every `SendError` is covered; an unforeseen exception comes in as `Unknown`."""
    claimed = attempt.claimed
    match answer:
        case Accepted():
            return _move(
                attempt,
                step="accepted",
                state=State.ACCEPTED,
                at=now,
                final=not can.tells(attempt.account.partition("/")[2]),
                due_at=now + receipt_within,
                provider_id=answer.provider_id,
            )
        case Throttled():
            pause = _pause(1, chance) if answer.retry_after is None else _wait(answer.retry_after)
            if pause > receipt_within and elsewhere_allowed(claimed, policy):
                return _elsewhere(attempt, "throttled", answer, now, SOFT, code=answer.code)
            return _again(attempt, "throttled", answer, now, pause, code=answer.code)
        case Unavailable() if elsewhere_allowed(claimed, policy) and _waited(claimed.tries) >= receipt_within:
            return _elsewhere(attempt, "unavailable", answer, now, SOFT)
        case Unavailable():
            return _again(
                attempt, "unavailable", answer, now, _pause(claimed.tries + 1, chance), tries=claimed.tries + 1
            )
        case Rejected(permanent=False, ours=False):
            pause = _pause(claimed.tries + 1, chance)
            return _again(attempt, "rejected", answer, now, pause, tries=claimed.tries + 1, code=answer.code)
        case Rejected(ours=True) if STUCK in claimed.tried and policy.doubt is Doubt.DOUBLE:
            return _again(attempt, "rejected", answer, now, OURS_PAUSE, code=answer.code)
        case Rejected():
            return _elsewhere(attempt, "rejected", answer, now, SOFT if answer.ours else HARD, code=answer.code)
        case _:
            return _unknown(attempt, answer, can, policy, now, chance)


def _unknown(
    attempt: Attempt, answer: SendError, can: Capabilities, policy: Policy, now: datetime, chance: random.Random
) -> Move:
    """Never blindly resent: repeat where the provider refuses repeats, ask where it can tell, else the policy says."""
    tries = attempt.claimed.tries + 1
    if can.deduplicates:
        aside = keeping(attempt.route.path, attempt.at, attempt.kept + (attempt.reserved or 0))
        tried = attempt.claimed.tried | aside
        return _again(attempt, "unknown_again", answer, now, _pause(tries, chance), tries=tries, tried=tried)
    if can.asks:
        due_at = now + ASK_AFTER[policy.doubt]
        return _move(attempt, step="unknown", state=State.UNKNOWN, at=now, due_at=due_at, detail=answer.detail)
    return after_doubt(attempt, policy, now, detail=answer.detail)


def after_doubt(attempt: Attempt, policy: Policy, now: datetime, *, detail: str = "") -> Move:
    """Nobody can tell what became of it: sent once more where a miss is worse, else left in doubt."""
    claimed = attempt.claimed
    doubts, tried = counted(claimed.tried, "doubts")
    if policy.doubt is Doubt.MISS and doubts <= DOUBLES:
        due_at = now + FIRST_PAUSE * doubts
        return _move(
            attempt, step="unknown_again", state=State.WAITING, at=now, due_at=due_at, tried=tried, detail=detail
        )
    due_at = max(claimed.expires_at, now + ASK_AFTER[policy.doubt])
    return _move(attempt, step="unknown", state=State.UNKNOWN, at=now, due_at=due_at, detail=detail)


def undelivered(
    claimed: Claimed, path: str | None, *, at: datetime, due_at: datetime, code: str, passing: bool
) -> Move:
    """The provider says that it did not arrive: the next way at once, or the same again where the failure passes."""
    again = passing and claimed.tries + 1 < FAILURES
    return Move(
        message_id=claimed.message_id,
        at=at,
        step="undelivered",
        state=State.WAITING,
        attempt=claimed.attempt,
        due_at=due_at + FIRST_PAUSE * (1 << claimed.tries) if again else due_at,
        channel=claimed.channel,
        path=path,
        tried=_free(claimed.tried) | ({} if again or path is None else {path: HARD}),
        tries=claimed.tries + 1 if again else 0,
        code=code,
    )


def rerouted(
    claimed: Claimed, route: Route, *, at: datetime, tried: dict[str, str], tries: int, code: str = ""
) -> Move:
    """It waits for this other way now; no attempt was made."""
    return Move(
        message_id=claimed.message_id,
        at=at,
        step="rerouted",
        state=State.WAITING,
        attempt=claimed.attempt,
        due_at=claimed.due_at,
        channel=route.channel,
        path=route.path.value,
        tried=tried,
        tries=tries,
        code=code,
    )


def elsewhere_allowed(claimed: Claimed, policy: Policy) -> bool:
    """What may have arrived by one channel goes by another one only where a miss is worse."""
    return policy.falls_back and (STUCK not in claimed.tried or policy.doubt is Doubt.MISS)


def counted(tried: Mapping[str, str], what: str) -> tuple[int, dict[str, str]]:
    """Beside the paths given up stands how often something happened to a message: once more now."""
    times = int(tried.get(what, "0")) + 1
    return times, {**tried, what: str(times)}


def _elsewhere(attempt: Attempt, step: str, answer: SendError, now: datetime, why: str, *, code: str = "") -> Move:
    """This way is given up, the next is tried at once; the claim finds out whether there is one."""
    tried = attempt.claimed.tried | {attempt.route.path.value: why}
    return _again(attempt, step, answer, now, timedelta(0), tried=tried, tries=0, code=code)


def _again(attempt: Attempt, step: str, answer: SendError, now: datetime, pause: timedelta, **changes: Any) -> Move:
    return _move(attempt, step=step, state=State.WAITING, at=now, due_at=now + pause, detail=answer.detail, **changes)


def _move(attempt: Attempt, *, step: str, state: State, at: datetime, **changes: Any) -> Move:
    changed: dict[str, Any] = {"tried": attempt.claimed.tried, "tries": attempt.claimed.tries} | changes
    changed["tried"] = _stuck(attempt, step, changed["tried"])
    return Move(
        message_id=attempt.claimed.message_id,
        step=step,
        state=state,
        at=at,
        attempt=attempt.number,
        channel=attempt.route.channel,
        path=attempt.route.path.value,
        parts=attempt.parts,
        **changed,
    )


def _stuck(attempt: Attempt, step: str, tried: dict[str, str]) -> dict[str, str]:
    """A provider that may have the message keeps it until it has said a clear word: yes, or no for good.

    That we have no money left, say, is no word on what it took before.
    """
    if step in DOUBTS:
        return tried | {STUCK: attempt.account}
    clear = step == "accepted" or tried.get(attempt.route.path.value) == HARD
    if clear and tried.get(STUCK) == attempt.account:
        return _free(tried)
    return tried


def _free(tried: Mapping[str, str]) -> dict[str, str]:
    return {mark: why for mark, why in tried.items() if mark not in (STUCK, ASIDE)}


def _pause(tries: int, chance: random.Random) -> timedelta:
    """Twice as long each time, within bounds, and never in step with others."""
    whole = min(FIRST_PAUSE * (1 << min(tries - 1, 10)), LONGEST_PAUSE)
    return whole * (0.5 + chance.random() / 2)


def _waited(tries: int) -> timedelta:
    """How long so many pauses have lasted, about."""
    return sum((min(FIRST_PAUSE * (1 << min(n, 10)), LONGEST_PAUSE) for n in range(tries)), timedelta(0)) * 0.75


def _wait(seconds: float) -> timedelta:
    """What a provider asked for, within reason (it may be negative, endless, or no number)."""
    return timedelta(seconds=min(max(1.0, seconds), _LONGEST_WAIT))

"""How many guesses somebody has: pure rules over what `store.guesses` counts.

Five wrong ones lock the asker for 15 minutes, then 30, 60, … up to a day; a day without a wrong one starts anew.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from store.guesses import Guess

MOST_WRONG = 5
FIRST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(days=1)
MOST_LOOKED = 30
"""Dossiers a day that are not the asker's own, by code alone: codes are in sequence, and could be walked through."""
_DAY = timedelta(days=1)


def locked_until(guess: Guess, now: datetime) -> datetime | None:
    """Until when the asker must wait; None when they may ask."""
    return guess.locked_until if guess.locked_until is not None and guess.locked_until > now else None


def wrong(guess: Guess, now: datetime) -> Guess:
    """After one wrong guess more."""
    if guess.wrong_at is None or now - guess.wrong_at > _DAY:
        guess = replace(guess, wrong=0, locks=0, locked_until=None)
    if guess.wrong + 1 < MOST_WRONG:
        return replace(guess, wrong=guess.wrong + 1, wrong_at=now)
    wait = min(FIRST_LOCK * 2**guess.locks, LONGEST_LOCK)
    return replace(guess, wrong=0, locks=min(guess.locks + 1, 10), wrong_at=now, locked_until=now + wait)


def looked(guess: Guess, now: datetime) -> Guess:
    """After one more sight of a dossier that is not the asker's own."""
    if guess.looked_since is None or now - guess.looked_since > _DAY:
        return replace(guess, looked=1, looked_since=now)
    return replace(guess, looked=guess.looked + 1)


def may_look(guess: Guess, now: datetime) -> bool:
    """Whether one more may be shown today."""
    return looked(guess, now).looked <= MOST_LOOKED


def tries_left(guess: Guess) -> int:
    """Wrong guesses that are left before the next lock; 0 right after one began."""
    return 0 if guess.wrong == 0 else MOST_WRONG - guess.wrong

"""Passwords of staff: argon2id, two at a time, the same work for a login that nobody has."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 8, 256
"""Characters (ASVS 5.0, 6.2): at least 8, better 15; no rule on kinds of signs."""

_COMMON = frozenset(
    "password password1 passw0rd 12345678 123456789 1234567890 11111111 00000000 88888888 87654321 qwertyui qwerty123 "
    "iloveyou matkhau1 matkhau123 abcd1234 abc12345 admin123 administrator admin@123 motcua123 motcua2026 lamdong123 "
    "lamdong2026 vietnam123 anhyeuem emyeuanh".split()
)


class Weak(ValueError):
    """The password cannot be taken; `reason` says why, in Vietnamese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def refuse_weak(password: str, login: str) -> None:
    """Raises `Weak`."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Weak(f"Mật khẩu phải có từ {SHORTEST} đến {LONGEST} ký tự, nên từ 15 ký tự trở lên.")
    if password.casefold() in _COMMON or len(set(password)) < 4:
        raise Weak("Mật khẩu này quá dễ đoán, xin chọn một câu dài mà chỉ anh/chị nhớ.")
    if login and login.casefold() in password.casefold():
        raise Weak("Mật khẩu không được chứa tên đăng nhập.")


class Passwords:
    """Hashes and compares in threads, at most two at once: a flood of tries must not starve the pages."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = asyncio.Semaphore(2)
        self._nobody = self._hasher.hash("a password that nobody has")

    async def hash(self, password: str) -> str:
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, password: str, hashed: str | None) -> bool:
        """Whether it is the one; for nobody's login (None) the same time is spent and the answer is no."""
        async with self._turn:
            right = await asyncio.to_thread(self._verify, password[:LONGEST], hashed or self._nobody)
        return right and hashed is not None

    def outdated(self, hashed: str) -> bool:
        """Hashed with costs that have been raised since: hash anew at the next sign-in."""
        return self._hasher.check_needs_rehash(hashed)

    def _verify(self, password: str, hashed: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

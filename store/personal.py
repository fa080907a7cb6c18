"""Personal data in the database: sealed cells, keyed hashes for what must be found.

A cell is version byte + key id + 12-byte nonce + AES-256-GCM text; its column and row are bound to it, so that a
cell copied elsewhere does not open. Names of columns are `table.column`.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_NONCE = 12
HASH_BYTES = 16


class Unreadable(Exception):
    """A sealed cell does not open: moved, altered, or sealed under another key."""


class Seal:
    """Seals and hashes with keys derived from `[security] secret_key`. One per process; the ciphers are made once."""

    def __init__(
        self, secret_key: str, *, key_id: int = 1, nonce: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self.key_id = key_id
        self._cipher = AESGCM(_derive(secret_key, b"motcua sealed cells"))
        self._hash_key = _derive(secret_key, b"motcua look-up hashes")
        self._nonce = nonce

    def seal(self, column: str, row_id: str, value: str) -> bytes:
        nonce = self._nonce(_NONCE)
        head = _VERSION + self.key_id.to_bytes(1, "big")
        return head + nonce + self._cipher.encrypt(nonce, value.encode(), f"{column}\0{row_id}".encode())

    def open(self, column: str, row_id: str, cell: bytes) -> str:
        """Raises `Unreadable`."""
        if cell[:1] != _VERSION or cell[1:2] != self.key_id.to_bytes(1, "big"):
            raise Unreadable(f"{column}: sealed under another version or key")
        nonce, text = cell[2 : 2 + _NONCE], cell[2 + _NONCE :]
        try:
            return self._cipher.decrypt(nonce, text, f"{column}\0{row_id}".encode()).decode()
        except InvalidTag as why:
            raise Unreadable(f"{column}: does not open") from why

    def seal_data(self, column: str, row_id: str, value: Any) -> bytes:
        """Plain data (with aware datetimes) as one sealed blob."""
        return self.seal(
            column, row_id, orjson.dumps(value, default=_tagged, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()
        )

    def open_data(self, column: str, row_id: str, cell: bytes) -> Any:
        """What `seal_data` sealed, datetimes included. Raises `Unreadable`."""
        text = self.open(column, row_id, cell)
        value = orjson.loads(text)
        return _untagged(value) if '"@at"' in text else value

    def hash(self, kind: str, value: str) -> bytes:
        """`HASH_BYTES` to find a normalised value by; without the key, phones could be tried one by one."""
        return hashlib.blake2b(f"{kind}\0{value}".encode(), key=self._hash_key, digest_size=HASH_BYTES).digest()


def token_hash(token: str) -> bytes:
    """For what is long and random already (sessions, API keys): no key, no slow hash needed."""
    return hashlib.sha256(token.encode()).digest()


def same(left: bytes, right: bytes) -> bool:
    return hmac.compare_digest(left, right)


def _derive(secret_key: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret_key.encode())


def _tagged(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"@at": value.astimezone(UTC).isoformat()}
    if isinstance(value, tuple | frozenset | set):
        return list(value)
    raise TypeError(type(value).__name__)


def _untagged(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"@at"}:
            return datetime.fromisoformat(value["@at"])
        return {key: _untagged(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_untagged(item) for item in value]
    return value

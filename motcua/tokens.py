"""Joins what the Zalo channel asks for to what the store keeps: two rooms that must not know each other."""

from contextlib import AbstractAsyncContextManager
from dataclasses import asdict

from channels.zalo.tokens import StoredTokens
from store import tokens as kept


class TokenKeeper:
    """The channel's `TokenStore` over the store's tokens."""

    def __init__(self, tokens: kept.Tokens) -> None:
        self._tokens = tokens

    async def load(self, name: str) -> StoredTokens | None:
        found = await self._tokens.load(name)
        return None if found is None else StoredTokens(**asdict(found))

    async def save(self, name: str, tokens: StoredTokens) -> None:
        await self._tokens.save(name, kept.StoredTokens(**asdict(tokens)))

    def alone(self, name: str, seconds: float) -> AbstractAsyncContextManager[bool]:
        return self._tokens.alone(name, seconds)

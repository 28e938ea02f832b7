"""Bearer tokens: fetched when first needed, renewed once when the other side no longer takes one.

Many questions at once share one token and one renewal: whoever sees a stale token first fetches
the next, the others take what it brought.
"""

import asyncio
from typing import NamedTuple, Protocol


class Pair(NamedTuple):
    """A token, and what a new one may be had for without the password; "" where it cannot."""

    token: str
    refresh: str = ""


class TokenSource(Protocol):
    """Where tokens come from."""

    async def sign_in(self) -> Pair:
        """A token for the user's name and password.

        Raises:
            OneStopRefused: wrong credentials.
            OneStopUnavailable: no answer.
        """
        ...

    async def renew(self, old: Pair) -> Pair | None:
        """A token for the refresh token; None where that is over too, and one signs in again."""
        ...


class Tokens:
    """The token that is in use."""

    def __init__(self, source: TokenSource) -> None:
        self._source = source
        self._pair: Pair | None = None
        self._busy = asyncio.Lock()

    async def current(self) -> str:
        """The token in use; fetched where there is none yet."""
        async with self._busy:
            if self._pair is None:
                self._pair = await self._source.sign_in()
            return self._pair.token

    async def other_than(self, stale: str) -> str:
        """A token other than the one that was just refused; who comes second finds it here."""
        async with self._busy:
            old, self._pair = self._pair, None
            if old is None or old.token != stale:
                self._pair = old or await self._source.sign_in()
                return self._pair.token
            renewed = await self._source.renew(old) if old.refresh else None
            self._pair = renewed or await self._source.sign_in()
            return self._pair.token

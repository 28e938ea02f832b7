"""How MyVNPost is let know who asks: a token in a header, fetched when needed, renewed once.

Wire facts: reference on carriers, section 2.1 (a). The header is `token`, without a scheme. How
long a token lives is not published; 401 or 403 says that it has ended.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import TypeVar

import msgspec

from postal_bridge.carriers.answers import BrokenOffError, NotPromisedError, understood
from postal_bridge.carriers.myvnpost_words import No, token_of
from postal_bridge.carriers.wire import Answer, Request, Wire
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_values import CarrierUnavailable

T = TypeVar("T")
Say = Callable[[str, Request], Awaitable[Answer]]

_TURNED_AWAY = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class Door:
    """Every call to MyVNPost but the sign-in; many at once share one.

    Args:
        name: of the connection.
        settings: `username`, `password` and `customer_code` open it.
        wire: to the base URL.
    """

    def __init__(self, name: str, *, settings: CarrierSettings, wire: Wire) -> None:
        self._name = name
        self._settings = settings
        self._wire = wire
        self._token: str | None = None
        self._signing_in = asyncio.Lock()

    async def told(self, operation: str, path: str, words: object) -> Answer:
        """Say what is stored over there.

        Raises:
            CarrierUnavailable: it certainly was not stored.
            MayBeStoredError: it may have been.
        """
        request = Request(method="POST", path=path, body=msgspec.json.encode(words))
        return await self._answer(self._wire.tell, operation, request)

    async def asked(
        self,
        operation: str,
        request: Request,
        read: Callable[[Answer], T],
    ) -> T:
        """What the answer to a question says.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer of another shape.
        """
        return await understood(
            self._name,
            operation,
            ask=lambda: self._answer(self._wire.ask, operation, request),
            read=read,
        )

    async def sign_in(self) -> None:
        """Fetch a new token.

        Raises:
            CarrierUnavailable: there is none, so nothing else was said either.
        """
        async with self._signing_in:
            self._token = None
            self._token = await self._new_token()

    async def _answer(self, say: Say, operation: str, request: Request) -> Answer:
        """An answer to whom we are known; a token that is refused is renewed once.

        Raises:
            CarrierUnavailable: it was turned away at the door, so nothing was done.
        """
        token = await self._token_other_than(None)
        answer = await say(operation, _signed(request, token))
        if answer.status not in _TURNED_AWAY:
            return answer
        token = await self._token_other_than(token)
        answer = await say(operation, _signed(request, token))
        if answer.status in _TURNED_AWAY:
            text = "token mới cũng bị từ chối (a fresh token is refused as well)"
            raise CarrierUnavailable(f"{self._name} {operation}: HTTP {answer.status}, {text}")
        return answer

    async def _token_other_than(self, refused: str | None) -> str:
        """The token in use; who comes second after a refusal finds the next one here."""
        async with self._signing_in:
            if self._token is None or self._token == refused:
                self._token = None
                self._token = await self._new_token()
            return self._token

    async def _new_token(self) -> str:
        settings = self._settings
        words: Mapping[str, str] = {
            "username": settings.username,
            "password": settings.password.get_secret_value(),
            "customerCode": settings.customer_code,
        }
        request = Request(
            method="POST",
            path="/GetAccessToken",
            headers={"Accept": "application/json"},
            body=msgspec.json.encode(words),
        )
        answer = await self._wire.ask("token", request)
        try:
            token = token_of(answer)
        except (NotPromisedError, BrokenOffError) as trouble:
            raise CarrierUnavailable(f"{self._name} token: {trouble}") from trouble
        if isinstance(token, No):
            # What they say is not repeated: it may quote what we have said.
            text = "không cấp token, kiểm tra tài khoản (no token: check the account)"
            raise CarrierUnavailable(f"{self._name} token: HTTP {answer.status}, {text}")
        return token


def _signed(request: Request, token: str) -> Request:
    headers = {**request.headers, "Accept": "application/json", "token": token}
    return replace(request, headers=headers)

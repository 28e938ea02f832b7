"""Tokens of a Tân Dân system: a wrong password is told with status 200 (reference, 3.2, 8.1 B)."""

import msgspec

from postal_bridge.onestop.bodies import Fields
from postal_bridge.onestop.questions import Question
from postal_bridge.onestop.tokens import Pair
from postal_bridge.onestop.wire import Wire
from postal_bridge.reconciliation.ports import OneStopRefused

SIGN_IN = "/api/tokens"
RENEW = "/api/tokens/refresh"


class TanDanTokens:
    """Gets tokens with a user's name and password."""

    def __init__(self, wire: Wire, *, username: str, password: str) -> None:
        self._wire = wire
        self._username = username
        self._password = password

    async def sign_in(self) -> Pair:
        """A token for name and password; wrong ones are refused and never tried again."""
        return await self._pair(SIGN_IN, {"userName": self._username, "password": self._password})

    async def renew(self, old: Pair) -> Pair | None:
        """A token for the refresh token, which is good for one time."""
        try:
            return await self._pair(RENEW, {"token": old.token, "refreshToken": old.refresh})
        except OneStopRefused:
            return None

    async def _pair(self, path: str, content: dict[str, str]) -> Pair:
        question = Question(method="POST", path=path, content=content)
        _, answer = await self._wire.ask(question, _object)
        if answer.value("succeeded") is False:
            text = f"{path}: hệ thống một cửa từ chối tài khoản: {answer.text('message')}; hãy"
            raise OneStopRefused(f"{text} kiểm tra mục [onestop] (credentials refused)")
        inner = answer.value("data")
        told = Fields("data", inner) if isinstance(inner, dict) else answer
        return Pair(told.text("Token", required=True), told.text("RefreshToken"))


def _object(body: bytes) -> Fields:
    return Fields("", msgspec.json.decode(body))

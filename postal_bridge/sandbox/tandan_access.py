"""Who may ask the Tân Dân stand-in: tokens that expire, and the keyed share API's daily quota."""

import hmac
import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus

from postal_bridge.clock import Clock, day_bounds, local_day
from postal_bridge.sandbox.refusal import StandInError
from postal_bridge.sandbox.tandan_state import FailedResultError, moment_text


@dataclass(frozen=True)
class TanDanCredentials:
    """What opens the stand-in: a user of it, and the key of the share API."""

    username: str = "cau-noi"
    password: str = "cau-noi"  # noqa: S105 - of the stand-in, opens nothing else
    share_key: str = "khoa-chia-se"
    token_life: timedelta = timedelta(hours=1)
    refresh_life: timedelta = timedelta(days=7)
    daily_quota: int = 1000


class TanDanAccess:
    """Gives tokens out and knows them again; every token stays good until it expires."""

    def __init__(self, credentials: TanDanCredentials, *, clock: Clock, seed: int = 0) -> None:
        self.credentials = credentials
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 - repeatable, opens only the stand-in
        self._tokens: dict[str, datetime] = {}
        self._refreshing: dict[str, datetime] = {}
        self._used: dict[date, int] = {}

    def sign_in(self, username: object, password: object) -> dict[str, object]:
        """A new pair of tokens; a wrong password is no HTTP error here."""
        known = _same(username, self.credentials.username)
        if not (_same(password, self.credentials.password) and known):
            raise FailedResultError("sai tên đăng nhập hoặc mật khẩu (wrong user or password)")
        return self._pair()

    def refresh(self, refresh_token: object) -> dict[str, object]:
        """A new pair for a refresh token, which is used up by it."""
        until = self._refreshing.pop(str(refresh_token), None)
        if until is None or until <= self._clock.now():
            raise FailedResultError("refresh token không hợp lệ (unknown, used or expired)")
        return self._pair()

    def check_bearer(self, authorization: str) -> None:
        """Return when the header carries a live token; 401 otherwise."""
        scheme, _, token = authorization.partition(" ")
        until = self._tokens.get(token.strip())
        if scheme.lower() != "bearer" or until is None or until <= self._clock.now():
            text = "token không hợp lệ hoặc đã hết hạn (missing or expired token)"
            raise StandInError(HTTPStatus.UNAUTHORIZED, text)

    def check_share_key(self, key: str) -> None:
        """Count one use of the share API; 401 for a wrong key, 429 beyond the day's quota."""
        if not _same(key, self.credentials.share_key):
            raise StandInError(HTTPStatus.UNAUTHORIZED, "sai khoá chia sẻ (wrong share key)")
        now = self._clock.now()
        day = local_day(now)
        used = self._used.get(day, 0)
        if used >= self.credentials.daily_quota:
            seconds = max(1, round((day_bounds(day)[1] - now).total_seconds()))
            raise StandInError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "đã hết hạn mức trong ngày (quota used up)",
                {"Retry-After": str(seconds)},
            )
        self._used[day] = used + 1

    def forget_tokens(self) -> None:
        """Every token that was given out is expired from now on; refresh tokens stay good."""
        self._tokens.clear()

    def _pair(self) -> dict[str, object]:
        now = self._clock.now()
        token = f"{self._random.getrandbits(192):048x}"
        refresh_token = f"{self._random.getrandbits(192):048x}"
        self._tokens[token] = now + self.credentials.token_life
        refresh_until = now + self.credentials.refresh_life
        self._refreshing[refresh_token] = refresh_until
        return {
            "Token": token,
            "RefreshToken": refresh_token,
            "RefreshTokenExpiryTime": moment_text(refresh_until),
        }


def _same(given: object, wanted: str) -> bool:
    text = given if isinstance(given, str) else ""
    return hmac.compare_digest(text.encode(), wanted.encode())

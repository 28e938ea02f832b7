"""Who may ask the stand-in of the national portal: sessions that end after half an hour."""

import hmac
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from postal_bridge.clock import Clock
from postal_bridge.sandbox.refusal import StandInError


@dataclass(frozen=True)
class PortalCredentials:
    """What opens the stand-in.

    Attributes:
        dstcode: what the header of that name must say.
        unit_code: `madonvi` of the one who asks.
        session_life: half an hour (section 8.1, a design choice of the reference).
    """

    username: str = "cau-noi"
    password: str = "cau-noi"  # noqa: S105 - of the stand-in, opens nothing else
    dstcode: str = "VN:COM:PORTAL"
    unit_code: str = "000.00.01.H37"
    session_life: timedelta = timedelta(minutes=30)


class SessionError(StandInError):
    """Whoever asks is not known, or no longer."""

    def __init__(self, message: str) -> None:
        super().__init__(HTTPStatus.UNAUTHORIZED, message)


class Sessions:
    """Gives sessions out and knows them again; each ends when its time is over, used or not."""

    def __init__(self, credentials: PortalCredentials, *, clock: Clock, seed: int = 0) -> None:
        self.credentials = credentials
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 - repeatable, opens only the stand-in
        self._until: dict[str, datetime] = {}

    def sign_in(self, username: object, password: object) -> str:
        """A new session; earlier ones stay good until they end."""
        known = _same(username, self.credentials.username)
        if not (_same(password, self.credentials.password) and known):
            raise SessionError("Sai tài khoản hoặc mật khẩu (wrong user or password)")
        session = f"{self._random.getrandbits(128):032x}"
        self._until[session] = self._clock.now() + self.credentials.session_life
        return session

    def check(self, session: object) -> None:
        """Return when the session is alive."""
        until = self._until.get(session) if isinstance(session, str) else None
        if until is None or until <= self._clock.now():
            raise SessionError("Phiên làm việc không tồn tại hoặc đã hết hạn (no such session)")

    def check_header(self, dstcode: str | None) -> None:
        """Return when the header is the one that was agreed on."""
        if not _same(dstcode, self.credentials.dstcode):
            raise SessionError("Sai dstcode (missing or wrong header dstcode)")

    def check_unit(self, unit_code: object) -> None:
        """Return when whoever asks is the unit that the credentials belong to."""
        if not _same(unit_code, self.credentials.unit_code):
            raise SessionError("Sai mã đơn vị (missing or wrong unit)")

    def end_all(self) -> None:
        """Every session that was given out has ended."""
        self._until.clear()


def _same(given: object, wanted: str) -> bool:
    text = given if isinstance(given, str) else ""
    return hmac.compare_digest(text.encode(), wanted.encode())

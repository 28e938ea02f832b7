"""Who may ask the iGate stand-in: the tokens of a Keycloak, which live shortly."""

import hmac
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from postal_bridge.clock import Clock
from postal_bridge.sandbox.refusal import StandInError


@dataclass(frozen=True)
class IGateCredentials:
    """What opens the stand-in: a client, its secret for its own grant, and a user."""

    client_id: str = "cau-noi-buu-dien"
    client_secret: str = "cau-noi"  # noqa: S105 - of the stand-in, opens nothing else
    username: str = "cau-noi"
    password: str = "cau-noi"  # noqa: S105 - of the stand-in, opens nothing else
    token_life: timedelta = timedelta(minutes=5)
    refresh_life: timedelta = timedelta(minutes=30)


class KeycloakError(StandInError):
    """A refusal in the words of OAuth."""

    def __init__(self, status: HTTPStatus, error: str, description: str) -> None:
        super().__init__(status, description)
        self.error = error


class Keycloak:
    """Gives tokens out and knows them again; every token stays good until it expires."""

    def __init__(self, credentials: IGateCredentials, *, clock: Clock, seed: int = 0) -> None:
        self.credentials = credentials
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 - repeatable, opens only the stand-in
        self._tokens: dict[str, datetime] = {}
        self._refreshing: dict[str, datetime] = {}

    def grant(self, form: Mapping[str, object]) -> dict[str, object]:
        """A token for one of the three grants.

        Raises:
            KeycloakError: 400 or 401, as RFC 6749 names it.
        """
        own = self.credentials
        if not _same(form.get("client_id"), own.client_id):
            raise KeycloakError(HTTPStatus.UNAUTHORIZED, "invalid_client", "Invalid client")
        match form.get("grant_type"):
            case "password":
                known = _same(form.get("username"), own.username)
                if not (_same(form.get("password"), own.password) and known):
                    raise KeycloakError(
                        HTTPStatus.UNAUTHORIZED, "invalid_grant", "Invalid user credentials"
                    )
            case "client_credentials":
                if not _same(form.get("client_secret"), own.client_secret):
                    raise KeycloakError(
                        HTTPStatus.UNAUTHORIZED, "unauthorized_client", "Invalid client secret"
                    )
            case "refresh_token":
                until = self._refreshing.pop(str(form.get("refresh_token")), None)
                if until is None or until <= self._clock.now():
                    raise KeycloakError(
                        HTTPStatus.BAD_REQUEST, "invalid_grant", "Token is not active"
                    )
            case _:
                raise KeycloakError(
                    HTTPStatus.BAD_REQUEST, "unsupported_grant_type", "Unsupported grant_type"
                )
        return self._token()

    def check_bearer(self, authorization: str) -> None:
        """Return when the header carries a live token; 401 otherwise."""
        scheme, _, token = authorization.partition(" ")
        until = self._tokens.get(token.strip())
        if scheme.lower() != "bearer" or until is None or until <= self._clock.now():
            raise KeycloakError(
                HTTPStatus.UNAUTHORIZED, "invalid_token", "Token is missing or has expired"
            )

    def forget_tokens(self) -> None:
        """Every token that was given out is expired from now on; refresh tokens stay good."""
        self._tokens.clear()

    def _token(self) -> dict[str, object]:
        now = self._clock.now()
        token = f"{self._random.getrandbits(256):064x}"
        refresh_token = f"{self._random.getrandbits(256):064x}"
        self._tokens[token] = now + self.credentials.token_life
        self._refreshing[refresh_token] = now + self.credentials.refresh_life
        return {
            "access_token": token,
            "expires_in": int(self.credentials.token_life.total_seconds()),
            "refresh_expires_in": int(self.credentials.refresh_life.total_seconds()),
            "refresh_token": refresh_token,
            "token_type": "Bearer",
            "not-before-policy": 0,
            "scope": "profile email",
        }


def _same(given: object, wanted: str) -> bool:
    text = given if isinstance(given, str) else ""
    return hmac.compare_digest(text.encode(), wanted.encode())

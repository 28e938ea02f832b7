"""How a stand-in says no, before anybody has decided in which words its profile says it."""

from collections.abc import Mapping
from http import HTTPStatus


class StandInError(Exception):
    """A "no" of a stand-in, with the HTTP status that says it and headers besides."""

    def __init__(
        self, status: HTTPStatus, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}

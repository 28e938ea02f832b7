"""How a stand-in says no, before anybody has decided in which words its profile says it."""

from http import HTTPStatus


class StandInError(Exception):
    """A "no" of a stand-in, with the HTTP status that says it."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status

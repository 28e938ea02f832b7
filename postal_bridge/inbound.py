"""What was asked of us: answered creations, refused requests, looks at personal data, sessions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlmodel import Field, SQLModel

from postal_bridge.identity import Role


class Staff(SQLModel):
    """A member of staff.

    Attributes:
        places: codes of the places they are assigned to, separated by blanks.
        password_hash: argon2id; none until a password is set, and nobody signs in without one.
    """

    username: str = Field(max_length=60)
    name: str = Field(max_length=400)
    role: Role
    places: str = Field(default="", max_length=4000)
    password_hash: str | None = Field(default=None, max_length=400)


class SignIn(SQLModel):
    """A session; only the hash of its token is kept."""

    id: str = Field(max_length=60)
    token_hash: str = Field(max_length=64)
    username: str = Field(max_length=60)
    device: str | None = Field(default=None, max_length=60)
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


class AnsweredRequest(SQLModel):
    """The answer to a creating request, so that a repeat gets the same one.

    Attributes:
        fingerprint: SHA-256 of method, path and body; another content under the same key differs.
    """

    username: str = Field(max_length=60)
    key: str = Field(max_length=200)
    fingerprint: str = Field(max_length=64)
    status: int
    body: str
    answered_at: datetime


class RefusedRequest(SQLModel):
    """What somebody sent and we did not take, kept with the reason."""

    id: str = Field(max_length=60)
    username: str | None = Field(default=None, max_length=60)
    method: str = Field(max_length=10)
    path: str = Field(max_length=400)
    reason: str = Field(max_length=60)
    detail: str = Field(max_length=4000)
    body: str | None = None
    body_bytes: int = Field(ge=0)
    received_at: datetime


class Look(SQLModel):
    """Somebody looked at personal data of a dossier."""

    id: str = Field(max_length=60)
    username: str = Field(max_length=60)
    subject: str = Field(max_length=200)
    purpose: str = Field(max_length=60)
    looked_at: datetime


class Inbound(Protocol):
    """Where the doors keep what was asked of them."""

    async def staff(self, username: str) -> Staff | None:
        """The member of staff, or nobody."""
        ...

    async def save_staff(self, staff: Staff) -> None:
        """Write or renew a member of staff."""
        ...

    async def all_staff(self) -> Sequence[Staff]:
        """Everybody, by user name."""
        ...

    async def open_sign_in(self, sign_in: SignIn) -> None:
        """Write a new session."""
        ...

    async def sign_in(self, token_hash: str) -> tuple[SignIn, Staff] | None:
        """The session behind a token's hash, with its member of staff."""
        ...

    async def end_sign_in(self, sign_in_id: str, *, at: datetime) -> None:
        """End a session; ending it twice is no harm."""
        ...

    async def begin_answer(self, username: str, key: str) -> bool:
        """Take the key for this transaction; False while another transaction has it."""
        ...

    async def answered(self, username: str, key: str) -> AnsweredRequest | None:
        """The answer that was given under this key."""
        ...

    async def keep_answer(self, answer: AnsweredRequest) -> None:
        """Keep an answer in the transaction of its effect."""
        ...

    async def keep_refused(self, refused: RefusedRequest) -> None:
        """Keep what was not taken."""
        ...

    async def refused_requests(self, *, limit: int, after: str | None) -> Sequence[RefusedRequest]:
        """What was not taken, newest first."""
        ...

    async def keep_look(self, look: Look) -> None:
        """Record who looked at whose data."""
        ...

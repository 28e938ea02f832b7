"""What sending a night's report needs: its printed forms, and somebody who carries letters."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from postal_bridge.errors import Accident
from postal_bridge.reconciliation.report import NightReport


@dataclass(frozen=True, kw_only=True)
class Form:
    """One of the forms that a report is handed out in.

    Attributes:
        suffix: of the file's name, such as `pdf`.
        make: the form's bytes; the same report gives the same ones. It may compute for seconds.
    """

    suffix: str
    media_type: str
    make: Callable[[NightReport], bytes]


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that goes with a letter."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter as it is to arrive.

    Attributes:
        identity: the same for the same letter for ever, of letters, digits, dots and hyphens.
        written_at: the letter's date.
    """

    identity: str
    to: tuple[str, ...]
    subject: str
    text: str
    written_at: datetime
    attachments: tuple[Attachment, ...] = ()


class PostUnavailable(Accident):
    """The letter was not taken, or nobody knows whether it was; sending it again may help."""

    retryable = True


class PostRefused(Accident):
    """The letter, or an address of it, is refused for good; a person must mend something."""


class Post(Protocol):
    """Carries letters."""

    async def send(self, letter: Letter) -> None:
        """Hand the letter over for all its addresses.

        A letter may be handed over twice where the answer to the first time got lost. Both carry
        the letter's identity, so that mailboxes show one.

        Raises:
            PostUnavailable: try again later; no address that answered has got the letter, unless
                it was the last answer that got lost.
            PostRefused: the letter is refused, or some of its addresses are, which the text
                names; the others have got it.
        """
        ...

    async def check(self) -> None:
        """Return when letters would be taken; raise what is wrong otherwise. None is sent."""
        ...

"""What may be written at a one-stop system: that a result was returned, and how it goes home.

Nothing is written that did not happen here. Every call looks first, so that it may be repeated
after an answer that was lost.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from postal_bridge.errors import Accident


class Unsupported(Accident):
    """This make of one-stop system has no published way to write this down."""

    def __init__(self, make: str, what: str, code: str) -> None:
        super().__init__(f"{code}: {make} không có lối ghi {what} (no published way to do it)")


@dataclass(frozen=True, kw_only=True)
class PostalReceiver:
    """Who gets the result from the post, and where.

    Attributes:
        phone: digits; province, district and ward are names or codes as the address has them.
    """

    name: str
    phone: str
    address: str
    email: str = ""
    province: str = ""
    district: str = ""
    ward: str = ""


class OneStopDesk(Protocol):
    """The desk of a one-stop system, as far as the post may write there.

    Attributes:
        name: of the make, such as `tandan`.
        writes: names of the methods that the make has a published way for; all others raise
            `Unsupported`.
    """

    name: str
    writes: frozenset[str]

    async def record_returned(self, code: str, at: datetime) -> None:
        """Say that the citizen has the result since this moment; fine where it is known already.

        Raises:
            OneStopRefused: there is no such dossier, or it is not ready to be returned; the text
                has what the other side says.
            OneStopUnavailable: no answer; the text says whether it may have been stored. Saying
                it again is safe.
        """
        ...

    async def register_return(self, code: str, receiver: PostalReceiver) -> None:
        """Say that the result goes to this receiver by post.

        Raises:
            OneStopRefused: there is no such dossier, or it was returned already.
            OneStopUnavailable: as for `record_returned`.
        """
        ...

    async def withdraw_registration(self, code: str) -> None:
        """Take a registration for the post back; fine where there is none.

        Raises:
            OneStopRefused: there is no such dossier, or the other side says no.
            OneStopUnavailable: as for `record_returned`.
        """
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...

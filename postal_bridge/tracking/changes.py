"""What changed: how far somebody has read in the ledger, and whom an event concerns.

Whoever follows the ledger keeps a cursor. It names the last event that was read, in the order in
which events become readable, and a few letters of its hash: so it is noticed when the ledger is
not the one that was read any more, because a backup was restored or the month was archived
(docs/adr/0010).
"""

import re
from dataclasses import dataclass
from datetime import datetime

from postal_bridge.identity import Actor, Role
from postal_bridge.journey import Act, Stage
from postal_bridge.tracking.records import Position

MARK_LENGTH = 8
"""Letters of the hash in a cursor: another ledger has the same ones once in four milliards."""

_NUMBER = "(0|[1-9a-f][0-9a-f]{0,15})"
_TEXT = re.compile(f"{_NUMBER}-{_NUMBER}-([0-9a-f]{{{MARK_LENGTH}}})")
_LARGEST = 2**63 - 1  # of the databases' whole numbers


@dataclass(frozen=True, order=True)
class Cursor:
    """The last event that was read.

    Attributes:
        written_in: number of the transaction that wrote it; 0 where the database has none.
        entry: its number in the ledger; 0 before the first one.
        mark: how its hash begins.
    """

    written_in: int = 0
    entry: int = 0
    mark: str = "0" * MARK_LENGTH

    @property
    def text(self) -> str:
        """As devices keep it; it means nothing to them."""
        return f"{self.written_in:x}-{self.entry:x}-{self.mark}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """The cursor behind a text; None where no release ever wrote such a text."""
        found = _TEXT.fullmatch(text)
        if found is None:
            return None
        written_in, entry = int(found[1], 16), int(found[2], 16)
        if max(written_in, entry) > _LARGEST:
            return None
        cursor = cls(written_in, entry, found[3])
        return cursor if entry or cursor == BEGINNING else None


BEGINNING = Cursor()
"""Before the first event."""


@dataclass(frozen=True)
class Onlooker:
    """Who wants to know what changed.

    Attributes:
        places: where they work; supervisors without a place of their own look at everything.
    """

    username: str
    places: tuple[str, ...]
    sees_all: bool = False

    @classmethod
    def of(cls, actor: Actor) -> "Onlooker":
        """What concerns this member of staff."""
        overseer = actor.role in {Role.SUPERVISOR, Role.ADMIN}
        return cls(actor.username, actor.places, sees_all=overseer and not actor.places)

    @property
    def holders(self) -> tuple[str, ...]:
        """The custodians that they answer for: themselves and their places."""
        return (self.username, *self.places)

    def has(self, *, place: str, custodian: str | None) -> bool:
        """Whether what is there, or is borne by somebody, is theirs."""
        return self.sees_all or place in self.places or custodian in self.holders


@dataclass(frozen=True)
class Change:
    """An item that something happened to, and where it is now.

    Attributes:
        act, at, by: the last thing that happened to it, as far as was read; `at` by the device.
        holder: the one holder: the sealed pouch, else who bears it.
        since: since when it is there.
        gone: it concerned the onlooker, and does no more.
    """

    code: str
    stage: Stage
    place: str
    holder: str
    since: datetime
    act: Act
    at: datetime
    by: str
    gone: bool = False

    @classmethod
    def of(
        cls, position: Position, onlooker: Onlooker, *, act: Act, at: datetime, by: str
    ) -> "Change":
        """What the onlooker is told about an item."""
        return cls(
            code=position.item_code,
            stage=position.stage,
            place=position.place,
            holder=position.holder,
            since=position.since,
            act=act,
            at=at,
            by=by,
            gone=not onlooker.has(place=position.place, custodian=position.custodian),
        )


@dataclass(frozen=True)
class ChangePage:
    """What was read.

    Attributes:
        cursor: from where to go on; it also moves where nothing concerned the onlooker.
        changes: one for each item, in the order of what happened to them last.
        more: there is more to be read at once.
    """

    cursor: str
    changes: tuple[Change, ...] = ()
    more: bool = False

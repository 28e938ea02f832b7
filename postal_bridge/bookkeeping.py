"""The books of COD, built: who keeps them, and the job that looks at them."""

from datetime import datetime
from typing import Protocol

from postal_bridge.clock import Clock
from postal_bridge.jobs.cod import CodJob
from postal_bridge.remittances.ports import CodWork
from postal_bridge.remittances.posting import Bookkeeper, Bookkeeping
from postal_bridge.sections import Settings
from postal_bridge.storage.engine import Storage
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.worktime import WorkCalendar


class HouseOfBooks(Protocol):
    """What of the house the books need."""

    @property
    def settings(self) -> Settings:
        """What the operator decides."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    @property
    def calendar(self) -> WorkCalendar:
        """The working days."""
        ...

    @property
    def storage(self) -> Storage:
        """The database."""
        ...

    @property
    def identifiers(self) -> Identifiers:
        """Makes ids."""
        ...


def make_bookkeeping(house: HouseOfBooks) -> Bookkeeping:
    """Whoever looks at all money."""
    cod = house.settings.cod

    def keeper(work: CodWork, now: datetime) -> Bookkeeper:
        return Bookkeeper(
            work=work,
            now=now,
            calendar=house.calendar,
            identifiers=house.identifiers,
            days_to_pay=cod.days_to_pay,
            alone_dong=cod.write_off_alone_dong,
        )

    return Bookkeeping(transactions=house.storage, keeper=keeper, clock=house.clock)


def make_cod_job(house: HouseOfBooks, owner: str) -> CodJob:
    """Looks at the books once a day."""
    books = make_bookkeeping(house)
    return CodJob(storage=house.storage, books=books, clock=house.clock, owner=owner)

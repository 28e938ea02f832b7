"""Background work that is not bound to one system outside: the books, and those who are told."""

from collections.abc import Mapping
from typing import Protocol

from postal_bridge.announcing import HouseThatTells, make_webhooks_job
from postal_bridge.bookkeeping import HouseOfBooks, make_cod_job
from postal_bridge.capturing import HouseOfPapers, make_papers_job
from postal_bridge.collecting import make_pickups_job
from postal_bridge.jobs.scheduler import Jobs
from postal_bridge.pickup.house import PickupHouse
from postal_bridge.tracking.watching import Watched


class HouseWithJobs(HouseOfBooks, HouseOfPapers, HouseThatTells, Protocol):
    """What of the house this work needs."""

    @property
    def carriers(self) -> Mapping[str, Watched]:
        """The connections, by name."""
        ...

    @property
    def pickups(self) -> PickupHouse:
        """Everything that pickups are done with."""
        ...


def with_background(jobs: Jobs, house: HouseWithJobs, owner: str) -> Jobs:
    """The jobs with this work among them."""
    jobs.besides("cod", make_cod_job(house, owner).run_due)
    seconds = float(house.settings.outbox.poll_seconds)
    jobs.besides("webhooks", make_webhooks_job(house, owner).run_due, seconds=seconds)
    jobs.besides("papers", make_papers_job(house, owner).run_due)
    pickups = make_pickups_job(house.pickups, house.settings.pickup, house.carriers)
    return jobs.besides("pickups", pickups.run_due)

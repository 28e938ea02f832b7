"""Background work that is not bound to one system outside: the books, and those who are told."""

from typing import Protocol

from postal_bridge.announcing import HouseThatTells, make_webhooks_job
from postal_bridge.bookkeeping import HouseOfBooks, make_cod_job
from postal_bridge.jobs.scheduler import Jobs


class HouseWithJobs(HouseOfBooks, HouseThatTells, Protocol):
    """What of the house this work needs."""


def with_background(jobs: Jobs, house: HouseWithJobs, owner: str) -> Jobs:
    """The jobs with this work among them."""
    jobs.besides("cod", make_cod_job(house, owner).run_due)
    seconds = float(house.settings.outbox.poll_seconds)
    jobs.besides("webhooks", make_webhooks_job(house, owner).run_due, seconds=seconds)
    return jobs

"""What the dispatcher may expect of where its transactions come from."""

import pytest

from postal_bridge.storage.engine import Storage
from postal_bridge.tracking.orders import Transactions
from tests.stores import DOSSIER, a_dossier

PORTS = ("api.ports.Storage",)
IMPLEMENTATIONS = ("sqlite", "postgresql")


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def transactions(storage: Storage) -> Transactions:
    """The same by the eyes of tracking: mypy checks here that all stores fit."""
    return storage


async def test_a_normal_end_commits_and_the_next_one_reads_it(transactions: Transactions) -> None:
    async with transactions.begin() as work:
        await work.dossiers.add(a_dossier(), [])
    async with transactions.begin(write=False) as work:
        assert await work.dossiers.find(DOSSIER) == a_dossier()


async def test_an_exception_undoes_everything(transactions: Transactions) -> None:
    async def fail() -> None:
        async with transactions.begin() as work:
            await work.dossiers.add(a_dossier(), [])
            await work.outbox.put("notice", key="1", payload={})
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    async with transactions.begin(write=False) as work:
        assert await work.dossiers.find(DOSSIER) is None

"""What the store of proofs must do, in memory and on every database."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import pytest

from postal_bridge.tracking.proof_ports import ProofTransactions
from postal_bridge.tracking.proof_records import DeliveryProof, Relation
from tests.stages.memory import MemoryWork
from tests.stores import DOSSIER, HOUR, NOW, opened

PORTS = (
    "tracking.proof_ports.Proofs",
    "tracking.proof_ports.ProofWork",
    "tracking.proof_ports.ProofTransactions",
)
IMPLEMENTATIONS = ("memory", "sqlite", "postgresql")
ITEM = f"{DOSSIER}/K1"


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def house(
    engine_name: str, request: pytest.FixtureRequest
) -> AsyncIterator[ProofTransactions]:
    if engine_name == "memory":
        yield MemoryWork()
        return
    async with opened(request.getfixturevalue("database_url")) as storage:
        yield storage


def a_proof(number: int, *, item: str = ITEM, taken_at: datetime = NOW) -> DeliveryProof:
    return DeliveryProof(
        event_id=UUID(int=number),
        item_code=item,
        dossier_code=DOSSIER,
        event_hash="1" * 64,
        receiver="Nông Văn An",
        relation=Relation.SELF,
        signature_sha256="2" * 64,
        latitude=21.85,
        taken_at=taken_at,
        place="HCC",
        documents="[]",
        recorded_at=NOW,
        recorded_by="tuan",
        seal="3" * 64,
    )


async def test_an_event_of_an_item_has_one_proof(house: ProofTransactions) -> None:
    async with house.begin() as work:
        assert await work.proofs.add(a_proof(1))
        assert not await work.proofs.add(a_proof(1).model_copy(update={"receiver": "khác"}))
        assert await work.proofs.add(a_proof(1, item="other/K1"))
    async with house.begin(write=False) as work:
        assert await work.proofs.find(ITEM, UUID(int=1)) == a_proof(1)
        assert await work.proofs.find(ITEM, UUID(int=2)) is None


async def test_the_proofs_of_an_item_are_listed_by_time(house: ProofTransactions) -> None:
    later, earlier = a_proof(1, taken_at=NOW + HOUR), a_proof(2)
    async with house.begin() as work:
        for one in (later, earlier, a_proof(3, item="other/K1")):
            await work.proofs.add(one)
    async with house.begin(write=False) as work:
        assert await work.proofs.of_item(ITEM) == [earlier, later]

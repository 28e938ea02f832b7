"""A house that takes papers in memory, for the tests of this room."""

import hashlib
import random
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from postal_bridge.clock import ReplayClock
from postal_bridge.documents.capture import Capture
from postal_bridge.documents.capture_values import Captured, NewUpload, UploadStatus
from postal_bridge.documents.house import PaperHouse
from postal_bridge.documents.records import Page
from postal_bridge.documents.terms import PaperTerms
from postal_bridge.errors import Reason, Refusal
from postal_bridge.tracking.identifiers import Identifiers
from tests.stages.memory import LAN, MemoryWork
from tests.stages.memory_papers import (
    MemorySigner,
    MemoryVault,
    MemoryVerifier,
    PlainDigitiser,
)
from tests.stores import DOSSIER, NOW, a_dossier, a_line

PART = 10
ID = str(UUID(int=7))


@dataclass
class Papers:
    """The house, its stores, and what a device does."""

    work: MemoryWork
    vault: MemoryVault = field(default_factory=MemoryVault)
    digitiser: PlainDigitiser = field(default_factory=PlainDigitiser)
    clock: ReplayClock = field(default_factory=lambda: ReplayClock(NOW))
    signer: MemorySigner | None = field(default_factory=MemorySigner)

    def __post_init__(self) -> None:
        self.house = PaperHouse(
            transactions=self.work,
            vault=self.vault,
            digitiser=self.digitiser,
            signer=self.signer,
            verifier=MemoryVerifier(),
            terms=PaperTerms(part_bytes=PART, upload_limit_bytes=1000, author="Bưu điện"),
            clock=self.clock,
            new_id=Identifiers(random.Random(5)).new,
        )
        self.capture = Capture(self.house, LAN)
        self._uploads = 0

    async def begins(self, content: bytes, **other: object) -> UploadStatus | Refusal:
        usual: dict[str, object] = {
            "id": ID,
            "dossier_code": DOSSIER,
            "position": 1,
            "file_name": "anh.jpg",
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        return await self.capture.begin(NewUpload.model_validate({**usual, **other}))

    async def sends(self, content: bytes, *numbers: int, upload: str = ID) -> UploadStatus:
        status: UploadStatus | Refusal | None = None
        for number in numbers or range(1, -(-len(content) // PART) + 1):
            piece = content[(number - 1) * PART : number * PART]
            status = await self.capture.take_part(DOSSIER, upload, number, piece)
        assert isinstance(status, UploadStatus), status
        return status

    async def captures(self, content: bytes, **other: object) -> list[Page]:
        """A whole file, from its announcement to its pages."""
        self._uploads += 1
        upload = str(UUID(int=100 + self._uploads))
        begun = await self.begins(content, id=upload, **other)
        assert isinstance(begun, UploadStatus), begun
        await self.sends(content, upload=upload)
        done = await self.capture.complete(DOSSIER, upload)
        assert isinstance(done, Captured), done
        return list(done.pages)

    async def pages(self, position: int = 1) -> list[Page]:
        pages = await self.work.pages.of_dossier(DOSSIER)
        return [page for page in pages if page.position == position and page.state == "current"]


def reason(answer: object) -> Reason:
    assert isinstance(answer, Refusal), answer
    return answer.reason


@pytest.fixture
async def papers(work: MemoryWork) -> Papers:
    await work.dossiers.add(a_dossier(), [a_line(1), a_line(2)])
    return Papers(work)

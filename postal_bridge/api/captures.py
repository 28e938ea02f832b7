"""Files on their way in: announced, sent part by part, completed into pages."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from postal_bridge.api.call import Body, Call, Services
from postal_bridge.api.page_shapes import PageOut, shown_page
from postal_bridge.documents.capture import Capture
from postal_bridge.documents.capture_values import Captured, NewUpload, UploadStatus
from postal_bridge.documents.house import PaperHouse
from postal_bridge.documents.records import UploadState
from postal_bridge.errors import Refusal

UploadId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Announced(Body):
    """A file that the device will send; `id` is a UUIDv7 that it made.

    `find_edges` says that it is a photograph of a paper on a table, no scan; `replaces` is the page
    whose place it takes.
    """

    id: UploadId
    position: int = Field(ge=0, le=200)
    file_name: str = Field(min_length=1, max_length=400)
    size_bytes: int = Field(ge=1)
    sha256: Sha256
    find_edges: bool = True
    replaces: str | None = Field(default=None, max_length=60)


class UploadOut(BaseModel):
    """How far a file is. Parts are numbered from 1; all have `part_bytes` bytes but the last."""

    id: str
    state: UploadState
    part_bytes: int
    parts: int
    received: int
    missing: list[int]
    same_as: list[str] = []


class CapturedOut(BaseModel):
    """What became of a file."""

    pages: list[PageOut]


def papers_of(services: Services) -> PaperHouse:
    """Whoever takes papers in.

    Raises:
        LookupError: the roof has not built it.
    """
    if services.papers is None:
        raise LookupError("nobody takes papers in here")
    return services.papers


async def begin(call: Call[Announced]) -> UploadOut | Refusal:
    """Announce a file; announcing it again tells what is missing."""
    wanted = NewUpload(dossier_code=call.path["code"], **call.body.model_dump())
    return _shown(await _capture(call).begin(wanted))


async def status(call: Call[None]) -> UploadOut | Refusal:
    """What has come and what is missing."""
    return _shown(await _capture(call).status(call.path["code"], call.path["id"]))


async def part(call: Call[bytes]) -> UploadOut | Refusal:
    """A part of the file, its bytes as the body."""
    number = call.path["number"]
    numbered = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0  # noqa: PLR2004
    taken = await _capture(call).take_part(call.path["code"], call.path["id"], numbered, call.body)
    return _shown(taken)


async def drop(call: Call[None]) -> UploadOut | Refusal:
    """Call a file off."""
    return _shown(await _capture(call).drop(call.path["code"], call.path["id"]))


async def complete(call: Call[None]) -> CapturedOut | Refusal:
    """All parts are sent: make pages of them. Asking again gives the same pages."""
    captured = await _capture(call).complete(call.path["code"], call.path["id"])
    if isinstance(captured, Captured):
        return CapturedOut(pages=[shown_page(page, call.language) for page in captured.pages])
    return captured


def _capture(call: Call[Announced] | Call[bytes] | Call[None]) -> Capture:
    return Capture(papers_of(call.services), call.actor)


def _shown(status: UploadStatus | Refusal) -> UploadOut | Refusal:
    if isinstance(status, Refusal):
        return status
    return UploadOut(
        id=status.upload_id,
        state=status.state,
        part_bytes=status.part_bytes,
        parts=status.parts,
        received=status.received,
        missing=list(status.missing),
        same_as=list(status.same_as),
    )

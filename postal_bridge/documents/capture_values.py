"""What is said between a device and the capture of pages."""

from dataclasses import dataclass

from pydantic import BaseModel

from postal_bridge.documents.records import Page, UploadState


class NewUpload(BaseModel):
    """A file that a device announces; see `PageUpload` for what its fields are."""

    id: str
    dossier_code: str
    position: int
    file_name: str
    size_bytes: int
    sha256: str
    find_edges: bool = True
    replaces: str | None = None


@dataclass(frozen=True)
class UploadStatus:
    """How far an upload is.

    Attributes:
        missing: numbers of parts that are to be sent, from 1; at most 200 of them.
        received: how many parts are here.
        same_as: current pages that were made of the very same file.
    """

    upload_id: str
    state: UploadState
    part_bytes: int
    parts: int
    missing: tuple[int, ...]
    received: int
    same_as: tuple[str, ...] = ()


@dataclass(frozen=True)
class Captured:
    """The pages that a file became."""

    pages: tuple[Page, ...]

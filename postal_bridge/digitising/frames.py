"""What the desk and its workers say to each other, in MessagePack."""

import msgspec

from postal_bridge.documents.page_values import (
    ArchivedPage,
    DocumentFacts,
    Examined,
    FileLimits,
    PageSheet,
    PageWish,
    Unreadable,
)


class Examine(msgspec.Struct, tag=True, frozen=True):
    """What is this file?"""

    content: bytes
    limits: FileLimits


class MakePage(msgspec.Struct, tag=True, frozen=True):
    """Make this page ready for the archive."""

    content: bytes
    wish: PageWish
    limits: FileLimits


class Assemble(msgspec.Struct, tag=True, frozen=True):
    """Make one document of these."""

    pages: list[PageSheet]
    facts: DocumentFacts


class Preview(msgspec.Struct, tag=True, frozen=True):
    """Make a small picture of this one."""

    image: bytes
    longest_px: int


class Looked(msgspec.Struct, tag=True, frozen=True):
    """The file is this."""

    examined: Examined


class Made(msgspec.Struct, tag=True, frozen=True):
    """The page is ready."""

    page: ArchivedPage


class Written(msgspec.Struct, tag=True, frozen=True):
    """A file was made."""

    content: bytes


class NotTaken(msgspec.Struct, tag=True, frozen=True):
    """The file cannot be taken."""

    why: Unreadable


class Failed(msgspec.Struct, tag=True, frozen=True):
    """It is our own fault, and what happened; the worker goes on."""

    why: str


Job = Examine | MakePage | Assemble | Preview
Said = Looked | Made | Written | NotTaken | Failed

_encode = msgspec.msgpack.Encoder().encode
_job: msgspec.msgpack.Decoder[Job] = msgspec.msgpack.Decoder(Job)
_said: msgspec.msgpack.Decoder[Said] = msgspec.msgpack.Decoder(Said)


def written(message: Job | Said) -> bytes:
    """A message as bytes."""
    return _encode(message)


def job_of(body: bytes) -> Job:
    """What the worker is to do."""
    job: Job = _job.decode(body)
    return job


def said(body: bytes) -> Said:
    """What the worker said."""
    message: Said = _said.decode(body)
    return message

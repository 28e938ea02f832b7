"""The process that opens signed documents: `python -m postal_bridge.signatures.worker BYTES`.

It knows no key. It ends when nobody gives it jobs any more, and when nobody listens to it.
"""

import asyncio
import logging
import os
import resource
import sys
from contextlib import suppress

import msgspec

from postal_bridge.documents.page_values import Trouble, Unreadable
from postal_bridge.documents.signature_values import SignatureFound
from postal_bridge.signatures.verifying import Terms, verify
from postal_bridge.workers import framed, read_message


class Job(msgspec.Struct, frozen=True):
    """Judge the signatures of this document."""

    content: bytes
    terms: Terms


class Told(msgspec.Struct, frozen=True):
    """What came of it."""

    found: tuple[SignatureFound, ...] = ()
    unreadable: Unreadable | None = None


encode = msgspec.msgpack.Encoder().encode
job_of: msgspec.msgpack.Decoder[Job] = msgspec.msgpack.Decoder(Job)
told_of: msgspec.msgpack.Decoder[Told] = msgspec.msgpack.Decoder(Told)


def main() -> None:
    """Judge until there is nothing more to judge."""
    most = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    logging.disable(logging.CRITICAL)  # what it thinks of a stranger's file is in its answer
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(BrokenPipeError, KeyboardInterrupt):
        while (body := read_message(sys.stdin.buffer)) is not None:
            answers.write(framed(encode(_done(job_of.decode(body)))))
            answers.flush()


def _done(job: Job) -> Told:
    try:
        found = asyncio.run(verify(job.content, job.terms))
    except (MemoryError, RecursionError) as error:
        return Told(unreadable=Unreadable(Trouble.EXHAUSTED, type(error).__name__))
    except Exception as error:  # noqa: BLE001 - whatever a stranger's file does to the library
        return Told(unreadable=Unreadable(Trouble.BROKEN, f"{type(error).__name__}: {error}"[:200]))
    return Told(unreadable=found) if isinstance(found, Unreadable) else Told(found=found)


if __name__ == "__main__":
    main()

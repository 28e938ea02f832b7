"""The process that opens strangers' files: `python -m postal_bridge.digitising.worker BYTES`.

It may use so many bytes of memory and no more. It ends when nobody gives it jobs any more, and when
nobody listens to it.
"""

import os
import resource
import sys
from contextlib import suppress
from typing import BinaryIO

from postal_bridge.digitising.decoding import Refused, examine
from postal_bridge.digitising.frames import (
    Assemble,
    Examine,
    Failed,
    Job,
    Looked,
    Made,
    MakePage,
    NotTaken,
    Said,
    Written,
    job_of,
    written,
)
from postal_bridge.documents.page_values import Trouble, Unreadable
from postal_bridge.workers import framed, read_message


def main() -> None:
    """Work until there is nothing more to do."""
    most = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    # What a library prints must not come between the frames.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(BrokenPipeError, KeyboardInterrupt):
        while (body := read_message(sys.stdin.buffer)) is not None:
            _say(answers, _done(job_of(body)))


def _done(job: Job) -> Said:
    try:
        return _carried_out(job)
    except Refused as refused:
        return NotTaken(refused.answer)
    except MemoryError:
        return NotTaken(Unreadable(Trouble.EXHAUSTED, "memory"))
    except Exception as error:  # noqa: BLE001 - whatever it was, the desk has to hear of it
        if "Insufficient memory" in str(error) or "bad_alloc" in str(error):
            return NotTaken(Unreadable(Trouble.EXHAUSTED, "memory"))
        return Failed(f"{type(error).__name__}: {error}")


def _carried_out(job: Job) -> Said:
    if isinstance(job, Examine):
        return Looked(examine(job.content, job.limits))
    if isinstance(job, Assemble):
        from postal_bridge.digitising.pdf import assemble  # heavy

        return Written(assemble(job.pages, job.facts))
    import cv2  # heavy

    from postal_bridge.digitising.page import archive_page, preview  # heavy

    # Two workers on two cores: threads of a library's own would only stand in each other's way.
    cv2.setNumThreads(1)

    if isinstance(job, MakePage):
        return Made(archive_page(job.content, job.wish, job.limits))
    return Written(preview(job.image, longest_px=job.longest_px))


def _say(answers: BinaryIO, message: Said) -> None:
    answers.write(framed(written(message)))
    answers.flush()


if __name__ == "__main__":
    main()

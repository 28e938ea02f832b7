"""The process that plans: `python -m postal_bridge.routing.worker`, jobs in, plans out.

It ends when nobody gives it jobs any more, and when nobody listens to it.
"""

import os
import sys
from contextlib import suppress
from typing import BinaryIO

from postal_bridge.pickup.solver_ports import Progress
from postal_bridge.routing.frames import Failed, Finished, Job, Running, Said, job_of, written
from postal_bridge.routing.search import search
from postal_bridge.workers import framed, read_message


def main() -> None:
    """Plan until there is nothing more to plan."""
    # What a library prints must not come between the frames.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(BrokenPipeError, KeyboardInterrupt):
        while (body := read_message(sys.stdin.buffer)) is not None:
            _say(answers, _done(job_of(body), answers))


def _done(job: Job, answers: BinaryIO) -> Said:
    def tell(progress: Progress) -> None:
        _say(answers, Running(progress))

    try:
        return Finished(search(job.problem, job.effort, tell))
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it was, the planner has to hear of it
        return Failed(f"{type(error).__name__}: {error}")


def _say(answers: BinaryIO, message: Said) -> None:
    answers.write(framed(written(message)))
    answers.flush()


if __name__ == "__main__":
    main()

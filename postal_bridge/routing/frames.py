"""What the planner and its worker say to each other, in MessagePack."""

import msgspec

from postal_bridge.pickup.plans import Plan, Problem
from postal_bridge.pickup.solver_ports import Effort, Progress


class Job(msgspec.Struct, tag=True, frozen=True):
    """To the worker: plan this."""

    problem: Problem
    effort: Effort


class Running(msgspec.Struct, tag=True, frozen=True):
    """From the worker: how far it is."""

    progress: Progress


class Finished(msgspec.Struct, tag=True, frozen=True):
    """From the worker: the plan."""

    plan: Plan


class Failed(msgspec.Struct, tag=True, frozen=True):
    """From the worker: there is no plan, and why; it is ready for the next one."""

    why: str


Said = Running | Finished | Failed

_encode = msgspec.msgpack.Encoder().encode
_job = msgspec.msgpack.Decoder(Job)
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

"""What the planner and its worker say to each other: a length in four bytes, then MessagePack."""

import struct
from typing import BinaryIO

import msgspec

from postal_bridge.pickup.plans import Plan, Problem
from postal_bridge.pickup.solver_ports import Effort, Progress

HEAD = struct.Struct(">I")


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


def framed(message: Job | Said) -> bytes:
    """A message as it goes over the wire."""
    body = _encode(message)
    return HEAD.pack(len(body)) + body


def read_job(stream: BinaryIO) -> Job | None:
    """The next job; none when whoever gives them has gone."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    return _job.decode(stream.read(HEAD.unpack(head)[0]))


def said(body: bytes) -> Said:
    """What the worker said."""
    message: Said = _said.decode(body)
    return message

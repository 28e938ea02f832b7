"""The types of which sections of the settings are made: lists, hours, secrets, positive numbers."""

from datetime import time
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def listed(value: object) -> object:
    """Read `a, b` as a list, as the environment gives it."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _session(value: object) -> object:
    """Read `07:30-11:30` as a pair of wall times."""
    if not isinstance(value, str):
        return value
    start, dash, end = value.partition("-")
    if not dash:
        raise ValueError("a session is written as 07:30-11:30")
    return (start.strip(), end.strip())


def _ordered(sessions: tuple[tuple[time, time], ...]) -> tuple[tuple[time, time], ...]:
    edges = [edge for session in sessions for edge in session]
    if any(earlier >= later for earlier, later in pairwise(edges)):
        raise ValueError("sessions must follow each other and may not overlap")
    return sessions


def _paired(pairs: tuple[str, ...]) -> tuple[str, ...]:
    for pair in pairs:
        word, mark, stands_for = pair.rpartition("=")
        if not (mark and word.strip() and stands_for.strip()):
            raise ValueError(f"“{pair}” must be written as: word = what it stands for")
    return pairs


Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]
Session = Annotated[tuple[time, time], BeforeValidator(_session)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Weekdays = Annotated[tuple[Weekday, ...], Field(min_length=1), BeforeValidator(listed)]
Sessions = Annotated[
    tuple[Session, ...], Field(min_length=1), BeforeValidator(listed), AfterValidator(_ordered)
]
RestDays = Annotated[tuple[Weekday, ...], Field(max_length=6), BeforeValidator(listed)]
Addresses = Annotated[tuple[str, ...], BeforeValidator(listed)]
Words = Annotated[tuple[str, ...], BeforeValidator(listed)]
Pairs = Annotated[tuple[str, ...], BeforeValidator(listed), AfterValidator(_paired)]
"""Each `word = what it stands for`; the last `=` parts the two."""

Confidential = Annotated[str, Field(repr=False, json_schema_extra={"confidential": True})]
"""Text that may hold a password: never shown, and may be read from a file like a secret."""


class Section(BaseModel):
    """What all sections share: frozen, and a key that is not declared is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

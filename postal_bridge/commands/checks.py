"""What the doctor says of each thing that it looked at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """What was looked at, whether it is well, and how to mend it.

    Attributes:
        outside: whether an outside system is to blame, which is exit code 3.
    """

    name: str
    well: bool
    detail: str
    mend: str = ""
    outside: bool = False

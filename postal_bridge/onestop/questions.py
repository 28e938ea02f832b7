"""A question to a one-stop system, and how it is named on the night's tape."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote


@dataclass(frozen=True, kw_only=True)
class Question:
    """One request: what it asks for, without address and without credentials.

    Attributes:
        path: below the system's base address.
        query: what stands behind the question mark.
        content: sent as JSON; None where there is none.
        form: sent as a form; empty where there is none.
    """

    path: str
    method: str = "GET"
    query: Mapping[str, str] = field(default_factory=dict)
    content: object = None
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The same text for the same question, however it was put together."""
        query = "&".join(
            f"{name}={quote(value, safe='/:,. -')}" for name, value in sorted(self.query.items())
        )
        told = f"{self.method} {self.path}" + (f"?{query}" if query else "")
        if self.content is None:
            return told
        canonical = json.dumps(
            self.content, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        return f"{told} {canonical}"

"""What can be refused, in Vietnamese and in English, and what can go wrong.

A refusal is a value that a use case returns: it names a reason, the field that is to blame and
the facts that the sentence needs. An accident is an exception; it knows whether trying again can
help. Neither knows of HTTP: `api/problem.py` renders both, in one place.
"""

import dataclasses
from dataclasses import dataclass

from postal_bridge.reasons import Kind, Reason

__all__ = ["Accident", "Kind", "Misuse", "Reason", "Refusal", "Refused", "refuse"]


@dataclass(frozen=True)
class Refusal:
    """A "no" with its reason, the field to blame and the facts of the sentence."""

    reason: Reason
    field: str | None = None
    facts: dict[str, object] = dataclasses.field(default_factory=dict)

    def sentence(self, language: str = "vi") -> str:
        """The whole sentence in Vietnamese, or in English for `en`."""
        text = self.reason.english if language == "en" else self.reason.vietnamese
        return text.format(**self.facts)


def refuse(reason: Reason, field: str | None = None, **facts: object) -> Refusal:
    """Say no: `refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)`."""
    return Refusal(reason, field, facts)


class Refused(Exception):  # noqa: N818 - it carries a refusal through a transaction, it is no error
    """Carries a refusal out of a transaction so that nothing of it stays."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence("en"))
        self.refusal = refusal


class Accident(Exception):  # noqa: N818 - the house's word for what nobody decided
    """Something outside our rules went wrong.

    Attributes:
        retryable: whether doing the same again may succeed.
    """

    retryable = False


class Misuse(Accident):
    """The program was called or configured wrongly; the text says how to mend it."""

"""Which edition of a form holds on a day: forms change their numbers with the regulation."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from postal_bridge.errors import Misuse


@dataclass(frozen=True, slots=True)
class Edition:
    """A form as one regulation lays it down.

    Attributes:
        first_day: from which it is printed.
    """

    basis: str
    number: str
    first_day: date

    @property
    def heading(self) -> str:
        """What stands above the form."""
        return f"Mẫu số {self.number} ({self.basis})"


@dataclass(frozen=True)
class FormEditions:
    """Every form's editions, the oldest first."""

    forms: Mapping[str, Sequence[Edition]]

    def heading(self, form: str, day: date) -> str:
        """What stands above a form on a day; nothing for one that no regulation numbers."""
        holding = [one for one in self.forms.get(form, ()) if one.first_day <= day]
        return holding[-1].heading if holding else ""


def load_form_editions(file: Path) -> FormEditions:
    """Read the editions.

    Raises:
        Misuse: the file cannot be read, or an edition is described wrongly; the text names it.
    """
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
        forms = {
            form: sorted(
                (Edition(one["basis"], one["number"], _day(one["from"])) for one in editions),
                key=lambda edition: edition.first_day,
            )
            for form, editions in told.items()
        }
    except (OSError, KeyError, TypeError, ValueError) as error:
        msg = f"the form editions {file} cannot be used: {type(error).__name__}: {error}"
        raise Misuse(msg) from error
    return FormEditions(forms)


def _day(value: object) -> date:
    if not isinstance(value, date):
        raise TypeError(f"{value!r} is no day")
    return value

"""Form maps: which fields are looked for on the papers of a procedure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from postal_bridge.documents.extraction import FieldKind, FieldRule
from postal_bridge.errors import Misuse

_EVERYWHERE = "*"


@dataclass(frozen=True)
class FormMaps:
    """The rules by form code or procedure code."""

    forms: Mapping[str, Mapping[str, FieldRule]]

    def rules_for(self, *codes: str | None) -> tuple[FieldRule, ...]:
        """Everything that holds for every paper, and what these codes add or replace."""
        rules = dict(self.forms.get(_EVERYWHERE, {}))
        for code in codes:
            rules.update(self.forms.get(code or "", {}))
        return tuple(rules.values())


def load_form_maps(file: Path) -> FormMaps:
    """Read the maps.

    Raises:
        Misuse: the file cannot be read, or a field is described wrongly; the text names it.
    """
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))["forms"]
        return FormMaps(
            {
                form: {
                    name: FieldRule(name, FieldKind(one["kind"]), tuple(one["labels"]))
                    for name, one in fields.items()
                }
                for form, fields in told.items()
            }
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        msg = f"the form maps {file} cannot be used: {type(error).__name__}: {error}"
        raise Misuse(msg) from error

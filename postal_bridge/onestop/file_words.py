"""What the words of an export stand for: states, channels, return modes, departments."""

import re
from collections.abc import Iterable, Mapping, Sequence

from postal_bridge.dossiers.records import Place
from postal_bridge.errors import Misuse
from postal_bridge.tabular.cells import CellError, code_of
from postal_bridge.tabular.records import Cell, fold, shown

_AGENCY = re.compile(r"(?:[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.)?[A-Z][0-9]{2}(?:\.[0-9]{1,3}){0,3}")
"""An agency's code, as dossier codes begin with it (reference one-stop 4)."""


def words_of(pairs: Iterable[str], key: str, numbers: frozenset[int]) -> Mapping[str, int]:
    """Each folded word with its number.

    Raises:
        Misuse: a pair's number is none of these, or one word stands for two.
    """
    found: dict[str, int] = {}
    for pair in pairs:
        word, _, text = pair.rpartition("=")
        number = int(text) if text.strip().isdecimal() else -1
        if number not in numbers:
            allowed = ", ".join(map(str, sorted(numbers)))
            raise Misuse(f"[onestop_file] {key}: “{pair}”: phải là số / must be one of {allowed}")
        if found.setdefault(fold(word), number) != number:
            raise Misuse(f"[onestop_file] {key}: “{word.strip()}” có hai nghĩa / stands for two")
    return found


class Departments:
    """Departments as files write them: an agency's code, our place's code, or a name.

    Args:
        places: our catalogue.
        pairs: further names with the agency's code each.
    """

    def __init__(self, places: Sequence[Place], pairs: Iterable[str]) -> None:
        own = {place.code: place.agency for place in places if place.agency}
        self._codes = {**{agency: agency for agency in own.values()}, **own}
        self._names: dict[str, set[str]] = {}
        for place in places:
            agency = own.get(place.code) or own.get(place.department or "")
            if agency:
                self._names.setdefault(fold(place.name), set()).add(agency)
        for pair in pairs:
            name, _, agency = pair.rpartition("=")
            self._names[fold(name)] = {agency.strip()}

    def agency_of(self, cell: Cell) -> str:
        """The agency's code.

        Raises:
            CellError: a number, or a name that nobody or more than one has.
        """
        text = code_of(cell)
        if not text:
            raise CellError("ô trống (empty)")
        if text in self._codes:
            return self._codes[text]
        found = self._names.get(fold(text), set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise CellError(f"{shown(text)}: nhiều cơ quan cùng tên này (several have this name)")
        if _AGENCY.fullmatch(text):
            # An agency that we do not know is a difference of departments, no fault of the file.
            return text
        raise CellError(
            f"{shown(text)}: không có cơ quan này trong danh mục; hãy ghi vào departments của"
            " [onestop_file] (unknown: map it to an agency's code)"
        )

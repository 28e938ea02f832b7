"""A stand-in's dossiers as rows, by id and by code, each with its place in the list."""

from http import HTTPStatus

from postal_bridge.sandbox.refusal import StandInError

Row = dict[str, object]


class RowBook:
    """All rows of a stand-in.

    Two rows may carry one code, as two dossiers of a real system sometimes do; the code then
    means the one that was stored last. A row's place is a number that it keeps for good: new
    rows come behind all others, unless they are put in front.

    Attributes:
        version: goes up with every change; a list that was found before it did is still right.
    """

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self._places: dict[str, int] = {}
        self._codes: dict[str, str] = {}
        self._code_of: dict[str, str] = {}
        self._front = 0
        self._back = 0
        self.version = 0

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def __contains__(self, key: str) -> bool:
        """Whether there is a row of this id."""
        return key in self._rows

    def rows(self) -> list[Row]:
        """All rows, by their places."""
        return [self._rows[key] for key in sorted(self._rows, key=self._places.__getitem__)]

    def id_of(self, code: str) -> str:
        """The id of the dossier with this code; "" where there is none."""
        return self._codes.get(code, "")

    def get(self, key: str) -> Row:
        """The row of this id; 404 where there is none."""
        if key not in self._rows:
            text = f"không có hồ sơ {key} (no such dossier)"
            raise StandInError(HTTPStatus.NOT_FOUND, text)
        return self._rows[key]

    def store(self, key: str, code: str, row: Row, *, in_front: bool = False) -> None:
        """Store a row anew, or in place of the one of its id."""
        if key not in self._places:
            self._front -= in_front
            self._back += not in_front
            self._places[key] = self._front if in_front else self._back
        self._rows[key] = row
        self.version += 1
        self._forget_code(key)
        if code:
            self._codes[code] = key
            self._code_of[key] = code

    def remove(self, key: str) -> Row:
        """Take a row away; 404 where there is none."""
        row = self.get(key)
        del self._rows[key], self._places[key]
        self._forget_code(key)
        self.version += 1
        return row

    def _forget_code(self, key: str) -> None:
        code = self._code_of.pop(key, "")
        if self._codes.get(code) == key:
            del self._codes[code]

"""Cover sheets: a sheet of ours in a stack of papers says by its QR code what lies below it."""

from dataclasses import dataclass

_MARK = "PBC1"
_BETWEEN = "|"


@dataclass(frozen=True)
class Cover:
    """What a cover sheet says.

    Attributes:
        position: line of the checklist that the following pages belong to.
    """

    dossier_code: str
    position: int


def cover_text(cover: Cover) -> str:
    """What the sheet's QR code holds: `PBC1|H37.27-261123-0001|2`."""
    return _BETWEEN.join((_MARK, cover.dossier_code, str(cover.position)))


def cover_of(codes: tuple[str, ...]) -> Cover | None:
    """The cover sheet among a page's QR codes, if it is one."""
    for code in codes:
        mark, _, rest = code.partition(_BETWEEN)
        dossier_code, _, position = rest.rpartition(_BETWEEN)
        if mark == _MARK and dossier_code and position.isascii() and position.isdigit():
            return Cover(dossier_code, int(position))
    return None

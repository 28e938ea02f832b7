"""Which language an answer speaks: Vietnamese, or English for whoever asks for it."""

from typing import Literal

Language = Literal["vi", "en"]


def preferred(accept_language: str | None, *, default: Language = "vi") -> Language:
    """Read an Accept-Language header; a browser set to `vi-VN,vi;q=0.9,en;q=0.8` gets Vietnamese.

    Args:
        accept_language: the header as it came, or nothing.
        default: for those who ask for neither of our languages.
    """
    best, weight = default, 0.0
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.strip().partition(";")
        asked = _quality(parameters)
        known = _known(tag)
        if known is not None and asked > weight:
            best, weight = known, asked
    return best


def _known(tag: str) -> Language | None:
    match tag.strip().lower().partition("-")[0]:
        case "vi":
            return "vi"
        case "en":
            return "en"
        case _:
            return None


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0

"""Our reference at a carrier: made from the consignment's number, and within the carrier's limit."""

import base64
import hashlib

from postal_bridge.codes import clean, damm


def reference_for(number: str, *, limit: int) -> str:
    """The reference of a consignment where a reference may have this many characters.

    The number itself where it fits (`VD-…`, 43 characters at most). Where it does not, a name
    that is made from it by SHA-256 in base 32: the same for ever, and one in 10^22 to be another's
    at 20 characters, the shortest limit known (J&T's echo fields).

    Raises:
        ValueError: the limit leaves no room for a name that is nobody else's.
    """
    if len(number) <= limit:
        return number
    if limit < _SHORTEST:
        raise ValueError(limit)
    digest = base64.b32encode(hashlib.sha256(number.encode()).digest()).decode()
    return f"{_MARK}{digest[: limit - len(_MARK)]}"


def pouch_reference(pouch: str, attempt: int) -> str:
    """The number of a pouch's way with a carrier: `VT-TUI-190110-0001-C-1-C`.

    Pouch and attempt, from 1, always give the same one, as with a dossier's consignment.
    """
    body = f"VT-{clean(pouch)}-{attempt}-"
    return f"{body}{damm(body)}"


_MARK = "VD"
_SHORTEST = 16

"""Writes text as old programs did; made apart from the tables that read it where that is possible."""

import unicodedata

from postal_bridge.tabular.vietnamese import TCVN3, VNI

TONES = "\u0300\u0301\u0303\u0309\u0323"


def as_windows_1258(text: str) -> bytes:
    """By Python's own table, which knows letters and tones apart."""
    written = b""
    for char in text:
        apart = unicodedata.normalize("NFD", char)
        tones = "".join(mark for mark in apart if mark in TONES)
        letter = unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in TONES))
        written += (letter + tones).encode("cp1258")
    return written


def as_tcvn3(text: str) -> bytes:
    """Toned capitals become small letters, as the .VnTime fonts have no others."""
    bytes_of = {letter: byte for byte, letter in TCVN3.items()}
    return bytes(
        ord(char) if char.isascii() else bytes_of.get(char) or bytes_of[char.lower()]
        for char in text
    )


def as_vni(text: str) -> bytes:
    spellings: dict[str, str] = {}
    for spelling, letter in VNI.items():
        spellings.setdefault(letter, spelling)
    return "".join(spellings.get(char, char) for char in text).encode("cp1252")


OLD = {"windows-1258": as_windows_1258, "TCVN3 (ABC)": as_tcvn3, "VNI": as_vni}

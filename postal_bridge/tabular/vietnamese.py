"""The letters of Vietnamese in old 8-bit files, and what a Vietnamese syllable looks like.

TCVN3 is the encoding of the .VnTime fonts (TCVN 5712:1993, VN3), whose toned capitals are small
letters in a font of capitals; VNI is that of the VNI fonts, which writes a tone as a letter of its
own behind the vowel. Both have no mark in the file, so a text is taken for one of them when its
words are Vietnamese in it and in no other encoding.
"""

import re
import unicodedata
from collections.abc import Callable

_TONED = [
    "aàảãáạ",
    "ăằẳẵắặ",
    "âầẩẫấậ",
    "eèẻẽéẹ",
    "êềểễếệ",
    "iìỉĩíị",
    "oòỏõóọ",
    "ôồổỗốộ",
    "ơờởỡớợ",
    "uùủũúụ",
    "ưừửữứự",
    "yỳỷỹýỵ",
]
"""Each vowel with its tones: level, falling, asking, tumbling, rising, heavy."""

_TCVN3_BYTES = [
    "B5B6B7B8B9",
    "BBBCBDBEC6",
    "C7C8C9CACB",
    "CCCECFD0D1",
    "D2D3D4D5D6",
    "D7D8DCDDDE",
    "DFE1E2E3E4",
    "E5E6E7E8E9",
    "EAEBECEDEE",
    "EFF1F2F3F4",
    "F5F6F7F8F9",
    "FAFBFCFDFE",
]
_TCVN3_PLAIN = {
    **dict(zip(range(0xA1, 0xA8), "ĂÂÊÔƠƯĐ", strict=True)),
    **dict(zip(range(0xA8, 0xAF), "ăâêôơưđ", strict=True)),
}
TCVN3: dict[int, str] = {
    **_TCVN3_PLAIN,
    **{
        byte: letter
        for toned, group in zip(_TONED, _TCVN3_BYTES, strict=True)
        for byte, letter in zip(bytes.fromhex(group), toned[1:], strict=True)
    },
}
"""Each byte above 0x7f and its letter."""

_VNI_TONES = "øûõùï"
_VNI_MARKED = {"ă": "a" + "èúüéë", "â": "a" + "àåãáä", "ê": "e" + "àåãáä", "ô": "o" + "àåãáä"}


def _vni() -> dict[str, str]:
    """Every spelling of the VNI fonts, shown as windows-1252, and its letter."""
    found = {"ñ": "đ", "aê": "ă", "aâ": "â", "eâ": "ê", "oâ": "ô", "ô": "ơ", "ö": "ư"}
    found |= dict(zip("ìæóíò", "ìỉĩíị", strict=True))
    stems = {"a": "a", "e": "e", "o": "o", "u": "u", "y": "y", "ơ": "ô", "ư": "ö"}
    for toned in _TONED:
        vowel, tones = toned[0], toned[1:]
        if vowel in _VNI_MARKED:
            stem, marks = _VNI_MARKED[vowel][0], _VNI_MARKED[vowel][1:]
            found |= {stem + mark: letter for mark, letter in zip(marks, tones, strict=True)}
        elif vowel in stems:
            pairs = zip(_VNI_TONES, tones, strict=True)
            found |= {stems[vowel] + tone: letter for tone, letter in pairs}
    found["î"] = "ỵ"
    del found["yï"]
    raised = {key.upper(): letter.upper() for key, letter in found.items()}
    mixed = {key[0].upper() + key[1:]: letter.upper() for key, letter in found.items()}
    return {**found, **mixed, **raised}


VNI = _vni()
_VNI_SPELLED = re.compile("|".join(sorted(map(re.escape, VNI), key=len, reverse=True)))


def from_tcvn3(raw: bytes) -> str:
    """Text of a TCVN3 file.

    Raises:
        UnicodeDecodeError: a byte has no letter.
    """
    for index, byte in enumerate(raw):
        if byte > _LAST_ASCII and byte not in TCVN3:
            raise UnicodeDecodeError("tcvn3", raw, index, index + 1, "no letter")
    return raw.decode("latin-1").translate(TCVN3)


def from_vni(raw: bytes) -> str:
    """Text of a VNI file; what no spelling of VNI explains stays as windows-1252 shows it.

    Raises:
        UnicodeDecodeError: a byte has no letter.
    """
    return _VNI_SPELLED.sub(lambda found: VNI[found[0]], raw.decode("cp1252"))


def from_windows_1258(raw: bytes) -> str:
    """Text of a file of Windows in Vietnamese, letters and tones put together.

    Raises:
        UnicodeDecodeError: a byte has no letter.
    """
    return unicodedata.normalize("NFC", raw.decode("cp1258"))


Decoder = Callable[[bytes], str]
LEGACY: dict[str, Decoder] = {
    "windows-1258": from_windows_1258,
    "TCVN3 (ABC)": from_tcvn3,
    "VNI": from_vni,
}
"""The old encodings by their names."""

_LAST_ASCII = 0x7F
_ONSET = "(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdđghklmnpqrstvx])?"
_GLIDED = (
    "iêu|yêu|ươi|ươu|uôi|oai|oay|oao|oeo|uay|uây|uao|uêu|uyu"
    "|ai|ao|au|ay|âu|ây|eo|êu|iu|oi|ôi|ơi|ui|ưi|ưu"
)
_OPEN = "uya|ia|ua|ưa"
_CLOSABLE = "uyê|iê|yê|oa|oă|oe|oo|uâ|uê|uô|uơ|uy|ươ|[aăâeêioôơuưy]"
_SYLLABLE = re.compile(
    f"{_ONSET}(?:(?P<glided>{_GLIDED})|{_OPEN}|(?:{_CLOSABLE})(?:ch|ng|nh|[cmnpt])?)"
)
_INITIALS = re.compile("[A-ZĐ]+")
_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}


def is_syllable(word: str) -> bool:
    """Whether a word could be a Vietnamese syllable, or initials such as `QĐ`."""
    if _INITIALS.fullmatch(word):
        return True
    apart = unicodedata.normalize("NFD", word.lower())
    tones = sum(char in _TONES for char in apart)
    plain = unicodedata.normalize("NFC", "".join(c for c in apart if c not in _TONES))
    found = _SYLLABLE.fullmatch(plain)
    if found is None or tones > 1:
        return False
    # A tone stands on the vowel, never on the glide behind it: `mão`, not `maõ`.
    return found["glided"] is None or apart[-1] not in _TONES

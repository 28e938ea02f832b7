"""Bytes to text: which encoding a file is in, or why nobody can say.

A file with a byte order mark says it itself; valid UTF-8 is UTF-8. Everything else has to prove
itself by its words (`vietnamese.py`): one old encoding must make Vietnamese of nearly all of
them, and no other one may come near.
"""

import codecs
import re
from collections.abc import Iterable

from postal_bridge.tabular.records import TableRefused
from postal_bridge.tabular.vietnamese import LEGACY, Decoder, from_tcvn3, from_vni, is_syllable

_WORDS = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_TEXT_WORDS = re.compile(r"[A-Za-z\u0080-\uffff]*[\u0080-\uffff][A-Za-z\u0080-\uffff]*")
_PUNCTUATION = "“”‘’–—…•\u00a0"
_MOST_WRONG = 0.1
_LEAST_LEAD = 0.25
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAVE_AS_UTF8 = "hãy lưu lại kiểu “CSV UTF-8” / save it as CSV UTF-8"
_LOST = re.compile(r"(?<![/=&])\b[^\W\d_]+\?[^\W\d_]+")
_TWICE = re.compile("[ÂÃÄÅÆáâ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd\ud800-\udfff]")


def decode(raw: bytes) -> tuple[str, str]:
    """The text of a file and the name of its encoding.

    Raises:
        TableRefused: no encoding makes sense of it, or more than one does.
    """
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return _marked(raw, name), name.removesuffix("-sig")
    if b"\0" in raw:
        raise TableRefused(
            f"{_row(raw, raw.index(0))}: có byte 0: tệp nhị phân, hoặc UTF-16 không có dấu đầu tệp"
            f" (binary, or UTF-16 without its mark); {SAVE_AS_UTF8}"
        )
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as wrong:
        return _old(raw, wrong.start)


def _marked(raw: bytes, name: str) -> str:
    try:
        return raw.decode(name)
    except UnicodeDecodeError as wrong:
        raise TableRefused(
            f"{_row(wrong.object, wrong.start)}: hỏng mã {name} ở byte {wrong.start}"
            f" (not valid {name}); {SAVE_AS_UTF8}"
        ) from None


def _old(raw: bytes, first_strange: int) -> tuple[str, str]:
    words = set(_WORDS.findall(raw))
    wrong = sorted((_wrong_share(words, decoder), name) for name, decoder in LEGACY.items())
    (least, best), (next_least, _) = wrong[:2]
    if least <= _MOST_WRONG and next_least - least >= _LEAST_LEAD:
        try:
            return LEGACY[best](raw), best
        except UnicodeDecodeError as stray:
            first_strange = stray.start
    names = ", ".join(LEGACY)
    raise TableRefused(
        f"{_row(raw, first_strange)}: không phải UTF-8, và không chắc là {names} nào"
        f" (neither UTF-8 nor surely one of these); {SAVE_AS_UTF8}"
    )


def _wrong_share(words: Iterable[bytes], decoder: Decoder) -> float:
    """How many of the words are no Vietnamese in this encoding."""
    total = wrong = 0
    for word in words:
        try:
            text = decoder(word).strip(_PUNCTUATION)
        except UnicodeDecodeError:
            text = "?"
        total += 1
        wrong += bool(text) and not is_syllable(text)
    return wrong / total if total else 1.0


def _row(raw: bytes, position: int) -> str:
    """Where in the file, as far as lines can be counted before the text is known."""
    return f"dòng {raw.count(10, 0, position) + 1}" if position else "dòng 1"


def mangled(text: str) -> str:
    """Why a text is not what somebody wrote, in Vietnamese and English; "" where it may be.

    Found are letters that were lost to question marks, UTF-8 that was taken for windows-1252,
    control characters, and text of TCVN3 and VNI fonts that was never converted.
    """
    if _CONTROL.search(text):
        return "có ký tự hỏng (broken characters)"
    if _LOST.search(text):
        return "mất chữ thành dấu hỏi (letters lost to question marks)"
    if text.isascii():
        return ""
    if _TWICE.search(text) and _reads_as_utf8(text):
        return "UTF-8 bị đọc thành windows-1252 (UTF-8 read as windows-1252)"
    for word in _TEXT_WORDS.findall(text):
        if font := _font_of(word.strip(_PUNCTUATION)):
            return f"chữ của phông {font} chưa chuyển sang Unicode (text of {font} fonts)"
    return ""


def _reads_as_utf8(text: str) -> bool:
    for word in _TEXT_WORDS.findall(text):
        try:
            again = word.encode("cp1252").decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
        if not again.isascii():
            return True
    return False


def _font_of(word: str) -> str:
    """Whether a word is Vietnamese in an old font and in no other way; then the font's name."""
    if not word or word.isascii() or is_syllable(word):
        return ""
    try:
        raw = word.encode("cp1252")
    except UnicodeEncodeError:
        return ""
    for name, decoder in (("TCVN3 (.VnTime)", from_tcvn3), ("VNI", from_vni)):
        try:
            read = decoder(raw)
        except UnicodeDecodeError:
            continue
        if is_syllable(read):
            return name
    return ""

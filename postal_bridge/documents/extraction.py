"""From words on a page to what a form map asks for: proposals with confidence, never facts.

A map says which labels stand before what is sought. Labels are compared without case, and a letter
that the reader took for another does not matter; what follows must look like what it is to be.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from postal_bridge.documents.page_values import Word


class FieldKind(StrEnum):
    """What a field looks like."""

    IDENTITY = "identity"
    NAME = "name"
    DATE = "date"
    PHONE = "phone"
    CODE = "code"


@dataclass(frozen=True)
class FieldRule:
    """A field of a form.

    Attributes:
        labels: words that stand before it, any of them.
    """

    name: str
    kind: FieldKind
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """What may stand in a field.

    Attributes:
        confidence: 0 to 1: of the words, of the label, and of how well it looks like its kind.
        box: left, top, width, height of it, in pixels of the page.
    """

    name: str
    kind: FieldKind
    value: str
    confidence: float
    box: tuple[int, int, int, int]


_SHAPES: dict[FieldKind, re.Pattern[str]] = {
    FieldKind.IDENTITY: re.compile(r"\b(\d{12}|\d{9})\b"),
    FieldKind.PHONE: re.compile(r"\b(0\d{8,10})\b"),
    FieldKind.DATE: re.compile(r"\b(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?((?:19|20)\d{2})\b"),
    FieldKind.CODE: re.compile(r"\b([A-Z0-9.]+\.H\d{2}(?:\.\d+)?-\d{6}-\d{4,7})\b"),
    FieldKind.NAME: re.compile(r"^([^\W\d_]+(?:\s[^\W\d_]+){1,5})"),
}
_LEAST_LIKE = 0.8
"""Share of a label that must be as it is printed on the form."""
_LAST_DAY, _LAST_MONTH = 31, 12
_ODD_IDENTITY = 0.6
"""Confidence left where a number of twelve digits breaks the rule of Circular 59/2021/TT-BCA: three
digits of the province, one of century and sex, two of the year of birth."""
_LAST_PROVINCE = 96


def propose(words: Sequence[Word], rules: Iterable[FieldRule]) -> list[Proposal]:
    """The best proposal for each rule; none where nothing like it stands on the page."""
    lines = _lines(words)
    found = []
    for rule in rules:
        proposals = [one for line in lines for one in _in_line(line, rule)]
        if proposals:
            found.append(max(proposals, key=lambda one: one.confidence))
    return found


def _lines(words: Sequence[Word]) -> list[list[Word]]:
    lines: dict[int, list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    return [line for _, line in sorted(lines.items())]


def _in_line(line: list[Word], rule: FieldRule) -> Iterable[Proposal]:
    for label in rule.labels:
        length = len(label.split())
        for start in range(len(line) - length):
            likeness = _likeness(line[start : start + length], label)
            if likeness < _LEAST_LIKE:
                continue
            rest = line[start + length :]
            value, used, looks = _value(rest, rule.kind)
            if used:
                sure = likeness * looks * _surely(used)
                yield Proposal(rule.name, rule.kind, value, round(sure, 4), _box(used))


def _likeness(words: Sequence[Word], label: str) -> float:
    said = _plain(" ".join(word.text for word in words))
    return SequenceMatcher(None, said, _plain(label), autojunk=False).ratio()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().strip(" :.,;-–*()")


def _value(rest: Sequence[Word], kind: FieldKind) -> tuple[str, Sequence[Word], float]:
    """What follows a label: the value, its words, and how well it looks like its kind."""
    text = " ".join(word.text for word in rest).lstrip(" :.-–")
    cut = len(" ".join(word.text for word in rest)) - len(text)
    if kind is FieldKind.NAME:
        text = re.split(r"[.,;:/(]|\s\d", text, maxsplit=1)[0]
    match = _SHAPES[kind].search(text)
    if match is None:
        return "", (), 0.0
    value, looks = _shaped(match, kind)
    return value, _words_at(rest, cut + match.start(), cut + match.end()), looks


def _shaped(match: re.Match[str], kind: FieldKind) -> tuple[str, float]:
    if kind is FieldKind.DATE:
        day, month, year = (int(part) for part in match.groups())
        likely = 1 <= day <= _LAST_DAY and 1 <= month <= _LAST_MONTH
        return f"{day:02d}/{month:02d}/{year}", 1.0 if likely else 0.0
    value = match.group(1)
    if kind is FieldKind.IDENTITY and len(value) > 9:  # noqa: PLR2004 - nine digits are an old card
        likely = 1 <= int(value[:3]) <= _LAST_PROVINCE and value[3] in "0123"
        return value, 1.0 if likely else _ODD_IDENTITY
    if kind is FieldKind.NAME:
        return unicodedata.normalize("NFC", value), 1.0 if value[:1].isupper() else 0.5
    return value, 1.0


def _words_at(words: Sequence[Word], start: int, end: int) -> Sequence[Word]:
    """The words that hold the letters from `start` to `end` of their line."""
    used, at = [], 0
    for word in words:
        if at < end and at + len(word.text) > start:
            used.append(word)
        at += len(word.text) + 1
    return used


def _surely(words: Sequence[Word]) -> float:
    return min(word.confidence for word in words) / 100


def _box(words: Sequence[Word]) -> tuple[int, int, int, int]:
    left, top = min(word.left for word in words), min(word.top for word in words)
    right = max(word.left + word.width for word in words)
    bottom = max(word.top + word.height for word in words)
    return left, top, right - left, bottom - top

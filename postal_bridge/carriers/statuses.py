"""Status maps: what a carrier's raw codes mean, as data files that an installation may replace.

A bare number means nothing: 100 is "order taken" in one list of VNPost's and "delivered" in
another. So a code belongs to a vocabulary, and each vocabulary has a file. A code that stands in
none is a gap: the event is kept, moves nothing, and shows up with its count until somebody adds it.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from postal_bridge.errors import Misuse
from postal_bridge.tracking.carrier_records import Milestone, Why

Meaning = tuple[Milestone, Why | None]


@dataclass(frozen=True)
class StatusMap:
    """The meanings of raw codes, by vocabulary."""

    vocabularies: Mapping[str, Mapping[str, Meaning]]

    def meaning(self, vocabulary: str, raw_code: str) -> Meaning | None:
        """What a code means; None where nobody has said."""
        return self.vocabularies.get(vocabulary, {}).get(raw_code)

    def replaced(self, path: Path) -> "StatusMap":
        """The same with one file laid over it, code by code: a connection's own meanings.

        Raises:
            Misuse: the file is not there, or says something that is no milestone.
        """
        vocabulary, codes = _read(path)
        before = self.vocabularies.get(vocabulary, {})
        return StatusMap({**self.vocabularies, vocabulary: {**before, **codes}})


def load_statuses(folder: Path) -> StatusMap:
    """All vocabularies of a folder, one file each: `[codes]` with `"501" = "delivered"`.

    A second word is the reason: `"506" = "attempted not_home"`.

    Raises:
        Misuse: a file says something that is no milestone, or two files one vocabulary.
    """
    found: dict[str, Mapping[str, Meaning]] = {}
    for path in sorted(folder.glob("*.toml")):
        vocabulary, codes = _read(path)
        if vocabulary in found:
            raise Misuse(f"{path.name}: “{vocabulary}” có hai tệp (there are two files of it)")
        found[vocabulary] = codes
    return StatusMap(found)


def _read(path: Path) -> tuple[str, Mapping[str, Meaning]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        codes = content["codes"].items()
        vocabulary = str(content.get("vocabulary", path.stem))
    except (OSError, tomllib.TOMLDecodeError, KeyError, AttributeError) as trouble:
        raise Misuse(f"{path}: không đọc được bảng mã (cannot be read): {trouble}") from trouble
    return vocabulary, {str(code): _meaning(path, code, words) for code, words in codes}


def _meaning(path: Path, code: str, words: object) -> Meaning:
    milestone, _, why = str(words).partition(" ")
    try:
        return Milestone(milestone), Why(why) if why else None
    except ValueError:
        text = f"{path.name}: “{code} = {words}”: phải là một trong / must be one of"
        raise Misuse(f"{text} {_listed(Milestone)}; {_listed(Why)}") from None


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)

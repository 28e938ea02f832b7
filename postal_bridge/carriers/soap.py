"""Tracking over any SOAP service, from its WSDL and a list of names: no code for each carrier.

`wsdl` is a file, `operation` is what is asked, and `operation_fields` say what goes in and where in
the answer the events are, each as `word = what it stands for`:

- `argument.NAME`, `header.NAME.FIELD`: an element of the question or of a header, dots lead into
  it. `{waybill}`, `{reference}`, `{carrier_number}`, `{username}`, `{password}`, `{token}`,
  `{customer_code}`, `{contract_code}` are put in; the rest is sent as it stands.
- `rows`: the element that stands once for each event, as `a/b/c` or by its own name; of an answer
  that is a DataSet, the table.
- `code`, `text`, `at`, `place`, `note`: what is read of a row: elements below it (`a/b`) or
  attributes (`@a`); several, parted by blanks, are read as one text. `code` and `at` must be there.
- `at_format`: as strptime writes it; without it, moments are ISO 8601. A moment without an offset
  is Vietnam's.
- `port`: which of the WSDL's ports; otherwise the first that speaks SOAP 1.1, or else 1.2.
- `vocabulary`: the list that the codes are from; otherwise that of `status_map`, or the
  connection's name.
- `verify`: a number to try the credentials with, where the carrier takes none that nobody has.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from postal_bridge.carriers.diffgram import (
    Element,
    children,
    has_tables,
    local_name,
    read_tables,
    text_of,
)
from postal_bridge.carriers.soap_transport import Question, Service, SoapDoor
from postal_bridge.carriers.wire import Wire
from postal_bridge.clock import LOCAL, Clock, to_utc
from postal_bridge.dossiers.records import NAME_LENGTH, TEXT_LENGTH
from postal_bridge.errors import Accident, Misuse
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_records import RAW_CODE_LENGTH
from postal_bridge.tracking.carrier_values import (
    CarrierMisread,
    CarrierScan,
    Credentials,
    Placed,
)

NOBODYS_NUMBER = "EE000000005VN"
"""An S10 number with a right check digit that is never given out: to ask without a parcel."""

REFERENCE_LIMIT = 43

_HASH_DIGITS = 8
_WORDS = frozenset(
    {"rows", "code", "text", "at", "at_format", "place", "note", "port", "vocabulary", "verify"}
)
_PUT_IN = frozenset(
    {
        "waybill",
        "reference",
        "carrier_number",
        "username",
        "password",
        "token",
        "customer_code",
        "contract_code",
    }
)


def raw_code_of(text: str) -> str:
    """A carrier's code, or the sentence that it says instead of one, as a raw code.

    Blanks are joined and accents composed, since two writings of one sentence are one code. What
    is longer than a raw code can be keeps its beginning, and a digest of the whole tells it from
    others that begin alike.
    """
    plain = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(plain) <= RAW_CODE_LENGTH:
        return plain
    digest = hashlib.sha256(plain.encode()).hexdigest()[:_HASH_DIGITS]
    return f"{plain[: RAW_CODE_LENGTH - _HASH_DIGITS - 1]}#{digest}"


def number_of(placed: Placed) -> str:
    """What tracking goes by: the number on the label, or the carrier's own."""
    return placed.waybill or placed.carrier_number


@dataclass(frozen=True, kw_only=True)
class FieldMap:
    """`operation_fields`, taken apart.

    Attributes:
        arguments, headers: what is sent, by names as deep as they go.
        words: where things are in the answer.
    """

    arguments: Mapping[str, object]
    headers: Mapping[str, Mapping[str, object]]
    words: Mapping[str, str]

    def paths(self, word: str) -> Sequence[str]:
        """The places that are read for a word."""
        return self.words.get(word, "").split()


def read_field_map(name: str, pairs: Iterable[str]) -> FieldMap:
    """Take `operation_fields` apart.

    Raises:
        Misuse: a word that nobody knows, a name without an end, or no rows, code or moment.
    """
    arguments: dict[str, object] = {}
    headers: dict[str, object] = {}
    words: dict[str, str] = {}
    for pair in pairs:
        left, _, right = (part.strip() for part in pair.rpartition("="))
        kind, _, path = left.partition(".")
        if kind == "argument" and path:
            _put(arguments, path.split("."), right)
        elif kind == "header" and "." in path:
            _put(headers, path.split("."), right)
        elif left in _WORDS:
            words[left] = right
        else:
            raise _misuse(name, f"không biết từ này (unknown word): {left}")
    missing = {"rows", "code", "at"} - words.keys()
    if missing or not arguments:
        wanted = ", ".join(sorted(missing)) or "argument.NAME"
        raise _misuse(name, f"thiếu (missing): {wanted}")
    sent = {key: value for key, value in headers.items() if isinstance(value, dict)}
    return FieldMap(arguments=arguments, headers=sent, words=words)


def _put(tree: dict[str, object], path: Sequence[str], value: str) -> None:
    """Into the tree, at the end of the path."""
    for step in path[:-1]:
        below = tree.setdefault(step, {})
        if not isinstance(below, dict):
            raise Misuse(f"operation_fields: {'.'.join(path)}: {step}: hai giá trị (two values)")
        tree = below
    tree[path[-1]] = value


def _misuse(name: str, why: str) -> Misuse:
    return Misuse(f"[carriers.{name}] operation_fields: {why}")


class Soap:
    """Tracks over a SOAP service that is known by configuration alone."""

    VOCABULARY: ClassVar[str] = ""
    NEEDS: ClassVar[tuple[str, ...]] = ("base_url", "wsdl", "operation", "operation_fields")
    reference_limit = REFERENCE_LIMIT
    repeatable = False

    def __init__(self, name: str, *, settings: CarrierSettings, wire: Wire, clock: Clock) -> None:
        del clock  # every moment is the carrier's
        self.name = name
        self._settings = settings
        self._wire = wire
        self._map = read_field_map(name, settings.operation_fields)
        map_file = Path(settings.status_map).stem if settings.status_map else name
        self.vocabulary = self._map.words.get("vocabulary", map_file)
        port = self._map.words.get("port", "")
        self._door = SoapDoor(wire, Service(Path(settings.wsdl), settings.operation, port))

    async def scans(self, placed: Placed) -> Sequence[CarrierScan]:
        """All events of an order's answer, in the order in which it tells them."""
        answer = await self._door.ask(self._question(placed))
        return [self._scan(row, placed) for row in _rows(answer, self._map.words["rows"])]

    async def verify(self) -> Credentials:
        """Ask after a number that nobody has; a fault says what is wrong."""
        number = self._map.words.get("verify", NOBODYS_NUMBER)
        nobody = Placed(reference=number, carrier_number=number, waybill=number)
        try:
            await self._door.ask(self._question(nobody))
        except Accident as trouble:
            return Credentials(well=False, said=str(trouble))
        return Credentials(well=True)

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()

    def _question(self, placed: Placed) -> Question:
        settings = self._settings
        given = {
            "waybill": number_of(placed),
            "reference": placed.reference,
            "carrier_number": placed.carrier_number,
            "username": settings.username,
            "password": settings.password.get_secret_value(),
            "token": settings.token.get_secret_value(),
            "customer_code": settings.customer_code,
            "contract_code": settings.contract_code,
        }
        headers = {name: _filled(value, given) for name, value in self._map.headers.items()}
        return Question(arguments=_filled(self._map.arguments, given), headers=headers)

    def _scan(self, row: Element | Mapping[str, str], placed: Placed) -> CarrierScan:
        said = {word: self._said(row, word) for word in ("code", "text", "at", "place", "note")}
        if not said["code"] or not said["at"]:
            missing = "code" if not said["code"] else "at"
            text = f"dòng không có “{missing}” (a row without it)"
            raise CarrierMisread(f"{self.name}: {text}")
        return CarrierScan(
            vocabulary=self.vocabulary,
            raw_code=raw_code_of(said["code"]),
            occurred_at=self._moment(said["at"]),
            reference=placed.reference,
            waybill=number_of(placed),
            raw_text=said["text"][:TEXT_LENGTH],
            place=said["place"][:NAME_LENGTH],
            note=said["note"][:TEXT_LENGTH],
        )

    def _said(self, row: Element | Mapping[str, str], word: str) -> str:
        parts = [_at(row, path) for path in self._map.paths(word)]
        return " ".join(" ".join(parts).split())

    def _moment(self, written: str) -> datetime:
        form = self._map.words.get("at_format", "")
        try:
            moment = (
                datetime.strptime(written, form)  # noqa: DTZ007 - the zone is given below
                if form
                else datetime.fromisoformat(written)
            )
        except ValueError:
            text = f"không đọc được thời điểm (no moment): {written[:40]}"
            raise CarrierMisread(f"{self.name}: {text}") from None
        return to_utc(moment if moment.tzinfo else moment.replace(tzinfo=LOCAL))


def _filled(tree: Mapping[str, object], given: Mapping[str, str]) -> dict[str, object]:
    """The same tree with what is put in."""
    return {
        name: _filled(value, given) if isinstance(value, dict) else _put_in(str(value), given)
        for name, value in tree.items()
    }


def _put_in(text: str, given: Mapping[str, str]) -> str:
    """One pass over the text: what is put in is not looked at again."""
    parts = text.split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        word, closed, rest = part.partition("}")
        known = closed and word in _PUT_IN
        filled.append(given[word] + rest if known else "{" + part)
    return "".join(filled)


def _rows(answer: Element, path: str) -> Sequence[Element | Mapping[str, str]]:
    """The rows of an answer: of a DataSet the table's, otherwise the elements at this path."""
    steps = path.split("/")
    if has_tables(answer):
        return read_tables(answer).get(steps[-1], ())
    return [one for one in answer.iter("*") if _leads_to(one, steps)]


def _leads_to(element: Element, steps: Sequence[str]) -> bool:
    """Whether the last steps to this element are these, by local names."""
    at: Element | None = element
    for step in reversed(steps):
        if at is None or local_name(at) != step:
            return False
        at = at.getparent()
    return True


def _at(row: Element | Mapping[str, str], path: str) -> str:
    """What stands in a row at a path; "" where nothing does."""
    if isinstance(row, Mapping):
        return row.get(path, "")
    at: Element | None = row
    for step in path.split("/"):
        if step.startswith("@"):
            return _attribute(at, step[1:])
        at = next((one for one in children(at) if local_name(one) == step), None)
        if at is None:
            return ""
    return text_of(at)


def _attribute(element: Element, name: str) -> str:
    return str(element.get(name, "")).strip()

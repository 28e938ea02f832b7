"""Reading what a carrier answers: JSON that may be a page or half a body, and its loose values.

Every carrier's JSON goes wrong in the same ways (reference on carriers, section 2.7), so they are
told apart here once: what is not the promised shape needs a person, half a body is asked for again.
"""

import hmac
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from pydantic import SecretStr

from postal_bridge.carriers.wire import Answer
from postal_bridge.clock import LOCAL
from postal_bridge.tracking.carrier_values import Callback, CarrierMisread, CarrierUnavailable

T = TypeVar("T")

_MARK = b"\xef\xbb\xbf"
_QUOTED = 160
_FIRST_YEAR = 2000


class BrokenOffError(Exception):
    """Half a body behind an honest length: it may be whole when it is asked for again."""


class NotPromisedError(Exception):
    """Another shape than the promised one; the text names what came, without any values."""


def json_of(answer: Answer) -> object:
    """The JSON of an answer.

    Raises:
        NotPromisedError: a page for people.
        BrokenOffError: half a body.
    """
    body = answer.body.removeprefix(_MARK).strip()
    if "html" in answer.content_type or body[:1] == b"<":
        text = f"trang HTML thay vì JSON (HTTP {answer.status}, an HTML page instead of JSON)"
        raise NotPromisedError(text)
    if body[:1] not in (b"{", b"["):
        text = f"HTTP {answer.status}, {len(body)} byte, không phải JSON (not JSON)"
        raise NotPromisedError(text)
    try:
        value: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as trouble:
        text = f"JSON bị đứt đoạn sau {len(body)} byte (JSON broken off)"
        raise BrokenOffError(text) from trouble
    return value


async def understood(
    name: str,
    operation: str,
    *,
    ask: Callable[[], Awaitable[Answer]],
    read: Callable[[Answer], T],
) -> T:
    """What the answer to a question says; half a body is asked for once more.

    Raises:
        CarrierUnavailable: no answer, or half a body twice.
        CarrierMisread: an answer of another shape.
    """
    try:
        try:
            return read(await ask())
        except BrokenOffError:
            return read(await ask())
    except BrokenOffError as trouble:
        raise CarrierUnavailable(f"{name} {operation}: {trouble}") from trouble
    except NotPromisedError as trouble:
        raise misread(name, operation, trouble) from trouble


def misread(name: str, operation: str, trouble: Exception) -> CarrierMisread:
    """An accident that a person must look at."""
    return CarrierMisread(f"{name} {operation}: {str(trouble)[:_QUOTED]}")


def object_of(value: object, what: str) -> dict[str, object]:
    """The object that was promised; `what` names it where it is none.

    Raises:
        NotPromisedError: it is none.
    """
    if not isinstance(value, dict):
        raise NotPromisedError(f"{what}: không phải một đối tượng (not an object)")
    return value


def rows_of(value: object, what: str) -> Sequence[dict[str, object]]:
    """The list of objects that was promised.

    Raises:
        NotPromisedError: it is none.
    """
    if not isinstance(value, list):
        raise NotPromisedError(f"{what}: không phải danh sách (not a list)")
    return [object_of(one, what) for one in value]


def text_of(value: object) -> str:
    """A value as text, numbers as they came; "" for none, and for what is no single value."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return ""
    # No database of ours keeps a NUL in a text, and one event must not stop all others.
    return str(value).replace("\x00", "").strip()


def whole_of(value: object) -> int | None:
    """A whole number that came as one, as text ("33000") or with a fraction of nought."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, int):
        return value
    try:
        number = float(value)
    except ValueError:
        return None
    return int(number) if number.is_integer() else None


def moment_of(value: object, *forms: str) -> datetime | None:
    """A moment in one of these forms, or in ISO 8601; without a zone it is Vietnam's.

    A year before 2000 is no moment: some carriers write a zero where they have none.
    """
    text = text_of(value)
    moment = next((one for form in forms if (one := _moment(text, form))), _moment(text, ""))
    if moment is None or moment.year < _FIRST_YEAR:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).astimezone(UTC)


def _moment(text: str, form: str) -> datetime | None:
    try:
        if form:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the caller adds the zone
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def bears_key(callback: Callback, secret: SecretStr) -> bool:
    """Whether a callback of a carrier without signatures came to the address with the secret.

    The secret is the query's `key`; where none is set, nobody is let in.
    """
    expected = secret.get_secret_value()
    given = callback.query.get("key", "")
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())

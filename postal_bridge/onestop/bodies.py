"""What is not taken for an answer: pages for people, redirects, half a body.

One-stop systems answer a wrong password with a login page and status 200, cut bodies off while
they restart, and change the type of a number between versions. A body that is not the promised
JSON never reaches the comparison.
"""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple, TypeVar

import msgspec

from postal_bridge.reconciliation.ports import OneStopRefused

T = TypeVar("T")
Decode = Callable[[bytes], T]
"""Makes something of a JSON body; refuses by name what is not as promised."""

QUOTED_CHARS = 160
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NUL = rb"\u0000"
_ESCAPES = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u([0-9a-fA-F]{4})|.)",
    re.DOTALL,
)
"""Every escape of JSON, a pair of surrogates as one; the group has the number of a single letter."""

_SURROGATES = frozenset(b"d%x" % number for number in range(0x8, 0x10))
_TITLE = re.compile(rb"<title[^>]*>(.{0,400}?)</title>", re.IGNORECASE | re.DOTALL)


class Reply(NamedTuple):
    """What came back, exactly as it came.

    Attributes:
        location: where a redirect leads; "" where there is none.
    """

    status: int
    content_type: str
    location: str
    body: bytes


class TryAgainError(Exception):
    """An attempt failed in a way that may be over in a moment.

    Attributes:
        after_seconds: what the other side asked us to wait, if it did.
        reached: whether the request may have been worked on over there.
    """

    def __init__(
        self, why: str, *, after_seconds: float | None = None, reached: bool = True
    ) -> None:
        super().__init__(why)
        self.after_seconds = after_seconds
        self.reached = reached


def opened(path: str, reply: Reply) -> bytes:
    """The body that may hold JSON, without its byte order mark; refused where it cannot.

    Raises:
        OneStopRefused: another status than success, a redirect, or a page for people.
    """
    status, content_type, location, body = reply
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        said = location or body[:QUOTED_CHARS].decode("utf-8", "replace")
        text = (
            f"{path}: câu trả lời HTTP {status} không dùng được"
            f" (HTTP {status} cannot be used): {said}"
        )
        raise OneStopRefused(text)
    content = body.removeprefix(BYTE_ORDER_MARK)
    if "html" in content_type or content.lstrip()[:1] == b"<":
        found = _TITLE.search(body)
        title = " ".join(found.group(1).decode("utf-8", "replace").split()) if found else ""
        text = (
            f"{path}: nhận được trang HTML “{title}” thay vì JSON (HTTP {status},"
            f" {content_type}), thường là trang đăng nhập; hãy kiểm tra tài khoản và địa"
            " chỉ (an HTML page came instead of JSON, usually the login page; check credentials"
            " and address)"
        )
        raise OneStopRefused(text)
    return content


def decoded(body: bytes, decode: Decode[T]) -> T:
    """What the body holds; half a body is asked for again.

    A name that was cut off in the middle of a letter, and a NUL, which no database of ours keeps,
    become U+FFFD: one spoilt cell must not hide a list, night after night.

    Raises:
        TryAgainError: no server sends half an object on purpose: it was cut off behind an honest
            length.
    """
    try:
        return decode(_with_letters_only(body) if _NUL in body else body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        return decode(_with_letters_only(body))
    except (msgspec.DecodeError, UnicodeDecodeError) as trouble:
        why = f"JSON bị đứt đoạn sau {len(body)} byte (JSON broken off after {len(body)} bytes)"
        raise TryAgainError(why) from trouble


def _with_letters_only(body: bytes) -> bytes:
    """The body with U+FFFD where bytes are no letter, a surrogate is alone, or a NUL stands."""
    return _ESCAPES.sub(_letter, body.decode("utf-8", "replace").encode())


def _letter(escape: re.Match[bytes]) -> bytes:
    number = escape.group(1)
    spoilt = number is not None and (number == b"0000" or number[:2].lower() in _SURROGATES)
    return rb"\ufffd" if spoilt else escape.group()


def misshapen(where: str, vietnamese: str, english: str, value: object) -> OneStopRefused:
    """A refusal that names the field; only the value's type is told: it may be a person's name."""
    came = "null" if value is None else type(value).__name__
    return OneStopRefused(
        f"Trường “{where}” phải là {vietnamese}, nhưng nhận được {came}"
        f" (field “{where}” must be {english}, {came} came)",
    )


class Fields:
    """Reads one JSON object of the other side; what does not fit is refused by name.

    Null, an empty string and an absent column all mean "nothing"; whole numbers and flags come
    as themselves or as text, depending on the version (reference, sections 1.1 and 8.1). The
    first letter of a name may be large or small: the same products are seen with both.
    """

    def __init__(self, where: str, value: object) -> None:
        if not isinstance(value, dict):
            raise misshapen(where or "JSON", "một đối tượng", "an object", value)
        self._where = where
        self._value: dict[str, object] = value

    def value(self, name: str) -> object:
        """The value under this name, or under the same name with the other first letter."""
        if name in self._value:
            return self._value[name]
        swapped = name[:1].swapcase() + name[1:]
        return self._value.get(swapped)

    def items(self, name: str, *, optional: bool = False) -> list[object]:
        """A list, in the order in which it came; nothing is an empty one where that may be."""
        value = self.value(name)
        if optional and value in (None, ""):
            return []
        if not isinstance(value, list):
            raise self._wrong(name, "một danh sách", "a list")
        return value

    def text(self, name: str, *, required: bool = False) -> str:
        """A text; empty means nothing, unless it is required."""
        value = self.value(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise self._wrong(name, "một chuỗi", "a text")
        if required and not value.strip():
            raise self._wrong(name, "một chuỗi không rỗng", "a text that is not empty")
        return value.strip()

    def whole(self, name: str, *, default: int | None = None) -> int:
        """A whole number, as a number or as text; refused when absent without a default."""
        value = self.value(name)
        if value in (None, "") and default is not None:
            return default
        if isinstance(value, str):
            try:
                return int(value)
            except ValueError:
                raise self._wrong(name, "một số nguyên", "a whole number") from None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise self._wrong(name, "một số nguyên", "a whole number")

    def money(self, name: str) -> int:
        """Whole đồng, which some products write as 10000.0; nothing is nought."""
        value = self.value(name)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return self.whole(name, default=0)

    def _wrong(self, name: str, vietnamese: str, english: str) -> OneStopRefused:
        where = f"{self._where}.{name}" if self._where else name
        return misshapen(where, vietnamese, english, self.value(name))

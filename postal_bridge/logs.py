"""What the service tells its operator: one JSON object per line, without personal data.

Every line passes the mask, also those of libraries that log in the standard way. Masked are the
values under keys that hold personal data or secrets, however deep, and in free text phone and
identity numbers, e-mail addresses, passwords and statement parameters. Names in free text cannot
be told from other words: log them under a key, such as `applicant_name`.
"""

import dataclasses
import logging
import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any, TextIO
from uuid import UUID

from pydantic import BaseModel

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

HIDDEN = "***"
"""What stands for a value of which nothing is shown."""

_HANDLER = "postal_bridge.json"
_DEEPEST = 12
_TELLING = (date, time, timedelta, Decimal, UUID, PurePath, BaseException)
"""Kinds of value whose text says what they are; the text is masked all the same."""

# Our own keys in English, the wire's in English and Vietnamese (reference one-stop §1-2), all
# read as words: applicantIdNo, applicant_id_no and APPLICANT-ID-NO are the same key.
_SECRET = re.compile(
    r"passw(or)?d|passwd|secret|token|authorization|cookie|credentials?|api_key|private_key"
    r"|mat_khau"
)
_PHONE = re.compile(r"phone|tel|telno|tel_no|mobile|fax|sdt|dien_thoai")
_EMAIL = re.compile(r"e?mail|thu_dien_tu")
_IDENTITY = re.compile(
    r"identity|identity_number|id_number|id_no|id_card|citizen_id|passport|cccd|cmnd|so_giay_to"
    r"|so_dinh_danh|tax_code|ma_so_thue"
)
_ADDRESS = re.compile(r"address|addr|street|dia_chi|so_nha|birth_?da(y|te)|ngay_sinh|signature")
_NAME = re.compile(
    r"name|full_?name|applicant|citizen|consignee|receiver|recipient|sender|consignor|contact"
    r"|ho_ten|ho_va_ten|chu_ho_so|nguoi_nop|nguoi_nhan|nguoi_gui"
)
_THINGS_NAMED = re.compile(
    r"(user|file|host|job|place|carrier|procedure|department|organisation|logger|table|task"
    r"|thread|process|event|connection|method|function|province|ward)_?name"
)

_KEPT = (
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"  # a UUID
    r"|(?:VD-)?(?:[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.)?[A-Z][0-9]{2}(?:\.[0-9]{1,3}){0,3}"
    r"-(?:[0-9]{6}|[0-9]{8})-[0-9]{4,9}(?:/[HBKPD][0-9]+|-[0-9]+-[0-9]+-[0-9])?"  # a dossier's
    r"|(?:TUI|NP|BG|BL)(?:-[0-9A-Z]+)+"
    r"|[0-9]\.[0-9]{6}(?:\.[0-9A-Z]+)*"  # a procedure
)
_PHONE_NUMBER = (
    r"\+?84[ .-]?[0-9]{2,4}[ .-]?[0-9]{3,4}[ .-]?[0-9]{3,4}"
    r"|\(0[0-9]{2,3}\)[ .-]?[0-9]{3,4}[ .-]?[0-9]{3,4}"
    r"|0[0-9]{2,3}[ .-]?[0-9]{3,4}[ .-]?[0-9]{3,4}"
)
_FREE = re.compile(
    rf"(?<![\w.+-])(?:(?P<kept>{_KEPT})"
    rf"|(?P<phone>{_PHONE_NUMBER})"
    r"|(?P<identity>[0-9]{9,12}))(?![\w-])"
    r"|(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)",
    re.IGNORECASE,
)
_SPOKEN_SECRETS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(?i)\b((?:pass\w*|secret|token|api_?key)\s*[=:]\s*)[^\s&,;]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(://[^\s/:@]*:)[^\s/@]+@"), rf"\1{HIDDEN}@"),
    (re.compile(r"(?s)\[parameters: .*?\](?=\n|$)"), f"[parameters: {HIDDEN}]"),
)


_context: ContextVar[Mapping[str, object] | None] = ContextVar("log_context", default=None)


class Logger:
    """Says what happened: `log.info("dossier.received", code=code, seconds=0.2)`."""

    def __init__(self, name: str) -> None:
        self._log = logging.getLogger(name)

    def debug(self, event: str, /, **facts: object) -> None:
        """Something that only a developer wants to know."""
        self._log.debug(event, extra=_said(facts))

    def info(self, event: str, /, **facts: object) -> None:
        """Something that happened as it should."""
        self._log.info(event, extra=_said(facts))

    def warning(self, event: str, /, **facts: object) -> None:
        """Something that somebody should look at."""
        self._log.warning(event, extra=_said(facts))

    def error(self, event: str, /, **facts: object) -> None:
        """Something that failed."""
        self._log.error(event, extra=_said(facts))

    def exception(self, event: str, /, **facts: object) -> None:
        """An accident, with its trace; to be called inside an `except` block."""
        self._log.exception(event, extra=_said(facts))


def get_logger(name: str) -> Logger:
    """The logger of a module: `get_logger(__name__)`; nothing is loaded or opened by it."""
    return Logger(name)


@contextmanager
def about(**facts: object) -> Iterator[None]:
    """Add these facts to every line that is said inside, such as the request's id."""
    token = _context.set({**(_context.get() or {}), **facts})
    try:
        yield
    finally:
        _context.reset(token)


def _said(facts: dict[str, object]) -> dict[str, object]:
    return {"facts": {**(_context.get() or {}), **facts}}


def configure_logging(level: str, *, stream: TextIO) -> None:
    """Write every log line from `level` up to `stream`; calling it again starts afresh.

    Args:
        level: debug, info, warning or error, as in `[service] log_level`.
        stream: open for text; UTF-8 wherever Vietnamese is to be read.
    """
    import structlog  # loaded when a service starts, not for --help

    handler = logging.StreamHandler(stream)
    handler.set_name(_HANDLER)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                _facts_of_record,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                masked,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    for old in [found for found in root.handlers if found.get_name() == _HANDLER]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(LEVELS[level])


def _facts_of_record(
    _logger: object, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    record = line["_record"]
    if record.exc_info:
        line["exc_info"] = record.exc_info
    return {**getattr(record, "facts", {}), **line}


def masked(_logger: object, _method: str, line: MutableMapping[str, Any]) -> dict[str, Any]:
    """The last step before a line is written: the line without personal data."""
    own = {key: line[key] for key in ("timestamp", "level", "logger", "event") if key in line}
    facts = {key: value for key, value in line.items() if key not in own}
    return {**own, "event": mask_text(str(own.get("event", ""))), **mask_facts(facts)}


def mask_facts(facts: Mapping[str, Any], _depth: int = 0) -> dict[str, Any]:
    """The same facts with personal data masked, however deep they lie."""
    return {str(key): _mask(str(key), value, _depth) for key, value in facts.items()}


def _mask(key: str, value: Any, depth: int) -> Any:
    plain = _plain(value)
    if plain is None or isinstance(plain, bool):
        return plain
    if depth >= _DEEPEST:
        return HIDDEN
    if isinstance(plain, Mapping) and not _is_secret(key):
        return mask_facts(plain, depth + 1)
    if isinstance(plain, list):
        return [_mask(key, part, depth + 1) for part in plain]
    hide = _mask_for(key)
    if hide:
        return hide(str(plain))
    return mask_text(plain) if isinstance(plain, str) else plain


def _plain(value: Any) -> Any:
    """The value as JSON can say it; of an unknown object only its class is shown."""
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool | int | float | str | Mapping):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in type(value).model_fields}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {part.name: getattr(value, part.name) for part in dataclasses.fields(value)}
    return str(value) if isinstance(value, _TELLING) else f"<{type(value).__name__}>"


def _words(key: str) -> str:
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", key)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


def _says(pattern: re.Pattern[str], words: str) -> bool:
    """Whether the key ends in the pattern's words, singular or plural."""
    starts = (0, *(found.end() for found in re.finditer("_", words)))
    return any(
        pattern.fullmatch(said, start)
        for said in (words, words.removesuffix("s"))
        for start in starts
    )


def _is_secret(key: str) -> bool:
    return _says(_SECRET, _words(key))


def _mask_for(key: str) -> Callable[[str], str] | None:
    words = _words(key)
    if _says(_THINGS_NAMED, words):
        return None
    for pattern, hide in (
        (_SECRET, _hidden),
        (_PHONE, mask_phone),
        (_EMAIL, mask_email),
        (_IDENTITY, mask_identity),
        (_ADDRESS, _hidden),
        (_NAME, mask_name),
    ):
        if _says(pattern, words):
            return hide
    return None


def _hidden(_value: str) -> str:
    return HIDDEN


def mask_name(name: str) -> str:
    """The initials of a person's name: "Nguyễn Văn An" becomes "N. V. A."."""
    return " ".join(f"{word[0].upper()}." for word in name.split())


def mask_phone(phone: str) -> str:
    """The last four digits of a phone number: "0987654321" becomes "******4321"."""
    digits = re.sub(r"\D", "", phone)
    return "******" + (digits[-4:] if len(digits) > 7 else "")  # noqa: PLR2004 - shows below half


def mask_identity(number: str) -> str:
    """The last three characters of an identity number: "001085012345" becomes "*********345"."""
    kept = re.sub(r"\W", "", number)
    return "*********" + (kept[-3:] if len(kept) > 6 else "")  # noqa: PLR2004 - shows below half


def mask_email(address: str) -> str:
    """The first letter and the domain of an e-mail address: "a***@example.vn"."""
    local, at, domain = address.partition("@")
    return f"{local[:1]}***@{domain}" if at else HIDDEN


def mask_text(text: str) -> str:
    """Free text without phone numbers, identity numbers, e-mail addresses and spoken secrets.

    Codes of dossiers, items, pouches and the like stay as they are.
    """
    for pattern, instead in _SPOKEN_SECRETS:
        text = pattern.sub(instead, text)
    return _FREE.sub(_mask_found, text)


def _mask_found(found: re.Match[str]) -> str:
    hide = {"phone": mask_phone, "identity": mask_identity, "email": mask_email}.get(
        found.lastgroup or ""
    )
    return hide(found[0]) if hide else found[0]

"""Reads what came over the wire: bodies with a limit, strict JSON, queries, tokens."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from postal_bridge.api.call import Body
from postal_bridge.api.language import Language
from postal_bridge.api.why import wrong_fields
from postal_bridge.errors import Reason, Refused, refuse

_NUL = "\x00"
_BODY = web.RequestKey("body", bytes)


async def read_body(request: web.Request, *, limit_bytes: int) -> bytes:
    """The whole body; nothing beyond the limit is ever held in memory. It may be asked for twice.

    Raises:
        Refused: it is larger than the limit, or its transfer encoding is broken.
    """
    if _BODY in request:
        return request[_BODY]
    if (request.content_length or 0) > limit_bytes:
        raise Refused(refuse(Reason.BODY_TOO_LARGE, limit_bytes=limit_bytes))
    body = bytearray()
    try:
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > limit_bytes:
                raise Refused(refuse(Reason.BODY_TOO_LARGE, limit_bytes=limit_bytes))
    except web.RequestPayloadError as broken:
        raise Refused(refuse(Reason.MALFORMED_JSON)) from broken
    request[_BODY] = bytes(body)
    return request[_BODY]


def parse_body(model: type[BaseModel], body: bytes, *, language: Language) -> BaseModel:
    """The body as its model; `false` is no 0, and unknown fields are not taken.

    Raises:
        Refused: it is no JSON, or fields are wrong; all wrong ones are named.
    """
    try:
        parsed = model.model_validate_json(body, strict=True, extra="forbid")
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False, include_input=False)
        if any(error["type"] == "json_invalid" for error in errors):
            raise Refused(refuse(Reason.MALFORMED_JSON)) from None
        raise Refused(wrong_fields(errors, language=language)) from None
    # PostgreSQL holds no NUL in text, and no keyboard types one.
    if rb"\u0000" in body and (found := list(_nul_fields(from_json(body)))):
        raise Refused(wrong_fields(found, language=language))
    return parsed


def parse_no_body(body: bytes, *, language: Language) -> None:
    """Take nothing or `{}` where a route has no body.

    Raises:
        Refused: somebody sent something that would be ignored in silence.
    """
    if body.strip():
        parse_body(Body, body, language=language)


def parse_query(
    model: type[BaseModel] | None, words: Sequence[tuple[str, str]], *, language: Language
) -> BaseModel | None:
    """The query, pairs of name and word as they came, as its model.

    Raises:
        Refused: a word is unknown, repeated or has a wrong value.
    """
    times = Counter(name for name, _ in words)
    repeated = [(name, "repeated") for name in times if times[name] > 1]
    if found := nul_in(words) or repeated:
        raise Refused(wrong_fields(found, language=language))
    extra = model.model_config.get("extra", "forbid") if model else "forbid"
    try:
        parsed = (model or Body).model_validate_strings(dict(words), extra=extra)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False, include_input=False)
        raise Refused(wrong_fields(errors, language=language)) from None
    return parsed if model else None


def nul_in(words: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The names of those words that hold a NUL character."""
    return [
        (name.replace(_NUL, ""), "nul_character")
        for name, word in words
        if _NUL in word or _NUL in name
    ]


def _nul_fields(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and _NUL in value:
        yield ".".join(path), "nul_character"
    elif isinstance(value, dict):
        for key, inner in value.items():
            if _NUL in key:
                yield ".".join(path), "nul_character"
            yield from _nul_fields(inner, (*path, key.replace(_NUL, "")))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _nul_fields(inner, (*path, str(place)))


def bearer_token_hash(authorization: str | None) -> str | None:
    """SHA-256 of the token in an Authorization header, the only form in which tokens are kept."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    return token_hash(token.strip())


def token_hash(token: str) -> str:
    """SHA-256 of a token, in hexadecimal."""
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()

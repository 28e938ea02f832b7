"""The one place where a refusal or an accident becomes an answer on the wire (RFC 9457).

`type` is `/problems/` and the reason's slug, and never changes; `title` and `detail` are for
people and speak their language. Extension members: `field` (the one to blame), `errors` (all
wrong fields), `facts` (what the sentence says, for programmes) and `request_id` (what to tell the
operator).
"""

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from enum import Enum
from http import HTTPStatus

from aiohttp import web

from postal_bridge.api.language import Language
from postal_bridge.api.why import WrongField, WrongFields
from postal_bridge.errors import Accident, Kind, Reason, Refusal, refuse

MEDIA_TYPE = "application/problem+json"
TYPES = "/problems/"
RETRY_SECONDS = 5
"""When somebody may try again after an accident that can pass."""

STATUS: dict[Kind, int] = {
    Kind.INVALID: 400,
    Kind.MISSING: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.UNKNOWN: 404,
    Kind.GONE: 410,
    Kind.CONFLICT: 409,
    Kind.RUNNING: 409,
    Kind.TOO_LARGE: 413,
    Kind.MISMATCH: 422,
    Kind.TOO_MANY: 429,
    Kind.OUTSIDE: 502,
}

TITLES: dict[Kind, tuple[str, str]] = {
    Kind.INVALID: ("Yêu cầu không hợp lệ", "The request is not valid"),
    Kind.MISSING: ("Yêu cầu còn thiếu", "The request is incomplete"),
    Kind.UNAUTHENTICATED: ("Chưa xác thực", "Not authenticated"),
    Kind.FORBIDDEN: ("Không được phép", "Not allowed"),
    Kind.UNKNOWN: ("Không tìm thấy", "Not found"),
    Kind.GONE: ("Không còn nữa", "No longer there"),
    Kind.CONFLICT: ("Không thể thực hiện lúc này", "Not possible in this state"),
    Kind.RUNNING: ("Đang xử lý", "Still running"),
    Kind.TOO_LARGE: ("Nội dung quá lớn", "The content is too large"),
    Kind.MISMATCH: ("Nội dung không đúng", "The content is not right"),
    Kind.TOO_MANY: ("Quá nhiều yêu cầu", "Too many requests"),
    Kind.OUTSIDE: ("Hệ thống bên ngoài trục trặc", "An outside system failed"),
}

UNAVAILABLE = (
    "temporarily-unavailable",
    ("Tạm thời gián đoạn", "Temporarily unavailable"),
    (
        "Hệ thống tạm thời không phục vụ được. Hãy gửi lại sau {seconds} giây.",
        "The service cannot answer just now. Send it again in {seconds} seconds.",
    ),
)
FAILED = (
    "internal-error",
    ("Lỗi máy chủ", "Internal error"),
    (
        "Máy chủ gặp lỗi ngoài dự kiến. Hãy báo quản trị viên mã {request_id}.",
        "Something unexpected went wrong. Tell the operator the number {request_id}.",
    ),
)


def refused(refusal: Refusal, *, language: Language, instance: str) -> web.Response:
    """The answer to a request that was refused.

    Args:
        refusal: why.
        language: of title and detail.
        instance: the path that was asked for, escaped as it came.
    """
    reason = refusal.reason
    members: dict[str, object] = {
        "type": TYPES + reason.slug,
        "title": TITLES[reason.kind][language == "en"],
        "status": _status_of(reason),
        "detail": refusal.sentence(language),
        "instance": instance,
        "field": refusal.field,
        "errors": _errors(refusal, language),
        "facts": None if isinstance(refusal, WrongFields) else _plain(refusal.facts),
    }
    return _response(members, language=language, headers=_headers(refusal))


def _status_of(reason: Reason) -> int:
    return 405 if reason is Reason.METHOD_NOT_ALLOWED else STATUS[reason.kind]


def _errors(refusal: Refusal, language: Language) -> list[dict[str, str]] | None:
    if isinstance(refusal, WrongFields):
        wrong = refusal.wrong
    elif refusal.field and refusal.reason.kind is Kind.MISMATCH:
        wrong = (WrongField(refusal.field, refusal.sentence(language)),)
    else:
        return None
    return [{"field": each.field, "detail": each.detail} for each in wrong]


def _headers(refusal: Refusal) -> dict[str, str]:
    match refusal.reason.kind:
        case Kind.UNAUTHENTICATED:
            expired = refusal.reason is Reason.SESSION_EXPIRED
            error = ', error="invalid_token"' if expired else ""
            return {"WWW-Authenticate": f'Bearer realm="postal-bridge"{error}'}
        case Kind.TOO_MANY:
            return {"Retry-After": str(refusal.facts.get("wait_seconds", RETRY_SECONDS))}
        case Kind.RUNNING:
            return {"Retry-After": "1"}
        case _:
            return {}


def http_error(
    error: web.HTTPException, *, language: Language, request: web.Request
) -> web.Response:
    """What aiohttp itself refused: no such address, no such method, a body too large."""
    match error:
        case web.HTTPNotFound():
            refusal = refuse(Reason.NOT_FOUND)
        case web.HTTPMethodNotAllowed():
            refusal = refuse(Reason.METHOD_NOT_ALLOWED, method=request.method)
        case web.HTTPRequestEntityTooLarge():
            refusal = refuse(Reason.BODY_TOO_LARGE, limit_bytes=request.client_max_size)
        case _:
            instance = request.rel_url.raw_path
            members = {"type": "about:blank", "title": error.reason, "status": error.status}
            return _response({**members, "instance": instance}, language=language)
    answer = refused(refusal, language=language, instance=request.rel_url.raw_path)
    if "Allow" in error.headers:
        answer.headers["Allow"] = error.headers["Allow"]
    return answer


def accident(
    error: Exception, *, language: Language, instance: str, request_id: str
) -> web.Response:
    """What nobody decided: 503 where trying again can help, otherwise 500; never a trace."""
    retryable = isinstance(error, Accident) and error.retryable
    slug, title, detail = UNAVAILABLE if retryable else FAILED
    english = language == "en"
    members = {
        "type": TYPES + slug,
        "title": title[english],
        "status": 503 if retryable else 500,
        "detail": detail[english].format(request_id=request_id, seconds=RETRY_SECONDS),
        "instance": instance,
        "request_id": request_id,
    }
    headers = {"Retry-After": str(RETRY_SECONDS)} if retryable else {}
    return _response(members, language=language, headers=headers)


def described(slug: str) -> web.Response | None:
    """What a problem's type means: what somebody finds who follows the link."""
    reasons = {reason.slug: reason for reason in Reason}
    if slug not in reasons:
        return None
    reason = reasons[slug]
    members = {
        "type": TYPES + slug,
        "status": _status_of(reason),
        "vi": reason.vietnamese,
        "en": reason.english,
    }
    return web.json_response(members, dumps=_json)


def _response(
    members: Mapping[str, object], *, language: Language, headers: Mapping[str, str] | None = None
) -> web.Response:
    told = {name: value for name, value in members.items() if value not in (None, {})}
    status = int(str(members["status"]))
    return web.Response(
        status=status,
        reason=HTTPStatus(status).phrase,
        body=_json(told).encode(),
        content_type=MEDIA_TYPE,
        headers={
            "Content-Language": language,
            "Vary": "Accept-Language",
            "Cache-Control": "no-store",
            **(headers or {}),
        },
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> object:
    """Facts as JSON can say them."""
    match value:
        case Enum():
            return _plain(value.value)
        case None | bool() | int() | float() | str():
            return value
        case datetime() | date() | time():
            return value.isoformat()
        case Mapping():
            return {str(name): _plain(inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(inner) for inner in value]
        case _:
            return str(value)

"""Why a field is wrong, in words: pydantic's error types in Vietnamese and in English."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic_core import ErrorDetails

from postal_bridge.api.language import Language
from postal_bridge.errors import Reason, Refusal

_LISTED = 100
"""Wrong fields told at most: a batch of 500 wrong scans is wrong in the same way."""

WHOLE_BODY = {"vi": "nội dung", "en": "body"}

WORDS: dict[str, tuple[str, str]] = {
    "missing": ("bắt buộc phải có", "it is required"),
    "extra_forbidden": ("không có trường nào tên như vậy", "there is no field of this name"),
    "string": ("phải là chuỗi ký tự", "it must be text"),
    "string_too_short": ("cần ít nhất {min_length} ký tự", "it needs {min_length} characters"),
    "string_too_long": (
        "dài quá {max_length} ký tự",
        "it is longer than {max_length} characters",
    ),
    "string_pattern_mismatch": ("không đúng dạng quy định", "it does not have the form asked for"),
    "int": ("phải là số nguyên", "it must be a whole number"),
    "float": ("phải là số", "it must be a number"),
    "decimal": ("phải là số thập phân", "it must be a decimal number"),
    "finite_number": ("phải là số hữu hạn", "it must be a finite number"),
    "bool": ("phải là true hoặc false", "it must be true or false"),
    "none_required": ("phải để trống", "it must be left out"),
    "enum": ("phải là một trong: {expected}", "it must be one of: {expected}"),
    "literal_error": ("phải là một trong: {expected}", "it must be one of: {expected}"),
    "greater_than": ("phải lớn hơn {gt}", "it must be above {gt}"),
    "greater_than_equal": ("không được nhỏ hơn {ge}", "it must be at least {ge}"),
    "less_than": ("phải nhỏ hơn {lt}", "it must be below {lt}"),
    "less_than_equal": ("không được lớn hơn {le}", "it must be at most {le}"),
    "multiple_of": ("phải là bội số của {multiple_of}", "it must be a multiple of {multiple_of}"),
    "datetime": (
        "phải là thời điểm ISO 8601, ví dụ 2019-01-10T07:30:00+07:00",
        "it must be an ISO 8601 moment, such as 2019-01-10T07:30:00+07:00",
    ),
    "timezone": (
        "thời điểm phải có múi giờ, ví dụ +07:00",
        "the moment needs its time zone, such as +07:00",
    ),
    "date": (
        "phải là ngày dạng năm-tháng-ngày, ví dụ 2019-01-10",
        "it must be a date such as 2019-01-10",
    ),
    "time": ("phải là giờ, ví dụ 07:30", "it must be a time of day such as 07:30"),
    "uuid": ("phải là mã UUID", "it must be a UUID"),
    "list": ("phải là danh sách", "it must be a list"),
    "tuple": ("phải là danh sách", "it must be a list"),
    "set": ("phải là danh sách", "it must be a list"),
    "dict": ("phải là đối tượng JSON", "it must be a JSON object"),
    "model": ("phải là đối tượng JSON", "it must be a JSON object"),
    "too_short": ("cần ít nhất {min_length} phần tử", "it needs at least {min_length} entries"),
    "too_long": (
        "có quá {max_length} phần tử",
        "it has more than {max_length} entries",
    ),
    "value_error": ("{error}", "{error}"),
    "nul_character": ("chứa ký tự không được phép (NUL)", "it contains a forbidden NUL character"),
    "idempotency_key": (
        "phải dài từ 1 đến 200 ký tự in được",
        "it must be 1 to 200 printable characters",
    ),
    "cursor": (
        "không phải mốc do máy chủ cấp",
        "it is not a cursor that this service gave",
    ),
    "repeated": ("chỉ được ghi một lần", "it may be given only once"),
}
"""Longest matching beginning wins: `datetime_from_date_parsing` is explained by `datetime`."""

_OTHERWISE = ("giá trị không đúng", "the value is not right")


@dataclass(frozen=True)
class WrongField:
    """One field that is not as it should be."""

    field: str
    detail: str


@dataclass(frozen=True)
class WrongFields(Refusal):
    """A refusal that names all wrong fields; the first one stands in its sentence."""

    wrong: tuple[WrongField, ...] = ()


def wrong_fields(
    errors: list[ErrorDetails] | list[tuple[str, str]], *, language: Language
) -> WrongFields:
    """Refuse a body, a query or a header with all that is wrong in it.

    Args:
        errors: pydantic's own, or pairs of a field's path and a key of `WORDS`.
        language: of the reasons.
    """
    told = tuple(_told(error, language) for error in errors[:_LISTED])
    first = told[0]
    return WrongFields(
        Reason.INVALID_FIELD,
        first.field or None,
        {"name": first.field or WHOLE_BODY[language], "why": first.detail},
        wrong=told,
    )


def _told(error: ErrorDetails | tuple[str, str], language: Language) -> WrongField:
    if isinstance(error, tuple):
        field, kind = error
        return WrongField(field, _explained(kind, {}, language))
    field = ".".join(str(part) for part in error["loc"])
    return WrongField(field, _explained(error["type"], error.get("ctx", {}), language))


def _explained(kind: str, facts: Mapping[str, object], language: Language) -> str:
    vietnamese, english = _words_for(kind)
    if language == "en":
        return english.format(**facts)
    # pydantic lists the choices in English: 'a', 'b' or 'c'.
    return vietnamese.format(**facts).replace("' or '", "' hoặc '")


def _words_for(kind: str) -> tuple[str, str]:
    name = kind
    while name:
        if name in WORDS:
            return WORDS[name]
        name = name.rpartition("_")[0]
    return _OTHERWISE

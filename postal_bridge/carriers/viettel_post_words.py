"""What Viettel Post says and is told: its envelope, tokens, orders, prices, webhooks.

Wire facts: reference on carriers, sections 2.3 and 2.7, and the carrier's pages. Nothing here opens
a connection. A "no" comes with HTTP 200 and `error` true; its reason stands in `message` only.
"""

import base64
import binascii
import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from pydantic import SecretStr

from postal_bridge.carriers.answers import (
    BrokenOffError,
    NotPromisedError,
    json_of,
    moment_of,
    object_of,
    text_of,
    whole_of,
)
from postal_bridge.carriers.place_names import bare_name, place_names
from postal_bridge.carriers.provinces import UnknownProvinceError
from postal_bridge.carriers.wire import Answer
from postal_bridge.dossiers.records import NAME_LENGTH, TEXT_LENGTH
from postal_bridge.tracking.carrier_records import RAW_CODE_LENGTH, REFERENCE_LENGTH, CodMove
from postal_bridge.tracking.carrier_values import (
    Booked,
    Callback,
    CarrierScan,
    CodMoney,
    Order,
    Party,
    Quote,
    Refused,
    Unknown,
)

VOCABULARY = "viettel_post"
CANCEL = 4
"""`TYPE` of UpdateOrder that calls an order off."""

_DONE = "200"
_SERVER_ERROR = 500
_DELIVERED = "501"
_NOTHING_COLLECTED, _GOODS_COLLECTED = 1, 3
_NOT_OUR_MONEY = frozenset({"1", "4"})
"""Ways of paying under which no money for us is collected: none at all, or the fee only."""

_LETTER = "TH"
_DOMESTIC = 1
_LONGEST_BYTES = 150
_MOMENT = "%d/%m/%Y %H:%M:%S"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TURNED_AWAY = ("token invalid", "token is required")
_OPAQUE = ("system error", "lỗi hệ thống")
_REPEATED = ("already exist", "duplicate", "đã tồn tại", "trùng")
_NAMED_FIELD = re.compile(r"(?:Incorrect\s+data:\s*|Invalid\s*\[)\s*([A-Z][A-Z_]+)")


@dataclass(frozen=True, kw_only=True)
class Result:
    """Viettel Post's envelope.

    Attributes:
        code: `status`; 200 is good.
        is_error: `error`, said apart from it.
        text: `message`; the reason of a "no", and the code to print a label with.
    """

    code: str
    is_error: bool
    text: str
    data: object

    @property
    def is_done(self) -> bool:
        """Whether it was carried out."""
        return not self.is_error and self.code == _DONE

    @property
    def is_opaque(self) -> bool:
        """Neither a yes nor a no with a reason: it may have been carried out all the same."""
        if not self.is_error or not self.text:
            return not self.is_done
        said = self.text.lower()
        failed = self.code.isdecimal() and int(self.code) >= _SERVER_ERROR
        return failed or any(words in said for words in _OPAQUE)

    @property
    def is_turned_away(self) -> bool:
        """The token is wrong or has ended (the carrier's page of messages)."""
        said = self.text.lower()
        return self.is_error and any(words in said for words in _TURNED_AWAY)

    @property
    def said(self) -> str:
        """It in one line, for the call log and for people."""
        return f"{self.code} {self.text}".strip()


@dataclass(frozen=True)
class Token:
    """A token, and when it ends, where it says so."""

    text: str
    ends_at: datetime | None

    def has_ended(self, now: datetime) -> bool:
        """Whether it is of no use any more."""
        return self.ends_at is not None and self.ends_at <= now


def result_of(answer: Answer) -> Result:
    """The envelope of an answer.

    Raises:
        NotPromisedError: another shape.
        BrokenOffError: half a body.
    """
    value = object_of(json_of(answer), "Viettel Post")
    error = {"true": True, "false": False}.get(str(value.get("error")).lower())
    if error is None:
        raise NotPromisedError(f"HTTP {answer.status}, không có error (no error member)")
    return Result(
        code=text_of(value.get("status"))[:RAW_CODE_LENGTH],
        is_error=error,
        text=text_of(value.get("message"))[:TEXT_LENGTH],
        data=value.get("data"),
    )


def answered(answer: Answer) -> Result:
    """The envelope of an answer to a question, which may be asked again.

    Raises:
        NotPromisedError: another shape.
        BrokenOffError: half a body, or an accident over there.
    """
    result = result_of(answer)
    if result.is_opaque:
        raise BrokenOffError(result.said)
    return result


def token_of(answer: Answer) -> Token:
    """The token of a sign-in.

    Raises:
        NotPromisedError: there is none in it; the text is the carrier's reason.
        BrokenOffError: half a body.
    """
    result = result_of(answer)
    if not result.is_done:
        raise NotPromisedError(result.said)
    text = text_of(object_of(result.data, "token").get("token"))
    if not re.fullmatch(r"[!-~]+", text):
        raise NotPromisedError("không có data.token (no data.token)")
    return Token(text, ending_of(text))


def ending_of(token: str) -> datetime | None:
    """`exp` of a JWT (RFC 7519, 4.1.4); its signature is the carrier's affair, not ours."""
    part = token.split(".")[1] if token.count(".") == 2 else ""  # noqa: PLR2004 - RFC 7515, 3.1
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        seconds = whole_of(claims.get("exp")) if isinstance(claims, dict) else None
        return None if seconds is None else _EPOCH + timedelta(seconds=seconds)
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError, OverflowError, ValueError):
        return None


def order_words(order: Order, *, service: str) -> dict[str, object] | Refused:
    """What is sent to `createOrderNlp`; what would not fit is not sent.

    The list of items is left out: it is optional, and its name differs between the carrier's pages.
    """
    words: dict[str, object] = {"ORDER_NUMBER": order.reference, "CHECK_UNIQUE": True}
    for role, party in (("SENDER", order.sender), ("RECEIVER", order.receiver)):
        address = _address(party, f"{role}_ADDRESS")
        if isinstance(address, Refused):
            return address
        name = _composed(party.name)
        if _is_too_long(name):
            return _too_long(f"{role}_FULLNAME")
        words |= {
            f"{role}_FULLNAME": name,
            f"{role}_PHONE": party.phone,
            f"{role}_ADDRESS": address,
        }
    return words | {
        "PRODUCT_NAME": _shortened(order.contents),
        "PRODUCT_QUANTITY": 1,
        **_goods_words(order),
        "ORDER_PAYMENT": _GOODS_COLLECTED if order.cod_dong else _NOTHING_COLLECTED,
        "ORDER_SERVICE": service,
        "ORDER_SERVICE_ADD": None,
        "ORDER_NOTE": _shortened(order.note),
    }


def price_words(order: Order, *, service: str) -> dict[str, object] | Refused:
    """What is sent to `getPriceNlp`; it wants places only, no persons."""
    words: dict[str, object] = {}
    for name, party in (("SENDER_ADDRESS", order.sender), ("RECEIVER_ADDRESS", order.receiver)):
        address = _address(party, name)
        if isinstance(address, Refused):
            return address
        words[name] = address
    return words | {
        **_goods_words(order),
        "NATIONAL_TYPE": _DOMESTIC,
        "ORDER_SERVICE": service,
        "ORDER_SERVICE_ADD": "",
    }


def booked_of(result: Result) -> Booked:
    """An order that is there; its number is on the label too.

    Raises:
        NotPromisedError: it has no number.
    """
    data = object_of(result.data, "createOrderNlp")
    number = text_of(data.get("ORDER_NUMBER"))
    if not number or len(number) > REFERENCE_LENGTH:
        raise NotPromisedError("không có data.ORDER_NUMBER (no data.ORDER_NUMBER)")
    fee = whole_of(data.get("MONEY_TOTAL"))
    return Booked(carrier_number=number, waybill=number, fee_dong=fee)


def not_booked_of(result: Result) -> Refused | Unknown:
    """A "no" to an order.

    How a repeated ORDER_NUMBER is answered is not published. Whatever sounds like it leaves the
    order open: refused, its leg could be booked anew although Viettel Post has it.
    """
    said = result.text.lower()
    if result.is_opaque or any(words in said for words in _REPEATED):
        return Unknown(result.said)
    return refused_of(result)


def refused_of(result: Result) -> Refused:
    """A "no" in its own words; the field is the first that they name."""
    named = _NAMED_FIELD.search(result.text)
    return Refused(code=result.code, field=named[1] if named else "", text=result.text)


def quote_of(result: Result, service: str) -> Quote | Refused:
    """A price, with tax.

    Raises:
        NotPromisedError: there is none.
    """
    if not result.is_done:
        return refused_of(result)
    total = whole_of(object_of(result.data, "getPriceNlp").get("MONEY_TOTAL"))
    if total is None or total < 0:
        raise NotPromisedError("không có data.MONEY_TOTAL (no data.MONEY_TOTAL)")
    return Quote(service=f"Viettel Post {service}", amount_dong=total)


def print_code_of(result: Result) -> str | Refused:
    """The code that opens the page to print; it stands where reasons stand otherwise.

    Raises:
        NotPromisedError: there is none.
    """
    if not result.is_done:
        return refused_of(result)
    if not result.text:
        raise NotPromisedError("không có mã in trong message (no code to print in message)")
    return result.text


def bears_secret(callback: Callback, secret: SecretStr) -> bool:
    """Whether a callback shows the secret, in the header `Authorization` or in the body's TOKEN.

    The carrier's page has both; accounts differ in which of them is filled. Where no secret is
    set, nobody is let in.
    """
    expected = secret.get_secret_value().encode()
    shown = [value for name, value in callback.headers.items() if name.lower() == "authorization"]
    try:
        shown.append(text_of(_body_of(callback).get("TOKEN")))
    except (NotPromisedError, BrokenOffError):
        return False
    given = [one.encode("utf-8", "surrogatepass") for one in shown]
    return bool(expected) and any(hmac.compare_digest(one, expected) for one in given)


def callback_scan(callback: Callback) -> CarrierScan:
    """What a callback tells.

    Raises:
        NotPromisedError: it names no order, no status or no moment.
        BrokenOffError: half a body.
    """
    data = object_of(_body_of(callback).get("DATA"), "DATA")
    number, reference = text_of(data.get("ORDER_NUMBER")), text_of(data.get("ORDER_REFERENCE"))
    code, at = text_of(data.get("ORDER_STATUS")), moment_of(data.get("ORDER_STATUSDATE"), _MOMENT)
    if not (number or reference):
        raise NotPromisedError("ORDER_NUMBER, ORDER_REFERENCE: thiếu (missing)")
    if not code or at is None:
        raise NotPromisedError("trạng thái không có mã hoặc thời điểm (no status, or no moment)")
    # The first is misspelt on the carrier's own page; both come side by side.
    places = (text_of(data.get(one)) for one in ("LOCALION_CURRENTLY", "LOCATION_CURRENTLY"))
    note = " ".join(filter(None, (text_of(data.get(one)) for one in ("REASON_CODE", "NOTE"))))
    return CarrierScan(
        vocabulary=VOCABULARY,
        raw_code=code[:RAW_CODE_LENGTH],
        occurred_at=at,
        reference=reference[:REFERENCE_LENGTH],
        waybill=number[:REFERENCE_LENGTH],
        raw_text=text_of(data.get("STATUS_NAME"))[:TEXT_LENGTH],
        place=next(filter(None, places), "")[:NAME_LENGTH],
        note=note[:TEXT_LENGTH],
        pictures=_pictures(data.get("POD")),
        money=_money(data, code),
    )


def _body_of(callback: Callback) -> dict[str, object]:
    return object_of(json_of(Answer(status=200, content_type="", body=callback.body)), "callback")


def _money(data: dict[str, object], code: str) -> CodMoney | None:
    """Money is collected with the delivery; of paying it out no report speaks."""
    amount = whole_of(data.get("MONEY_COLLECTION"))
    if code != _DELIVERED or not amount or amount < 0:
        return None
    if text_of(data.get("ORDER_PAYMENT")) in _NOT_OUR_MONEY:
        return None
    return CodMoney(move=CodMove.COLLECTED, amount_dong=amount)


def _pictures(proof: object) -> tuple[str, ...]:
    """Addresses of the pictures of a delivery; told where the account is set up for it."""
    images = proof.get("IMAGES") if isinstance(proof, dict) else None
    told = (text_of(one) for one in images) if isinstance(images, list) else ()
    return tuple(one for one in told if one.startswith(("https://", "http://")))


def _goods_words(order: Order) -> dict[str, object]:
    return {
        "PRODUCT_TYPE": _LETTER,
        "PRODUCT_PRICE": 0,
        "PRODUCT_WEIGHT": order.weight_grams,
        "PRODUCT_LENGTH": 0,
        "PRODUCT_WIDTH": 0,
        "PRODUCT_HEIGHT": 0,
        "MONEY_COLLECTION": order.cod_dong,
    }


def _address(party: Party, field: str) -> str | Refused:
    """The line with what it leaves out: Viettel Post finds the place by reading it.

    A district and its province may have one name: the district does not stand for both.
    """
    try:
        place = place_names(party)
    except UnknownProvinceError as trouble:
        return Refused(code="", field=field, text=str(trouble))
    parts = [one.strip() for one in party.address.split(",") if one.strip()]
    for name in (place.ward, place.district):
        if name and bare_name(name) not in map(bare_name, parts):
            parts.append(name)
    above = [one for one in parts if one != place.district]
    if bare_name(place.province) not in map(bare_name, above):
        parts.append(place.province)
    line = _composed(", ".join(parts))
    return _too_long(field) if _is_too_long(line) else line


def _composed(text: str) -> str:
    """Vietnamese letters in one piece each: taken apart, they count for more bytes."""
    return unicodedata.normalize("NFC", text.strip())


def _shortened(text: str) -> str:
    return _composed(text).encode()[:_LONGEST_BYTES].decode("utf-8", "ignore")


def _is_too_long(text: str) -> bool:
    return len(text.encode()) > _LONGEST_BYTES


def _too_long(field: str) -> Refused:
    text = f"dài quá {_LONGEST_BYTES} byte (longer than {_LONGEST_BYTES} bytes)"
    return Refused(code="", field=field, text=text)

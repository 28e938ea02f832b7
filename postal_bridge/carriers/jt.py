"""J&T Express Vietnam: orders with a pickup window, cancelling, fees, labels, scans, proofs.

Wire facts: reference on carriers, sections 2.6 and 2.7. Every request is a form whose one field
`bizContent` is signed in the headers. An order's `txlogisticId` is our reference: J&T refuses a
repeat with a code of its own, and gives out the label of an order by it, which is how an order is
read back. Callbacks bear the same signature.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import ClassVar, TypeVar
from urllib.parse import urlencode

import msgspec

from postal_bridge.carriers.answers import (
    BrokenOffError,
    NotPromisedError,
    misread,
    understood,
)
from postal_bridge.carriers.jt_words import (
    CANCELLED,
    CANNOT_CANCEL,
    DUPLICATE,
    FORM,
    NO_DATA,
    PAY_TYPES,
    TURNED_AWAY,
    VOCABULARY,
    Result,
    booked_of,
    business_of,
    callback_scans,
    cost_words,
    digest_of,
    label_of,
    order_words,
    places_of,
    proof_of,
    quote_of,
    refused_of,
    result_of,
    traced_of,
)
from postal_bridge.carriers.wire import Answer, MayBeStoredError, Request, Wire
from postal_bridge.clock import Clock
from postal_bridge.errors import Accident, Misuse
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_values import (
    Booked,
    Callback,
    Cancelled,
    CarrierScan,
    CarrierUnavailable,
    Credentials,
    Label,
    NotThere,
    Order,
    Party,
    Placed,
    Proof,
    Quote,
    Refused,
    Reply,
    Unknown,
    Window,
)

T = TypeVar("T")
Say = Callable[[str, Request], Awaitable[Answer]]
Words = Mapping[str, object]

ADD_ORDER = "/api/order/addOrder"
CANCEL_ORDER = "/api/order/cancelOrder"
PRINT_ORDER = "/api/order/printOrder"
COST = "/api/spmComCost/getComCost"
TRACE = "/api/logistics/trace"

REASON = "Người gửi hủy (called off by the sender)"
_NO_ROWS = frozenset({NO_DATA, "145003100"})
"""Trace knows nothing of the number, or does not take it for one of its own."""

_KEPT = b'{"code":"1","msg":"success","data":null}'
_NOT_KEPT = b'{"code":"0","msg":"not kept","data":null}'
_TRIAL_GRAMS = 100


class Jt:
    """A connection to J&T Express Vietnam; `base_url` ends with `/webopenplatformapi`.

    Args:
        name: of the connection.
        settings: `username` is the apiAccount and `token` the private key of the application;
            `customer_code` and `password` are the customer's, the password as J&T wants to read
            it (its page does not say how it is encoded); `variant` is the way of paying by the
            contract: PP_PM (by month), PP_CASH (beforehand) or CC_CASH (by the receiver). The
            sender's ward stands in `sender_ward` or in the line `sender_address`; without a
            `sender_district` only addresses of two levels are taken.
        wire: to the base URL.
        clock: for the requests' timestamps.
    """

    VOCABULARY: ClassVar[str] = VOCABULARY
    NEEDS: ClassVar[tuple[str, ...]] = (
        "base_url",
        "username",
        "token",
        "customer_code",
        "password",
        "variant",
        "sender_phone",
        "sender_address",
        "sender_province",
    )
    reference_limit = 20
    repeatable = True

    def __init__(self, name: str, *, settings: CarrierSettings, wire: Wire, clock: Clock) -> None:
        if settings.variant not in PAY_TYPES:
            known = ", ".join(PAY_TYPES)
            text = f"[carriers.{name}] variant = {settings.variant!r}: phải là / must be one of"
            raise Misuse(f"{text} {known}")
        self.name = name
        self._settings = settings
        self._wire = wire
        self._clock = clock

    async def book(self, order: Order) -> Booked | Refused | Unknown:
        """Place an order; any "no" is checked, as a leg that seems refused could be booked anew."""
        places = places_of(order.sender, order.receiver)
        if isinstance(places, Refused):
            return places
        words = order_words(order, places, pay_type=self._settings.variant)
        try:
            result = await self._told("book", ADD_ORDER, words)
            if result.is_done:
                return booked_of(result, order.reference)
        except (MayBeStoredError, NotPromisedError, BrokenOffError) as trouble:
            return Unknown(str(trouble))
        if result.is_opaque:
            return Unknown(result.said)
        return await self._checked(order.reference, result)

    def fetch_window(self, order: Order) -> Window | None:
        """The time that J&T is told; none for what is brought to its counter."""
        return order.window if order.collect else None

    async def cancel(self, placed: Placed) -> Cancelled | Refused | Unknown:
        """Call an order off; a "no" is checked, as it may have been called off before."""
        words = {"txlogisticId": placed.reference, "reason": REASON}
        if number := _number(placed):
            words["billCode"] = number
        try:
            result = await self._told("cancel", CANCEL_ORDER, words)
        except (MayBeStoredError, NotPromisedError, BrokenOffError) as trouble:
            return Unknown(str(trouble))
        if result.is_done:
            return Cancelled()
        if result.is_opaque:
            return Unknown(result.said)
        if result.code == CANNOT_CANCEL and await self._was_cancelled(placed):
            return Cancelled(already=True)
        return refused_of(result)

    async def quote(self, order: Order) -> Quote | Refused:
        """The fee of an order.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer of another shape.
        """
        places = places_of(order.sender, order.receiver)
        if isinstance(places, Refused):
            return places
        words = cost_words(places, weight_grams=order.weight_grams, cod_dong=order.cod_dong)
        return await self._asked("quote", COST, words, quote_of)

    async def label(self, placed: Placed) -> Label | Refused:
        """The label of an order.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer that is no label.
        """
        words = {"txlogisticId": placed.reference}
        return await self._asked("label", PRINT_ORDER, words, label_of)

    async def scans(self, placed: Placed) -> Sequence[CarrierScan]:
        """All that J&T's trace tells of an order; it goes by J&T's number only.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer of another shape.
        """
        number = _number(placed)
        if not number:
            found = await self._read_back(placed.reference)
            number = found.carrier_number if isinstance(found, Booked) else ""
        if not number:
            return ()

        def read(result: Result) -> list[CarrierScan]:
            if result.code in _NO_ROWS:
                return []
            if not result.is_done:
                raise NotPromisedError(result.said)
            return traced_of(result, reference=placed.reference, waybill=number)

        words = {"txlogisticId": placed.reference, "billcodes": number}
        return await self._asked("track", TRACE, words, read)

    async def proof(self, placed: Placed) -> Proof | NotThere:
        """When it was delivered, and the pictures taken then.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer of another shape.
        """
        return proof_of(await self.scans(placed))

    def is_genuine(self, callback: Callback) -> bool:
        """Whether it is signed with our application's key."""
        shown = {name.lower(): value for name, value in callback.headers.items()}
        account, digest = shown.get("apiaccount", ""), shown.get("digest", "")
        expected = digest_of(business_of(callback), self._key)
        is_ours = hmac.compare_digest(account.encode(), self._settings.username.encode())
        return hmac.compare_digest(digest.encode(), expected.encode()) and is_ours

    def understand(self, callback: Callback) -> Sequence[CarrierScan]:
        """What a callback tells: one report or several.

        Raises:
            CarrierMisread: it has not the promised shape.
        """
        try:
            return callback_scans(callback)
        except (NotPromisedError, BrokenOffError) as trouble:
            raise misread(self.name, "callback", trouble) from trouble

    def answer(self, *, kept: bool) -> Reply:
        """J&T's own envelope, which is the only answer that it takes (section 2.6)."""
        if kept:
            return Reply(body=_KEPT)
        return Reply(status=HTTPStatus.SERVICE_UNAVAILABLE, body=_NOT_KEPT)

    async def verify(self) -> Credentials:
        """Whether account, signature, customer and password are taken.

        There is no request for that: a fee from our own place to itself is asked for. Another
        "no" than those at the door comes from behind it.
        """
        one = self._settings
        home = Party(
            name="",
            phone="",
            address=one.sender_address,
            province=one.sender_province,
            district=one.sender_district,
            ward=one.sender_ward,
        )
        places = places_of(home, home)
        if isinstance(places, Refused):
            return Credentials(well=False, said=places.text)
        words = cost_words(places, weight_grams=_TRIAL_GRAMS, cod_dong=0)
        try:
            outcome = await self._asked("verify", COST, words, lambda result: result)
        except Accident as trouble:
            return Credentials(well=False, said=str(trouble))
        return Credentials(well=not outcome.is_opaque, said="" if outcome.is_done else outcome.said)

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()

    @property
    def _key(self) -> str:
        return self._settings.token.get_secret_value()

    async def _checked(self, reference: str, result: Result) -> Booked | Refused | Unknown:
        """What a "no" means: the order may be there from an earlier time."""
        try:
            found = await self._read_back(reference)
        except Accident as trouble:
            return Unknown(f"{result.said}; {trouble}")
        if isinstance(found, Booked):
            return found
        if result.code == DUPLICATE:
            # It is there; its number is read back once more wherever it is needed.
            return Booked(carrier_number=reference, already=True)
        return refused_of(result) if found.code == NO_DATA else Unknown(result.said)

    async def _read_back(self, reference: str) -> Booked | Result:
        """An order by our reference: J&T names its number beside the label."""

        def read(result: Result) -> Booked | Result:
            if not result.is_done:
                return result
            return replace(booked_of(result, reference), already=True)

        return await self._asked("find", PRINT_ORDER, {"txlogisticId": reference}, read)

    async def _was_cancelled(self, placed: Placed) -> bool:
        try:
            told = await self.scans(placed)
        except Accident:
            return False
        return any(one.raw_code == CANCELLED for one in told)

    async def _told(self, operation: str, path: str, words: Words) -> Result:
        return result_of(await self._answer(self._wire.tell, operation, path, words))

    async def _asked(
        self, operation: str, path: str, words: Words, read: Callable[[Result], T]
    ) -> T:
        """What an answer to a question says; half a body is asked for once more."""
        return await understood(
            self.name,
            operation,
            ask=lambda: self._answer(self._wire.ask, operation, path, words),
            read=lambda answer: read(result_of(answer)),
        )

    async def _answer(self, say: Say, operation: str, path: str, words: Words) -> Answer:
        """An answer to whom we are known.

        A 401 is J&T's gateway, and asked once more. A password that J&T itself has refused is
        not: it locks customers.

        Raises:
            CarrierUnavailable: it was turned away at the door, so nothing was done.
        """
        answer = await say(operation, self._signed(path, words))
        if answer.status == HTTPStatus.UNAUTHORIZED:
            answer = await say(operation, self._signed(path, words))
        why = _turned_away(answer)
        if not why:
            return answer
        text = "kiểm tra username, token, customer_code, password (credentials refused)"
        raise CarrierUnavailable(f"{self.name} {operation}: {why}, {text}")

    def _signed(self, path: str, words: Words) -> Request:
        who = {
            "customerCode": self._settings.customer_code,
            "password": self._settings.password.get_secret_value(),
        }
        business = msgspec.json.encode({**who, **words}).decode()
        headers = {
            "apiAccount": self._settings.username,
            "digest": digest_of(business, self._key),
            "timestamp": str(int(self._clock.now().timestamp() * 1_000)),
            "Accept": "application/json",
        }
        body = urlencode({"bizContent": business}).encode()
        return Request(method="POST", path=path, headers=headers, body=body, content_type=FORM)


def _number(placed: Placed) -> str:
    """J&T's number; where a person has settled the order, only our reference is known."""
    number = placed.waybill or placed.carrier_number
    return "" if number == placed.reference else number


def _turned_away(answer: Answer) -> str:
    """What was said at the door; "" where it was opened."""
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return f"HTTP {answer.status}"
    try:
        result = result_of(answer)
    except (NotPromisedError, BrokenOffError):
        return ""
    return result.said if result.code in TURNED_AWAY else ""

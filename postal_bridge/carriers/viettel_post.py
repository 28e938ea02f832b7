"""Viettel Post: orders by free-text address, cancelling, prices, labels; its webhook tells the rest.

Wire facts: reference on carriers, sections 2.3 and 2.7. There is no look-up and no tracking, and how
a repeated order is answered is not published: an order whose answer was lost is settled by its
webhook, as the carrier's page advises, or by a person. It is never said twice.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import ClassVar, TypeVar
from urllib.parse import urlsplit

import msgspec

from postal_bridge.carriers.answers import (
    BrokenOffError,
    NotPromisedError,
    misread,
    understood,
)
from postal_bridge.carriers.viettel_post_words import (
    CANCEL,
    VOCABULARY,
    Result,
    Token,
    answered,
    bears_secret,
    booked_of,
    callback_scan,
    not_booked_of,
    order_words,
    price_words,
    print_code_of,
    quote_of,
    refused_of,
    result_of,
    token_of,
)
from postal_bridge.carriers.wire import Answer, MayBeStoredError, Request, Wire
from postal_bridge.clock import Clock
from postal_bridge.errors import Accident
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_records import CodMove
from postal_bridge.tracking.carrier_values import (
    Booked,
    Callback,
    Cancelled,
    CarrierScan,
    CarrierUnavailable,
    Credentials,
    Label,
    Order,
    Placed,
    Quote,
    Refused,
    Reply,
    Unknown,
)

T = TypeVar("T")
Say = Callable[[str, Request], Awaitable[Answer]]

LOGIN = "/v2/user/Login"
OWNER_CONNECT = "/v2/user/ownerconnect"
CREATE = "/v2/order/createOrderNlp"
UPDATE = "/v2/order/UpdateOrder"
PRICE = "/v2/order/getPriceNlp"
PRINTING_CODE = "/v2/order/printing-code"
REPORT = "/DigitalizePrint/report.do"

REASON = "Người gửi hủy (called off by the sender)"
_PRINTERS = {
    "partner.viettelpost.vn": "https://digitalize.viettelpost.vn",
    "partnerdev.viettelpost.vn": "https://dev-print.viettelpost.vn",
}
_A6, _WITHOUT_FEE = "2", "0"
_CODE_LIFE = timedelta(minutes=10)
_TURNED_AWAY = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_PRINTABLE = frozenset({"text/html", "application/pdf"})


class ViettelPost:
    """A connection to Viettel Post.

    Labels come from a host of their own: the one that belongs to the base URL by the carrier's
    page, and the base URL itself where that is another.

    Args:
        name: of the connection.
        settings: `username` and `password` of the account, `variant` is the service by the contract
            (ORDER_SERVICE); `callback_secret` is the secret of the webhook.
        wire: to the base URL, without any path.
        clock: for the tokens' end.
    """

    VOCABULARY: ClassVar[str] = VOCABULARY
    NEEDS: ClassVar[tuple[str, ...]] = (
        "base_url",
        "username",
        "password",
        "variant",
        "sender_phone",
        "sender_address",
        "sender_province",
    )
    reference_limit = 50
    repeatable = False
    tells_of_money = frozenset({CodMove.COLLECTED})

    def __init__(self, name: str, *, settings: CarrierSettings, wire: Wire, clock: Clock) -> None:
        self.name = name
        self._settings = settings
        self._wire = wire
        self._clock = clock
        host = urlsplit(settings.base_url).hostname or ""
        self._printer = _PRINTERS.get(host, settings.base_url.rstrip("/"))
        self._token: Token | None = None
        self._signing_in = asyncio.Lock()

    async def book(self, order: Order) -> Booked | Refused | Unknown:
        """Place an order; CHECK_UNIQUE guards against a second one under the same reference."""
        words = order_words(order, service=self._settings.variant)
        if isinstance(words, Refused):
            return words
        try:
            result = await self._told("book", CREATE, words)
            return booked_of(result) if result.is_done else not_booked_of(result)
        except (MayBeStoredError, NotPromisedError, BrokenOffError) as trouble:
            return Unknown(str(trouble))

    async def cancel(self, placed: Placed) -> Cancelled | Refused | Unknown:
        """Call an order off; Viettel Post takes that until it has the item (status below 200).

        That it was called off before, no answer says for certain; its webhook does (107).
        """
        number = _number(placed)
        if isinstance(number, Refused):
            return number
        words = {"TYPE": CANCEL, "ORDER_NUMBER": number, "NOTE": REASON}
        try:
            result = await self._told("cancel", UPDATE, words)
        except (MayBeStoredError, NotPromisedError, BrokenOffError) as trouble:
            return Unknown(str(trouble))
        if result.is_done:
            return Cancelled()
        return Unknown(result.said) if result.is_opaque else refused_of(result)

    async def quote(self, order: Order) -> Quote | Refused:
        """The price of an order, under the service of the contract.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer of another shape.
        """
        service = self._settings.variant
        words = price_words(order, service=service)
        if isinstance(words, Refused):
            return words
        return await self._asked("quote", PRICE, words, lambda result: quote_of(result, service))

    async def label(self, placed: Placed) -> Label | Refused:
        """The page to print, A6 and without the fee; each time under a new code that soon ends.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer that is no label.
        """
        number = _number(placed)
        if isinstance(number, Refused):
            return number
        ends_at = self._clock.now() + _CODE_LIFE
        words = {"EXPIRY_TIME": int(ends_at.timestamp() * 1000), "ORDER_ARRAY": [number]}
        code = await self._asked("label", PRINTING_CODE, words, print_code_of)
        if isinstance(code, Refused):
            return code
        query = {"type": _A6, "bill": code, "showPostage": _WITHOUT_FEE}
        request = Request(method="GET", path=f"{self._printer}{REPORT}", query=query)
        answer = await self._wire.ask("print", request)
        is_page = answer.status == HTTPStatus.OK and answer.content_type in _PRINTABLE
        if not is_page or not answer.body or b"password" in answer.body.lower():
            text = f"HTTP {answer.status}, {answer.content_type}, không phải nhãn (no label)"
            raise misread(self.name, "print", NotPromisedError(text))
        return Label(media_type=answer.content_type, content=answer.body)

    def is_genuine(self, callback: Callback) -> bool:
        """Whether it shows the secret; there is no signature."""
        return bears_secret(callback, self._settings.callback_secret)

    def understand(self, callback: Callback) -> Sequence[CarrierScan]:
        """What a callback tells: one report.

        Raises:
            CarrierMisread: it has not the promised shape.
        """
        try:
            return [callback_scan(callback)]
        except (NotPromisedError, BrokenOffError) as trouble:
            raise misread(self.name, "callback", trouble) from trouble

    def answer(self, *, kept: bool) -> Reply:
        """200, or 503: anything but 200 is said again, five times at most (section 2.3)."""
        status = HTTPStatus.OK if kept else HTTPStatus.SERVICE_UNAVAILABLE
        return Reply(status=status, body=b"{}")

    async def verify(self) -> Credentials:
        """Sign in anew, and say when the token ends that this gave."""
        try:
            async with self._signing_in:
                self._token = await self._sign_in()
                return Credentials(well=True, expires_at=self._token.ends_at)
        except Accident as trouble:
            return Credentials(well=False, said=str(trouble))

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()

    async def _told(self, operation: str, path: str, words: dict[str, object]) -> Result:
        request = Request(method="POST", path=path, body=msgspec.json.encode(words))
        return result_of(await self._answer(self._wire.tell, operation, request))

    async def _asked(
        self, operation: str, path: str, words: dict[str, object], read: Callable[[Result], T]
    ) -> T:
        """What an answer to a question says; half a body and "system error" are asked again once."""
        request = Request(method="POST", path=path, body=msgspec.json.encode(words))
        return await understood(
            self.name,
            operation,
            ask=lambda: self._answer(self._wire.ask, operation, request),
            read=lambda answer: read(answered(answer)),
        )

    async def _answer(self, say: Say, operation: str, request: Request) -> Answer:
        """An answer to whom we are known; a token that is refused is renewed once.

        Raises:
            CarrierUnavailable: it was turned away at the door, so nothing was done.
        """
        token = await self._token_other_than(None)
        answer = await say(operation, _signed(request, token))
        if not _is_turned_away(answer):
            return answer
        token = await self._token_other_than(token)
        answer = await say(operation, _signed(request, token))
        if _is_turned_away(answer):
            text = "token mới cũng bị từ chối (a fresh token is refused as well)"
            raise CarrierUnavailable(f"{self.name} {operation}: HTTP {answer.status}, {text}")
        return answer

    async def _token_other_than(self, refused: Token | None) -> Token:
        """The token in use; who comes second after a refusal finds the next one here."""
        async with self._signing_in:
            held = self._token
            if held is None or held is refused or held.has_ended(self._clock.now()):
                self._token = None
                self._token = await self._sign_in()
                return self._token
            return held

    async def _sign_in(self) -> Token:
        """The long token, which a short one is exchanged for.

        Raises:
            CarrierUnavailable: there is none, so nothing else was said either.
        """
        short = await self._token_from("login", LOGIN, None)
        return await self._token_from("ownerconnect", OWNER_CONNECT, short)

    async def _token_from(self, operation: str, path: str, known: Token | None) -> Token:
        password = self._settings.password.get_secret_value()
        words = {"USERNAME": self._settings.username, "PASSWORD": password}
        request = Request(method="POST", path=path, body=msgspec.json.encode(words))
        answer = await self._wire.ask(operation, _signed(request, known) if known else request)
        try:
            return token_of(answer)
        except (NotPromisedError, BrokenOffError) as trouble:
            text = "không cấp token, kiểm tra username và password (no token)"
            raise CarrierUnavailable(f"{self.name} {operation}: {text}: {trouble}") from trouble


def _number(placed: Placed) -> str | Refused:
    """Viettel Post's own number; where a person or the webhook has settled the order, its waybill."""
    if placed.waybill:
        return placed.waybill
    if placed.carrier_number != placed.reference:
        return placed.carrier_number
    text = "chưa biết mã vận đơn của Viettel Post (its own number is not known here)"
    return Refused(code="", field="ORDER_NUMBER", text=text)


def _signed(request: Request, token: Token) -> Request:
    return replace(request, headers={"Accept": "application/json", "Token": token.text})


def _is_turned_away(answer: Answer) -> bool:
    if answer.status in _TURNED_AWAY:
        return True
    try:
        return result_of(answer).is_turned_away
    except (NotPromisedError, BrokenOffError):
        return False

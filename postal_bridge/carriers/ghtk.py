"""Giao Hàng Tiết Kiệm (GHTK): orders, look-up by our code, cancelling, fees, labels, the state.

Wire facts: reference on carriers, sections 2.5 and 2.7. An order that is already there is refused
with ORDER_ID_EXIST and then read back. Asked for an order, GHTK tells only how it stands now; what
happened before, its callbacks tell. Those bear no signature, so the address that GHTK is given
holds a secret.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import ClassVar, TypeVar
from urllib.parse import quote

import msgspec

from postal_bridge.carriers.answers import (
    BrokenOffError,
    NotPromisedError,
    bears_key,
    misread,
    understood,
)
from postal_bridge.carriers.ghtk_words import (
    ALREADY_THERE,
    ATTEMPTED_STATUS,
    CANCELLED_STATUS,
    VOCABULARY,
    Result,
    booked_of,
    callback_scan,
    fee_words,
    found_of,
    label_of,
    order_words,
    quote_of,
    refused_of,
    result_of,
    state_of,
    state_scan,
    status_of,
)
from postal_bridge.carriers.place_names import PlaceNames, place_names
from postal_bridge.carriers.provinces import UnknownProvinceError
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
    NotThere,
    Order,
    Placed,
    Quote,
    Refused,
    Reply,
    Unknown,
)

T = TypeVar("T")
Say = Callable[[str, Request], Awaitable[Answer]]

SHIPMENT = "/services/shipment"
LABEL = "/services/label"
PAGE_SIZE = "A6"

_TURNED_AWAY = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class Ghtk:
    """A connection to GHTK.

    How long an `id` may be is not published; ours stay within the limit of other couriers.

    Args:
        name: of the connection.
        settings: `token` from GHTK's page for shops, `username` is the partner's code that goes
            with it; `callback_secret` is the `key` of the address that GHTK is given.
        wire: to the base URL.
        clock: not needed; GHTK's tokens have no end.
    """

    VOCABULARY: ClassVar[str] = VOCABULARY
    NEEDS: ClassVar[tuple[str, ...]] = (
        "base_url",
        "token",
        "username",
        "sender_name",
        "sender_phone",
        "sender_address",
        "sender_province",
    )
    reference_limit = 50
    repeatable = True
    tells_of_money = frozenset({CodMove.COLLECTED, CodMove.REMITTED})

    def __init__(self, name: str, *, settings: CarrierSettings, wire: Wire, clock: Clock) -> None:
        del clock
        self.name = name
        self._settings = settings
        self._wire = wire

    async def book(self, order: Order) -> Booked | Refused | Unknown:
        """Place an order; any "no" is checked, as a leg that seems refused could be booked anew."""
        places = _places(order)
        if isinstance(places, Refused):
            return places
        words = order_words(order, pick=places[0], to=places[1])
        path = f"{SHIPMENT}/order/"
        body = msgspec.json.encode(words)
        request = Request(method="POST", path=path, query={"ver": "1.5"}, body=body)
        try:
            result = result_of(await self._answer(self._wire.tell, "book", request))
            if result.is_done:
                return booked_of(result)
        except (MayBeStoredError, NotPromisedError, BrokenOffError) as trouble:
            return Unknown(str(trouble))
        if result.is_opaque:
            return Unknown(result.text)
        return await self._checked(order.reference, result)

    async def find(self, reference: str) -> Booked | NotThere | Unknown:
        """Look an order up by our reference.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer of another shape.
        """
        return await self._state("find", reference, found_of)

    async def cancel(self, placed: Placed) -> Cancelled | Refused | Unknown:
        """Call an order off; a "no" is checked, as it may have been called off before.

        The carrier's page says POST, its samples say GET: where one is not known, the other is
        used.
        """
        request = Request(method="POST", path=f"{SHIPMENT}/cancel/{_ours(placed.reference)}")
        try:
            answer = await self._answer(self._wire.tell, "cancel", request)
            if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
                request = replace(request, method="GET")
                answer = await self._answer(self._wire.tell, "cancel", request)
            result = result_of(answer)
        except (MayBeStoredError, NotPromisedError, BrokenOffError) as trouble:
            return Unknown(str(trouble))
        if result.is_done:
            return Cancelled()
        if result.is_opaque:
            return Unknown(result.text)
        try:
            status = await self._state("find", placed.reference, status_of)
        except Accident as trouble:
            return Unknown(f"{result.text}; {trouble}")
        return Cancelled(already=True) if status == CANCELLED_STATUS else refused_of(result)

    async def quote(self, order: Order) -> Quote | Refused:
        """The fee of an order.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer of another shape.
        """
        places = _places(order)
        if isinstance(places, Refused):
            return places
        query = fee_words(order, pick=places[0], to=places[1])
        request = Request(method="GET", path=f"{SHIPMENT}/fee", query=query)
        return await self._asked("quote", request, lambda answer: quote_of(result_of(answer)))

    async def label(self, placed: Placed) -> Label | Refused:
        """The label, a PDF.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer that is no label.
        """
        number = placed.waybill or placed.carrier_number
        if number == placed.reference:
            # A person has settled the order: only our reference is known, and labels want GHTK's.
            found = await self.find(placed.reference)
            number = found.carrier_number if isinstance(found, Booked) else number
        path = f"{LABEL}/{quote(number, safe='')}"
        request = Request(method="GET", path=path, query={"page_size": PAGE_SIZE})
        return await self._asked("label", request, label_of)

    async def scans(self, placed: Placed) -> Sequence[CarrierScan]:
        """How an order stands now.

        Since when, is the moment of its last change, whatever changed. A callback names its own
        moment, and two moments would make one failed attempt two: so where GHTK calls back,
        attempts are told by its callbacks alone.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer of another shape.
        """
        reference = placed.reference

        def read(state: Mapping[str, object]) -> CarrierScan:
            return state_scan(state, reference)

        found = await self._state("track", reference, read)
        if isinstance(found, Unknown):
            raise misread(self.name, "track", NotPromisedError(found.why))
        calls_back = bool(self._settings.callback_secret.get_secret_value())
        if isinstance(found, NotThere) or (calls_back and found.raw_code == ATTEMPTED_STATUS):
            return ()
        return (found,)

    def is_genuine(self, callback: Callback) -> bool:
        """Whether it came to the address with the secret; there is no signature."""
        return bears_key(callback, self._settings.callback_secret)

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
        """200, or 503: GHTK says once more what was not answered with 200."""
        status = HTTPStatus.OK if kept else HTTPStatus.SERVICE_UNAVAILABLE
        return Reply(status=status, body=b"{}")

    async def verify(self) -> Credentials:
        """Whether the token is taken: ask for the shop's own addresses."""
        request = Request(method="GET", path=f"{SHIPMENT}/list_pick_add")
        try:
            result = await self._asked("verify", request, result_of)
        except Accident as trouble:
            return Credentials(well=False, said=str(trouble))
        return Credentials(well=result.is_done, said="" if result.is_done else result.text)

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()

    async def _checked(self, reference: str, result: Result) -> Booked | Refused | Unknown:
        """What a "no" means: the order may be there from an earlier time."""
        try:
            found = await self.find(reference)
        except Accident as trouble:
            return Unknown(f"{result.code} {result.text}; {trouble}".strip())
        if isinstance(found, NotThere) and result.code == ALREADY_THERE:
            return Unknown(f"{ALREADY_THERE}: {result.text}")
        return refused_of(result) if isinstance(found, NotThere) else found

    async def _state(
        self, operation: str, reference: str, read: Callable[[Mapping[str, object]], T]
    ) -> T | NotThere | Unknown:
        """What is read of the state of an order."""

        def answered(answer: Answer) -> T | NotThere | Unknown:
            result = result_of(answer)
            if result.is_done:
                return read(state_of(result, reference))
            return NotThere() if result.is_not_there else Unknown(result.text)

        request = Request(method="GET", path=f"{SHIPMENT}/v2/{_ours(reference)}")
        return await self._asked(operation, request, answered)

    async def _asked(self, operation: str, request: Request, read: Callable[[Answer], T]) -> T:
        """What an answer to a question says."""
        return await understood(
            self.name,
            operation,
            ask=lambda: self._answer(self._wire.ask, operation, request),
            read=read,
        )

    async def _answer(self, say: Say, operation: str, request: Request) -> Answer:
        """An answer to whom we are known; the token cannot be renewed, so it is shown again once.

        Raises:
            CarrierUnavailable: it was turned away at the door, so nothing was done.
        """
        signed = self._signed(request)
        answer = await say(operation, signed)
        if answer.status in _TURNED_AWAY:
            answer = await say(operation, signed)
        if answer.status not in _TURNED_AWAY:
            return answer
        text = "kiểm tra token và username (token or partner's code refused)"
        raise CarrierUnavailable(f"{self.name} {operation}: HTTP {answer.status}, {text}")

    def _signed(self, request: Request) -> Request:
        shown = {
            "Token": self._settings.token.get_secret_value(),
            "X-Client-Source": self._settings.username,
        }
        return replace(request, headers={**request.headers, **shown})


def _ours(reference: str) -> str:
    """An order by our own code, as GHTK's paths name it."""
    return f"partner_id:{quote(reference, safe='')}"


def _places(order: Order) -> tuple[PlaceNames, PlaceNames] | Refused:
    """Both places by names; an order that names a province that is none is not sent."""
    found = []
    for field, party in (("pick_province", order.sender), ("province", order.receiver)):
        try:
            found.append(place_names(party))
        except UnknownProvinceError as trouble:
            return Refused(code="", field=field, text=str(trouble))
    return found[0], found[1]

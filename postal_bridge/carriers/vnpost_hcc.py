"""VNPost's administrative post, HCC v1: orders, and what became of each item.

Wire facts: reference on carriers, section 2.1 (c), and on one-stop systems and the post, section
1.2 (row O1: the client of the first OpenCPS). The token stands in the query of every address, so
the address of a connection must be one with TLS.

- `postDieuTin` takes an order, for fetching and for delivering alike. The reply is a yes or a no.
  Nobody has published whether a number that came before is known again, and nothing looks an order
  up before a post office has taken the item in: so an order whose answer was lost stays unknown
  until a person has asked.
- `getAcceptance` and `getDelivery` tell what happened to an item; they are asked with the names of
  the order in the body, as that client asks. An acceptance bears our number (DataCode) and the
  item's; a delivery is known by the item's. How records become codes stands in `vnpost_hcc_words`.
- A delivery names who has taken the item: that is the proof.
- Nothing calls an order off, prints a label, or says what became of money.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import ClassVar

import msgspec

from postal_bridge.carriers.answers import (
    BrokenOffError,
    NotPromisedError,
    misread,
    understood,
)
from postal_bridge.carriers.provinces import UnknownProvinceError, code_system, load_provinces
from postal_bridge.carriers.vnpost_hcc_words import (
    TURNED_DOWN,
    VOCABULARY,
    Record,
    Result,
    acceptance_scan,
    concerning,
    delivery_scan,
    item_of,
    order_words,
    proof_of,
    question_words,
    records_of,
    result_of,
)
from postal_bridge.carriers.wire import Answer, MayBeStoredError, Request, Wire
from postal_bridge.clock import Clock, local_day
from postal_bridge.errors import Accident, Misuse
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_values import (
    Booked,
    CarrierScan,
    CarrierUnavailable,
    Credentials,
    NotThere,
    Order,
    Placed,
    Proof,
    Refused,
    Unknown,
)

Say = Callable[[str, Request], Awaitable[Answer]]

ORDER, ACCEPTANCES, DELIVERIES = "/postDieuTin", "/getAcceptance", "/getDelivery"
NOBODYS_REFERENCE = "KIEM-TRA-KET-NOI"

_TURNED_AWAY = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_CHECK_TOKEN = "kiểm tra token (token refused)"  # noqa: S105 - a sentence


class VnpostHcc:
    """A connection to the item services of the administrative post.

    How long an order number may be is not published; ours stay within the limit of the sister
    service.

    Args:
        name: of the connection.
        settings: `token` and `customer_code` are the post's; `shop` is the number of the post
            office that fetches (posIdThuGom), where the post has given one.
        wire: to the base URL, which ends with `serviceApi/v1`.
        clock: for the provinces' validity.
    """

    VOCABULARY: ClassVar[str] = VOCABULARY
    NEEDS: ClassVar[tuple[str, ...]] = (
        "base_url",
        "token",
        "customer_code",
        "sender_phone",
        "sender_address",
        "sender_province",
    )
    reference_limit = 50
    repeatable = False

    def __init__(self, name: str, *, settings: CarrierSettings, wire: Wire, clock: Clock) -> None:
        if settings.shop and not settings.shop.isdecimal():
            text = f"[carriers.{name}] shop = {settings.shop!r}: phải là số (must be a number)"
            raise Misuse(f"{text}: posIdThuGom")
        self.name = name
        self._settings = settings
        self._wire = wire
        self._clock = clock
        self._post_office = int(settings.shop or 0)
        self._system = code_system(settings.province_codes)
        self._provinces = load_provinces()

    async def book(self, order: Order) -> Booked | Refused | Unknown:
        """Place an order.

        Raises:
            CarrierUnavailable: it certainly was not stored.
        """
        places = self._places(order)
        if isinstance(places, Refused):
            return places
        words = order_words(
            order,
            customer_code=self._settings.customer_code,
            post_office=self._post_office,
            sender_province=places[0],
            receiver_province=places[1],
        )
        request = Request(method="POST", path=ORDER, body=msgspec.json.encode(words))
        try:
            result = result_of(await self._answer(self._wire.tell, "book", request))
        except (MayBeStoredError, NotPromisedError, BrokenOffError) as trouble:
            return Unknown(str(trouble))
        if result.is_done or result.is_already_there:
            return Booked(
                carrier_number=order.reference,
                waybill=order.waybill,
                already=result.is_already_there,
            )
        return self._no(result)

    async def scans(self, placed: Placed) -> Sequence[CarrierScan]:
        """The acceptance and each attempt to deliver; nothing while the post knows nothing.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer of another shape.
        """
        accepted, delivered = await self._records(placed)
        try:
            told = [acceptance_scan(one, placed.reference) for one in accepted]
            attempts = [delivery_scan(one, placed.reference) for one in delivered]
        except NotPromisedError as trouble:
            raise misread(self.name, "track", trouble) from trouble
        return [*told, *(one for one in attempts if one is not None)]

    async def proof(self, placed: Placed) -> Proof | NotThere:
        """Who has taken the item, and when.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer of another shape.
        """
        _, delivered = await self._records(placed)
        try:
            return proof_of(delivered) or NotThere()
        except NotPromisedError as trouble:
            raise misread(self.name, "proof", trouble) from trouble

    async def verify(self) -> Credentials:
        """Ask after an order that nobody has: an answer without records is a good sign."""
        try:
            await self._asked("verify", ACCEPTANCES, reference=NOBODYS_REFERENCE)
        except Accident as trouble:
            return Credentials(well=False, said=str(trouble))
        return Credentials(well=True)

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()

    async def _records(self, placed: Placed) -> tuple[list[Record], list[Record]]:
        """Acceptances and deliveries of one order, none of anybody else's."""
        known = {placed.waybill} if placed.waybill else set[str]()
        asked = {"reference": placed.reference, "waybill": placed.waybill or ""}
        accepted = concerning(await self._asked("acceptance", ACCEPTANCES, **asked), placed, known)
        known |= {item for one in accepted if (item := item_of(one))}
        asked["waybill"] = placed.waybill or min(known, default="")
        return accepted, concerning(
            await self._asked("delivery", DELIVERIES, **asked), placed, known
        )

    async def _asked(
        self, operation: str, path: str, *, reference: str, waybill: str = ""
    ) -> Sequence[Record]:
        """The records of an answer to a question, half a body asked for again."""
        words = question_words(
            customer_code=self._settings.customer_code, reference=reference, waybill=waybill
        )
        request = Request(method="POST", path=path, body=msgspec.json.encode(words))
        records = await understood(
            self.name,
            operation,
            ask=lambda: self._answer(self._wire.ask, operation, request),
            read=records_of,
        )
        if isinstance(records, Result):
            raise CarrierUnavailable(f"{self.name} {operation}: {_CHECK_TOKEN}")
        return records

    def _no(self, result: Result) -> Refused | Unknown:
        """What a "no" means.

        Raises:
            CarrierUnavailable: it is about the token, so nothing was stored.
        """
        if result.is_of_the_token:
            raise CarrierUnavailable(f"{self.name} book: {_CHECK_TOKEN}")
        if result.is_opaque:
            return Unknown(result.text)
        text = "không nhận đơn và không nói lý do (turned down without a reason)"
        return Refused(code=TURNED_DOWN, text=result.text or text)

    def _places(self, order: Order) -> tuple[str, str] | Refused:
        """Both provinces in the carrier's codes; an order that names another is not sent."""
        found, today = [], local_day(self._clock.now())
        for field, party in (("maTinhGui", order.sender), ("maTinhNhan", order.receiver)):
            try:
                found.append(self._provinces.translated(party.province, self._system, on=today))
            except UnknownProvinceError as trouble:
                return Refused(code="", field=field, text=str(trouble))
        return found[0], found[1]

    async def _answer(self, say: Say, operation: str, request: Request) -> Answer:
        """An answer to whom we are known; the token cannot be renewed, so it is shown again once.

        Raises:
            CarrierUnavailable: it was turned away at the door, so nothing was done.
        """
        signed = replace(
            request, query={**request.query, "token": self._settings.token.get_secret_value()}
        )
        answer = await say(operation, signed)
        if answer.status in _TURNED_AWAY:
            answer = await say(operation, signed)
        if answer.status in _TURNED_AWAY:
            text = f"{self.name} {operation}: HTTP {answer.status}, {_CHECK_TOKEN}"
            raise CarrierUnavailable(text)
        return answer

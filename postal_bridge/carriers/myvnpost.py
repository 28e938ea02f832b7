"""MyVNPost, VNPost's service for customers with a contract: orders, cases, fees, labels, a feed.

Wire facts: reference on carriers, sections 2.1 (a) and 2.7, and on the post, section 1.3. Nobody
has published whether a repeated order is known by our code (`saleOrderCode`): so an order whose
answer was lost is looked up by it, and never said again unseen. A cancellation is a case that
somebody over there may have to decide. MyVNPost's list tells how orders stand; what happened in
between, the history of each order that has changed tells (`myvnpost_cursor` says how the list is
read without losing any).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from typing import ClassVar

import msgspec

from postal_bridge.carriers.answers import BrokenOffError, NotPromisedError, text_of
from postal_bridge.carriers.myvnpost_cursor import behind, place_of
from postal_bridge.carriers.myvnpost_door import Door
from postal_bridge.carriers.myvnpost_orders import charge_words, order_words
from postal_bridge.carriers.myvnpost_places import Places
from postal_bridge.carriers.myvnpost_words import (
    ACCEPTED,
    CANCELLED_STATUSES,
    VOCABULARIES,
    VOCABULARY,
    WAITING,
    Case,
    Names,
    No,
    Row,
    booked_of,
    case_of,
    created_of,
    found_of,
    history_of,
    label_of,
    listed_of,
    names_of,
    original_id_of,
    quote_of,
    row_scan,
    status_of,
)
from postal_bridge.carriers.wire import MayBeStoredError, Request, Wire
from postal_bridge.clock import Clock, at_local, local_day
from postal_bridge.errors import Accident, Misuse
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_records import CodMove
from postal_bridge.tracking.carrier_values import (
    Booked,
    Cancelled,
    CarrierMisread,
    CarrierScan,
    CarrierUnavailable,
    Credentials,
    FeedPage,
    Label,
    NotThere,
    Order,
    PendingCase,
    Placed,
    Quote,
    Refused,
    Unknown,
)

BY_ITEM, BY_OUR_CODE = "1", "2"
MOST_HISTORIES = 10_000
TRIES = 3
"""Looks in which an order's history may fail before the feed goes on without it."""


class Myvnpost:
    """A connection to MyVNPost; how long `saleOrderCode` may be is not published.

    Args:
        name: of the connection.
        settings: `variant` is the product by the contract (`serviceCode`), `shop` the post office
            that fetches or takes in, where VNPost has named one. Of the two lists of status codes,
            `operation_fields = ["statuses = myvnpost_other"]` takes the other one.
        wire: to the base URL, with `/customer-partner` or `/MYVNP_API` where VNPost says so.
        clock: for the days of the feed.

    Attributes:
        page_size: rows of the list asked for at once; MyVNPost gives 500 at most. Each may want a
            question of its own, and what a page tells is kept when all are answered.
    """

    VOCABULARY: ClassVar[str] = VOCABULARY
    NEEDS: ClassVar[tuple[str, ...]] = (
        "base_url",
        "username",
        "password",
        "customer_code",
        "variant",
        "sender_phone",
        "sender_address",
        "sender_province",
    )
    reference_limit = 50
    repeatable = False
    tells_of_money = frozenset({CodMove.REMITTED})

    def __init__(self, name: str, *, settings: CarrierSettings, wire: Wire, clock: Clock) -> None:
        told = dict(one.split("=", 1) for one in settings.operation_fields)
        given = {key.strip(): value.strip() for key, value in told.items()}
        self._vocabulary = given.get("statuses", VOCABULARY)
        if self._vocabulary not in VOCABULARIES:
            known = ", ".join(sorted(VOCABULARIES))
            text = f"[carriers.{name}] operation_fields, statuses: phải là / must be one of"
            raise Misuse(f"{text} {known}")
        self.name = name
        self.page_size = 100
        self._settings = settings
        self._customer = settings.customer_code, settings.contract_code
        self._wire = wire
        self._clock = clock
        self._door = Door(name, settings=settings, wire=wire)
        self._places = Places(self._door, clock=clock)
        self._histories: dict[tuple[str, str, str], Sequence[CarrierScan]] = {}
        self._in_vain: Counter[tuple[str, str, str]] = Counter()

    async def book(self, order: Order) -> Booked | Refused | Unknown:
        """Place an order.

        Raises:
            CarrierUnavailable: it certainly was not stored.
        """
        try:
            codes = await self._places.both(order)
        except CarrierMisread as trouble:
            # The order itself was not said yet.
            raise CarrierUnavailable(str(trouble)) from trouble
        if isinstance(codes, Refused):
            return codes
        settings = self._settings
        words = order_words(
            order,
            codes=codes,
            customer=self._customer,
            service=settings.variant,
            post=settings.shop,
        )
        try:
            result = created_of(await self._door.told("book", "/CreateOrder", words))
        except (MayBeStoredError, NotPromisedError, BrokenOffError) as trouble:
            return Unknown(str(trouble))
        return await self._checked(order, result) if isinstance(result, No) else result

    async def find(self, reference: str) -> Booked | NotThere | Unknown:
        """Look an order up by our code.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer of another shape.
        """
        found = await self._found("find", reference)
        if found is None:
            return NotThere()
        return Unknown(found.said) if isinstance(found, No) else _there(found)

    async def cancel(self, placed: Placed) -> Cancelled | PendingCase | Refused | Unknown:
        """Call an order off, or ask how the case of it stands.

        The order is looked up first: it tells the name that cancelling wants, and whether it was
        called off before. MyVNPost allows it until the item is fetched.

        Raises:
            CarrierUnavailable: no answer to a question.
            CarrierMisread: an answer of another shape.
        """
        found = await self._found("find", placed.reference)
        if isinstance(found, No):
            return Unknown(found.said)
        if found is None:
            text = "hãng không có đơn này (there is no such order)"
            return Refused(code="", text=text)
        if status_of(found) in CANCELLED_STATUSES:
            return Cancelled(already=True)
        original = original_id_of(found) or placed.carrier_number
        if placed.case_id:
            return await self._pending(original, placed.case_id)
        try:
            answer = await self._door.told("cancel", "/orderCancel", {"OriginalId": original})
            return _ended(case_of(answer), case_id="")
        except (MayBeStoredError, NotPromisedError, BrokenOffError) as trouble:
            return Unknown(str(trouble))

    async def quote(self, order: Order) -> Quote | Refused:
        """The fee of an order under the product of the contract.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer of another shape.
        """
        codes = await self._places.both(order)
        if isinstance(codes, Refused):
            return codes
        service = self._settings.variant
        words = charge_words(order, codes=codes, customer=self._customer, service=service)
        request = _question("/ServicesCharge", words)
        return await self._door.asked("quote", request, lambda one: quote_of(one, service))

    async def label(self, placed: Placed) -> Label | Refused:
        """The label of an item, a PDF.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer that is no label.
        """
        waybill = placed.waybill
        if not waybill:
            found = await self.find(placed.reference)
            waybill = found.waybill if isinstance(found, Booked) else None
        if not waybill:
            text = "hãng chưa cấp số hiệu bưu gửi (there is no item code yet)"
            return Refused(code="", text=text)
        return await self._door.asked("label", _question("/exportListReport", [waybill]), label_of)

    async def scans(self, placed: Placed) -> Sequence[CarrierScan]:
        """All that MyVNPost's history tells of an order.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer of another shape.
        """
        names = Names(
            vocabulary=self._vocabulary,
            reference=placed.reference,
            waybill=placed.waybill or "",
        )
        return await self._history("track", BY_OUR_CODE, placed.reference, names)

    async def page(self, cursor: str) -> FeedPage:
        """A page of the list of orders, each with its history where it has changed.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: no page of the list.
        """
        place = place_of(cursor, today=local_day(self._clock.now()))
        query = {
            "lastUpdateFrom": f"{place.since:%d-%m-%Y}",
            "lastUpdateTo": f"{place.until:%d-%m-%Y}",
            "type": "GUI",
            "page": str(place.page),
            "size": str(self.page_size),
            "isInternational": "false",
        }
        request = Request(method="GET", path="/GetListOrder", query=query)
        rows = await self._door.asked("feed", request, listed_of)
        scans: list[CarrierScan] = []
        for row in rows:
            # A row without a moment must neither stop the feed nor be lost.
            scans += await self._told_of(row, otherwise=at_local(place.until, time.min))
        after, more = behind(place, is_full=len(rows) >= self.page_size)
        return FeedPage(scans=scans, cursor=after, more=more)

    async def verify(self) -> Credentials:
        """Sign in anew; how long the account is good, MyVNPost does not say."""
        try:
            await self._door.sign_in()
        except Accident as trouble:
            return Credentials(well=False, said=str(trouble))
        return Credentials(well=True)

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()

    async def _checked(self, order: Order, no: No) -> Booked | Refused | Unknown:
        """What a "no" to an order means: a leg that seems refused could be booked anew.

        How MyVNPost answers a repeat is not published, so the order is looked up before anybody
        believes a "no"; one that speaks of an accident may mean anything.
        """
        if no.is_opaque:
            return Unknown(no.said)
        try:
            found = await self.find(order.reference)
        except Accident as trouble:
            return Unknown(f"{no.said}; {trouble}")
        return no.refused if isinstance(found, NotThere) else found

    async def _pending(
        self, original: str, case_id: str
    ) -> Cancelled | PendingCase | Refused | Unknown:
        query = {"OriginalId": original, "CaseId": case_id}
        request = Request(method="GET", path="/orderCorrection/updateCase", query=query)
        return _ended(await self._door.asked("case", request, case_of), case_id=case_id)

    async def _found(self, operation: str, reference: str) -> Row | No | None:
        """The row of our order; a "no" that does not say that there is none."""
        query = {"type": BY_OUR_CODE, "code": reference}
        request = Request(method="GET", path="/getOrder", query=query)
        found = await self._door.asked(operation, request, lambda one: found_of(one, reference))
        return None if isinstance(found, No) and found.is_not_there else found

    async def _history(
        self, operation: str, kind: str, code: str, names: Names
    ) -> Sequence[CarrierScan]:
        query = {"type": kind, "code": code}
        request = Request(method="GET", path="/GetStatusHistoryOrder", query=query)
        return await self._door.asked(operation, request, lambda one: history_of(one, names))

    async def _told_of(self, row: Row, *, otherwise: datetime) -> Sequence[CarrierScan]:
        """What has happened to an order of the list.

        A day's rows come again with every look. An order that stands as it stood is not asked
        about again; what was told of it is told once more, as nobody here knows whether it was
        kept. The row itself is a report only where the history lacks its status: its moment moves
        with every change of a weight or a fee, and a failed attempt would be told twice.
        """
        names = names_of(row, self._vocabulary)
        stands = row_scan(row, names, otherwise=otherwise) if names else None
        if names is None or stands is None:
            return ()
        item = text_of(row.get("itemCode"))
        key = item or names.reference, stands.raw_code, str(row.get("updatedDate"))
        if key in self._histories:
            return self._histories[key]
        kind = BY_ITEM if item else BY_OUR_CODE
        try:
            scans = await self._history("history", kind, key[0], names)
        except (CarrierMisread, CarrierUnavailable) as trouble:
            # One order that cannot be read must not hold up all others for ever.
            self._in_vain[key] += 1
            if isinstance(trouble, CarrierUnavailable) and self._in_vain[key] < TRIES:
                raise
            return (stands,)
        if stands.raw_code not in {one.raw_code for one in scans}:
            return (*scans, stands)
        if len(self._histories) >= MOST_HISTORIES:
            self._histories.clear()
            self._in_vain.clear()
        self._histories[key] = scans
        return scans


def _question(path: str, words: object) -> Request:
    """A question that is put as a POST."""
    return Request(method="POST", path=path, body=msgspec.json.encode(words))


def _there(row: Mapping[str, object]) -> Booked | Unknown:
    try:
        return replace(booked_of(row), already=True)
    except NotPromisedError as trouble:
        return Unknown(str(trouble))


def _ended(case: Case | No | None, *, case_id: str) -> Cancelled | PendingCase | Refused | Unknown:
    """What a case means: `case_id` is the one that was asked about, if any."""
    if isinstance(case, No):
        return Unknown(case.said) if case.is_opaque else case.refused
    if case is None or case.kind == WAITING:
        known = (case.case_id if case else "") or case_id
        return PendingCase(known) if known else Unknown("chờ duyệt, không có CaseId (no CaseId)")
    return Cancelled() if case.kind == ACCEPTED else Refused(code=case.kind, text=case.text)

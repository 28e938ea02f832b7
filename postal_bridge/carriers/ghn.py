"""Giao Hàng Nhanh (GHN): orders, look-up by our code, cancelling, fees, labels, reports.

Wire facts: reference on carriers, sections 2.4 and 2.7. An order's `client_order_code` is our
reference: GHN knows a repeat by it, and the order is read back by it. Callbacks bear no signature,
so the address that GHN is given holds a secret, and what a callback says can be asked for again.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import ClassVar, TypeVar

import msgspec

from postal_bridge.carriers.answers import (
    BrokenOffError,
    NotPromisedError,
    bears_key,
    json_of,
    misread,
    object_of,
    rows_of,
    understood,
    whole_of,
)
from postal_bridge.carriers.ghn_words import (
    CANCELLED_STATUS,
    UNAUTHORISED,
    VOCABULARY,
    Result,
    booked_of,
    callback_scan,
    detail_of,
    entries_of,
    fee_words,
    named,
    order_words,
    print_token_of,
    quote_of,
    refused_of,
    result_of,
    scans_of,
    shops_of,
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

API = "/shiip/public-api"
PRINT = "/a5/public-api/printA5"
MOST_SHOPS = 200


class Ghn:
    """A connection to GHN; `base_url` is the gateway without any path.

    The sender is the shop that the header names, with the address that GHN has of it.

    Args:
        name: of the connection.
        settings: `token` and `shop` from GHN's page for shops; `callback_secret` is the `key`
            of the address that GHN is given for its callbacks.
        wire: to the gateway.
        clock: not needed; GHN's tokens have no end.
    """

    VOCABULARY: ClassVar[str] = VOCABULARY
    NEEDS: ClassVar[tuple[str, ...]] = ("base_url", "token", "shop")
    reference_limit = 50
    repeatable = True
    tells_of_money = frozenset({CodMove.COLLECTED, CodMove.REMITTED})

    def __init__(self, name: str, *, settings: CarrierSettings, wire: Wire, clock: Clock) -> None:
        del clock
        self.name = name
        self._settings = settings
        self._wire = wire
        self._lists: dict[str, Sequence[Mapping[str, object]]] = {}

    async def book(self, order: Order) -> Booked | Refused | Unknown:
        """Place an order.

        How GHN answers a repeat is not published. Where it says no, the order is read back before
        anybody believes it: a leg that seems refused could be booked anew.
        """
        place = _place(order)
        if isinstance(place, Refused):
            return place
        words = order_words(order, place)
        try:
            result = await self._told("book", "/v2/shipping-order/create", words)
            if result.is_done:
                return booked_of(object_of(result.data, "create"))
        except (MayBeStoredError, NotPromisedError, BrokenOffError) as trouble:
            return Unknown(str(trouble))
        if result.is_opaque:
            return Unknown(f"{result.name} {result.text}".strip())
        try:
            found = await self.find(order.reference)
        except Accident as trouble:
            return Unknown(f"{result.text}; {trouble}")
        return refused_of(result) if isinstance(found, NotThere) else found

    async def find(self, reference: str) -> Booked | NotThere | Unknown:
        """Look an order up by our reference.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer of another shape.
        """
        found = await self._detail("find", reference)
        if isinstance(found, Result):
            return NotThere() if found.is_not_there else Unknown(found.text)
        return replace(booked_of(found), already=True) if found else NotThere()

    async def cancel(self, placed: Placed) -> Cancelled | Refused | Unknown:
        """Call an order off; a "no" is checked, as it may have been called off before."""
        try:
            code = await self._code(placed)
            result = await self._told("cancel", "/v2/switch-status/cancel", {"order_codes": [code]})
            if not result.is_done:
                said = result.text
            else:
                rows = rows_of(result.data, "cancel")
                row = next((one for one in rows if one.get("order_code") == code), None)
                if row is None or not isinstance(row.get("result"), bool):
                    return Unknown(f"{code}: không có kết quả (no result)")
                if row["result"]:
                    return Cancelled()
                said = str(row.get("message") or "")
        except (MayBeStoredError, NotPromisedError, BrokenOffError) as trouble:
            return Unknown(str(trouble))
        if result.is_opaque:
            return Unknown(f"{result.name} {said}".strip())
        try:
            found = await self._detail("find", placed.reference)
        except Accident as trouble:
            return Unknown(f"{said}; {trouble}")
        if isinstance(found, Mapping) and found.get("status") == CANCELLED_STATUS:
            return Cancelled(already=True)
        return Refused(code="", text=said) if result.is_done else refused_of(result)

    async def quote(self, order: Order) -> Quote | Refused:
        """The fee of an order; GHN reckons it by the old districts only (section 2.4).

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer of another shape.
        """
        place = _place(order)
        if isinstance(place, Refused):
            return place
        ids = await self._old_ids(place)
        if isinstance(ids, Refused):
            return ids
        words = fee_words(order, district_id=ids[0], ward_code=ids[1])
        return await self._asked("quote", "/v2/shipping-order/fee", words, quote_of)

    async def label(self, placed: Placed) -> Label | Refused:
        """The page to print; the token for it lives half an hour, so each time there is a new one.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer that is no label.
        """
        code = await self._code(placed)
        token = await self._asked(
            "label", "/v2/a5/gen-token", {"order_codes": [code]}, print_token_of
        )
        if isinstance(token, Refused):
            return token
        request = Request(method="GET", path=PRINT, query={"token": token})
        answer = await self._wire.ask("print", request)
        is_page = answer.status == HTTPStatus.OK and answer.content_type in _PRINTABLE
        if not is_page or not answer.body or b"password" in answer.body.lower():
            text = f"HTTP {answer.status}, {answer.content_type}, không phải nhãn (no label)"
            raise misread(self.name, "print", NotPromisedError(text))
        return Label(media_type=answer.content_type, content=answer.body)

    async def scans(self, placed: Placed) -> Sequence[CarrierScan]:
        """All that GHN's log tells of an order.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer of another shape.
        """
        found = await self._detail("track", placed.reference)
        if isinstance(found, Result) and not found.is_not_there:
            raise misread(self.name, "track", NotPromisedError(found.text))
        if found is None or isinstance(found, Result):
            return ()
        try:
            return scans_of(found, placed.reference)
        except NotPromisedError as trouble:
            raise misread(self.name, "track", trouble) from trouble

    def is_genuine(self, callback: Callback) -> bool:
        """Whether it came to the address with the secret; there is no signature."""
        return bears_key(callback, self._settings.callback_secret)

    def understand(self, callback: Callback) -> Sequence[CarrierScan]:
        """What a callback tells: one report.

        Raises:
            CarrierMisread: it has not the promised shape.
        """
        answer = Answer(status=HTTPStatus.OK, content_type="", body=callback.body)
        try:
            return [callback_scan(object_of(json_of(answer), "callback"))]
        except (NotPromisedError, BrokenOffError) as trouble:
            raise misread(self.name, "callback", trouble) from trouble

    def answer(self, *, kept: bool) -> Reply:
        """200, or 503: after any 4xx GHN drops the report for good (section 2.4)."""
        status = HTTPStatus.OK if kept else HTTPStatus.SERVICE_UNAVAILABLE
        return Reply(status=status, body=b"{}")

    async def verify(self) -> Credentials:
        """Whether the token is taken, and the shop is one of its shops."""
        words = {"offset": 0, "limit": MOST_SHOPS}
        try:
            shops = await self._asked("verify", "/v2/shop/all", words, shops_of)
        except Accident as trouble:
            return Credentials(well=False, said=str(trouble))
        if isinstance(shops, Refused):
            return Credentials(well=False, said=shops.text)
        if self._settings.shop.strip() not in shops:
            text = f"token không có cửa hàng {self._settings.shop} (the token has no such shop)"
            return Credentials(well=False, said=text)
        return Credentials(well=True)

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()

    async def _detail(self, operation: str, reference: str) -> Mapping[str, object] | Result | None:
        """The details of an order of ours; a result where GHN gives none, and says why."""
        words = {"client_order_code": reference}

        def read(result: Result) -> Mapping[str, object] | Result | None:
            return detail_of(result.data, reference) if result.is_done else result

        return await self._asked(operation, "/v2/shipping-order/detail-by-client-code", words, read)

    async def _code(self, placed: Placed) -> str:
        """GHN's number; where a person has settled the order, only our reference is known."""
        if placed.carrier_number != placed.reference:
            return placed.carrier_number
        found = await self.find(placed.reference)
        return found.carrier_number if isinstance(found, Booked) else placed.reference

    async def _old_ids(self, place: PlaceNames) -> tuple[int, str] | Refused:
        """The district and ward in GHN's old catalogue, found by their names."""
        province = await self._entry("province", {}, "ProvinceName", place.province)
        parent = whole_of(province.get("ProvinceID")) if province else None
        district = await self._entry(
            "district", {"province_id": parent}, "DistrictName", place.district
        )
        parent = whole_of(district.get("DistrictID")) if district else None
        ward = await self._entry("ward", {"district_id": parent}, "WardName", place.ward)
        if parent is None or ward is None:
            text = "không có trong danh mục cũ của GHN (not in GHN's old catalogue)"
            field = "to_district_id" if parent is None else "to_ward_code"
            return Refused(code="", field=field, text=text)
        return parent, str(ward.get("WardCode"))

    async def _entry(
        self, kind: str, words: Mapping[str, object], name: str, wanted: str
    ) -> Mapping[str, object] | None:
        """An entry of a list; lists change once in years, so each is asked for once."""
        if not wanted or None in words.values():
            return None
        key = f"{kind} {sorted(words.items())}"
        if key not in self._lists:
            path = f"/master-data/{kind}"
            rows = await self._asked("catalogue", path, words, entries_of)
            if isinstance(rows, Refused):
                raise misread(self.name, "catalogue", NotPromisedError(rows.text))
            self._lists[key] = rows
        return named(wanted, self._lists[key], name)

    async def _told(self, operation: str, path: str, words: Mapping[str, object]) -> Result:
        return result_of(await self._answer(self._wire.tell, operation, self._request(path, words)))

    async def _asked(
        self,
        operation: str,
        path: str,
        words: Mapping[str, object],
        read: Callable[[Result], T],
    ) -> T:
        """What an answer to a question says; half a body is asked for once more."""
        request = self._request(path, words)
        return await understood(
            self.name,
            operation,
            ask=lambda: self._answer(self._wire.ask, operation, request),
            read=lambda answer: read(result_of(answer)),
        )

    async def _answer(self, say: Say, operation: str, request: Request) -> Answer:
        """An answer to whom we are known; the token cannot be renewed, so it is shown again once.

        Raises:
            CarrierUnavailable: it was turned away at the door, so nothing was done.
        """
        answer = await say(operation, request)
        if _is_turned_away(answer):
            answer = await say(operation, request)
        if not _is_turned_away(answer):
            return answer
        text = "kiểm tra token (the token is refused)"
        raise CarrierUnavailable(f"{self.name} {operation}: HTTP {answer.status}, {text}")

    def _request(self, path: str, words: Mapping[str, object]) -> Request:
        token = self._settings.token.get_secret_value()
        return Request(
            method="POST",
            path=f"{API}{path}",
            headers={"Token": token, "ShopId": self._settings.shop, "Accept": "application/json"},
            body=msgspec.json.encode(words),
        )


_PRINTABLE = frozenset({"text/html", "application/pdf"})


def _place(order: Order) -> PlaceNames | Refused:
    """Where it goes, by names; an order whose ward nobody can tell is not sent."""
    try:
        place = place_names(order.receiver)
    except UnknownProvinceError as trouble:
        return Refused(code="", field="to_province_name", text=str(trouble))
    if not place.ward:
        text = "địa chỉ không nói phường, xã nào (the address names no ward)"
        return Refused(code="", field="to_ward_name", text=text)
    return place


def _is_turned_away(answer: Answer) -> bool:
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return True
    try:
        return result_of(answer).code == UNAUTHORISED
    except (NotPromisedError, BrokenOffError):
        return False

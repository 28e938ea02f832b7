"""VNPost's administrative post over NGSP: orders, cancellations, the feed of what happened, prices.

Wire facts: reference on one-stop systems and the post, sections 1.1 to 1.3. The same service is
offered under four faces, and the setting `variant` says which; what differs stands in `Face`.
An order that is already there is not stored again (code 101), so a lost answer is settled by
saying the order once more.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from typing import ClassVar, TypeVar

import msgspec

from postal_bridge.carriers.answers import (
    BrokenOffError,
    NotPromisedError,
    misread,
    understood,
)
from postal_bridge.carriers.provinces import UnknownProvinceError, code_system, load_provinces
from postal_bridge.carriers.vnpost_ngsp_words import (
    ACCEPTED,
    ALREADY_THERE,
    BEGINNING,
    CANCEL_ACCEPTED,
    FACES,
    SERVICE,
    VOCABULARY,
    Records,
    Result,
    Token,
    extension_words,
    is_record_id,
    order_words,
    price_of,
    price_words,
    records_of,
    result_of,
    token_of,
)
from postal_bridge.carriers.wire import Answer, MayBeStoredError, Request, Wire
from postal_bridge.clock import Clock, local_day
from postal_bridge.errors import Accident, Misuse
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_values import (
    Booked,
    Cancelled,
    CarrierUnavailable,
    Credentials,
    FeedPage,
    Order,
    Party,
    Placed,
    Quote,
    Refused,
    Unknown,
)

T = TypeVar("T")
Say = Callable[[str, Request], Awaitable[Answer]]

FEED = "/order/tracking"
LARGEST_PAGE = 1_000

_CREDENTIALS_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_PARTS_OF_A_CURSOR = ":"


class VnpostNgsp:
    """A connection to VNPost's NGSP service.

    A reference is the order number; how long one may be is not published, and the dossier codes
    that others send are shorter than ours.

    Where the variant is not NGSP itself, nobody has published the feed's address: the setting
    `operation_fields = ["tracking = …"]` names it, as a path behind the base URL or a whole one.

    Args:
        name: of the connection.
        settings: `username` is the consumer key, `password` its secret.
        wire: to the base URL.
        clock: for the tokens' end and the provinces' validity.
    """

    VOCABULARY: ClassVar[str] = VOCABULARY
    NEEDS: ClassVar[tuple[str, ...]] = (
        "base_url",
        "token_url",
        "username",
        "password",
        "customer_code",
        "sender_phone",
        "sender_address",
        "sender_province",
    )
    reference_limit = 50
    repeatable = True

    def __init__(self, name: str, *, settings: CarrierSettings, wire: Wire, clock: Clock) -> None:
        if settings.variant not in FACES:
            known = ", ".join(f"“{one}”" for one in FACES)
            text = f"[carriers.{name}] variant = {settings.variant!r}: phải là / must be one of"
            raise Misuse(f"{text} {known}")
        self.name = name
        self._settings = settings
        self._face = FACES[settings.variant]
        self._wire = wire
        self._clock = clock
        self._system = code_system(settings.province_codes)
        self._provinces = load_provinces()
        # Parted by the first "=", as an address may have more of them.
        told = dict(one.split("=", 1) for one in settings.operation_fields)
        given = {key.strip(): value.strip() for key, value in told.items()}
        self._feed = given.get("tracking", FEED if self._face.has_feed else "")
        self._token: Token | None = None
        self._signing_in = asyncio.Lock()

    async def book(self, order: Order) -> Booked | Refused | Unknown:
        """Place an order; one that is already there is not stored again."""
        places = self._places(order)
        if isinstance(places, Refused):
            return places
        sender, receiver = places
        words = order_words(
            order,
            customer_code=self._settings.customer_code,
            sender_province=sender,
            receiver_province=receiver,
        )
        if self._face.extended:
            words |= extension_words(order)
        request = Request(
            method="POST",
            path=self._face.book_path,
            query=self._face.book_query,
            headers={**_ACCEPTS, **self._face.book_headers},
            body=msgspec.json.encode(words),
        )
        result = await self._told("book", request)
        if isinstance(result, Unknown):
            return result
        if result.status in {ACCEPTED, ALREADY_THERE}:
            return Booked(
                carrier_number=order.reference,
                waybill=order.waybill if self._face.extended else None,
                already=result.status == ALREADY_THERE,
            )
        return _no(result, instead_of=CANCEL_ACCEPTED)

    async def cancel(self, placed: Placed) -> Cancelled | Refused | Unknown:
        """Call an order off; VNPost takes that until it has fetched the item."""
        names = self._face.cancel_names
        if names is None:
            text = "kết nối này không có lệnh hủy (this variant has no cancelling)"
            return Refused(code="", text=text)
        values = dict(zip(names, (self._settings.customer_code, placed.reference), strict=True))
        in_query = self._face.cancel_method == "GET"
        request = Request(
            method=self._face.cancel_method,
            path=self._face.cancel_path,
            query={**self._face.cancel_query, **(values if in_query else {})},
            headers={**_ACCEPTS, **self._face.cancel_headers},
            body=b"" if in_query else msgspec.json.encode(values),
        )
        result = await self._told("cancel", request)
        if isinstance(result, Unknown):
            return result
        if result.status == CANCEL_ACCEPTED:
            return Cancelled()
        return _no(result, instead_of=ACCEPTED)

    async def quote(self, order: Order) -> Quote | Refused:
        """The price of an order, where the connection is an LGSP's.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: an answer without a price.
        """
        if not self._face.has_prices:
            text = "kết nối này không báo giá (this variant tells no prices)"
            return Refused(code="", text=text)
        places = self._places(order)
        if isinstance(places, Refused):
            return places
        words = price_words(order, sender_province=places[0], receiver_province=places[1])
        request = Request(
            method="POST",
            path="",
            query={"service": "getprice"},
            headers=_ACCEPTS,
            body=msgspec.json.encode(words),
        )
        price = await self._asked("quote", request, price_of)
        if isinstance(price, Result):
            return Refused(code=price.status, text=price.message)
        return Quote(service=SERVICE, amount_dong=price)

    async def page(self, cursor: str) -> FeedPage:
        """What came behind the cursor, a thousand records at most.

        A feed that begins anew (its ids are other ones) does not say so: it answers an empty page
        for ever. So a page is asked for from the record before the last one that was read, and
        holds that last one; where it does not, all is read again from the start. Reports that
        were known are recognised by their key.

        Raises:
            CarrierUnavailable: no answer.
            CarrierMisread: no page of a feed.
        """
        if not self._feed:
            text = f"[carriers.{self.name}] operation_fields: thiếu “tracking = địa chỉ”"
            raise Misuse(f"{text} (the feed's address is needed)")
        before, last = _parts(cursor)
        query = {"pagesize": str(LARGEST_PAGE), "lastId": before}
        request = Request(method="GET", path=self._feed, query=query, headers=_ACCEPTS)
        records = await self._asked("feed", request, _page_or_none)
        if records is None and before != BEGINNING:
            return _ANEW
        if records is None:
            raise misread(self.name, "feed", NotPromisedError("không có trang đầu (no first page)"))
        if last and last not in records.ids:
            return _ANEW
        more = len(records.ids) >= LARGEST_PAGE
        *earlier, end = [before, *records.ids]
        return FeedPage(
            scans=[scan for record_id, scan in records.scans if record_id != last],
            cursor=f"{earlier[-1]}{_PARTS_OF_A_CURSOR}{end}" if records.ids else cursor,
            more=more,
        )

    async def verify(self) -> Credentials:
        """Sign in anew; a token that ends is renewed with the key, which has no end."""
        try:
            async with self._signing_in:
                self._token = await self._sign_in()
        except Accident as trouble:
            return Credentials(well=False, said=str(trouble))
        return Credentials(well=True)

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()

    def _places(self, order: Order) -> tuple[str, str] | Refused:
        """Both provinces in the carrier's codes; an order that names another is not sent."""
        found = []
        for field, party in (
            ("SenderProvince", order.sender),
            ("ReceiverProvince", order.receiver),
        ):
            try:
                found.append(self._province(party))
            except UnknownProvinceError as trouble:
                return Refused(code="", field=field, text=str(trouble))
        return found[0], found[1]

    def _province(self, party: Party) -> str:
        today = local_day(self._clock.now())
        return self._provinces.translated(party.province, self._system, on=today)

    async def _told(self, operation: str, request: Request) -> Result | Unknown:
        """Say what is stored over there; anything but a clear answer leaves it open."""
        try:
            answer = await self._answer(self._wire.tell, operation, request)
            return result_of(answer)
        except (MayBeStoredError, NotPromisedError, BrokenOffError) as trouble:
            return Unknown(str(trouble))

    async def _asked(self, operation: str, request: Request, read: Callable[[Answer], T]) -> T:
        """What an answer to a question says."""
        return await understood(
            self.name,
            operation,
            ask=lambda: self._answer(self._wire.ask, operation, request),
            read=read,
        )

    async def _answer(self, say: Say, operation: str, request: Request) -> Answer:
        """An answer to whom we are known; a token that is refused is renewed once.

        Raises:
            CarrierUnavailable: it was turned away at the door, so nothing was done.
        """
        token = await self._token_other_than(None)
        answer = await say(operation, self._signed(request, token))
        if answer.status not in _CREDENTIALS_REFUSED:
            return answer
        token = await self._token_other_than(token)
        answer = await say(operation, self._signed(request, token))
        if answer.status in _CREDENTIALS_REFUSED:
            text = "token mới cũng bị từ chối (a fresh token is refused as well)"
            raise CarrierUnavailable(f"{self.name} {operation}: HTTP {answer.status}, {text}")
        return answer

    def _signed(self, request: Request, token: Token) -> Request:
        name = self._face.token_header
        shown = {name: token.text} if name else {"Authorization": f"{token.kind} {token.text}"}
        return replace(request, headers={**request.headers, **shown})

    async def _token_other_than(self, refused: Token | None) -> Token:
        """The token in use; who comes second after a refusal finds the next one here."""
        async with self._signing_in:
            if self._token is None or self._token is refused:
                self._token = None
                self._token = await self._sign_in()
            return self._token

    async def _sign_in(self) -> Token:
        """A new token.

        Raises:
            CarrierUnavailable: there is none, so nothing else was said either.
        """
        settings = self._settings
        key = f"{settings.username}:{settings.password.get_secret_value()}".encode()
        request = Request(
            method="POST",
            path=settings.token_url,
            headers={"Authorization": f"Basic {base64.b64encode(key).decode()}"},
            body=b"grant_type=client_credentials",
            content_type="application/x-www-form-urlencoded",
        )
        answer = await self._wire.ask("token", request)
        if answer.status != HTTPStatus.OK:
            text = "không cấp token, kiểm tra username và password (no token: check key and secret)"
            raise CarrierUnavailable(f"{self.name} token: HTTP {answer.status}, {text}")
        try:
            return token_of(answer)
        except (NotPromisedError, BrokenOffError) as trouble:
            raise CarrierUnavailable(f"{self.name} token: {trouble}") from trouble


_ACCEPTS = {"Accept": "application/json", "Accept-Charset": "UTF-8"}
_ANEW = FeedPage(scans=(), cursor="", more=True)


def _no(result: Result, *, instead_of: str) -> Refused | Unknown:
    """A code that is none of the good ones: turned down, unless it may mean anything."""
    if result.is_opaque or result.status == instead_of:
        return Unknown(f"Status {result.status}: {result.message}")
    return Refused(code=result.status, text=result.message)


def _parts(cursor: str) -> tuple[str, str]:
    """The id to read on from, and the id of the record that must come first then; "" for none.

    A cursor is the last two ids that were read. One id alone is taken as it is.
    """
    before, _, last = cursor.rpartition(_PARTS_OF_A_CURSOR)
    if not before:
        before, last = last or BEGINNING, ""
    if not is_record_id(before) or (last and not is_record_id(last)):
        return BEGINNING, ""
    return before, last


def _page_or_none(answer: Answer) -> Records | None:
    """A page of the feed; None where it is refused, as an id from before a restart is."""
    return None if answer.status >= HTTPStatus.BAD_REQUEST else records_of(answer)

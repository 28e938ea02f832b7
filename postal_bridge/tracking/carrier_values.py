"""What tracking and carriers say to each other: orders, answers that have a type, events, labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from postal_bridge.errors import Accident
from postal_bridge.tracking.carrier_records import CodMove


class Capability(StrEnum):
    """What a connection can do."""

    BOOK = "book"
    FIND = "find"
    CANCEL = "cancel"
    QUOTE = "quote"
    LABEL = "label"
    TRACK = "track"
    FEED = "feed"
    PICKUP = "pickup"
    PROOF = "proof"
    COD = "cod"
    WEBHOOK = "webhook"
    VERIFY = "verify"


class CarrierUnavailable(Accident):
    """The carrier did not hear us, or has no time; nothing was stored there."""

    retryable = True


class CarrierMisread(Accident):
    """The carrier answered something that it never promised: a page for people, another shape.

    It is not asked again by itself: a person must look.
    """


@dataclass(frozen=True, kw_only=True)
class Party:
    """Who sends or receives, and where.

    Attributes:
        address: one line, as it was written down.
        province: two digits of the national statistics office ("20" is Lạng Sơn); the adapter
            writes them in its carrier's own code system.
        district, ward: names, where they are known apart from the line.
    """

    name: str
    phone: str
    address: str
    province: str
    district: str = ""
    ward: str = ""
    email: str = ""


@dataclass(frozen=True)
class Window:
    """A time in which somebody comes."""

    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a carrier is asked to do.

    Attributes:
        number: of our consignment.
        reference: ours, the same on every repeat, within the limit of the adapter.
        contents: what is in it, for the label; no names of papers beyond that.
        cod_dong: to be collected from the receiver.
        collect: the carrier fetches it; otherwise we bring it to a post office.
        window: in which it is to be fetched, for carriers that take one (`Fetches`).
        waybill: a number issued beforehand, where the contract has such.
    """

    number: str
    reference: str
    sender: Party
    receiver: Party
    contents: str
    weight_grams: int = 100
    cod_dong: int = 0
    note: str = ""
    collect: bool = True
    window: Window | None = None
    waybill: str | None = None


@dataclass(frozen=True, kw_only=True)
class Booked:
    """The carrier has the order; `already` where it had it before we asked."""

    carrier_number: str
    waybill: str | None = None
    fee_dong: int | None = None
    already: bool = False


@dataclass(frozen=True)
class NotThere:
    """The carrier has no order under this reference: it looked, and is sure."""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The carrier does not want it: its code, the field it objects to, its own words."""

    code: str
    text: str
    field: str = ""


@dataclass(frozen=True)
class Unknown:
    """It may have been stored, or may not; `why` says what came instead of an answer."""

    why: str


@dataclass(frozen=True)
class Cancelled:
    """The order will not be carried out; `already` where it was called off before."""

    already: bool = False


@dataclass(frozen=True)
class PendingCase:
    """Somebody at the carrier decides; asked again under this number."""

    case_id: str


@dataclass(frozen=True, kw_only=True)
class Placed:
    """An order that exists over there, as later operations name it."""

    reference: str
    carrier_number: str
    waybill: str | None = None
    case_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class CodMoney:
    """Money that a report speaks of: collected from the receiver, or paid out to us.

    Attributes:
        amount_dong: none where the report does not say how much.
    """

    move: CodMove
    amount_dong: int | None = None


@dataclass(frozen=True, kw_only=True)
class CarrierScan:
    """One event as an adapter read it; `reference` or `waybill` may be empty, not both.

    Attributes:
        raw_code: exactly as it came, as text: 100 and "100" are one code.
        vocabulary: which list of codes it is from.
        received_by: who has taken it, by the carrier's record.
        pictures: addresses of the carrier's pictures of the delivery.
        money: where the report speaks of money collected on delivery.
    """

    vocabulary: str
    raw_code: str
    occurred_at: datetime
    reference: str = ""
    waybill: str = ""
    raw_text: str = ""
    place: str = ""
    note: str = ""
    received_by: str = ""
    pictures: tuple[str, ...] = ()
    money: CodMoney | None = None


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What a carrier can show of a delivery."""

    delivered_at: datetime
    received_by: str = ""
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FeedPage:
    """One page of a feed; reading goes on behind `cursor`, at once where there is `more`."""

    scans: Sequence[CarrierScan]
    cursor: str
    more: bool


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What an order would cost, đồng with tax, under which service of the carrier's."""

    service: str
    amount_dong: int


@dataclass(frozen=True, kw_only=True)
class Label:
    """What is printed and stuck on."""

    media_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Whether the carrier takes our credentials, and until when.

    Attributes:
        expires_at: when a person has to renew them; none for what an adapter renews by itself.
    """

    well: bool
    said: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Callback:
    """A carrier's request to us, as it came."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    content_type: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a carrier's request is answered, in the form that this carrier needs."""

    status: int = 200
    content_type: str = "application/json"
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class CodeSeen:
    """A raw code with how often it came, first and last; for the mapping gaps."""

    carrier: str
    vocabulary: str
    raw_code: str
    raw_text: str
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, kw_only=True)
class PoolCounts:
    """How a connection's pool stands; `used` counts uses that came to their end."""

    free: int
    live: int
    used: int


@dataclass(frozen=True, kw_only=True)
class CallTally:
    """A connection's calls of a time, by operation."""

    carrier: str
    operation: str
    calls: int
    errors: int
    slowest_ms: int

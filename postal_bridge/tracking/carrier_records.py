"""What is kept of a carrier's part: its orders, what it told of them, and how far its feed is read."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from postal_bridge.dossiers.records import CODE_LENGTH, NAME_LENGTH, TEXT_LENGTH

RAW_CODE_LENGTH = 40
REFERENCE_LENGTH = 60
HASH_LENGTH = 64


class Milestone(StrEnum):
    """How far a consignment has come, in the words that all carriers share.

    `INFORMATION` is a code that is known and says nothing about the way (a weighing, money paid).
    """

    ANNOUNCED = "announced"
    COLLECTED = "collected"
    IN_TRANSIT = "in_transit"
    FORWARDED = "forwarded"
    AT_OFFICE = "at_office"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPTED = "attempted"
    AWAITING_COLLECTION = "awaiting_collection"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    LOST = "lost"
    INFORMATION = "information"


MILESTONE_NAMES: dict[Milestone, tuple[str, str]] = {
    Milestone.ANNOUNCED: ("hãng đã nhận đơn", "announced"),
    Milestone.COLLECTED: ("hãng đã lấy hàng", "collected"),
    Milestone.IN_TRANSIT: ("đang vận chuyển", "in transit"),
    Milestone.FORWARDED: ("chuyển tiếp", "forwarded"),
    Milestone.AT_OFFICE: ("đến bưu cục phát", "at the delivery office"),
    Milestone.OUT_FOR_DELIVERY: ("đang phát", "out for delivery"),
    Milestone.ATTEMPTED: ("phát không thành công", "attempted"),
    Milestone.AWAITING_COLLECTION: ("chờ đến nhận tại bưu cục", "awaiting collection"),
    Milestone.DELIVERED: ("phát thành công", "delivered"),
    Milestone.RETURNING: ("đang chuyển hoàn", "returning"),
    Milestone.RETURNED: ("đã chuyển hoàn", "returned"),
    Milestone.CANCELLED: ("đã hủy", "cancelled"),
    Milestone.LOST: ("hãng báo mất", "lost"),
    Milestone.INFORMATION: ("thông tin", "information"),
}


class Why(StrEnum):
    """Why somebody was not reached or something did not arrive, where a carrier says it."""

    NOT_HOME = "not_home"
    REFUSED = "refused"
    WRONG_ADDRESS = "wrong_address"
    UNREACHABLE = "unreachable"
    POSTPONED = "postponed"
    DAMAGED = "damaged"
    OTHER = "other"


class OrderState(StrEnum):
    """What is known of an order at its carrier.

    `ASKED` stands from before the request leaves until its answer is written down: after a crash
    it means the same as `UNKNOWN`, an order that may exist.
    """

    WAITING = "waiting"
    ASKED = "asked"
    UNKNOWN = "unknown"
    PLACED = "placed"
    REFUSED = "refused"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


ORDER_STATE_NAMES: dict[OrderState, tuple[str, str]] = {
    OrderState.WAITING: ("chưa gửi cho hãng", "not sent yet"),
    OrderState.ASKED: ("đã gửi, chưa có trả lời", "asked, no answer yet"),
    OrderState.UNKNOWN: ("chưa rõ hãng có nhận", "unknown at the carrier"),
    OrderState.PLACED: ("hãng đã nhận đơn", "placed"),
    OrderState.REFUSED: ("hãng từ chối", "refused"),
    OrderState.CANCELLING: ("chờ hãng hủy", "being cancelled"),
    OrderState.CANCELLED: ("đã hủy với hãng", "cancelled"),
}

UNSETTLED = frozenset({OrderState.WAITING, OrderState.ASKED, OrderState.UNKNOWN})
"""The carrier has not said yes or no."""

UNSURE = frozenset({OrderState.ASKED, OrderState.UNKNOWN, OrderState.CANCELLING})
"""It may exist over there: nobody may book the same leg anew before it has come to something."""


class CarrierOrder(SQLModel):
    """An order of ours at a carrier.

    Attributes:
        number: of the consignment; one order each.
        reference: what the carrier knows it by; made from the number, within the carrier's limit.
        carrier_number: the carrier's own number for it.
        waybill: the number on the label that tracking goes by.
        settled_at: when the carrier's word was written down.
        tries: how often it was asked or looked up.
        refused_field: which field the carrier objects to, in the carrier's own word.
        case_id: of a cancellation that waits for somebody at the carrier.
        cancel_wanted: the order is to be called off, also where it is not known to exist yet.
        collect: the carrier fetches it, between the two moments where it takes such; otherwise we
            bring it to the carrier's counter.
    """

    number: str = Field(max_length=CODE_LENGTH)
    carrier: str = Field(max_length=CODE_LENGTH)
    reference: str = Field(max_length=REFERENCE_LENGTH)
    state: OrderState = OrderState.WAITING
    carrier_number: str | None = Field(default=None, max_length=REFERENCE_LENGTH)
    waybill: str | None = Field(default=None, max_length=REFERENCE_LENGTH)
    asked_at: datetime | None = None
    settled_at: datetime | None = None
    tries: int = Field(default=0, ge=0)
    refused_code: str | None = Field(default=None, max_length=RAW_CODE_LENGTH)
    refused_field: str | None = Field(default=None, max_length=RAW_CODE_LENGTH)
    said: str | None = Field(default=None, max_length=TEXT_LENGTH)
    case_id: str | None = Field(default=None, max_length=REFERENCE_LENGTH)
    cancel_wanted: bool = False
    collect: bool = True
    collect_from: datetime | None = None
    collect_until: datetime | None = None
    cod_dong: int = Field(default=0, ge=0)
    fee_dong: int | None = Field(default=None, ge=0)


class Source(StrEnum):
    """How a carrier's event came to us."""

    PULL = "pull"
    FEED = "feed"
    WEBHOOK = "webhook"


class CodMove(StrEnum):
    """What may happen to money that a carrier collects for us."""

    COLLECTED = "collected"
    REMITTED = "remitted"


class CarrierEvent(SQLModel):
    """Something that a carrier told of an order; kept as it was said, whatever it means to us.

    Attributes:
        key: SHA-256 over carrier, order, raw code, moment and place: the same event said again,
            in other words or over another way, has the same one.
        number: our consignment; none where nobody here knows reference or waybill.
        vocabulary: which list of codes the raw code is from; bare numbers mean nothing.
        occurred_at: by the carrier.
        milestone: by the status map of that day; none is a gap in it.
        received_by: who has taken it, by the carrier's record.
        pictures: addresses of the carrier's pictures of the delivery, one a line.
        cod_move, cod_dong: what it says of money collected on delivery; the sum may be left out.
    """

    key: str = Field(max_length=HASH_LENGTH)
    carrier: str = Field(max_length=CODE_LENGTH)
    number: str | None = Field(default=None, max_length=CODE_LENGTH)
    reference: str = Field(default="", max_length=REFERENCE_LENGTH)
    waybill: str = Field(default="", max_length=REFERENCE_LENGTH)
    vocabulary: str = Field(max_length=RAW_CODE_LENGTH)
    raw_code: str = Field(max_length=RAW_CODE_LENGTH)
    raw_text: str = Field(default="", max_length=TEXT_LENGTH)
    place: str = Field(default="", max_length=NAME_LENGTH)
    note: str = Field(default="", max_length=TEXT_LENGTH)
    occurred_at: datetime
    received_at: datetime
    source: Source
    milestone: Milestone | None = None
    why: Why | None = None
    received_by: str = Field(default="", max_length=NAME_LENGTH)
    pictures: str = Field(default="", max_length=TEXT_LENGTH)
    cod_move: CodMove | None = None
    cod_dong: int | None = Field(default=None, ge=0)


class FeedCursor(SQLModel):
    """How far a carrier's feed is read; written in the transaction of the events before it."""

    carrier: str = Field(max_length=CODE_LENGTH)
    cursor: str = Field(max_length=NAME_LENGTH)
    moved_at: datetime


class Waybill(SQLModel):
    """A number that a carrier gave out beforehand.

    Attributes:
        held_by: number of the consignment whose order has it; one live order at a time.
    """

    carrier: str = Field(max_length=CODE_LENGTH)
    number: str = Field(max_length=CODE_LENGTH)
    loaded_at: datetime
    loaded_by: str = Field(max_length=CODE_LENGTH)
    held_by: str | None = Field(default=None, max_length=CODE_LENGTH)


class WaybillUse(SQLModel):
    """An order that has, or had, a number; a number that was given back may be used again."""

    carrier: str = Field(max_length=CODE_LENGTH)
    number: str = Field(max_length=CODE_LENGTH)
    order: str = Field(max_length=CODE_LENGTH)
    taken_at: datetime
    released_at: datetime | None = None


class CredentialCheck(SQLModel):
    """What a carrier last said of our credentials.

    Attributes:
        expires_at: when a person has to renew them; none where they have no end.
    """

    carrier: str = Field(max_length=CODE_LENGTH)
    at: datetime
    well: bool
    said: str = Field(default="", max_length=TEXT_LENGTH)
    expires_at: datetime | None = None


class CarrierCall(SQLModel):
    """One request to a carrier, without what belongs to persons.

    Attributes:
        id: time-ordered.
        outcome: `ok`, an HTTP status, or what kept an answer from coming.
        request, response: the bodies with every value masked that is not known to be harmless.
    """

    id: str = Field(max_length=CODE_LENGTH)
    carrier: str = Field(max_length=CODE_LENGTH)
    operation: str = Field(max_length=RAW_CODE_LENGTH)
    at: datetime
    duration_ms: int = Field(ge=0)
    outcome: str = Field(max_length=NAME_LENGTH)
    is_error: bool
    request: str = Field(default="", max_length=TEXT_LENGTH)
    response: str = Field(default="", max_length=TEXT_LENGTH)

"""The tables of carriers: orders, what was reported of them, how far feeds are read, calls."""

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from postal_bridge.storage.columns import partial_index, province_key
from postal_bridge.tracking.carrier_records import (
    CarrierCall,
    CarrierEvent,
    CarrierOrder,
    CredentialCheck,
    FeedCursor,
    Waybill,
    WaybillUse,
)


class CarrierOrderRow(CarrierOrder, table=True):
    """Orders at carriers; one per consignment."""

    __tablename__ = "carrier_order"
    __table_args__ = (
        Index(None, "province", "carrier", "reference"),
        Index(None, "province", "carrier", "waybill"),
        Index(None, "province", "carrier", "carrier_number"),
        Index(None, "province", "state", "asked_at"),
        partial_index(
            "ix_carrier_order_cod", *("province", "number", "carrier"), where="cod_dong > 0"
        ),
    )
    province: str = province_key()
    number: str = Field(primary_key=True, max_length=60)
    cod_dong: int = Field(default=0, sa_type=BigInteger)
    fee_dong: int | None = Field(default=None, sa_type=BigInteger)


class CarrierEventRow(CarrierEvent, table=True):
    """What carriers reported; each report once."""

    __tablename__ = "carrier_event"
    __table_args__ = (
        Index(None, "province", "number", "occurred_at"),
        partial_index(
            "ix_carrier_event_gap",
            *("province", "carrier", "vocabulary", "raw_code"),
            where="milestone IS NULL",
        ),
        partial_index(
            "ix_carrier_event_cod",
            *("province", "number", "carrier"),
            where="cod_move IS NOT NULL",
        ),
    )
    province: str = province_key()
    key: str = Field(primary_key=True, max_length=64)
    cod_dong: int | None = Field(default=None, sa_type=BigInteger)


class FeedCursorRow(FeedCursor, table=True):
    """How far the carriers' feeds are read."""

    __tablename__ = "feed_cursor"
    province: str = province_key()
    carrier: str = Field(primary_key=True, max_length=60)


class WaybillRow(Waybill, table=True):
    """Numbers given out beforehand."""

    __tablename__ = "waybill"
    __table_args__ = (
        partial_index(
            "ix_waybill_free", *("province", "carrier", "number"), where="held_by IS NULL"
        ),
    )
    province: str = province_key()
    carrier: str = Field(primary_key=True, max_length=60)
    number: str = Field(primary_key=True, max_length=60)


class WaybillUseRow(WaybillUse, table=True):
    """Which order had which number, and when."""

    __tablename__ = "waybill_use"
    province: str = province_key()
    carrier: str = Field(primary_key=True, max_length=60)
    number: str = Field(primary_key=True, max_length=60)
    order: str = Field(primary_key=True, max_length=60)


class CredentialCheckRow(CredentialCheck, table=True):
    """What carriers last said of our credentials."""

    __tablename__ = "credential_check"
    province: str = province_key()
    carrier: str = Field(primary_key=True, max_length=60)


class CarrierCallRow(CarrierCall, table=True):
    """Requests to carriers, kept for a while."""

    __tablename__ = "carrier_call"
    __table_args__ = (Index(None, "province", "carrier", "id"), Index(None, "province", "at"))
    province: str = province_key()
    id: str = Field(primary_key=True, max_length=60)

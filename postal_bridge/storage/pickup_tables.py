"""The tables of pickups: requests with their history, slots, rounds with their stops, experience."""

from datetime import date

from sqlalchemy import Index, text
from sqlmodel import Field

from postal_bridge.pickup.records import (
    Half,
    KeptCorrection,
    PickupEvent,
    PickupRequest,
    PlanRun,
    Round,
    RoundStop,
    Slot,
    WardExperience,
)
from postal_bridge.storage.columns import province_key

_OPEN = text("state = 'open'")


class PickupRow(PickupRequest, table=True):
    """Requests; an office's day is the commonest question."""

    __tablename__ = "pickup"
    __table_args__ = (
        Index(None, "province", "office", "day"),
        Index(None, "province", "state", "day"),
        Index(None, "province", "dossier_code"),
    )
    province: str = province_key()
    number: str = Field(primary_key=True, max_length=60)


class PickupEventRow(PickupEvent, table=True):
    """What happened to requests."""

    __tablename__ = "pickup_event"
    __table_args__ = (Index(None, "province", "request", "id"),)
    province: str = province_key()
    id: str = Field(primary_key=True, max_length=60)


class SlotRow(Slot, table=True):
    """Half-days of offices."""

    __tablename__ = "pickup_slot"
    province: str = province_key()
    office: str = Field(primary_key=True, max_length=60)
    day: date = Field(primary_key=True)
    half: Half = Field(primary_key=True)


class RoundRow(Round, table=True):
    """Rounds."""

    __tablename__ = "pickup_round"
    __table_args__ = (Index(None, "province", "day", "office"),)
    province: str = province_key()
    number: str = Field(primary_key=True, max_length=60)


class RoundStopRow(RoundStop, table=True):
    """Stops; no request is ever in two rounds: the database itself sees to it."""

    __tablename__ = "round_stop"
    __table_args__ = (
        Index(
            "uq_round_stop_open",
            *("province", "request"),
            unique=True,
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
    )
    province: str = province_key()
    round: str = Field(primary_key=True, max_length=60)
    request: str = Field(primary_key=True, max_length=60)


class PlanRunRow(PlanRun, table=True):
    """Plannings."""

    __tablename__ = "plan_run"
    __table_args__ = (Index(None, "province", "day", "office", "id"),)
    province: str = province_key()
    id: str = Field(primary_key=True, max_length=60)


class WardExperienceRow(WardExperience, table=True):
    """What was learnt of wards."""

    __tablename__ = "ward_experience"
    province: str = province_key()
    ward_code: str = Field(primary_key=True, max_length=5)


class AddressCorrectionRow(KeptCorrection, table=True):
    """What people said about addresses."""

    __tablename__ = "address_correction"
    province: str = province_key()
    address: str = Field(primary_key=True, max_length=500)

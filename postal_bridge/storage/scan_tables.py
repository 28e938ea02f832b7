"""The tables around scans besides the ledger: what was refused, and the devices with their clocks."""

from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from postal_bridge.storage.columns import province_key
from postal_bridge.tracking.records import Device, RefusedScan, RefusedScanStep


class RefusedScanRow(RefusedScan, table=True):
    """Scans that were not taken, kept for a supervisor: those that wait are looked for most."""

    __tablename__ = "refused_scan"
    __table_args__ = (
        Index(None, "province", "recorded_at", "scan_id", "fingerprint"),
        Index(
            "ix_refused_scan_waiting",
            "province",
            "recorded_at",
            "scan_id",
            "fingerprint",
            postgresql_where=text("settled_at IS NULL"),
            sqlite_where=text("settled_at IS NULL"),
        ),
    )
    province: str = province_key()
    scan_id: UUID = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True, max_length=16)


class RefusedScanStepRow(RefusedScanStep, table=True):
    """What supervisors did about refused scans."""

    __tablename__ = "refused_scan_step"
    province: str = province_key()
    scan_id: UUID = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True, max_length=16)
    number: int = Field(primary_key=True)


class DeviceRow(Device, table=True):
    """Handhelds with their clocks."""

    __tablename__ = "device"
    province: str = province_key()
    name: str = Field(primary_key=True, max_length=60)
    skew_ms: int = Field(sa_type=BigInteger)

"""The tables of the night: its runs, the cases, what the national portal was told."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from postal_bridge.reconciliation.records import (
    CaseEntry,
    Discrepancy,
    Night,
    NightRun,
    PortalStep,
    SignOff,
    TapedAnswer,
)
from postal_bridge.storage.columns import province_key


class NightRow(Night, table=True):
    """Nights."""

    __tablename__ = "night"
    province: str = province_key()
    day: date = Field(primary_key=True)


class NightRunRow(NightRun, table=True):
    """Nights that have begun and not ended."""

    __tablename__ = "night_run"
    province: str = province_key()
    day: date = Field(primary_key=True)


class TapedAnswerRow(TapedAnswer, table=True):
    """What a run has been answered."""

    __tablename__ = "taped_answer"
    province: str = province_key()
    day: date = Field(primary_key=True)
    question: str = Field(primary_key=True, max_length=64)


class DiscrepancyRow(Discrepancy, table=True):
    """Cases; one per difference."""

    __tablename__ = "discrepancy"
    __table_args__ = (
        UniqueConstraint("province", "kind", "dossier_code"),
        Index(None, "province", "closed_on"),
    )
    province: str = province_key()
    id: str = Field(primary_key=True, max_length=60)


class CaseEntryRow(CaseEntry, table=True):
    """The history of cases."""

    __tablename__ = "case_entry"
    province: str = province_key()
    case_id: str = Field(primary_key=True, max_length=60)
    number: int = Field(primary_key=True)


class SignOffRow(SignOff, table=True):
    """Who answers for which report."""

    __tablename__ = "sign_off"
    province: str = province_key()
    day: date = Field(primary_key=True)
    report: str = Field(primary_key=True, max_length=64)
    side: str = Field(primary_key=True, max_length=20)


class PortalStepRow(PortalStep, table=True):
    """States that the national portal was told."""

    __tablename__ = "portal_step"
    province: str = province_key()
    dossier_code: str = Field(primary_key=True, max_length=60)
    number: int = Field(primary_key=True)

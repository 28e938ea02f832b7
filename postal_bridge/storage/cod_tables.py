"""The tables of COD: carriers' payments, their lines, write-offs, cases of money."""

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from postal_bridge.remittances.records import (
    CodCase,
    CodCaseEntry,
    Remittance,
    RemittanceLine,
    WriteOff,
)
from postal_bridge.storage.columns import partial_index, province_key


class RemittanceRow(Remittance, table=True):
    """Carriers' payments; a carrier has one under a bank reference."""

    __tablename__ = "remittance"
    __table_args__ = (UniqueConstraint("province", "carrier", "bank_key"),)
    province: str = province_key()
    id: str = Field(primary_key=True, max_length=60)
    total_dong: int = Field(sa_type=BigInteger)


class RemittanceLineRow(RemittanceLine, table=True):
    """What payments are for."""

    __tablename__ = "remittance_line"
    __table_args__ = (
        Index(None, "province", "number"),
        partial_index(
            "ix_remittance_line_unassigned",
            *("province", "remittance_id", "position"),
            where="number IS NULL",
        ),
    )
    province: str = province_key()
    remittance_id: str = Field(primary_key=True, max_length=60)
    position: int = Field(primary_key=True)
    amount_dong: int = Field(sa_type=BigInteger)
    fee_dong: int = Field(default=0, sa_type=BigInteger)


class WriteOffRow(WriteOff, table=True):
    """Money that is no longer waited for."""

    __tablename__ = "cod_write_off"
    __table_args__ = (Index(None, "province", "number"),)
    province: str = province_key()
    id: str = Field(primary_key=True, max_length=60)
    amount_dong: int = Field(sa_type=BigInteger)


class CodCaseRow(CodCase, table=True):
    """Cases of money; most are closed, and most questions are about the others."""

    __tablename__ = "cod_case"
    __table_args__ = (
        Index(None, "province", "number"),
        partial_index("ix_cod_case_standing", "province", "key", where="state <> 'closed'"),
    )
    province: str = province_key()
    key: str = Field(primary_key=True, max_length=120)
    amount_dong: int = Field(sa_type=BigInteger)
    proposed_dong: int | None = Field(default=None, sa_type=BigInteger)


class CodCaseEntryRow(CodCaseEntry, table=True):
    """What happened to cases of money."""

    __tablename__ = "cod_case_entry"
    __table_args__ = (Index(None, "province", "case_key", "id"),)
    province: str = province_key()
    id: str = Field(primary_key=True, max_length=60)

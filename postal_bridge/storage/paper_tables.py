"""The tables of captured papers: uploads with their parts, pages with their history, the vault's list."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from postal_bridge.documents.form_records import PrintedForm
from postal_bridge.documents.paper_records import PaperApproval, PaperReuse
from postal_bridge.documents.records import (
    ExtractedField,
    Page,
    PageChange,
    PageUpload,
    UploadPart,
    VaultContent,
)
from postal_bridge.storage.columns import partial_index, province_key

UNREAD = "state = 'current' AND words_sha256 IS NULL"


class PageUploadRow(PageUpload, table=True):
    """Files on their way in."""

    __tablename__ = "page_upload"
    __table_args__ = (Index(None, "province", "state", "changed_at"),)
    province: str = province_key()
    id: str = Field(primary_key=True, max_length=60)


class UploadPartRow(UploadPart, table=True):
    """Parts that arrived."""

    __tablename__ = "upload_part"
    province: str = province_key()
    upload_id: str = Field(primary_key=True, max_length=60)
    number: int = Field(primary_key=True)


class PageRow(Page, table=True):
    """Captured pages."""

    __tablename__ = "page"
    __table_args__ = (
        Index(None, "province", "dossier_code"),
        Index(None, "province", "upload_id"),
        Index(None, "province", "source_sha256"),
        partial_index("ix_page_unread", "province", "added_at", where=UNREAD),
    )
    province: str = province_key()
    id: str = Field(primary_key=True, max_length=60)


class PageChangeRow(PageChange, table=True):
    """What was done to pages."""

    __tablename__ = "page_change"
    __table_args__ = (Index(None, "province", "page_id", "id"),)
    province: str = province_key()
    id: str = Field(primary_key=True, max_length=60)


class ExtractedFieldRow(ExtractedField, table=True):
    """What was read in fields; one for each page and name."""

    __tablename__ = "extracted_field"
    __table_args__ = (
        Index(None, "province", "dossier_code"),
        UniqueConstraint("province", "page_id", "name"),
    )
    province: str = province_key()
    id: str = Field(primary_key=True, max_length=60)


class VaultContentRow(VaultContent, table=True):
    """What must be in the vault."""

    __tablename__ = "vault_content"
    __table_args__ = (
        Index(None, "province", "purpose", "kept_at"),
        Index(None, "province", "checked_at"),
    )
    province: str = province_key()
    sha256: str = Field(primary_key=True, max_length=64)


class PrintedFormRow(PrintedForm, table=True):
    """Forms that were given out."""

    __tablename__ = "printed_form"
    province: str = province_key()
    subject: str = Field(primary_key=True, max_length=60)
    form: str = Field(primary_key=True, max_length=40)
    issue: int = Field(primary_key=True)


class PaperReuseRow(PaperReuse, table=True):
    """What papers are reused from."""

    __tablename__ = "paper_reuse"
    province: str = province_key()
    dossier_code: str = Field(primary_key=True, max_length=60)
    position: int = Field(primary_key=True)
    number: int = Field(primary_key=True)


class PaperApprovalRow(PaperApproval, table=True):
    """What officers said to papers."""

    __tablename__ = "paper_approval"
    province: str = province_key()
    dossier_code: str = Field(primary_key=True, max_length=60)
    position: int = Field(primary_key=True)
    number: int = Field(primary_key=True)

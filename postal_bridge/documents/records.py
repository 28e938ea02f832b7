"""The record of a digitised file."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from postal_bridge.dossiers.records import CODE_LENGTH, NAME_LENGTH


class Document(SQLModel):
    """A registered file of digitised pages.

    Attributes:
        position: the line of the checklist that it belongs to; 0 for a scan of the whole stack.
        sha256: 64 hexadecimal digits; its name in the vault.
        page_count: pages that the file holds, as counted in the file where its type allows it.
    """

    id: str = Field(max_length=CODE_LENGTH)
    dossier_code: str = Field(max_length=CODE_LENGTH)
    position: int = Field(ge=0)
    file_name: str = Field(max_length=NAME_LENGTH)
    media_type: str = Field(max_length=60)
    sha256: str = Field(max_length=64)
    size_bytes: int = Field(ge=1)
    page_count: int = Field(ge=1)
    registered_at: datetime
    registered_by: str = Field(max_length=CODE_LENGTH)

"""What is kept of printed forms."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from postal_bridge.documents.records import HASH_LENGTH
from postal_bridge.dossiers.records import CODE_LENGTH

FORM_LENGTH = 40


class PrintedForm(SQLModel):
    """A form as it was given out; nothing here is ever changed.

    Attributes:
        form: its name, such as `receipt`.
        subject: what it is about: a dossier, a dossier's supplement, minutes, a pouch.
        issue: 1, 2, 3 …: a new one where what the form says has changed since.
        facts_sha256: over everything that is printed on it.
        sha256: the PDF's; its name in the vault.
    """

    form: str = Field(max_length=FORM_LENGTH)
    subject: str = Field(max_length=CODE_LENGTH)
    issue: int = Field(ge=1)
    facts_sha256: str = Field(max_length=HASH_LENGTH)
    sha256: str = Field(max_length=HASH_LENGTH)
    size_bytes: int = Field(ge=1)
    printed_at: datetime
    printed_by: str = Field(max_length=CODE_LENGTH)

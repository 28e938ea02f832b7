"""What the documents' room needs: its stores in a transaction, and a vault."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from postal_bridge.documents.form_records import PrintedForm
from postal_bridge.documents.paper_records import PaperApproval, PaperReuse
from postal_bridge.documents.records import (
    ContentState,
    Document,
    ExtractedField,
    Page,
    PageChange,
    PageUpload,
    Purpose,
    UploadPart,
    VaultContent,
)
from postal_bridge.dossiers.ports import DossierWork


class Documents(Protocol):
    """The registered files."""

    async def add(self, document: Document) -> None:
        """Write a registered file."""
        ...

    async def put(self, document: Document) -> None:
        """Renew a registered file."""
        ...

    async def find(self, document_id: str) -> Document | None:
        """A registered file."""
        ...

    async def of_dossier(self, dossier_code: str) -> Sequence[Document]:
        """All registered files of a dossier, by line and time."""
        ...


class Uploads(Protocol):
    """Files on their way in."""

    async def add(self, upload: PageUpload) -> bool:
        """Write a new one; False where there is one with this id."""
        ...

    async def put(self, upload: PageUpload) -> None:
        """Renew it."""
        ...

    async def find(self, upload_id: str) -> PageUpload | None:
        """An upload."""
        ...

    async def hold(self, upload_id: str) -> PageUpload | None:
        """An upload, held until the transaction ends."""
        ...

    async def put_part(self, part: UploadPart) -> None:
        """Note a part that arrived; the last one of a number stays."""
        ...

    async def parts(self, upload_id: str) -> Sequence[UploadPart]:
        """What arrived, by number."""
        ...

    async def forget_parts(self, upload_id: str) -> None:
        """Forget what arrived: all of it must come again."""
        ...

    async def idle_since(self, moment: datetime, *, limit: int = 500) -> Sequence[PageUpload]:
        """Open uploads that nothing happened to since a moment, oldest first."""
        ...


class Pages(Protocol):
    """Captured pages and what was done to them."""

    async def put(self, page: Page, change: PageChange) -> None:
        """Write or renew a page together with what was done to it."""
        ...

    async def renew(self, page: Page) -> None:
        """Renew what a machine knows of a page: what it read, or that the original is gone."""
        ...

    async def find(self, page_id: str) -> Page | None:
        """A page."""
        ...

    async def of_dossier(self, dossier_code: str) -> Sequence[Page]:
        """All pages of a dossier, also replaced ones, by line, place and id."""
        ...

    async def of_upload(self, upload_id: str) -> Sequence[Page]:
        """What became of an upload, by their order in the file."""
        ...

    async def history(self, page_id: str) -> Sequence[PageChange]:
        """What was done to a page, in order."""
        ...

    async def unread(self, *, limit: int) -> Sequence[Page]:
        """Current pages on which nothing was read yet, oldest first."""
        ...

    async def with_source(self, sha256: str) -> Sequence[Page]:
        """Pages that were made of this file."""
        ...


class Contents(Protocol):
    """What must be in the vault."""

    async def note(self, contents: Iterable[VaultContent]) -> None:
        """Something was put there or is named again; held until the transaction ends.

        A content with two purposes has the one that is kept longer.
        """
        ...

    async def find(self, sha256: str) -> VaultContent | None:
        """What is known of a content."""
        ...

    async def hold(self, sha256: str) -> VaultContent | None:
        """The same, held until the transaction ends."""
        ...

    async def checked(self, sha256: str, *, at: datetime, state: ContentState) -> None:
        """It was read back, and this came of it."""
        ...

    async def forget(self, sha256: str) -> None:
        """It need not be in the vault any more."""
        ...

    async def passed(
        self, purpose: Purpose, *, before: datetime, limit: int = 500
    ) -> Sequence[VaultContent]:
        """What was last named before a moment, oldest first."""
        ...

    async def longest_unchecked(self, *, limit: int) -> Sequence[VaultContent]:
        """What was not compared for longest, never checked ones first."""
        ...

    async def ill(self, *, limit: int) -> Sequence[VaultContent]:
        """What was found lost or damaged when it was last read back, by hash."""
        ...


class Fields(Protocol):
    """What was read in the fields of forms."""

    async def propose(self, field: ExtractedField) -> None:
        """Write a proposal in place of an undecided one of the same page and name.

        What a person decided about that page and name stays, and the proposal is not written.
        """
        ...

    async def put(self, field: ExtractedField) -> None:
        """Renew a field."""
        ...

    async def hold(self, field_id: str) -> ExtractedField | None:
        """A field, held until the transaction ends."""
        ...

    async def of_dossier(self, dossier_code: str) -> Sequence[ExtractedField]:
        """All fields of a dossier, by name, the surest first."""
        ...


class PrintedForms(Protocol):
    """Forms that were given out."""

    async def add(self, form: PrintedForm) -> bool:
        """Write an issue; False where there is one of this number."""
        ...

    async def issues(self, form: str, subject: str) -> Sequence[PrintedForm]:
        """All issues of a form about something, by number."""
        ...

    async def about(self, subject: str) -> Sequence[PrintedForm]:
        """Everything that was given out about something, by form and issue."""
        ...


class PaperSayings(Protocol):
    """What is said to the papers of a checklist; only ever added to."""

    async def add_reuse(self, reuse: PaperReuse) -> None:
        """Write what a paper is reused from."""
        ...

    async def reuses(self, dossier_code: str) -> Sequence[PaperReuse]:
        """All of a dossier, by line and number."""
        ...

    async def add_approval(self, approval: PaperApproval) -> None:
        """Write what an officer said."""
        ...

    async def approvals(self, dossier_code: str) -> Sequence[PaperApproval]:
        """All of a dossier, by line and number."""
        ...


class PaperWork(DossierWork, Protocol):
    """The stores of one transaction that this room works with."""

    @property
    def documents(self) -> Documents:
        """The registered files."""
        ...

    @property
    def uploads(self) -> Uploads:
        """Files on their way in."""
        ...

    @property
    def pages(self) -> Pages:
        """Captured pages."""
        ...

    @property
    def contents(self) -> Contents:
        """What must be in the vault."""
        ...

    @property
    def fields(self) -> Fields:
        """What was read in the fields of forms."""
        ...

    @property
    def papers(self) -> PaperSayings:
        """Reuse and approvals of papers."""
        ...

    @property
    def printed_forms(self) -> PrintedForms:
        """Forms that were given out."""
        ...


class PaperTransactions(Protocol):
    """The database: one transaction at a time."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[PaperWork]:
        """One transaction: committed when the block ends, undone when it raises."""
        ...


class Vault(Protocol):
    """Where contents are kept under the name of their hash; written once, never changed."""

    async def keep(self, content: bytes) -> str:
        """Keep contents; gives their SHA-256 in hexadecimal. Keeping twice is no harm."""
        ...

    async def fetch(self, sha256: str) -> bytes:
        """Contents by their hash.

        Raises:
            KeyError: nothing is kept under this name.
            ValueError: what is kept does not match its name any more.
        """
        ...

    async def check(self) -> None:
        """Return when the vault can be written and read; raise what is wrong otherwise."""
        ...


class PaperVault(Vault, Protocol):
    """A vault whose contents have their time: what nobody names any more is removed."""

    async def has(self, sha256: str) -> bool:
        """Whether something is kept under this name; it is not read."""
        ...

    async def forget(self, sha256: str) -> None:
        """Remove contents whose time is over; no harm where there are none."""
        ...

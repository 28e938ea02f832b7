"""What is kept of digitised papers: files, uploads, pages and their history, contents in the vault."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from postal_bridge.documents.page_values import Tone
from postal_bridge.dossiers.records import CODE_LENGTH, NAME_LENGTH, TEXT_LENGTH

HASH_LENGTH = 64
TYPE_LENGTH = 60
LONGEST_JSON = 200_000


class DocumentKind(StrEnum):
    """How a file came to be: handed in as it is, made of captured pages, or one of these signed."""

    REGISTERED = "registered"
    ASSEMBLED = "assembled"
    SIGNED = "signed"


class Document(SQLModel):
    """A registered file of digitised pages.

    Attributes:
        position: the line of the checklist that it belongs to; 0 for a scan of the whole stack.
        sha256: 64 hexadecimal digits; its name in the vault.
        page_count: pages that the file holds, as counted in the file where its type allows it.
        pages: of an assembled file: JSON, `[[page id, version], ...]` in order.
        made_from: of a signed file: the document whose pages it shows.
        superseded_by: a newer document of the same paper.
    """

    id: str = Field(max_length=CODE_LENGTH)
    dossier_code: str = Field(max_length=CODE_LENGTH)
    position: int = Field(ge=0)
    file_name: str = Field(max_length=NAME_LENGTH)
    media_type: str = Field(max_length=TYPE_LENGTH)
    sha256: str = Field(max_length=HASH_LENGTH)
    size_bytes: int = Field(ge=1)
    page_count: int = Field(ge=1)
    registered_at: datetime
    registered_by: str = Field(max_length=CODE_LENGTH)
    kind: DocumentKind = DocumentKind.REGISTERED
    pages: str | None = Field(default=None, max_length=LONGEST_JSON)
    made_from: str | None = Field(default=None, max_length=CODE_LENGTH)
    superseded_by: str | None = Field(default=None, max_length=CODE_LENGTH)


class UploadState(StrEnum):
    """How far an upload is. `REFUSED` is kept with its reason, and so are its parts for a while."""

    OPEN = "open"
    TAKEN = "taken"
    REFUSED = "refused"
    DROPPED = "dropped"


class PageUpload(SQLModel):
    """A file on its way in, part by part; what it is to be is said before the first part.

    Attributes:
        id: UUIDv7 made on the handheld: beginning again with the same one goes on.
        sha256: of the whole file, as the device reckoned it.
        part_bytes: size of every part but the last.
        find_edges: whether it is a photograph in which the paper must be found.
        replaces: the page that this one is to stand for.
        reason, detail: why it was refused: the reason's stable name, and its facts as JSON.
    """

    id: str = Field(max_length=CODE_LENGTH)
    dossier_code: str = Field(max_length=CODE_LENGTH)
    position: int = Field(ge=0)
    file_name: str = Field(max_length=NAME_LENGTH)
    size_bytes: int = Field(ge=1)
    sha256: str = Field(max_length=HASH_LENGTH)
    part_bytes: int = Field(ge=1)
    find_edges: bool = True
    replaces: str | None = Field(default=None, max_length=CODE_LENGTH)
    state: UploadState = UploadState.OPEN
    begun_at: datetime
    begun_by: str = Field(max_length=CODE_LENGTH)
    changed_at: datetime
    reason: str | None = Field(default=None, max_length=CODE_LENGTH)
    detail: str | None = Field(default=None, max_length=TEXT_LENGTH)

    @property
    def parts(self) -> int:
        """How many parts it has."""
        return -(-self.size_bytes // self.part_bytes)

    def size_of(self, number: int) -> int:
        """Bytes of a part, counted from 1."""
        return min(self.part_bytes, self.size_bytes - (number - 1) * self.part_bytes)


class UploadPart(SQLModel):
    """A part that arrived; its bytes are in the vault."""

    upload_id: str = Field(max_length=CODE_LENGTH)
    number: int = Field(ge=1)
    sha256: str = Field(max_length=HASH_LENGTH)
    came_at: datetime


class PageState(StrEnum):
    """Whether a page counts: exactly those that are `CURRENT` go into documents."""

    CURRENT = "current"
    REPLACED = "replaced"
    REMOVED = "removed"


class Page(SQLModel):
    """A captured page, with its original and with what is archived of it.

    Attributes:
        position: line of the checklist; 0 while nobody has said which.
        place: order within the line; gaps mean nothing.
        file_index: which page of the uploaded file, from 0.
        source_sha256: the file as it came; in the vault for as long as originals are kept.
        source_gone_at: since when it is not kept any more.
        image_sha256: the archived picture.
        turn: clockwise, in degrees; how the original was turned.
        flags: names of what is worth a second look, separated by blanks.
        codes: JSON: texts of its QR codes.
        words_sha256, layer_sha256: what was read on it (JSON) and the unseen text, in the vault.
        confidence: of the words, 0 to 100, weighed by their length.
        version: counts its changes; whoever changes it says which version he saw.
    """

    id: str = Field(max_length=CODE_LENGTH)
    dossier_code: str = Field(max_length=CODE_LENGTH)
    position: int = Field(ge=0)
    place: int = Field(ge=0)
    upload_id: str = Field(max_length=CODE_LENGTH)
    file_name: str = Field(max_length=NAME_LENGTH)
    file_index: int = Field(ge=0)
    source_sha256: str = Field(max_length=HASH_LENGTH)
    source_type: str = Field(max_length=TYPE_LENGTH)
    source_bytes: int = Field(ge=1)
    source_gone_at: datetime | None = None
    find_edges: bool = True
    image_sha256: str = Field(max_length=HASH_LENGTH)
    image_type: str = Field(max_length=TYPE_LENGTH)
    image_bytes: int = Field(ge=1)
    width_px: int = Field(ge=1)
    height_px: int = Field(ge=1)
    dots_per_inch: int = Field(ge=1)
    tone: Tone
    turn: int = Field(ge=0, le=270)
    sharpness: float = Field(ge=0, le=1)
    ink: float = Field(ge=0, le=1)
    flags: str = Field(default="", max_length=NAME_LENGTH)
    codes: str = Field(default="[]", max_length=TEXT_LENGTH)
    words_sha256: str | None = Field(default=None, max_length=HASH_LENGTH)
    layer_sha256: str | None = Field(default=None, max_length=HASH_LENGTH)
    confidence: float | None = None
    state: PageState = PageState.CURRENT
    replaces: str | None = Field(default=None, max_length=CODE_LENGTH)
    version: int = Field(default=1, ge=1)
    added_at: datetime
    added_by: str = Field(max_length=CODE_LENGTH)


class PageDeed(StrEnum):
    """What can happen to a page."""

    ADD = "add"
    MOVE = "move"
    TURN = "turn"
    REPLACE = "replace"
    REMOVE = "remove"
    RESTORE = "restore"


PAGE_DEED_NAMES: dict[PageDeed, tuple[str, str]] = {
    PageDeed.ADD: ("thêm trang", "added"),
    PageDeed.MOVE: ("chuyển chỗ", "moved"),
    PageDeed.TURN: ("xoay", "turned"),
    PageDeed.REPLACE: ("thay bằng trang khác", "replaced"),
    PageDeed.REMOVE: ("bỏ", "taken out"),
    PageDeed.RESTORE: ("lấy lại", "put back"),
}


class PageChange(SQLModel):
    """What was done to a page; nothing here is ever changed.

    Attributes:
        before, after: JSON of what differs: position, place, turn, image, state.
    """

    id: str = Field(max_length=CODE_LENGTH)
    page_id: str = Field(max_length=CODE_LENGTH)
    dossier_code: str = Field(max_length=CODE_LENGTH)
    deed: PageDeed
    at: datetime
    by: str = Field(max_length=CODE_LENGTH)
    before: str = Field(max_length=TEXT_LENGTH)
    after: str = Field(max_length=TEXT_LENGTH)


class Purpose(StrEnum):
    """Why something is in the vault, and with that for how long.

    `PART` and `ORIGINAL` are kept for a configured time; all else for as long as the dossier.
    """

    PART = "part"
    ORIGINAL = "original"
    PAGE = "page"
    DOCUMENT = "document"
    READING = "reading"
    FORM = "form"
    PROOF = "proof"


class ContentState(StrEnum):
    """Whether what is in the vault is what was put there."""

    KEPT = "kept"
    LOST = "lost"
    DAMAGED = "damaged"


class VaultContent(SQLModel):
    """Something that is in the vault, by its hash: what is named here must be found there.

    Attributes:
        kept_at: when it was last named by somebody; what is named again lives on.
        checked_at: when it was last read back and compared with its hash.
    """

    sha256: str = Field(max_length=HASH_LENGTH)
    purpose: Purpose
    size_bytes: int = Field(ge=0)
    kept_at: datetime
    checked_at: datetime | None = None
    state: ContentState = ContentState.KEPT


class FieldState(StrEnum):
    """What a person made of a proposal. Only what is confirmed or corrected counts."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    REJECTED = "rejected"


class ExtractedField(SQLModel):
    """What a machine read in a field of a form, and what a person said to it.

    Attributes:
        name: as the form map calls it: identity, name, born, …
        confidence: 0 to 1.
        left, top, width, height: where it stands, in pixels of the archived page.
    """

    id: str = Field(max_length=CODE_LENGTH)
    dossier_code: str = Field(max_length=CODE_LENGTH)
    page_id: str = Field(max_length=CODE_LENGTH)
    name: str = Field(max_length=CODE_LENGTH)
    value: str = Field(max_length=NAME_LENGTH)
    confidence: float = Field(ge=0, le=1)
    left: int = Field(ge=0)
    top: int = Field(ge=0)
    width: int = Field(ge=0)
    height: int = Field(ge=0)
    state: FieldState = FieldState.PROPOSED
    found_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = Field(default=None, max_length=CODE_LENGTH)
    decided_value: str | None = Field(default=None, max_length=NAME_LENGTH)

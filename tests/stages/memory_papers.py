"""Uploads, pages, the list of the vault and the vault itself, in memory; and a plain digitiser."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from postal_bridge.documents.form_records import PrintedForm
from postal_bridge.documents.page_values import (
    ArchivedPage,
    DocumentFacts,
    Examined,
    PageSheet,
    PageWish,
    Tone,
    Trouble,
    Unreadable,
)
from postal_bridge.documents.paper_records import PaperApproval, PaperReuse
from postal_bridge.documents.records import (
    ContentState,
    ExtractedField,
    FieldState,
    Page,
    PageChange,
    PageState,
    PageUpload,
    Purpose,
    UploadPart,
    UploadState,
    VaultContent,
)
from postal_bridge.documents.signature_values import (
    Changes,
    Level,
    Revocation,
    SignatureFound,
    SignatureWish,
    SignedPdf,
)
from postal_bridge.documents.signing_ports import SigningFailed
from postal_bridge.tracking.proof_records import DeliveryProof


class MemoryUploads:
    """Files on their way in."""

    def __init__(self) -> None:
        self.kept: dict[str, PageUpload] = {}
        self._parts: dict[tuple[str, int], UploadPart] = {}

    async def add(self, upload: PageUpload) -> bool:
        if upload.id in self.kept:
            return False
        self.kept[upload.id] = upload.model_copy()
        return True

    async def put(self, upload: PageUpload) -> None:
        self.kept[upload.id] = upload.model_copy()

    async def find(self, upload_id: str) -> PageUpload | None:
        found = self.kept.get(upload_id)
        return found.model_copy() if found else None

    hold = find

    async def put_part(self, part: UploadPart) -> None:
        self._parts[part.upload_id, part.number] = part.model_copy()

    async def parts(self, upload_id: str) -> Sequence[UploadPart]:
        return [part for (own, _), part in sorted(self._parts.items()) if own == upload_id]

    async def forget_parts(self, upload_id: str) -> None:
        self._parts = {key: part for key, part in self._parts.items() if key[0] != upload_id}

    async def idle_since(self, moment: datetime, *, limit: int = 500) -> Sequence[PageUpload]:
        idle = [
            one.model_copy()
            for one in self.kept.values()
            if one.state is UploadState.OPEN and one.changed_at < moment
        ]
        return sorted(idle, key=lambda one: one.changed_at)[:limit]


class MemoryPages:
    """Captured pages."""

    def __init__(self) -> None:
        self.kept: dict[str, Page] = {}
        self.changes: list[PageChange] = []

    async def put(self, page: Page, change: PageChange) -> None:
        self.kept[page.id] = page.model_copy()
        self.changes.append(change.model_copy())

    async def renew(self, page: Page) -> None:
        self.kept[page.id] = page.model_copy()

    async def find(self, page_id: str) -> Page | None:
        found = self.kept.get(page_id)
        return found.model_copy() if found else None

    async def of_dossier(self, dossier_code: str) -> Sequence[Page]:
        mine = (page.model_copy() for page in self.kept.values())
        own = [page for page in mine if page.dossier_code == dossier_code]
        return sorted(own, key=lambda page: (page.position, page.place, page.id))

    async def of_upload(self, upload_id: str) -> Sequence[Page]:
        own = [page.model_copy() for page in self.kept.values() if page.upload_id == upload_id]
        return sorted(own, key=lambda page: page.file_index)

    async def history(self, page_id: str) -> Sequence[PageChange]:
        mine = (change for change in self.changes if change.page_id == page_id)
        return sorted(mine, key=lambda change: change.id)

    async def unread(self, *, limit: int) -> Sequence[Page]:
        waiting = [
            page.model_copy()
            for page in self.kept.values()
            if page.state is PageState.CURRENT and page.words_sha256 is None
        ]
        return sorted(waiting, key=lambda page: page.added_at)[:limit]

    async def with_source(self, sha256: str) -> Sequence[Page]:
        own = [page.model_copy() for page in self.kept.values() if page.source_sha256 == sha256]
        return sorted(own, key=lambda page: page.id)


class MemoryContents:
    """What must be in the vault."""

    _RANKS = (Purpose.PART, Purpose.ORIGINAL)

    def __init__(self) -> None:
        self.kept: dict[str, VaultContent] = {}

    def _rank(self, purpose: Purpose) -> int:
        return self._RANKS.index(purpose) if purpose in self._RANKS else len(self._RANKS)

    async def note(self, contents: Iterable[VaultContent]) -> None:
        for one in contents:
            there = self.kept.get(one.sha256)
            if there is None:
                self.kept[one.sha256] = one.model_copy()
                continue
            there.kept_at = one.kept_at
            if self._rank(one.purpose) > self._rank(there.purpose):
                there.purpose = one.purpose

    async def find(self, sha256: str) -> VaultContent | None:
        found = self.kept.get(sha256)
        return found.model_copy() if found else None

    hold = find

    async def checked(self, sha256: str, *, at: datetime, state: ContentState) -> None:
        self.kept[sha256].checked_at, self.kept[sha256].state = at, state

    async def forget(self, sha256: str) -> None:
        self.kept.pop(sha256, None)

    async def passed(
        self, purpose: Purpose, *, before: datetime, limit: int = 500
    ) -> Sequence[VaultContent]:
        mine = [
            one.model_copy()
            for one in self.kept.values()
            if one.purpose is purpose and one.kept_at < before
        ]
        return sorted(mine, key=lambda one: one.kept_at)[:limit]

    async def longest_unchecked(self, *, limit: int) -> Sequence[VaultContent]:
        def longest(one: VaultContent) -> tuple[bool, float, str]:
            checked = one.checked_at
            return (checked is not None, checked.timestamp() if checked else 0.0, one.sha256)

        return sorted((one.model_copy() for one in self.kept.values()), key=longest)[:limit]

    async def ill(self, *, limit: int) -> Sequence[VaultContent]:
        bad = [one for _, one in sorted(self.kept.items()) if one.state is not ContentState.KEPT]
        return [one.model_copy() for one in bad[:limit]]


class MemoryFields:
    """What was read in the fields of forms."""

    def __init__(self) -> None:
        self.kept: dict[str, ExtractedField] = {}

    async def propose(self, field: ExtractedField) -> None:
        place = (field.page_id, field.name)
        there = next((f for f in self.kept.values() if (f.page_id, f.name) == place), None)
        if there is None:
            self.kept[field.id] = field.model_copy()
        elif there.state is FieldState.PROPOSED:
            self.kept[there.id] = field.model_copy(update={"id": there.id})

    async def put(self, field: ExtractedField) -> None:
        self.kept[field.id] = field.model_copy()

    async def hold(self, field_id: str) -> ExtractedField | None:
        found = self.kept.get(field_id)
        return found.model_copy() if found else None

    async def of_dossier(self, dossier_code: str) -> Sequence[ExtractedField]:
        own = [one.model_copy() for one in self.kept.values() if one.dossier_code == dossier_code]
        return sorted(own, key=lambda one: (one.name, -one.confidence, one.id))


class MemoryPrintedForms:
    """Forms that were given out."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, int], PrintedForm] = {}

    async def add(self, form: PrintedForm) -> bool:
        key = (form.form, form.subject, form.issue)
        return self.kept.setdefault(key, form) is form

    async def issues(self, form: str, subject: str) -> Sequence[PrintedForm]:
        return [one for one in await self.about(subject) if one.form == form]

    async def about(self, subject: str) -> Sequence[PrintedForm]:
        return [one for key, one in sorted(self.kept.items()) if key[1] == subject]


class MemoryPaperSayings:
    """What was said to papers."""

    def __init__(self) -> None:
        self.reused: list[PaperReuse] = []
        self.said: list[PaperApproval] = []

    async def add_reuse(self, reuse: PaperReuse) -> None:
        self.reused.append(reuse)

    async def reuses(self, dossier_code: str) -> Sequence[PaperReuse]:
        return sorted(
            (one for one in self.reused if one.dossier_code == dossier_code),
            key=lambda one: (one.position, one.number),
        )

    async def add_approval(self, approval: PaperApproval) -> None:
        self.said.append(approval)

    async def approvals(self, dossier_code: str) -> Sequence[PaperApproval]:
        return sorted(
            (one for one in self.said if one.dossier_code == dossier_code),
            key=lambda one: (one.position, one.number),
        )


class MemoryProofs:
    """Proofs of delivery."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, UUID], DeliveryProof] = {}

    async def add(self, proof: DeliveryProof) -> bool:
        return self.kept.setdefault((proof.item_code, proof.event_id), proof) is proof

    async def find(self, item_code: str, event_id: UUID) -> DeliveryProof | None:
        return self.kept.get((item_code, event_id))

    async def of_item(self, item_code: str) -> Sequence[DeliveryProof]:
        own = [one for key, one in self.kept.items() if key[0] == item_code]
        return sorted(own, key=lambda one: (one.taken_at, one.event_id.bytes))


class MemoryVault:
    """A vault that can break."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.broken = False

    async def keep(self, content: bytes) -> str:
        if self.broken:
            raise OSError("đĩa đầy")
        name = hashlib.sha256(content).hexdigest()
        self.kept.setdefault(name, content)
        return name

    async def fetch(self, sha256: str) -> bytes:
        content = self.kept[sha256]
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ValueError(sha256)
        return content

    async def has(self, sha256: str) -> bool:
        return sha256 in self.kept

    async def forget(self, sha256: str) -> None:
        self.kept.pop(sha256, None)

    async def check(self) -> None:
        return None


class PlainDigitiser:
    """Takes files that say what they are: `pages=3 codes=PBC1|… turn=90`, each page its own text.

    What begins with the name of a trouble is not taken, for that trouble.
    """

    def __init__(self) -> None:
        self.assembled: list[tuple[tuple[PageSheet, ...], DocumentFacts]] = []

    async def examine(self, content: bytes) -> Examined | Unreadable:
        trouble = self._trouble(content)
        if trouble is not None:
            return trouble
        return Examined("application/pdf", int(self._said(content).get("pages", "1")))

    async def archive_page(self, content: bytes, wish: PageWish) -> ArchivedPage | Unreadable:
        trouble = self._trouble(content)
        if trouble is not None:
            return trouble
        said = self._said(content)
        turn = int(said.get("turn", "0")) if wish.turn is None else wish.turn
        code = said.get(f"code{wish.index + 1}")
        return ArchivedPage(
            image=b"page %d turn %d of " % (wish.index, turn) + content,
            media_type="image/jpeg",
            width_px=1654,
            height_px=2339,
            dots_per_inch=wish.dots_per_inch,
            tone=Tone.GREY if wish.tone is Tone.AUTO else wish.tone,
            turn=turn,
            sharpness=0.8,
            ink=0.03,
            codes=(code,) if code else (),
        )

    async def assemble(self, pages: Sequence[PageSheet], facts: DocumentFacts) -> bytes:
        self.assembled.append((tuple(pages), facts))
        return b"%PDF " + b"\n".join(page.image + page.layer for page in pages)

    async def preview(self, image: bytes, *, longest_px: int) -> bytes:
        return image[:longest_px]

    @staticmethod
    def _trouble(content: bytes) -> Unreadable | None:
        first = content.split(b" ", 1)[0].decode(errors="replace")
        return Unreadable(Trouble(first), "as it says") if first in set(Trouble) else None

    @staticmethod
    def _said(content: bytes) -> dict[str, str]:
        words = content.decode(errors="replace").split()
        return dict(word.split("=", 1) for word in words if "=" in word)


class MemorySigner:
    """Writes its name under a document; refuses what says that it is no PDF."""

    def __init__(self) -> None:
        self.broken = False

    async def sign(self, pdf: bytes, wish: SignatureWish) -> SignedPdf:
        if self.broken or not pdf.startswith(b"%PDF"):
            raise SigningFailed("the token was pulled out")
        return SignedPdf(pdf + b"\nSIGNED " + wish.reason.encode(), Level.B, "Bưu điện")

    async def check(self) -> None:
        if self.broken:
            raise SigningFailed("the token was pulled out")


class MemoryVerifier:
    """Finds what the memory's signer wrote."""

    async def verify(self, pdf: bytes) -> tuple[SignatureFound, ...] | Unreadable:
        if not pdf.startswith(b"%PDF"):
            return Unreadable(Trouble.BROKEN)
        found = SignatureFound(
            signer="Bưu điện",
            organisation="Bưu điện",
            issuer="CA",
            serial="1",
            claimed_at=None,
            stamped_at=None,
            intact=True,
            trusted=True,
            whole=True,
            revocation=Revocation.UNKNOWN,
            changes=Changes.NONE,
            level=Level.B,
        )
        return (found,) * pdf.count(b"\nSIGNED")

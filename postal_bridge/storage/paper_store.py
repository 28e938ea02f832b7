"""The stores of captured papers: uploads, pages, and the list of what must be in the vault."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import case, delete, select, text

from postal_bridge.documents.form_records import PrintedForm
from postal_bridge.documents.records import (
    ContentState,
    ExtractedField,
    FieldState,
    Page,
    PageChange,
    PageUpload,
    Purpose,
    UploadPart,
    UploadState,
    VaultContent,
)
from postal_bridge.storage.paper_tables import (
    UNREAD,
    ExtractedFieldRow,
    PageChangeRow,
    PageRow,
    PageUploadRow,
    PrintedFormRow,
    UploadPartRow,
    VaultContentRow,
)
from postal_bridge.storage.rows import Rows

_PASSING = (Purpose.PART, Purpose.ORIGINAL)
"""Purposes that end some day, the shortest first; whoever has another one too is kept for that."""


class UploadStore:
    """Files on their way in."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, upload: PageUpload) -> bool:
        """Write a new one; False where there is one with this id."""
        return await self._rows.add_new(PageUploadRow, upload.model_dump())

    async def put(self, upload: PageUpload) -> None:
        """Renew it."""
        await self._rows.put(PageUploadRow, upload)

    async def find(self, upload_id: str) -> PageUpload | None:
        """An upload."""
        return await self._rows.one(PageUpload, PageUploadRow, id=upload_id)

    async def hold(self, upload_id: str) -> PageUpload | None:
        """An upload, held until the transaction ends."""
        return await self._rows.locked(PageUpload, PageUploadRow, id=upload_id)

    async def put_part(self, part: UploadPart) -> None:
        """Note a part that arrived; the last one of a number stays."""
        await self._rows.put(UploadPartRow, part)

    async def parts(self, upload_id: str) -> Sequence[UploadPart]:
        """What arrived, by number."""
        table = self._rows.table(UploadPartRow)
        mine = select(table).where(self._rows.own(table, upload_id=upload_id))
        return await self._rows.all(UploadPart, mine.order_by(table.c.number))

    async def forget_parts(self, upload_id: str) -> None:
        """Forget what arrived: all of it must come again."""
        table = self._rows.table(UploadPartRow)
        await self._rows.execute(delete(table).where(self._rows.own(table, upload_id=upload_id)))

    async def idle_since(self, moment: datetime, *, limit: int = 500) -> Sequence[PageUpload]:
        """Open uploads that nothing happened to since a moment, oldest first."""
        table = self._rows.table(PageUploadRow)
        mine = select(table).where(
            self._rows.own(table, state=UploadState.OPEN), table.c.changed_at < moment
        )
        return await self._rows.all(PageUpload, mine.order_by(table.c.changed_at).limit(limit))


class PageStore:
    """Captured pages and what was done to them."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._pages = rows.table(PageRow)

    async def put(self, page: Page, change: PageChange) -> None:
        """Write or renew a page together with what was done to it."""
        await self._rows.put(PageRow, page)
        await self._rows.add(PageChangeRow, [change])

    async def renew(self, page: Page) -> None:
        """Renew what a machine knows of a page: what it read, or that the original is gone."""
        await self._rows.put(PageRow, page)

    async def find(self, page_id: str) -> Page | None:
        """A page."""
        return await self._rows.one(Page, PageRow, id=page_id)

    async def of_dossier(self, dossier_code: str) -> Sequence[Page]:
        """All pages of a dossier, also replaced ones, by line, place and id."""
        c = self._pages.c
        mine = select(self._pages).where(self._rows.own(self._pages, dossier_code=dossier_code))
        return await self._rows.all(Page, mine.order_by(c.position, c.place, c.id))

    async def of_upload(self, upload_id: str) -> Sequence[Page]:
        """What became of an upload, by their order in the file."""
        mine = select(self._pages).where(self._rows.own(self._pages, upload_id=upload_id))
        return await self._rows.all(Page, mine.order_by(self._pages.c.file_index))

    async def history(self, page_id: str) -> Sequence[PageChange]:
        """What was done to a page, in order."""
        table = self._rows.table(PageChangeRow)
        mine = select(table).where(self._rows.own(table, page_id=page_id)).order_by(table.c.id)
        return await self._rows.all(PageChange, mine)

    async def unread(self, *, limit: int) -> Sequence[Page]:
        """Current pages on which nothing was read yet, oldest first."""
        mine = select(self._pages).where(self._rows.own(self._pages), text(UNREAD))
        return await self._rows.all(Page, mine.order_by(self._pages.c.added_at).limit(limit))

    async def with_source(self, sha256: str) -> Sequence[Page]:
        """Pages that were made of this file."""
        mine = select(self._pages).where(self._rows.own(self._pages, source_sha256=sha256))
        return await self._rows.all(Page, mine.order_by(self._pages.c.id))


class ContentStore:
    """What must be in the vault."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._contents = rows.table(VaultContentRow)

    async def note(self, contents: Iterable[VaultContent]) -> None:
        """Something was put there or is named again; held until the transaction ends."""
        table = self._contents
        values = [{**one.model_dump(), "province": self._rows.province} for one in contents]
        if not values:
            return
        insert = self._rows.insert(table)
        new = insert.excluded
        ranks = {purpose: rank for rank, purpose in enumerate(_PASSING)}
        rank_here = case(ranks, value=table.c.purpose, else_=len(ranks))
        rank_new = case(ranks, value=new.purpose, else_=len(ranks))
        statement = insert.on_conflict_do_update(
            index_elements=[table.c.province, table.c.sha256],
            set_={
                "purpose": case((rank_new > rank_here, new.purpose), else_=table.c.purpose),
                "kept_at": new.kept_at,
            },
        )
        await self._rows.execute(statement, values)

    async def find(self, sha256: str) -> VaultContent | None:
        """What is known of a content."""
        return await self._rows.one(VaultContent, VaultContentRow, sha256=sha256)

    async def hold(self, sha256: str) -> VaultContent | None:
        """The same, held until the transaction ends."""
        return await self._rows.locked(VaultContent, VaultContentRow, sha256=sha256)

    async def checked(self, sha256: str, *, at: datetime, state: ContentState) -> None:
        """It was read back, and this came of it."""
        await self._rows.change(VaultContentRow, {"sha256": sha256}, checked_at=at, state=state)

    async def forget(self, sha256: str) -> None:
        """It need not be in the vault any more."""
        own = self._rows.own(self._contents, sha256=sha256)
        await self._rows.execute(delete(self._contents).where(own))

    async def passed(
        self, purpose: Purpose, *, before: datetime, limit: int = 500
    ) -> Sequence[VaultContent]:
        """What was last named before a moment, oldest first."""
        c = self._contents.c
        mine = select(self._contents).where(
            self._rows.own(self._contents, purpose=purpose), c.kept_at < before
        )
        return await self._rows.all(VaultContent, mine.order_by(c.kept_at).limit(limit))

    async def longest_unchecked(self, *, limit: int) -> Sequence[VaultContent]:
        """What was not compared for longest, never checked ones first."""
        c = self._contents.c
        mine = select(self._contents).where(self._rows.own(self._contents))
        ordered = mine.order_by(c.checked_at.asc().nulls_first(), c.sha256)
        return await self._rows.all(VaultContent, ordered.limit(limit))

    async def ill(self, *, limit: int) -> Sequence[VaultContent]:
        """What was found lost or damaged when it was last read back, by hash."""
        c = self._contents.c
        own = self._rows.own(self._contents)
        mine = select(self._contents).where(own, c.state != ContentState.KEPT)
        return await self._rows.all(VaultContent, mine.order_by(c.sha256).limit(limit))


class FieldStore:
    """What was read in the fields of forms."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._fields = rows.table(ExtractedFieldRow)

    async def propose(self, field: ExtractedField) -> None:
        """Write a proposal in place of an undecided one of the same page and name."""
        table = self._fields
        insert = self._rows.insert(table)
        told = {"value", "confidence", "left", "top", "width", "height", "found_at"}
        statement = insert.on_conflict_do_update(
            index_elements=[table.c.province, table.c.page_id, table.c.name],
            set_={name: insert.excluded[name] for name in sorted(told)},
            where=table.c.state == FieldState.PROPOSED,
        )
        values = {**field.model_dump(), "province": self._rows.province}
        await self._rows.execute(statement, values)

    async def put(self, field: ExtractedField) -> None:
        """Renew a field."""
        await self._rows.put(ExtractedFieldRow, field)

    async def hold(self, field_id: str) -> ExtractedField | None:
        """A field, held until the transaction ends."""
        return await self._rows.locked(ExtractedField, ExtractedFieldRow, id=field_id)

    async def of_dossier(self, dossier_code: str) -> Sequence[ExtractedField]:
        """All fields of a dossier, by name, the surest first."""
        c = self._fields.c
        mine = select(self._fields).where(self._rows.own(self._fields, dossier_code=dossier_code))
        ordered = mine.order_by(c.name, c.confidence.desc(), c.id)
        return await self._rows.all(ExtractedField, ordered)


class PrintedFormStore:
    """Forms that were given out."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._forms = rows.table(PrintedFormRow)

    async def add(self, form: PrintedForm) -> bool:
        """Write an issue; False where there is one of this number."""
        return await self._rows.add_new(PrintedFormRow, form.model_dump())

    async def issues(self, form: str, subject: str) -> Sequence[PrintedForm]:
        """All issues of a form about something, by number."""
        return await self._listed(form=form, subject=subject)

    async def about(self, subject: str) -> Sequence[PrintedForm]:
        """Everything that was given out about something, by form and issue."""
        return await self._listed(subject=subject)

    async def _listed(self, **equals: object) -> Sequence[PrintedForm]:
        c = self._forms.c
        mine = select(self._forms).where(self._rows.own(self._forms, **equals))
        return await self._rows.all(PrintedForm, mine.order_by(c.form, c.issue))

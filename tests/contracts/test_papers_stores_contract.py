"""What the stores of captured papers must do, in memory and on every database."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from postal_bridge.documents.form_records import PrintedForm
from postal_bridge.documents.page_values import Tone
from postal_bridge.documents.paper_records import Digitisation, PaperApproval, PaperReuse
from postal_bridge.documents.ports import PaperTransactions
from postal_bridge.documents.records import (
    ContentState,
    Document,
    DocumentKind,
    ExtractedField,
    FieldState,
    Page,
    PageChange,
    PageDeed,
    PageState,
    PageUpload,
    Purpose,
    UploadPart,
    UploadState,
    VaultContent,
)
from tests.stages.memory import MemoryWork
from tests.stores import DOSSIER, HOUR, NOW, opened

PORTS = (
    "documents.ports.Documents",
    "documents.ports.Uploads",
    "documents.ports.Pages",
    "documents.ports.Contents",
    "documents.ports.Fields",
    "documents.ports.PrintedForms",
    "documents.ports.PaperSayings",
    "documents.ports.PaperWork",
    "documents.ports.PaperTransactions",
)
IMPLEMENTATIONS = ("memory", "sqlite", "postgresql")


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def house(
    engine_name: str, request: pytest.FixtureRequest
) -> AsyncIterator[PaperTransactions]:
    if engine_name == "memory":
        yield MemoryWork()
        return
    async with opened(request.getfixturevalue("database_url")) as storage:
        yield storage


def a_document(name: str, *, position: int, hours: int, dossier: str = DOSSIER) -> Document:
    return Document(
        id=name,
        dossier_code=dossier,
        position=position,
        file_name="Giấy chứng nhận quyền sử dụng đất.pdf",
        media_type="application/pdf",
        sha256="a" * 64,
        size_bytes=5_000_000_000,
        page_count=12,
        registered_at=NOW + hours * HOUR,
        registered_by="lan",
    )


def an_upload(name: str, **other: Any) -> PageUpload:
    usual: dict[str, Any] = {
        "id": name,
        "dossier_code": DOSSIER,
        "position": 1,
        "file_name": "ảnh.jpg",
        "size_bytes": 5_000_000_000,
        "sha256": "b" * 64,
        "part_bytes": 262_144,
        "begun_at": NOW,
        "begun_by": "lan",
        "changed_at": NOW,
    }
    return PageUpload(**{**usual, **other})


def a_page(name: str, **other: Any) -> Page:
    usual: dict[str, Any] = {
        "id": name,
        "dossier_code": DOSSIER,
        "position": 1,
        "place": 1000,
        "upload_id": "u1",
        "file_name": "ảnh.jpg",
        "file_index": 0,
        "source_sha256": "b" * 64,
        "source_type": "image/jpeg",
        "source_bytes": 5_000_000_000,
        "image_sha256": "c" * 64,
        "image_type": "image/jpeg",
        "image_bytes": 190_000,
        "width_px": 1654,
        "height_px": 2339,
        "dots_per_inch": 200,
        "tone": Tone.GREY,
        "turn": 90,
        "sharpness": 0.8125,
        "ink": 0.03125,
        "flags": "blurred dark",
        "codes": '["PBC1|x|1"]',
        "added_at": NOW,
        "added_by": "lan",
    }
    return Page(**{**usual, **other})


def a_change(name: str, page: Page, deed: PageDeed = PageDeed.ADD) -> PageChange:
    return PageChange(
        id=name,
        page_id=page.id,
        dossier_code=page.dossier_code,
        deed=deed,
        at=NOW,
        by="lan",
        before="{}",
        after='{"place": 1000}',
    )


def a_content(sha256: str, purpose: Purpose = Purpose.PAGE, *, hours: int = 0) -> VaultContent:
    return VaultContent(
        sha256=sha256 * 64, purpose=purpose, size_bytes=7, kept_at=NOW + hours * HOUR
    )


# --------------------------------------------------------------------------------------- documents


async def test_a_registered_file_comes_back_whole_and_can_be_renewed(
    house: PaperTransactions,
) -> None:
    document = a_document("d1", position=1, hours=0)
    async with house.begin() as work:
        await work.documents.add(document)
        newer = document.model_copy(
            update={"superseded_by": "d2", "kind": DocumentKind.ASSEMBLED, "pages": "[]"}
        )
        assert await work.documents.find("d1") == document
        await work.documents.put(newer)
    async with house.begin(write=False) as work:
        assert await work.documents.find("d1") == newer
        assert await work.documents.find("d2") is None


async def test_files_of_a_dossier_are_all_listed(house: PaperTransactions) -> None:
    async with house.begin() as work:
        for name, position, hours in (("a", 1, 1), ("b", 1, 2), ("c", 2, 0)):
            await work.documents.add(a_document(name, position=position, hours=hours))
        await work.documents.add(a_document("x", position=1, hours=0, dossier="other"))
        found = await work.documents.of_dossier(DOSSIER)
        assert [document.id for document in found] == ["a", "b", "c"]


# ----------------------------------------------------------------------------------------- uploads


async def test_an_upload_is_announced_once(house: PaperTransactions) -> None:
    upload = an_upload("u1", replaces="p0", find_edges=False)
    async with house.begin() as work:
        assert await work.uploads.add(upload)
        assert not await work.uploads.add(an_upload("u1", position=2))
        assert await work.uploads.find("u1") == upload
        assert await work.uploads.hold("u1") == upload
        assert await work.uploads.find("u2") is None


async def test_an_upload_and_its_parts_are_renewed(house: PaperTransactions) -> None:
    async with house.begin() as work:
        await work.uploads.add(an_upload("u1"))
        done = an_upload("u1", state=UploadState.REFUSED, reason="file-broken", detail="{}")
        await work.uploads.put(done)
        assert await work.uploads.find("u1") == done
        for number, sha256 in ((2, "d"), (1, "e"), (2, "f")):
            await work.uploads.put_part(
                UploadPart(upload_id="u1", number=number, sha256=sha256 * 64, came_at=NOW)
            )
        parts = await work.uploads.parts("u1")
        assert [(part.number, part.sha256[0]) for part in parts] == [(1, "e"), (2, "f")]
        await work.uploads.forget_parts("u1")
        assert not await work.uploads.parts("u1")


async def test_uploads_that_nothing_happened_to_are_found(house: PaperTransactions) -> None:
    async with house.begin() as work:
        await work.uploads.add(an_upload("late", changed_at=NOW - HOUR))
        await work.uploads.add(an_upload("latest", changed_at=NOW - 2 * HOUR))
        await work.uploads.add(an_upload("now", changed_at=NOW))
        await work.uploads.add(
            an_upload("done", changed_at=NOW - 9 * HOUR, state=UploadState.TAKEN)
        )
        idle = await work.uploads.idle_since(NOW)
        assert [one.id for one in idle] == ["latest", "late"]
        assert len(await work.uploads.idle_since(NOW, limit=1)) == 1


# ------------------------------------------------------------------------------------------- pages


async def test_a_page_comes_back_whole_with_its_history(house: PaperTransactions) -> None:
    page = a_page("p1", replaces="p0", confidence=91.5, words_sha256="e" * 64)
    async with house.begin() as work:
        await work.pages.put(page, a_change("c1", page))
        turned = page.model_copy(update={"turn": 180, "version": 2})
        await work.pages.put(turned, a_change("c2", turned, PageDeed.TURN))
        assert await work.pages.find("p1") == turned
        assert await work.pages.find("p2") is None
        history = await work.pages.history("p1")
        assert [change.deed for change in history] == [PageDeed.ADD, PageDeed.TURN]


async def test_pages_are_listed_by_line_and_place(house: PaperTransactions) -> None:
    async with house.begin() as work:
        for name, position, place in (("a", 2, 1), ("b", 1, 9), ("c", 1, 3), ("d", 1, 3)):
            page = a_page(name, position=position, place=place)
            await work.pages.put(page, a_change(f"c{name}", page))
        stranger = a_page("x", dossier_code="other")
        await work.pages.put(stranger, a_change("cx", stranger))
        assert [page.id for page in await work.pages.of_dossier(DOSSIER)] == ["c", "d", "b", "a"]


async def test_pages_are_found_by_what_they_came_from(house: PaperTransactions) -> None:
    async with house.begin() as work:
        for name, index, source in (("a", 1, "b"), ("b", 0, "b"), ("c", 2, "f")):
            page = a_page(name, file_index=index, source_sha256=source * 64)
            await work.pages.put(page, a_change(f"c{name}", page))
        assert [page.id for page in await work.pages.of_upload("u1")] == ["b", "a", "c"]
        assert [page.id for page in await work.pages.with_source("b" * 64)] == ["a", "b"]


async def test_only_current_pages_wait_to_be_read(house: PaperTransactions) -> None:
    async with house.begin() as work:
        for name, hours, other in (
            ("new", 2, {}),
            ("old", 1, {}),
            ("gone", 0, {"state": PageState.REMOVED}),
            ("read", 0, {"words_sha256": "e" * 64}),
        ):
            page = a_page(name, added_at=NOW + hours * HOUR, **other)
            await work.pages.put(page, a_change(f"c{name}", page))
        assert [page.id for page in await work.pages.unread(limit=9)] == ["old", "new"]
        first = (await work.pages.unread(limit=1))[0]
        await work.pages.renew(first.model_copy(update={"words_sha256": "e" * 64}))
        assert [page.id for page in await work.pages.unread(limit=9)] == ["new"]


# ---------------------------------------------------------------------------------------- contents


async def test_a_content_that_is_named_again_lives_on_for_its_longest_purpose(
    house: PaperTransactions,
) -> None:
    async with house.begin() as work:
        await work.contents.note([a_content("a", Purpose.ORIGINAL), a_content("b")])
        await work.contents.note([])
        await work.contents.note([a_content("a", Purpose.PART, hours=2)])
        kept = await work.contents.find("a" * 64)
        assert kept is not None
        assert (kept.purpose, kept.kept_at) == (Purpose.ORIGINAL, NOW + 2 * HOUR)
        await work.contents.note([a_content("a", Purpose.DOCUMENT, hours=1)])
        held = await work.contents.hold("a" * 64)
        assert held is not None
        assert held.purpose is Purpose.DOCUMENT
        assert await work.contents.find("f" * 64) is None


async def test_contents_whose_time_is_over_are_found_and_forgotten(
    house: PaperTransactions,
) -> None:
    async with house.begin() as work:
        await work.contents.note(
            [
                a_content("a", Purpose.PART, hours=-1),
                a_content("b", Purpose.PART, hours=-3),
                a_content("c", Purpose.PART),
                a_content("d", Purpose.PAGE, hours=-9),
            ]
        )
        passed = await work.contents.passed(Purpose.PART, before=NOW)
        assert [one.sha256[0] for one in passed] == ["b", "a"]
        await work.contents.forget("b" * 64)
        assert len(await work.contents.passed(Purpose.PART, before=NOW, limit=1)) == 1
        assert await work.contents.find("b" * 64) is None


async def test_what_was_not_checked_for_longest_comes_first(house: PaperTransactions) -> None:
    async with house.begin() as work:
        await work.contents.note([a_content(one) for one in "abc"])
        await work.contents.checked("a" * 64, at=NOW + HOUR, state=ContentState.DAMAGED)
        await work.contents.checked("b" * 64, at=NOW, state=ContentState.KEPT)
        found = await work.contents.longest_unchecked(limit=3)
        assert [one.sha256[0] for one in found] == ["c", "b", "a"]
        assert found[2].state is ContentState.DAMAGED
        assert found[2].checked_at == NOW + timedelta(hours=1)
        assert [one.sha256[0] for one in await work.contents.ill(limit=5)] == ["a"]


# ------------------------------------------------------------------------------------------ fields


def a_field(field_id: str, **other: Any) -> ExtractedField:
    usual: dict[str, Any] = {
        "id": field_id,
        "dossier_code": DOSSIER,
        "page_id": "p1",
        "name": "identity",
        "value": "020184991234",
        "confidence": 0.875,
        "left": 10,
        "top": 20,
        "width": 300,
        "height": 30,
        "found_at": NOW,
    }
    return ExtractedField(**{**usual, **other})


async def test_a_later_reading_replaces_a_proposal_and_no_decision(
    house: PaperTransactions,
) -> None:
    async with house.begin() as work:
        await work.fields.propose(a_field("f1"))
        await work.fields.propose(a_field("f2", value="020184991235", confidence=0.5))
        (field,) = await work.fields.of_dossier(DOSSIER)
        assert (field.id, field.value, field.confidence) == ("f1", "020184991235", 0.5)
        decided = field.model_copy(
            update={"state": FieldState.CONFIRMED, "decided_at": NOW, "decided_by": "lan"}
        )
        await work.fields.put(decided)
        await work.fields.propose(a_field("f3", value="another"))
        assert await work.fields.of_dossier(DOSSIER) == [decided]
        assert await work.fields.hold("f1") == decided
        assert await work.fields.hold("f9") is None


async def test_fields_are_listed_by_name_the_surest_first(house: PaperTransactions) -> None:
    async with house.begin() as work:
        for name, page, field, sure in (
            ("a", "p1", "name", 0.5), ("b", "p2", "name", 0.75), ("c", "p1", "born", 0.25),
        ):  # fmt: skip
            await work.fields.propose(a_field(name, page_id=page, name=field, confidence=sure))
        await work.fields.propose(a_field("x", page_id="p9", dossier_code="other"))
        assert [one.id for one in await work.fields.of_dossier(DOSSIER)] == ["c", "b", "a"]


def an_issue(form: str, issue: int, *, subject: str = DOSSIER) -> PrintedForm:
    return PrintedForm(
        form=form,
        subject=subject,
        issue=issue,
        facts_sha256=f"{issue:064}",
        sha256=f"{issue:064}",
        size_bytes=2**31,
        printed_at=NOW,
        printed_by="lan",
    )


async def test_no_two_issues_of_a_form_have_one_number(house: PaperTransactions) -> None:
    listed = [an_issue("receipt", 2), an_issue("receipt", 1), an_issue("control", 1)]
    async with house.begin() as work:
        assert [await work.printed_forms.add(one) for one in listed] == [True, True, True]
        assert not await work.printed_forms.add(an_issue("receipt", 2))
        assert await work.printed_forms.add(an_issue("receipt", 1, subject="BG-1"))
    async with house.begin(write=False) as work:
        issues = await work.printed_forms.issues("receipt", DOSSIER)
        assert issues == [an_issue("receipt", 1), an_issue("receipt", 2)]
        told = [(one.form, one.issue) for one in await work.printed_forms.about(DOSSIER)]
        assert told == [("control", 1), ("receipt", 1), ("receipt", 2)]
        assert not await work.printed_forms.issues("receipt", "nobody's")


async def test_what_is_said_to_papers_is_listed_by_line_and_number(
    house: PaperTransactions,
) -> None:
    reuses = [
        PaperReuse(
            dossier_code=DOSSIER,
            position=position,
            number=number,
            digitisation=Digitisation.REUSED_RESULT,
            source="KQ-1",
            from_national_store=number == 2,
            noted_at=NOW,
            noted_by="lan",
        )
        for position, number in ((2, 1), (1, 2), (1, 1))
    ]
    said = PaperApproval(
        dossier_code=DOSSIER,
        position=1,
        number=1,
        approved=False,
        contents_sha256="0" * 64,
        remark="Mờ",
        decided_at=NOW,
        decided_by="hoa",
    )
    async with house.begin() as work:
        for one in reuses:
            await work.papers.add_reuse(one)
        await work.papers.add_approval(said)
    async with house.begin(write=False) as work:
        assert await work.papers.reuses(DOSSIER) == reuses[::-1]
        assert await work.papers.reuses("other") == []
        assert await work.papers.approvals(DOSSIER) == [said]

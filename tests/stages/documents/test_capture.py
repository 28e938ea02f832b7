"""A file comes part by part, over any network: nothing is lost, doubled or half taken."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from postal_bridge.documents.capture import Capture
from postal_bridge.documents.capture_values import Captured, UploadStatus
from postal_bridge.documents.page_values import Examined, Unreadable
from postal_bridge.documents.records import PageState, Purpose, UploadState
from postal_bridge.errors import Reason, Refusal
from tests.stages.documents.papers import ID, PART, Papers, reason
from tests.stages.memory import LAN, TUAN, MemoryWork
from tests.stages.memory_papers import PlainDigitiser
from tests.stores import DOSSIER, a_dossier, a_line

PHOTO = b"pages=1 a photograph of some paper on a table"
STACK = b"pages=3 a scan of three sheets"


async def test_a_file_is_announced_sent_and_becomes_pages(papers: Papers) -> None:
    begun = await papers.begins(STACK)
    assert isinstance(begun, UploadStatus)
    assert (begun.parts, begun.missing, begun.part_bytes) == (3, (1, 2, 3), PART)

    sent = await papers.sends(STACK)
    done = await papers.capture.complete(DOSSIER, ID)

    assert (sent.missing, sent.received) == ((), 3)
    assert isinstance(done, Captured)
    assert [page.file_index for page in done.pages] == [0, 1, 2]
    assert [page.place for page in done.pages] == [1000, 2000, 3000]
    assert {page.image_sha256 for page in done.pages} <= set(papers.vault.kept)
    assert await papers.vault.fetch(done.pages[0].source_sha256) == STACK


async def test_what_was_broken_off_goes_on_where_it_was(papers: Papers) -> None:
    await papers.begins(STACK)
    await papers.sends(STACK, 3, 1)

    again = await papers.begins(STACK)
    assert isinstance(again, UploadStatus)
    assert (again.missing, again.received) == ((2,), 2)
    refused = await papers.capture.complete(DOSSIER, ID)
    assert reason(refused) is Reason.UPLOAD_INCOMPLETE
    assert isinstance(refused, Refusal)
    assert refused.facts["missing"] == "2"

    await papers.sends(STACK, 2)
    assert isinstance(await papers.capture.complete(DOSSIER, ID), Captured)


@given(st.randoms(use_true_random=False), st.integers(0, 6))
async def test_parts_in_any_order_and_any_number_of_times_give_the_same(
    source: random.Random, repeats: int
) -> None:
    work = MemoryWork()
    await work.dossiers.add(a_dossier(), [a_line(1)])
    papers = Papers(work)
    numbers = [1, 2, 3, *(source.randint(1, 3) for _ in range(repeats))]
    source.shuffle(numbers)

    await papers.begins(STACK)
    await papers.sends(STACK, *numbers)
    done = await papers.capture.complete(DOSSIER, ID)

    assert isinstance(done, Captured)
    assert len(done.pages) == 3


async def test_completing_again_gives_the_same_pages(papers: Papers) -> None:
    first = await papers.captures(PHOTO)
    upload = first[0].upload_id
    again = await papers.capture.complete(DOSSIER, upload)
    late = await papers.capture.take_part(DOSSIER, upload, 1, PHOTO[:PART])

    assert isinstance(again, Captured)
    assert [page.id for page in again.pages] == [page.id for page in first]
    assert isinstance(late, UploadStatus)
    assert late.state is UploadState.TAKEN
    assert len(await papers.pages()) == 1


async def test_a_file_that_is_not_what_the_device_said_must_come_again(papers: Papers) -> None:
    await papers.begins(PHOTO)
    await papers.sends(PHOTO.replace(b"photograph", b"fotograaph"))

    assert reason(await papers.capture.complete(DOSSIER, ID)) is Reason.UPLOAD_HASH
    status = await papers.capture.status(DOSSIER, ID)
    assert isinstance(status, UploadStatus)
    assert status.received == 0
    await papers.sends(PHOTO)
    assert isinstance(await papers.capture.complete(DOSSIER, ID), Captured)


async def test_a_part_that_the_vault_lost_must_come_again(papers: Papers) -> None:
    await papers.begins(PHOTO)
    await papers.sends(PHOTO)
    papers.vault.kept.clear()
    assert reason(await papers.capture.complete(DOSSIER, ID)) is Reason.UPLOAD_HASH


@pytest.mark.parametrize(
    ("number", "content", "expected"),
    [
        (0, b"0123456789", Reason.PART_UNKNOWN),
        (9, b"0123456789", Reason.PART_UNKNOWN),
        (1, b"012345678", Reason.PART_SIZE),
        (1, b"01234567890", Reason.PART_SIZE),
        (3, b"0123456789+", Reason.PART_SIZE),
    ],
)
async def test_a_part_of_the_wrong_size_or_number_changes_nothing(
    papers: Papers, number: int, content: bytes, expected: Reason
) -> None:
    await papers.begins(STACK)
    assert reason(await papers.capture.take_part(DOSSIER, ID, number, content)) is expected
    assert not papers.vault.kept


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"dossier_code": "nobody"}, Reason.DOSSIER_UNKNOWN),
        ({"position": 9}, Reason.COMPONENT_UNKNOWN),
        ({"size_bytes": 1001}, Reason.FILE_TOO_LARGE),
        ({"replaces": "nothing"}, Reason.PAGE_UNKNOWN),
    ],
)
async def test_what_cannot_belong_anywhere_is_refused_before_it_is_sent(
    papers: Papers, other: dict[str, object], expected: Reason
) -> None:
    assert reason(await papers.begins(PHOTO, **other)) is expected
    assert not papers.work.uploads.kept


async def test_an_id_that_was_used_for_another_file_is_refused(papers: Papers) -> None:
    await papers.begins(PHOTO)
    assert reason(await papers.begins(STACK)) is Reason.UPLOAD_DIFFERS


async def test_a_file_that_cannot_be_taken_is_kept_with_its_reason(papers: Papers) -> None:
    locked = b"encrypted file"
    await papers.begins(locked)
    await papers.sends(locked)

    assert reason(await papers.capture.complete(DOSSIER, ID)) is Reason.FILE_ENCRYPTED
    assert reason(await papers.capture.complete(DOSSIER, ID)) is Reason.FILE_ENCRYPTED
    assert papers.work.uploads.kept[ID].state is UploadState.REFUSED
    assert locked in papers.vault.kept.values()
    assert not await papers.pages()


async def test_a_file_that_was_called_off_takes_nothing_more(papers: Papers) -> None:
    await papers.begins(PHOTO)
    dropped = await papers.capture.drop(DOSSIER, ID)
    assert isinstance(dropped, UploadStatus)
    assert dropped.state is UploadState.DROPPED
    part = await papers.capture.take_part(DOSSIER, ID, 1, PHOTO[:PART])
    assert reason(part) is Reason.UPLOAD_CLOSED
    assert reason(await papers.capture.complete(DOSSIER, ID)) is Reason.UPLOAD_CLOSED


async def test_two_who_complete_the_same_file_get_the_same_pages(papers: Papers) -> None:
    await papers.begins(PHOTO)
    await papers.sends(PHOTO)
    others = Capture(papers.house, TUAN)

    class Overtaken(PlainDigitiser):
        @override
        async def examine(self, content: bytes) -> Examined | Unreadable:
            papers.digitiser = PlainDigitiser()
            quick = replace(papers.house, digitiser=papers.digitiser)
            await Capture(quick, LAN).complete(DOSSIER, ID)
            return await super().examine(content)

    slow = replace(others, house=replace(papers.house, digitiser=Overtaken()))
    done = await slow.complete(DOSSIER, ID)
    assert isinstance(done, Captured)
    assert [page.added_by for page in done.pages] == [LAN.username]
    assert len(await papers.pages()) == 1


async def test_an_upload_is_known_in_its_own_dossier_only(papers: Papers) -> None:
    await papers.begins(PHOTO)
    assert reason(await papers.capture.status("another", ID)) is Reason.UPLOAD_UNKNOWN


async def test_the_very_same_picture_is_pointed_out(papers: Papers) -> None:
    (page,) = await papers.captures(PHOTO)
    again = await papers.begins(PHOTO)
    assert isinstance(again, UploadStatus)
    assert again.same_as == (page.id,)


async def test_cover_sheets_say_where_the_pages_below_them_belong(papers: Papers) -> None:
    stack = f"pages=4 code1=PBC1|{DOSSIER}|1 code3=PBC1|{DOSSIER}|2".encode()
    pages = await papers.captures(stack, position=0)

    assert [(page.position, page.state) for page in pages] == [
        (1, PageState.REMOVED),
        (1, PageState.CURRENT),
        (2, PageState.REMOVED),
        (2, PageState.CURRENT),
    ]


async def test_a_cover_sheet_of_another_dossier_stops_the_whole_stack(papers: Papers) -> None:
    stack = b"pages=2 code2=PBC1|someone-elses|1"
    await papers.begins(stack, position=0)
    await papers.sends(stack)
    assert reason(await papers.capture.complete(DOSSIER, ID)) is Reason.COVER_OF_OTHER
    assert not await papers.pages(0)


async def test_a_page_is_replaced_by_a_better_picture_at_its_place(papers: Papers) -> None:
    first, second = await papers.captures(b"pages=2 blurred")
    (better,) = await papers.captures(PHOTO, replaces=first.id)

    assert [page.id for page in await papers.pages()] == [better.id, second.id]
    old = papers.work.pages.kept[first.id]
    assert (old.state, old.version) == (PageState.REPLACED, 2)
    history = await papers.work.pages.history(first.id)
    assert [change.deed for change in history] == ["add", "replace"]


async def test_a_page_is_replaced_once_only(papers: Papers) -> None:
    (first,) = await papers.captures(PHOTO)
    one, other = b"pages=1 better", b"pages=1 still better"
    await papers.begins(one, replaces=first.id)
    await papers.captures(other, replaces=first.id)
    await papers.sends(one)
    assert reason(await papers.capture.complete(DOSSIER, ID)) is Reason.PAGE_NOT_CURRENT
    assert len(await papers.pages()) == 1


async def test_everything_that_is_put_into_the_vault_is_listed_with_its_purpose(
    papers: Papers,
) -> None:
    (page,) = await papers.captures(PHOTO)
    contents = papers.work.contents.kept
    assert set(contents) == set(papers.vault.kept)
    assert contents[page.image_sha256].purpose is Purpose.PAGE
    assert contents[page.source_sha256].purpose is Purpose.ORIGINAL
    assert sum(one.purpose is Purpose.PART for one in contents.values()) == 5

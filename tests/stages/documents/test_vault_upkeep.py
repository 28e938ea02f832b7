"""What has had its time goes, what is named stays, and what is gone without leave is an incident."""

import hashlib
from datetime import timedelta

from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.records import (
    ContentState,
    Purpose,
    UploadState,
    VaultContent,
)
from postal_bridge.documents.vault_upkeep import VaultUpkeep
from tests.stages.documents.papers import ID, Papers
from tests.stores import NOW

PHOTO = b"pages=1 a photograph of some paper on a table"


class Told:
    """Incidents."""

    def __init__(self) -> None:
        self.contents: list[VaultContent] = []

    async def __call__(self, work: PaperWork, content: VaultContent) -> None:
        assert await work.contents.find(content.sha256)
        self.contents.append(content)


def upkeep(papers: Papers, told: Told | None = None, *, sample: int = 100) -> VaultUpkeep:
    return VaultUpkeep(house=papers.house, sample=sample, report=told or Told())


def later(papers: Papers, **more: float) -> None:
    papers.clock.advance_to(papers.clock.now() + timedelta(**more))


async def test_parts_go_after_a_week_and_originals_after_half_a_year(papers: Papers) -> None:
    (page,) = await papers.captures(PHOTO)
    later(papers, days=8)
    done = await upkeep(papers).tend()
    assert (done["parts"], done["originals"]) == (5, 0)
    assert set(papers.vault.kept) == {page.source_sha256, page.image_sha256}

    later(papers, days=180)
    assert (await upkeep(papers).tend())["originals"] == 1
    assert set(papers.vault.kept) == {page.image_sha256}
    gone = await papers.work.pages.find(page.id)
    assert gone is not None
    assert gone.source_gone_at == papers.clock.now()
    assert (await upkeep(papers).tend()) == {"dropped": 0, "parts": 0, "originals": 0, "damaged": 0}


async def test_what_is_named_again_lives_on(papers: Papers) -> None:
    await papers.captures(PHOTO)
    later(papers, days=6)
    (page,) = await papers.captures(PHOTO, position=2)
    later(papers, days=2)
    assert (await upkeep(papers).tend())["parts"] == 0
    later(papers, days=178)
    assert await papers.vault.fetch(page.source_sha256) == PHOTO


async def test_an_original_that_is_a_document_too_stays(papers: Papers) -> None:
    (page,) = await papers.captures(PHOTO)
    name = hashlib.sha256(PHOTO).hexdigest()
    await papers.house.note(papers.work, {name: (Purpose.DOCUMENT, PHOTO)})
    later(papers, days=400)
    assert (await upkeep(papers).tend())["originals"] == 0
    assert await papers.vault.has(page.source_sha256)


async def test_an_upload_that_nobody_went_on_with_is_over(papers: Papers) -> None:
    await papers.begins(PHOTO)
    await papers.sends(PHOTO, 1)
    later(papers, days=6)
    assert (await upkeep(papers).tend())["dropped"] == 0
    later(papers, days=2)
    done = await upkeep(papers).tend()
    assert (done["dropped"], done["parts"]) == (1, 1)
    assert papers.work.uploads.kept[ID].state is UploadState.DROPPED


async def test_a_lost_and_a_damaged_content_are_told_once_each(papers: Papers) -> None:
    (page,) = await papers.captures(PHOTO)
    del papers.vault.kept[page.image_sha256]
    papers.vault.kept[page.source_sha256] = b"something else"
    told = Told()
    assert await upkeep(papers, told).check_sample() == 2
    assert await upkeep(papers, told).check_sample() == 2
    states = {one.sha256: one.state for one in told.contents}
    assert states == {
        page.image_sha256: ContentState.LOST,
        page.source_sha256: ContentState.DAMAGED,
    }
    assert len(told.contents) == 2


async def test_what_was_brought_back_counts_as_kept_again(papers: Papers) -> None:
    (page,) = await papers.captures(PHOTO)
    image = papers.vault.kept.pop(page.image_sha256)
    told = Told()
    await upkeep(papers, told).check_sample()
    papers.vault.kept[page.image_sha256] = image
    assert await upkeep(papers, told).check_sample() == 0
    del papers.vault.kept[page.image_sha256]
    await upkeep(papers, told).check_sample()
    assert len(told.contents) == 2


async def test_the_whole_vault_is_checked_in_turns(papers: Papers) -> None:
    await papers.captures(PHOTO)
    contents = papers.work.contents.kept
    for night in range(len(contents)):
        papers.clock.advance_to(NOW + timedelta(days=night))
        await upkeep(papers, sample=1).check_sample()
    assert len({one.checked_at for one in contents.values()}) == len(contents)

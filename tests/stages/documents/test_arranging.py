"""Pages are ordered, turned, taken out and put back, and every step stays in the history."""

from datetime import timedelta

from postal_bridge.documents.arranging import Arranging, original_of
from postal_bridge.documents.records import Page, PageState
from postal_bridge.errors import Reason, Refusal
from tests.stages.documents.papers import Papers, reason
from tests.stages.memory import LAN
from tests.stores import DOSSIER

THREE = b"pages=3 sheets"


def ids(pages: object) -> list[str]:
    assert not isinstance(pages, Refusal), pages
    return [page.id for page in pages]  # type: ignore[attr-defined]


def arranging(papers: Papers) -> Arranging:
    return Arranging(papers.house, LAN)


async def test_pages_lie_in_the_order_that_was_asked_for(papers: Papers) -> None:
    a, b, c = ids(await papers.captures(THREE))
    done = await arranging(papers).order(DOSSIER, 1, [c, a, b])
    assert ids(done) == [c, a, b] == ids(await papers.pages())


async def test_a_page_moves_to_another_paper(papers: Papers) -> None:
    a, b, c = ids(await papers.captures(THREE))
    await arranging(papers).order(DOSSIER, 2, [b])
    assert ids(await papers.pages(1)) == [a, c]
    assert ids(await papers.pages(2)) == [b]
    history = await papers.work.pages.history(b)
    assert '"position": 1' in history[-1].before
    assert '"position": 2' in history[-1].after


async def test_an_order_that_forgets_a_colleagues_page_is_refused(papers: Papers) -> None:
    a, b, c = ids(await papers.captures(THREE))
    refused = await arranging(papers).order(DOSSIER, 1, [b, a])
    assert reason(refused) is Reason.PAGES_NOT_ALL
    assert isinstance(refused, Refusal)
    assert refused.facts["missing"] == c
    assert ids(await papers.pages()) == [a, b, c]


async def test_strange_doubled_and_misplaced_pages_are_refused(papers: Papers) -> None:
    a, b, c = ids(await papers.captures(THREE))
    arrange = arranging(papers)
    assert reason(await arrange.order(DOSSIER, 1, [a, b, c, "x"])) is Reason.PAGE_UNKNOWN
    assert reason(await arrange.order(DOSSIER, 1, [a, a, b, c])) is Reason.PAGE_UNKNOWN
    assert reason(await arrange.order(DOSSIER, 7, [a])) is Reason.COMPONENT_UNKNOWN
    assert reason(await arrange.order("nobody", 1, [a])) is Reason.DOSSIER_UNKNOWN


async def test_a_page_is_turned_from_its_original(papers: Papers) -> None:
    (page, *_) = await papers.captures(THREE)
    turned = await arranging(papers).turn(DOSSIER, page.id, degrees=90, version=1)
    assert isinstance(turned, Page)
    assert (turned.turn, turned.version) == (90, 2)
    assert (await papers.vault.fetch(turned.image_sha256)).startswith(b"page 0 turn 90 of pages=3")
    same = await arranging(papers).turn(DOSSIER, page.id, degrees=90, version=2)
    assert isinstance(same, Page)
    assert same.version == 2


async def test_without_its_original_the_archived_page_is_turned(papers: Papers) -> None:
    (page, *_) = await papers.captures(THREE)
    gone = page.model_copy(update={"source_gone_at": papers.clock.now()})
    await papers.work.pages.renew(gone)
    del papers.vault.kept[page.source_sha256]
    turned = await arranging(papers).turn(DOSSIER, page.id, degrees=180, version=1)
    assert isinstance(turned, Page)
    assert (await papers.vault.fetch(turned.image_sha256)).startswith(b"page 0 turn 180 of page 0")


async def test_whoever_saw_an_older_page_must_look_again(papers: Papers) -> None:
    (page, *_) = await papers.captures(THREE)
    arrange = arranging(papers)
    await arrange.turn(DOSSIER, page.id, degrees=90, version=1)
    assert reason(await arrange.remove(DOSSIER, page.id, version=1)) is Reason.PAGE_CHANGED


async def test_a_page_is_taken_out_and_put_back(papers: Papers) -> None:
    a, b, c = ids(await papers.captures(THREE))
    arrange = arranging(papers)
    removed = await arrange.remove(DOSSIER, b, version=1)
    assert isinstance(removed, Page)
    assert removed.state is PageState.REMOVED
    assert ids(await papers.pages()) == [a, c]
    refused = await arrange.turn(DOSSIER, b, degrees=90, version=2)
    assert reason(refused) is Reason.PAGE_NOT_CURRENT
    restored = await arrange.restore(DOSSIER, b, version=2)
    assert isinstance(restored, Page)
    assert ids(await papers.pages()) == [a, b, c]
    deeds = [change.deed for change in await papers.work.pages.history(b)]
    assert deeds == ["add", "remove", "restore"]


async def test_a_lost_content_is_told_and_not_taken_for_an_empty_page(papers: Papers) -> None:
    (page, *_) = await papers.captures(THREE)
    papers.vault.kept.clear()
    turned = await arranging(papers).turn(DOSSIER, page.id, degrees=90, version=1)
    assert reason(turned) is Reason.CONTENT_LOST
    assert reason(await original_of(papers.house, page)) is Reason.CONTENT_LOST


async def test_the_original_is_given_out_until_its_time_is_over(papers: Papers) -> None:
    (page, *_) = await papers.captures(THREE)
    assert await original_of(papers.house, page) == THREE
    page.source_gone_at = papers.clock.now() + timedelta(days=180)
    assert reason(await original_of(papers.house, page)) is Reason.ORIGINAL_GONE

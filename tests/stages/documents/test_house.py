"""What is named is in the vault: put there again where it was removed in between."""

import hashlib

from postal_bridge.documents.house import PaperHouse
from postal_bridge.documents.records import Purpose
from tests.stages.documents.papers import Papers

PAGE = b"a page"
NAME = hashlib.sha256(PAGE).hexdigest()


async def test_what_is_named_is_listed_with_its_size(papers: Papers) -> None:
    await papers.vault.keep(PAGE)
    await papers.house.note(papers.work, {NAME: (Purpose.PAGE, PAGE)})
    listed = papers.work.contents.kept[NAME]
    assert (listed.size_bytes, listed.purpose) == (6, Purpose.PAGE)


async def test_what_was_removed_before_it_was_named_is_put_back(papers: Papers) -> None:
    assert isinstance(papers.house, PaperHouse)
    await papers.house.note(papers.work, {NAME: (Purpose.PAGE, PAGE)})
    assert await papers.vault.fetch(NAME) == PAGE

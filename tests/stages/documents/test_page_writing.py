"""Pages lie behind those that are there, and none takes the place of another."""

from postal_bridge.documents.page_writing import STEP
from tests.stages.documents.papers import Papers
from tests.stores import DOSSIER


async def test_later_files_lie_behind_earlier_ones(papers: Papers) -> None:
    first = await papers.captures(b"pages=2 first")
    second = await papers.captures(b"pages=1 second")
    assert [page.place for page in (*first, *second)] == [STEP, 2 * STEP, 3 * STEP]


async def test_a_file_of_several_pages_takes_one_pages_place(papers: Papers) -> None:
    a, b = await papers.captures(b"pages=2 first")
    c, d = await papers.captures(b"pages=2 better", replaces=a.id)
    assert [page.id for page in await papers.pages()] == [c.id, d.id, b.id]
    assert {c.replaces, d.replaces} == {a.id}


async def test_a_cover_sheet_for_a_line_that_there_is_not_moves_nothing(papers: Papers) -> None:
    stack = f"pages=2 code1=PBC1|{DOSSIER}|77".encode()
    _, page = await papers.captures(stack, position=2)
    assert page.position == 2

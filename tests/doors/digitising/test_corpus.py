"""A corpus of generated photographs: where the paper lies, how it stands, how small it becomes.

The mild half is what a careful clerk takes; the harsh half has shadows, creases, low light, and the
paper turned any way round. What a reader makes of the pages is measured where there is one.
"""

import asyncio
import math
import random
import re
from collections import Counter
from functools import cache

import pytest

from postal_bridge.digitising.page import archive_page
from postal_bridge.digitising.page_finding import find_page
from postal_bridge.digitising.reading import Tesseract, find_tesseract
from postal_bridge.documents.page_values import ArchivedPage, FileLimits, Flag, PageWish, Tone
from postal_bridge.sandbox.photographs import HARSH, MILD, Photograph, plain, some_scene
from tests.photographed import picture, words_of_form

HALF = 6
SIZE = (1950, 2600)
"""Five megapixels: a quarter of the corpus of twelve would take the suite's whole time."""

CORNER_ERROR = 0.0025
"""Of the picture's longer side: 6 pixels here, less than half a millimetre on the paper."""


@cache
def taken(number: int, *, harsh: bool) -> tuple[Photograph, ArchivedPage]:
    rng = random.Random(1000 * harsh + number)
    photo = picture(number, some_scene(rng, harsh=harsh), seed=number, size=SIZE)
    return photo, archive_page(photo.jpeg, PageWish(), FileLimits())


CORPUS = [(number, harsh) for harsh in (False, True) for number in range(HALF)]


@pytest.mark.parametrize(("number", "harsh"), CORPUS)
def test_the_paper_is_found_stood_upright_and_made_small(number: int, harsh: bool) -> None:
    photo, page = taken(number, harsh=harsh)
    assert page.corners is not None
    errors = [min(math.dist(found, true) for true in photo.corners) for found in page.corners]
    assert max(errors) < CORNER_ERROR * max(SIZE)
    assert page.turn == (-90 * photo.scene.turns) % 360
    assert (page.width_px, page.height_px) in {(1654, 2339), (2339, 1654)} or page.turn % 180
    assert len(page.image) <= 400_000
    assert page.tone is Tone.GREY
    assert not set(page.flags) & {Flag.BLANK, Flag.CUT_OFF, Flag.NO_EDGES}


def test_no_page_of_the_mild_half_is_called_bad() -> None:
    assert [taken(number, harsh=False)[1].flags for number in range(HALF)] == [()] * HALF


async def test_of_the_mild_half_nearly_every_word_can_be_read() -> None:
    command = find_tesseract("tesseract")
    if command is None:
        pytest.skip("tesseract is not installed")
    reader = Tesseract(command, at_once=2)
    async with asyncio.TaskGroup() as tasks:
        read = [
            tasks.create_task(reader.read(taken(n, harsh=False)[1].image, dots_per_inch=200))
            for n in range(HALF)
        ]
    right = there = 0
    for number, task in enumerate(read):
        true = Counter(words_of_form(number))
        got = Counter(re.findall(r"\w+", task.result().text))
        right += sum((true & got).values())
        there += sum(true.values())
    assert right / there >= 0.95


# ------------------------------------------------------------------------------------ single troubles


def page_of(**changes: float) -> ArchivedPage:
    photo = picture(3, plain(MILD, **changes), size=SIZE)
    return archive_page(photo.jpeg, PageWish(), FileLimits())


def test_a_blurred_picture_is_told_at_once() -> None:
    assert Flag.BLURRED in page_of(blur=4.0).flags


def test_a_dark_picture_is_told_at_once() -> None:
    assert Flag.DARK in page_of(light=0.17).flags


def test_a_page_that_reaches_over_the_picture_is_told() -> None:
    page = page_of(fill=1.25, tilt=0.0, roll=0.0)
    assert set(page.flags) & {Flag.CUT_OFF, Flag.NO_EDGES}


def test_a_blank_page_is_told() -> None:
    import numpy as np

    from postal_bridge.sandbox.photographs import photograph

    white = np.full((2339, 1654, 3), 255, np.uint8)
    photo = photograph(white, MILD, random.Random(1), size=SIZE)
    page = archive_page(photo.jpeg, PageWish(), FileLimits())
    assert page.flags == (Flag.BLANK,)


def test_white_paper_on_a_white_table_is_still_found() -> None:
    page = page_of(background=215, grain=4.0)
    assert page.corners is not None


@pytest.mark.parametrize("number", [0, 3, 7])
def test_with_everything_wrong_at_once_on_a_coarse_table_it_is_still_found(number: int) -> None:
    photo = picture(number, HARSH, seed=number, size=SIZE)
    page = archive_page(photo.jpeg, PageWish(), FileLimits())
    assert page.corners is not None
    errors = [min(math.dist(found, true) for true in photo.corners) for found in page.corners]
    assert max(errors) < CORNER_ERROR * max(SIZE)


def test_a_table_of_grain_without_a_paper_has_no_page_on_it() -> None:
    import numpy as np

    grain = np.random.default_rng(1).normal(120, 40, (1300, 975, 1)).repeat(3, axis=2)
    assert find_page(np.clip(grain, 0, 255).astype(np.uint8)) is None


def test_a_red_seal_keeps_its_colour() -> None:
    page = archive_page(picture(1, seal=True, size=SIZE).jpeg, PageWish(), FileLimits())
    assert page.tone is Tone.COLOUR
    assert len(page.image) <= 400_000


def test_black_and_white_is_made_where_it_is_asked_for() -> None:
    wish = PageWish(tone=Tone.BLACK)
    page = archive_page(picture(1, size=SIZE).jpeg, wish, FileLimits())
    assert page.image.startswith(b"\x89PNG")
    assert len(page.image) < 60_000

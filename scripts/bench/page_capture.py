"""Photographs of papers, of 12 megapixels, made into archived pages: how long, and how large.

Ours is the whole way through the worker process, as the service goes it: the photograph is sent to
it, opened, the paper found, straightened, turned, evened out, judged and written. The anchor is the
least that any such programme does, in plain OpenCV, in this process and with the true corners
given: decode, straighten at 200 dpi, make grey, write.
"""

import asyncio
import math
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np

from postal_bridge.digitising.desk import DigitisingDesk
from postal_bridge.digitising.reading import Tesseract, find_tesseract
from postal_bridge.documents.page_values import ArchivedPage, PageWish
from postal_bridge.sandbox.photographs import HARSH, MILD, PORTRAIT, Photograph, Scene
from scripts.bench.figures import Figure, Goal, Plan, figure
from scripts.bench.measuring import CannotMeasure, Cost, alternate, need, paired
from tests.photographed import picture, words_of_form

GOAL_SECONDS, GOAL_BYTES, GOAL_CORNERS, GOAL_WORDS = 0.5, 400_000, 0.0025, 0.95
_PHOTOS, _QUICK_PHOTOS = 8, 2
_A4_PX = (1654, 2339)
_QUALITY = 62


def measure(plan: Plan) -> Iterator[Figure]:
    """Mild and harsh photographs: seconds beside plain OpenCV, bytes, corners, words."""
    count = _QUICK_PHOTOS if plan.quick else _PHOTOS
    for name, scene in (("mild", MILD), ("harsh", HARSH)):
        plan.say(f"   {name}: {count} photographs of {PORTRAIT[0]} x {PORTRAIT[1]} pixels")
        yield from _scene(name, scene, count, plan)


def _scene(name: str, scene: Scene, count: int, plan: Plan) -> Iterator[Figure]:
    photos = [picture(number, scene, seed=number, size=PORTRAIT) for number in range(count)]
    with asyncio.Runner() as runner:
        desk = DigitisingDesk()
        try:
            made = _ours(runner, desk, photos)  # the worker is started before anything counts
            words = runner.run(_words_right(made))
            sides: dict[str, Callable[[], Cost]] = {
                "ours": lambda: _timed(lambda: _ours(runner, desk, photos), count),
                "opencv": lambda: _timed(lambda: _bare(photos), count),
            }
            rounds = alternate(sides, runs=plan.runs)
        finally:
            runner.run(desk.close())
    yield figure(
        f"page_capture.{name}.seconds",
        [(each["ours"].wall_seconds / count, GOAL_SECONDS) for each in rounds],
        goal=Goal(at_most=1.0),
        anchor="half a second a page",
        unit="s/page",
    )
    yield figure(
        f"page_capture.{name}.opencv",
        paired(rounds, "ours", "opencv", by=lambda cost: cost.wall_seconds / count),
        anchor="plain OpenCV that is told the corners",
        unit="s/page",
    )
    largest = float(max(len(page.image) for page in made))
    yield figure(
        f"page_capture.{name}.bytes",
        [(largest, float(GOAL_BYTES))],
        goal=Goal(at_most=1.0),
        anchor="400 kB, the largest page",
        unit="bytes",
    )
    yield figure(
        f"page_capture.{name}.corners",
        [(_corner_error(photos, made), GOAL_CORNERS)],
        goal=Goal(at_most=1.0),
        anchor="a quarter of a per cent of the picture's longer side, the worst corner",
        unit="of the side",
    )
    if words is not None:
        yield figure(
            f"page_capture.{name}.words",
            [(words, GOAL_WORDS)],
            goal=Goal(at_least=1.0) if scene is MILD else None,
            anchor="95 words of 100 read as they were printed, by tesseract",
            unit="of the words",
        )


def _corner_error(photos: Sequence[Photograph], made: Sequence[ArchivedPage]) -> float:
    """The worst corner's distance from where the paper truly lies, as a share of the longer side."""
    errors = [
        min(math.dist(found, true) for true in photo.corners)
        for photo, page in zip(photos, made, strict=True)
        for found in page.corners or ((math.inf, math.inf),)
    ]
    return max(errors) / max(PORTRAIT)


async def _words_right(made: Sequence[ArchivedPage]) -> float | None:
    """The share of the printed words that are read; none where no reader is installed."""
    command = find_tesseract("tesseract")
    if command is None:
        return None
    reader, right, there = Tesseract(command), 0, 0
    for number, page in enumerate(made):
        read = await reader.read(page.image, dots_per_inch=page.dots_per_inch)
        true = Counter(words_of_form(number))
        right += sum((true & Counter(re.findall(r"\w+", read.text))).values())
        there += sum(true.values())
    return right / there


def _ours(
    runner: asyncio.Runner, desk: DigitisingDesk, photos: Sequence[Photograph]
) -> list[ArchivedPage]:
    pages = []
    for photo in photos:
        page = runner.run(desk.archive_page(photo.jpeg, PageWish()))
        need(isinstance(page, ArchivedPage), f"a photograph was not taken: {page}")
        if isinstance(page, ArchivedPage):
            pages.append(page)
    return pages


def _bare(photos: Sequence[Photograph]) -> None:
    width, height = _A4_PX
    sheet = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    for photo in photos:
        pixels = cv2.imdecode(np.frombuffer(photo.jpeg, np.uint8), cv2.IMREAD_COLOR)
        if pixels is None:
            raise CannotMeasure("a photograph cannot be decoded")
        warp = cv2.getPerspectiveTransform(np.array(photo.corners, np.float32), sheet)
        flat = cv2.warpPerspective(pixels, warp, _A4_PX, flags=cv2.INTER_AREA)
        grey = cv2.cvtColor(flat, cv2.COLOR_BGR2GRAY)
        cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])


def _timed(work: Callable[[], object], count: int) -> Cost:
    begun = time.perf_counter()
    work()
    return Cost(done=count, wall_seconds=time.perf_counter() - begun)

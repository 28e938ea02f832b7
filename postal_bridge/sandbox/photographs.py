"""Photographs of papers, invented: a clean page is laid on a table and taken with a telephone.

Everything that spoils such a picture is a number of its own, so that a corpus can say which kind of
trouble costs what. The same page, scene and random generator give the same file.
"""

import io
import random
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from PIL import Image

Pixels = np.ndarray[Any, Any]
Corners = tuple[tuple[float, float], ...]

PORTRAIT = (3000, 4000)
"""Width and height of a 12-megapixel picture."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What spoils a picture; 0 spoils nothing.

    Attributes:
        tilt: of the telephone, as the share of its side by which corners move inwards.
        roll: degrees by which the paper lies askew.
        shadow: share of the light that a hand takes away on one side.
        crease: depth of a fold through the paper, as a share of its brightness.
        noise: of the sensor, in levels of 255.
        blur: radius in pixels of the picture.
        light: of the whole picture; 1 is daylight.
        warmth: of the lamp: how much blue is missing.
        background: grey level of the table, 0 to 255.
        grain: how coarse the table's pattern is, in levels.
        fill: share of the picture's side that the paper covers; above 1 it is cut off.
        turns: quarter turns of the paper, clockwise.
    """

    tilt: float = 0.03
    roll: float = 2.0
    shadow: float = 0.15
    crease: float = 0.0
    noise: float = 3.0
    blur: float = 0.6
    light: float = 0.95
    warmth: float = 0.05
    background: int = 90
    grain: float = 10.0
    fill: float = 0.86
    turns: int = 0


MILD = Scene()
HARSH = Scene(
    tilt=0.09,
    roll=7.0,
    shadow=0.45,
    crease=0.22,
    noise=9.0,
    blur=1.6,
    light=0.6,
    warmth=0.25,
    background=150,
    grain=28.0,
    fill=0.78,
)


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture and the truth about it.

    Attributes:
        jpeg: the file.
        corners: of the paper in it: top left, top right, bottom right, bottom left of the picture.
    """

    jpeg: bytes
    corners: Corners
    scene: Scene


def some_scene(rng: random.Random, *, harsh: bool) -> Scene:
    """One of the mild half of a corpus, or of the harsh one."""
    most = HARSH if harsh else MILD

    def upto(value: float, least: float = 0.3) -> float:
        return value * rng.uniform(least, 1.0)

    return Scene(
        tilt=upto(most.tilt),
        roll=upto(most.roll) * rng.choice((-1, 1)),
        shadow=upto(most.shadow),
        crease=upto(most.crease) if harsh else 0.0,
        noise=upto(most.noise),
        blur=upto(most.blur),
        light=1 - upto(1 - most.light),
        warmth=upto(most.warmth),
        background=rng.randint(30, most.background),
        grain=upto(most.grain),
        fill=rng.uniform(most.fill, 0.9),
        turns=rng.randrange(4) if harsh else 0,
    )


def photograph(
    page: Pixels, scene: Scene, rng: random.Random, *, size: tuple[int, int] = PORTRAIT
) -> Photograph:
    """Take a picture of a page (rows, columns, red-green-blue) that lies on a table."""
    paper = _creased(np.ascontiguousarray(np.rot90(page, k=-scene.turns)), scene, rng)
    corners = _laid(paper.shape[1] / paper.shape[0], scene, rng, size)
    table = _table(scene, rng, size)
    corner_of = np.array(
        [[0, 0], [paper.shape[1], 0], [paper.shape[1], paper.shape[0]], [0, paper.shape[0]]],
        np.float32,
    )
    warp = cv2.getPerspectiveTransform(corner_of, corners)
    seen = cv2.warpPerspective(paper, warp, size, flags=cv2.INTER_AREA)
    where = cv2.warpPerspective(np.full(paper.shape[:2], 255, np.uint8), warp, size)
    share = cv2.GaussianBlur(where, (5, 5), 0).astype(np.float32)[:, :, None] / 255
    picture = seen.astype(np.float32) * share + table * (1 - share)
    exposed = _exposed(picture, scene, rng)
    out = io.BytesIO()
    Image.fromarray(exposed).save(out, "JPEG", quality=88)
    return Photograph(out.getvalue(), tuple((float(x), float(y)) for x, y in corners), scene)


def scanned(pages: list[Pixels], rng: random.Random, *, askew: float = 1.0) -> bytes:
    """A scanner's PDF of these pages: a little askew and grey, as an office's machine gives it."""
    sheets = []
    for page in pages:
        height, width = page.shape[:2]
        degrees = rng.uniform(-askew, askew)
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
        laid = cv2.warpAffine(page, turn, (width, height), borderValue=(245, 245, 245))
        grain = _grain(rng, laid.shape[:2], 2.0)
        shown = np.clip(laid.astype(np.float32) * 0.97 + grain[:, :, None], 0, 255)
        sheets.append(Image.fromarray(shown.astype(np.uint8)).convert("L"))
    out = io.BytesIO()
    first, *rest = sheets
    first.save(out, "PDF", resolution=200, save_all=True, append_images=rest)
    return out.getvalue()


def plain(scene: Scene, **changes: Any) -> Scene:
    """A scene with some of its numbers changed."""
    return replace(scene, **changes)


# ------------------------------------------------------------------------------------ the parts


def _laid(aspect: float, scene: Scene, rng: random.Random, size: tuple[int, int]) -> Any:
    """Where the corners come to lie, clockwise from the paper's own top left."""
    width, height = size
    high = min(height * scene.fill, width * scene.fill / aspect)
    wide = high * aspect
    box = np.array([[-wide, -high], [wide, -high], [wide, high], [-wide, high]], np.float32) / 2
    angle = np.deg2rad(scene.roll)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    box = box @ spin.T
    if scene.fill < 1:
        # A roll alone must not push corners out of the picture; a larger fill is meant to.
        box *= min(1.0, 0.95 * width / np.ptp(box[:, 0]), 0.95 * height / np.ptp(box[:, 1]))
    drawn_in = [[rng.uniform(0, scene.tilt) for _ in range(2)] for _ in range(4)]
    box *= 1 - np.array(drawn_in, np.float32)
    return box + np.array([width / 2, height / 2], np.float32)


def _table(scene: Scene, rng: random.Random, size: tuple[int, int]) -> Any:
    width, height = size
    base = np.array([scene.background, scene.background * 0.93, scene.background * 0.82])
    wood = _grain(rng, (height // 24, width // 6), scene.grain)
    pattern = cv2.resize(wood, (width, height), interpolation=cv2.INTER_CUBIC)
    return (base[None, None, :] + pattern[:, :, None]).astype(np.float32)


def _creased(paper: Pixels, scene: Scene, rng: random.Random) -> Pixels:
    if not scene.crease:
        return paper
    rows = np.arange(paper.shape[0], dtype=np.float32)
    fold = paper.shape[0] * rng.uniform(0.35, 0.65)
    wide = paper.shape[0] * 0.02
    dark = 1 - scene.crease * np.exp(-np.square((rows - fold) / wide))
    half = np.where(rows > fold, 1 - 0.35 * scene.crease, 1.0)
    shaded = paper.astype(np.float32) * (dark * half)[:, None, None]
    return np.asarray(np.clip(shaded, 0, 255), np.uint8)


def _exposed(picture: Any, scene: Scene, rng: random.Random) -> Pixels:
    height, width = picture.shape[:2]
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    slope = rng.uniform(-1, 1) * across + rng.uniform(-1, 1) * down
    shade = (slope - slope.min()) / max(1e-6, float(np.ptp(slope)))
    light = scene.light * (1 - scene.shadow * shade)
    lamp = np.array([1.0, 1 - 0.4 * scene.warmth, 1 - scene.warmth], np.float32)
    lit = picture * light[:, :, None] * lamp[None, None, :]
    if scene.blur > 0:
        lit = cv2.GaussianBlur(lit, (0, 0), scene.blur)
    noise = _grain(rng, (height // 2, width // 2), scene.noise)
    fine = np.repeat(np.repeat(noise, 2, axis=0), 2, axis=1)
    lit[: fine.shape[0], : fine.shape[1]] += fine[:, :, None]
    return np.asarray(np.clip(lit, 0, 255), np.uint8)


def _grain(rng: random.Random, shape: tuple[int, int], strength: float) -> Any:
    source = np.random.Generator(np.random.PCG64(rng.getrandbits(64)))
    return source.standard_normal(shape, dtype=np.float32) * strength

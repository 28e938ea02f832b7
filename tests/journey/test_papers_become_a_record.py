"""Papers are photographed over a bad network, put in order, and become the record of the dossier."""

import hashlib
import io
from typing import Any

import pypdf
import pytest
from PIL import Image

from postal_bridge.sandbox.photographs import MILD, plain
from tests.journey.house import Town
from tests.journey.people import Answer, Person
from tests.journey.province import Json
from tests.pdfa import complaints
from tests.photographed import picture

SIZE = (900, 1200)


def photo(number: int, **changes: Any) -> bytes:
    return picture(number, plain(MILD, **changes), seed=number, size=SIZE).jpeg


async def announces(person: Person, code: str, content: bytes, **other: Any) -> Json:
    body = {
        "id": str(person.town.identifiers.new(person.town.now())),
        "position": 1,
        "file_name": "IMG_0001.jpg",
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        **other,
    }
    return await person.posts(f"/dossiers/{code}/documents/uploads", body)


async def sends(person: Person, code: str, upload: Json, content: bytes, *numbers: int) -> Json:
    told: Json = {}
    size = upload["part_bytes"]
    for number in numbers or range(1, upload["parts"] + 1):
        path = f"/dossiers/{code}/documents/uploads/{upload['id']}/parts/{number}"
        piece = content[(number - 1) * size : number * size]
        answer = await person.asks("PUT", path, raw=piece)
        assert answer.status == 200, answer.body
        told = answer.body
    return told


async def completes(person: Person, code: str, upload: Json) -> Answer:
    person.town.tick()
    path = f"/dossiers/{code}/documents/uploads/{upload['id']}/completion"
    return await person.asks("POST", path, {})


async def captures(person: Person, code: str, content: bytes, **other: Any) -> list[Json]:
    upload = await announces(person, code, content, **other)
    await sends(person, code, upload, content)
    answer = await completes(person, code, upload)
    assert answer.status == 201, answer.body
    return list(answer.body["pages"])


async def lines(person: Person, code: str) -> dict[int, Json]:
    found = await person.reads(f"/dossiers/{code}/documents/pages")
    return {line["position"]: line for line in found["lines"]}


async def test_a_clerk_photographs_orders_and_assembles(town: Town) -> None:
    clerk = town.clerk
    code = await clerk.receives()
    first, second = [(await captures(clerk, code, photo(n)))[0] for n in (1, 2)]
    shown = (await lines(clerk, code))[1]
    assert [page["id"] for page in shown["pages"]] == [first["id"], second["id"]]
    assert shown["differs"] == 2 - shown["counted"]

    order = {"position": 1, "pages": [second["id"], first["id"]]}
    done = await clerk.asks("PUT", f"/dossiers/{code}/documents/pages", order)
    assert [page["id"] for page in done.body["pages"]] == [second["id"], first["id"]]

    small = await clerk.asks(
        "GET", f"/dossiers/{code}/documents/pages/{first['id']}.jpg", params={"px": "240"}
    )
    assert small.media_type == "image/jpeg"
    assert max(Image.open(io.BytesIO(small.content)).size) == 240

    await captures(clerk, code, photo(3), position=2)
    assert (await clerk.where(f"{code}/H1"))[0] == "counter"
    await clerk.posts(f"/dossiers/{code}/documents/assemble", {"position": 2})
    document = await clerk.posts(f"/dossiers/{code}/documents/assemble", {"position": 1})
    assert (await clerk.where(f"{code}/H1"))[0] == "digitised"
    pdf = await town.justice.asks("GET", f"/dossiers/{code}/documents/{document['id']}.pdf")
    assert pdf.media_type == "application/pdf"
    assert complaints(pdf.content) == []
    listed = (await town.justice.reads(f"/dossiers/{code}/documents"))["documents"]
    whole = next(one for one in listed if one["position"] == 1)
    assert (whole["page_count"], whole["kind"]) == (2, "assembled")
    looked = await town.rows("SELECT purpose FROM look ORDER BY looked_at, id")
    assert [row[0] for row in looked] == ["page", "document"]


async def test_a_lost_network_goes_on_where_it_was(town: Town) -> None:
    courier = town.courier
    code = await town.clerk.receives()
    content = picture(4, size=(1800, 2400)).jpeg
    upload = await announces(courier, code, content)
    assert upload["parts"] > 1
    last = upload["parts"]
    await sends(courier, code, upload, content, last)
    await sends(courier, code, upload, content, last)
    missing = (await courier.reads(f"/dossiers/{code}/documents/uploads/{upload['id']}"))["missing"]
    assert missing == list(range(1, last))
    (await completes(courier, code, upload)).refuses(409, "upload-incomplete")

    again = await announces(courier, code, content, id=upload["id"])
    assert again["missing"] == missing
    await sends(courier, code, upload, content, *reversed(missing))
    first, repeated = [await completes(courier, code, upload) for _ in range(2)]
    assert first.body == repeated.body
    assert len((await lines(courier, code))[1]["pages"]) == 1


async def test_a_blurred_picture_is_told_at_once_and_replaced(town: Town) -> None:
    clerk = town.clerk
    code = await clerk.receives()
    (bad,) = await captures(clerk, code, photo(5, blur=3.0))
    assert [(flag["flag"], flag["take_again"]) for flag in bad["flags"]] == [("blurred", True)]
    assert bad["flags"][0]["text"] == "Ảnh mờ, hãy chụp lại."
    (good,) = await captures(clerk, code, photo(5), replaces=bad["id"])
    assert good["flags"] == []
    assert [page["id"] for page in (await lines(clerk, code))[1]["pages"]] == [good["id"]]
    history = await clerk.town.justice.reads(
        f"/dossiers/{code}/documents/pages/{bad['id']}/history"
    )
    assert [change["name"] for change in history["changes"]] == [
        "thêm trang",
        "thay bằng trang khác",
    ]
    kept = await town.justice.asks("GET", f"/dossiers/{code}/documents/pages/{bad['id']}/original")
    assert kept.content == photo(5, blur=3.0)
    assert kept.headers["Content-Disposition"] == "attachment"


async def test_a_page_is_turned_taken_out_and_put_back(town: Town) -> None:
    clerk = town.clerk
    code = await clerk.receives()
    (page,) = await captures(clerk, code, photo(6))
    path = f"/dossiers/{code}/documents/pages/{page['id']}"
    turned = await clerk.asks("PATCH", path, {"version": 1, "turn": 90})
    assert (turned.body["turn"], turned.body["version"]) == (90, 2)
    assert turned.body["width_px"] > turned.body["height_px"]
    (await clerk.asks("PATCH", path, {"version": 1, "turn": 180})).refuses(409, "page-changed")
    await clerk.asks("PATCH", path, {"version": 2, "state": "removed"})
    assert (await lines(clerk, code))[1]["pages"] == []
    (await clerk.asks("POST", f"/dossiers/{code}/documents/assemble", {"position": 1})).refuses(
        409, "no-pages"
    )
    back = await clerk.asks("PATCH", path, {"version": 3, "state": "current"})
    assert back.body["state"] == "current"
    (await clerk.asks("PATCH", path, {"version": 4})).refuses(422, "invalid-field")


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        (b"MZ\x90\x00 a programme", "document-type"),
        (b"%PDF-1.7 nothing of a document", "file-broken"),
        (photo(7)[:9_000], "file-broken"),
    ],
)
async def test_what_cannot_be_opened_is_refused_clearly_and_kept(
    town: Town, content: bytes, slug: str
) -> None:
    clerk = town.clerk
    code = await clerk.receives()
    upload = await announces(clerk, code, content)
    await sends(clerk, code, upload, content)
    for _ in range(2):
        told = (await completes(clerk, code, upload)).refuses(422, slug)
        assert told.endswith(".")
    state = await clerk.reads(f"/dossiers/{code}/documents/uploads/{upload['id']}")
    assert state["state"] == "refused"
    assert await town.house.vault.fetch(hashlib.sha256(content).hexdigest()) == content
    (
        await clerk.asks(
            "POST",
            f"/dossiers/{code}/documents",
            raw=content,
            params={"position": "1", "file_name": "x"},
        )
    ).refuses(422, slug)


async def test_a_stack_with_cover_sheets_finds_its_places(town: Town) -> None:
    import numpy as np
    import segno

    from postal_bridge.documents.cover_sheets import Cover, cover_text
    from postal_bridge.sandbox.photographs import scanned
    from tests.photographed import form

    def cover(code: str, position: int) -> Any:
        out = io.BytesIO()
        segno.make(cover_text(Cover(code, position)), error="q").save(out, kind="png", scale=12)
        sheet = Image.new("RGB", (1654, 2339), "white")
        sheet.paste(Image.open(out).convert("RGB"), (300, 300))
        return np.asarray(sheet)

    clerk = town.clerk
    code = await clerk.receives()
    half = [form(n)[::2, ::2] for n in (1, 2, 3)]
    sheets = [cover(code, 1), half[0], half[1], cover(code, 2), half[2]]
    import random

    stack = scanned(sheets, random.Random(3))
    await captures(clerk, code, stack, position=0, file_name="scan.pdf", find_edges=False)
    found = await lines(clerk, code)
    assert [len(found[position]["pages"]) for position in (1, 2)] == [2, 1]
    assert 0 not in found
    await clerk.posts(f"/dossiers/{code}/documents/assemble", {"position": 1})
    document = await clerk.posts(f"/dossiers/{code}/documents/assemble", {"position": 2})
    assert (
        len(
            pypdf.PdfReader(
                io.BytesIO(
                    (
                        await town.justice.asks(
                            "GET", f"/dossiers/{code}/documents/{document['id']}"
                        )
                    ).content
                )
            ).pages
        )
        == 1
    )

"""Printed forms: how many are set in a second, beside a bare page of the same typesetter.

Ours is everything from the dossier to the PDF/A: filling in, codes, template. The anchor is a page
of plain text and a table of 40 cells, set by typst without PDF/A, without codes, without data.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import typst

from postal_bridge.documents.dossier_forms import Case, fee_receipt, receipt
from postal_bridge.documents.form_editions import load_form_editions
from postal_bridge.documents.form_frame import Issuer
from postal_bridge.documents.form_values import FormPage
from postal_bridge.documents.sticker_values import Sticker, StickerSheet, StickerSize
from postal_bridge.dossiers.records import FeeKind, FeeReceipt
from postal_bridge.printing.form import form_pdf
from postal_bridge.printing.stickers import stickers_pdf
from postal_bridge.settings import CONFIG_DIR
from scripts.bench.figures import Figure, Plan, figure
from scripts.bench.measuring import Cost, alternate, need, paired
from tests.stores import DOSSIER, NOW, a_dossier, a_line

_FORMS, _QUICK_FORMS = 200, 20
_BARE = b"""#set page(paper: "a4")
= GI\xe1\xba\xa4Y TI\xe1\xba\xbeP NH\xe1\xba\xacN
#lorem(120)
#table(columns: 5, ..range(40).map(n => [#n]))
"""


def measure(plan: Plan) -> Iterator[Figure]:
    """Receipts, fee receipts of three pages, and sheets of 24 labels."""
    count = _QUICK_FORMS if plan.quick else _FORMS
    for name, form in (("receipt", _receipt), ("fees", _fees), ("labels_24", _labels)):
        plan.say(f"   {name}: {count} a run")
        need(form(0).startswith(b"%PDF"), f"{name}: no PDF came out")
        _bare()
        sides: dict[str, Callable[[], Cost]] = {
            "ours": lambda form=form: _timed(form, count),  # type: ignore[misc]  # a default
            "typst": lambda: _timed(lambda _: _bare(), count),
        }
        rounds = alternate(sides, runs=plan.runs)
        yield figure(
            f"forms.{name}",
            paired(rounds, "ours", "typst", by=lambda cost: cost.per_second),
            anchor="a bare page with a table of 40 cells, set by typst",
            unit="forms/s",
        )


def _issuer() -> Issuer:
    editions = load_form_editions(Path(CONFIG_DIR) / "forms.toml")
    return Issuer(centre="Trung tâm", post="Bưu điện", place="Lạng Sơn", editions=editions)


def _case(number: int) -> Case:
    return Case(
        dossier=a_dossier(f"000.00.06.H37-190110-{number:04}"),
        procedure="Cấp phiếu lý lịch tư pháp",
        department="Sở Tư pháp",
        checklist=[a_line(position) for position in range(1, 6)],
    )


def _receipt(number: int) -> bytes:
    return _set(receipt(_case(number), _issuer()))


def _fees(number: int) -> bytes:
    fee = FeeReceipt(
        id=str(number),
        dossier_code=DOSSIER,
        number=f"BL-19-{number:06}",
        kind=FeeKind.FEE,
        amount_vnd=100_000 + number,
        collected_at=NOW,
        collected_by="lan",
        collected_place="desk-1",
    )
    return _set(fee_receipt(_case(number), [fee], _issuer()))


def _set(page: FormPage) -> bytes:
    return form_pdf(replace(page, made_at=NOW))


def _labels(number: int) -> bytes:
    stickers = tuple(
        Sticker(f"000.00.06.H37-190110-{24 * number + one:04}/H1", "HỒ SƠ", ("Sở Tư pháp",))
        for one in range(24)
    )
    return stickers_pdf(StickerSheet(stickers=stickers, size=StickerSize.A4))


def _bare() -> None:
    typst.compile(_BARE, ignore_system_fonts=True, format="pdf")


def _timed(form: Callable[[int], object], count: int) -> Cost:
    begun = time.perf_counter()
    for number in range(count):
        form(number)
    return Cost(done=count, wall_seconds=time.perf_counter() - begun)

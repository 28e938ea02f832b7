"""Who gave what to whom, as it is printed."""

from datetime import timedelta

import pytest

from postal_bridge.documents.form_editions import FormEditions
from postal_bridge.documents.form_frame import Issuer
from postal_bridge.documents.form_values import Fields, FormPage, Paragraph, Table
from postal_bridge.journey import Act, Direction, HolderAfter, ItemKind
from postal_bridge.tracking.custody_forms import (
    Lookup,
    control_sheet,
    handover_minutes,
    pouch_manifest,
)
from postal_bridge.tracking.handovers import PRESENT, SHORT
from postal_bridge.tracking.records import (
    CustodyEvent,
    Handover,
    HandoverLine,
    HandoverState,
    ManifestLine,
    Pouch,
    PouchState,
)
from postal_bridge.tracking.transfers import Transfer
from tests.stores import DOSSIER, HOUR, ITEM, NOW, a_dossier, an_event

ISSUER = Issuer(centre="HCC", post="Bưu điện", place="Lạng Sơn", editions=FormEditions({}))
NAMES = {"lan": "Hoàng Thị Lan", "tuan": "Vi Văn Tuấn", "H37.01": "Sở Tư pháp", "desk-1": "Quầy 1"}
NUMBER = "BG-1"


def a_transfer(code: str, *, direction: Direction = Direction.OUT) -> Transfer:
    kind = ItemKind.APPLICATION if direction is Direction.OUT else ItemKind.RESULT
    return Transfer(
        hours_held=1,
        item_code=code,
        dossier_code=DOSSIER,
        kind=kind,
        direction=direction,
        department="H37.01",
        stage="transfer",
        place="desk-1",
        custodian_kind="person",
        custodian="tuan",
        sealed=False,
        since=NOW,
        last_event_id="1",
        latest_at=NOW,
        seq=1,
        last_hash="0",
        holder_code="tuan",
        holder_name="Vi Văn Tuấn",
        place_name="Quầy 1",
        overdue=False,
        promised_at=NOW + 8 * HOUR,
    )


def a_handover(state: HandoverState = HandoverState.OFFERED, **other: object) -> Handover:
    minutes = Handover(
        number=NUMBER,
        place="desk-1",
        giver="lan",
        receiver="tuan",
        given_count=2,
        given_at=NOW,
        state=state,
    )
    return minutes.model_copy(update=other)


def lines(*codes: str, outcome: str | None = None) -> list[HandoverLine]:
    return [HandoverLine(number=NUMBER, item_code=code, outcome=outcome) for code in codes]


def look(*items: Transfer) -> Lookup:
    return Lookup(names=NAMES, items={item.item_code: item for item in items})


def table(page: FormPage) -> Table:
    return next(block for block in page.blocks if isinstance(block, Table))


def moved(
    seq: int, act: Act, custodian: str | None, *, hours: float = 0
) -> tuple[ItemKind, CustodyEvent]:
    event = an_event(seq, act=act).model_copy(
        update={"custodian": custodian, "occurred_at": NOW + timedelta(hours=hours)}
    )
    return ItemKind.APPLICATION, event


def sheet(*events: tuple[ItemKind, CustodyEvent]) -> Table:
    told = {"procedure": "Lý lịch tư pháp", "department": "Sở Tư pháp"}
    page = control_sheet(a_dossier(), events=events, lookup=look(), issuer=ISSUER, **told)
    assert page.landscape
    return table(page)


def test_a_hop_is_when_somebody_else_answers_for_the_papers() -> None:
    rows = sheet(
        moved(2, Act.DIGITISE, None, hours=1),
        moved(1, Act.RECEIVE, "desk-1"),
        moved(3, Act.LOAD, "tuan", hours=2),
        moved(4, Act.ARRIVE, "tuan", hours=3),
        moved(5, Act.ACCEPT, "H37.01", hours=30),
    ).rows
    assert [row[2:4] for row in rows] == [
        ("Nông Thị Hồng Đào", "Quầy 1"),
        ("Quầy 1", "Vi Văn Tuấn"),
        ("Vi Văn Tuấn", "Sở Tư pháp"),
    ]
    assert [row[5] for row in rows] == ["Đúng hạn", "Đúng hạn", "Quá hạn"]


def test_what_a_correction_struck_out_is_no_hop() -> None:
    _, wrong = loaded = moved(2, Act.LOAD, "tuan", hours=1)
    kind, correction = moved(3, Act.CORRECT, None, hours=2)
    struck = correction.model_copy(update={"corrects": wrong.event_id})
    rows = sheet(moved(1, Act.RECEIVE, "desk-1"), loaded, (kind, struck)).rows
    assert [row[3] for row in rows] == ["Quầy 1"]


OTHER = f"{DOSSIER}/K1"


def test_a_result_comes_from_nobody_and_goes_to_whoever_took_it() -> None:
    def result(seq: int, act: Act, **told: object) -> tuple[ItemKind, CustodyEvent]:
        event = an_event(seq, item=OTHER, act=act).model_copy(
            update={"occurred_at": NOW + timedelta(hours=seq), **told}
        )
        return ItemKind.RESULT, event

    home = {"custodian": "citizen", "custodian_kind": HolderAfter.CITIZEN}
    rows = sheet(
        result(1, Act.ISSUE, custodian="H37.01"),
        result(2, Act.RETURN, **home, note="Nông Văn Đức"),
    ).rows
    assert [row[2:4] for row in rows] == [("–", "Sở Tư pháp"), ("Sở Tư pháp", "Nông Văn Đức")]
    unnamed = sheet(result(1, Act.RETURN, **home, note=None)).rows
    assert unnamed[0][3] == a_dossier().applicant_name


@pytest.mark.parametrize(
    ("codes", "known", "title"),
    [
        pytest.param([ITEM], [a_transfer(ITEM)], "Giấy bàn giao hồ sơ", id="one"),
        pytest.param(
            [ITEM, "other"], [a_transfer(ITEM)], "Biên bản giao nhận nhiều hồ sơ", id="many"
        ),
        pytest.param(
            [OTHER],
            [a_transfer(OTHER, direction=Direction.BACK)],
            "Phiếu bàn giao kết quả giải quyết hồ sơ",
            id="results",
        ),
    ],
)
def test_minutes_are_named_after_what_is_handed_over(
    codes: list[str], known: list[Transfer], title: str
) -> None:
    page = handover_minutes(a_handover(), lines(*codes), lookup=look(*known), issuer=ISSUER)
    assert page.title == title
    assert len(table(page).rows) == len(codes)


def test_both_counts_and_what_was_short_stand_on_the_minutes() -> None:
    accepted = a_handover(
        HandoverState.ACCEPTED, accepted_count=1, accepted_at=NOW + HOUR, seals_intact=False
    )
    listed = [*lines(ITEM, outcome=PRESENT), *lines("other", outcome=SHORT)]
    page = handover_minutes(accepted, listed, lookup=look(a_transfer(ITEM)), issuer=ISSUER)
    assert [row[-1] for row in table(page).rows] == ["có", "thiếu"]
    told = {k: v for block in page.blocks if isinstance(block, Fields) for k, v in block.rows}
    assert told["Bên giao đếm"] == "2 bưu gửi"
    assert told["Bên nhận đếm"] == "1 bưu gửi"
    assert told["Niêm phong"] == "KHÔNG nguyên vẹn"
    assert page.made_at == NOW + HOUR


@pytest.mark.parametrize("state", [HandoverState.OFFERED, HandoverState.WITHDRAWN])
def test_minutes_that_do_not_hold_say_so(state: HandoverState) -> None:
    page = handover_minutes(a_handover(state), lines(ITEM), lookup=look(), issuer=ISSUER)
    assert isinstance(page.blocks[-1], Paragraph)


def test_a_manifest_lists_what_was_frozen_at_sealing() -> None:
    pouch = Pouch(
        code="TT-1",
        origin="desk-1",
        destination="H37.01",
        state=PouchState.SEALED,
        seal="NP-1",
        created_at=NOW,
        created_by="lan",
        sealed_at=NOW + HOUR,
        sealed_by="lan",
        manifest_hash="ab" * 32,
    )
    listed = [ManifestLine(pouch_code="TT-1", position=1, item_code=ITEM)]
    page = pouch_manifest(pouch, listed, lookup=look(a_transfer(ITEM)), issuer=ISSUER)
    assert table(page).rows == (("1", ITEM, "Hồ sơ", "10/01/2019", ""),)
    assert page.footnote.endswith("ab" * 32)

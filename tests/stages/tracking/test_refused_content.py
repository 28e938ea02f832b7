"""What a refused scan said: one fingerprint per content, and its reason in words."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from postal_bridge.errors import Reason, refuse
from postal_bridge.journey import Act
from postal_bridge.tracking.records import RefusalStep, RefusedScan, RefusedScanStep
from postal_bridge.tracking.refused_content import (
    facts_of,
    fingerprint,
    refusal_of,
    was_taken,
)
from tests.stores import ITEM, NOW, an_event

SECOND = timedelta(seconds=1)


def refused(**other: object) -> RefusedScan:
    facts: dict[str, Any] = {
        "scan_id": UUID(int=1),
        "fingerprint": "",
        "code": ITEM,
        "act": "load",
        "place": "desk-1",
        "occurred_at": NOW,
        "device": "HH-1",
        "reason": "item-unknown",
        "actor": "tuan",
        "recorded_at": NOW,
    }
    return RefusedScan(**(facts | other))


@pytest.mark.parametrize(
    "other",
    [
        {"code": "x"},
        {"act": "arrive"},
        {"place": "desk-2"},
        {"occurred_at": NOW + SECOND},
        {"pouch": "TUI"},
        {"latitude": 21.5, "longitude": 106.5},
        {"note": "rách"},
        {"corrects": UUID(int=2)},
    ],
)
def test_another_content_has_another_fingerprint(other: dict[str, object]) -> None:
    assert fingerprint(refused(**other)) != fingerprint(refused())


def test_who_sent_it_when_and_how_it_was_put_right_is_not_its_content() -> None:
    again = refused(
        actor="minh",
        device="HH-2",
        recorded_at=NOW + SECOND,
        reason="other-place",
        occurred_at=NOW - 300 * SECOND,
        device_at=NOW,
    )
    assert fingerprint(again) == fingerprint(refused())
    assert len(fingerprint(again)) == 16


def test_the_sentence_that_was_said_is_said_again_in_both_languages() -> None:
    said = refuse(Reason.CORRECTION_UNKNOWN, "corrects", corrects=UUID(int=7), code=ITEM)
    kept = refused(reason=said.reason.slug, facts=facts_of(said))
    found = refusal_of(kept)
    assert found is not None
    assert found.sentence() == said.sentence()
    assert found.sentence("en") == said.sentence("en")
    assert facts_of(refuse(Reason.SCAN_ID_REUSED)) is None


def test_facts_that_were_never_kept_become_a_dash() -> None:
    found = refusal_of(refused(reason="item-in-pouch"))
    assert found is not None
    assert (ITEM in found.sentence(), "–" in found.sentence()) == (True, True)
    assert refusal_of(refused(reason="a-reason-of-the-past")) is None
    step = RefusedScanStep(
        scan_id=UUID(int=1),
        fingerprint="",
        number=1,
        step=RefusalStep.EXPLAINED,
        actor="dung",
        happened_at=NOW,
    )
    assert refusal_of(step) is None


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({}, True),
        ({"note": "khác", "device": "HH-2", "corrects": UUID(int=9)}, True),
        ({"occurred_at": NOW - SECOND, "device_at": NOW}, True),
        ({"place": "desk-2"}, False),
        ({"act": "arrive"}, False),
        ({"code": "x"}, False),
        ({"occurred_at": NOW + SECOND}, False),
        ({"scan_id": UUID(int=2)}, False),
    ],
)
def test_the_ledger_has_this_very_content_or_another(other: dict[str, object], same: bool) -> None:
    taken = an_event(1, act=Act.LOAD)
    taken.event_id, taken.occurred_at = UUID(int=1), NOW
    assert was_taken(refused(**other), taken) is same
    assert not was_taken(refused(), None)


def test_a_pouch_that_was_scanned_as_a_whole_is_what_was_scanned() -> None:
    taken = an_event(1, act=Act.LOAD)
    taken.event_id, taken.occurred_at, taken.pouch = UUID(int=1), NOW, "TUI-1"
    assert was_taken(refused(code="TUI-1"), taken)
    assert not was_taken(refused(), taken)

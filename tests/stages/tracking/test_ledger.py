"""The ledger: sealed by day, and a finding for each thing that was tampered with."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from postal_bridge.events import GENESIS
from postal_bridge.journey import Act, ItemKind, Stage
from postal_bridge.tracking.ledger import NAMED_ROWS, Pass, Verification, seal_day, verify_ledger
from postal_bridge.tracking.records import LedgerDay
from tests.stages.memory import LAN, MemoryWork
from tests.stores import DOSSIER, ITEM, NOW

OTHER = f"{DOSSIER[:-1]}2/H1"
DAY = date(2019, 1, 10)


class Seal:
    """A signer whose signature anybody can read."""

    public_key = "key"

    def sign(self, root: str) -> str:
        return f"signed {root}"

    def verify(self, root: str, *, signature: str, public_key: str) -> bool:
        return (signature, public_key) == (f"signed {root}", "key")


async def seal(work: MemoryWork, day: date) -> LedgerDay:
    return await seal_day(work.ledger, day=day, now=NOW, signer=Seal())


async def verify(work: MemoryWork) -> Verification:
    return await verify_ledger(work.ledger, signer=Seal())


@pytest.fixture
async def ledger(work: MemoryWork) -> MemoryWork:
    """Two items; four events in two sealed days, and one since."""
    await work.an_item_at(Stage.TRANSFER, code=ITEM, kind=ItemKind.APPLICATION)
    await work.an_item_at(Stage.COUNTER, code=OTHER, kind=ItemKind.APPLICATION)
    await seal(work, DAY)
    await work.does(LAN, OTHER, Act.LOAD)
    await seal(work, DAY + timedelta(days=1))
    await work.does(LAN, ITEM, Act.ARRIVE)
    return work


async def test_a_clean_ledger_has_no_findings(ledger: MemoryWork) -> None:
    seen: list[tuple[Pass, int, int]] = []
    found = await verify_ledger(
        ledger.ledger, signer=Seal(), progress=lambda *step: seen.append(step)
    )
    assert (found.events, found.items, found.days, found.findings) == (5, 2, 2, ())
    assert found.root == ledger.ledger.sealed[-1].root
    assert seen == [
        *((Pass.SEALS, done, 4) for done in (1, 2, 3, 4)),
        *((Pass.CHAINS, done, 5) for done in (3, 5)),
    ]


async def test_each_seal_stands_on_the_one_before_and_a_day_is_sealed_once(
    ledger: MemoryWork,
) -> None:
    first, second = ledger.ledger.sealed
    assert (first.previous_root, first.events, first.last_entry) == (GENESIS, 3, 3)
    assert (second.previous_root, second.events, second.last_entry) == (first.root, 1, 4)
    assert await seal(ledger, DAY) == first
    assert await seal(ledger, DAY - timedelta(days=5)) == second
    assert len(ledger.ledger.sealed) == 2


async def test_a_day_on_which_nothing_happened_is_sealed_too(ledger: MemoryWork) -> None:
    await seal(ledger, DAY + timedelta(days=2))
    quiet = await seal(ledger, DAY + timedelta(days=3))
    assert (quiet.events, quiet.last_entry) == (0, 5)
    assert (await verify(ledger)).findings == ()


async def test_an_empty_ledger_is_clean(work: MemoryWork) -> None:
    assert await verify(work) == Verification(0, 0, 0, GENESIS, ())


def edit(work: MemoryWork) -> None:
    work.custody.events[1].note = "khác"


def remove(work: MemoryWork) -> None:
    del work.custody.events[0]


def remove_the_last(work: MemoryWork) -> None:
    del work.custody.events[-1]


def repeat(work: MemoryWork) -> None:
    work.custody.events.append(work.custody.events[0])


def append(work: MemoryWork) -> None:
    last = work.custody.events[-1]
    forged = last.model_copy(update={"seq": last.seq + 1, "previous_hash": last.hash})
    work.custody.events.append(forged)


def unlink(work: MemoryWork) -> None:
    work.custody.events[1].previous_hash = "f" * 64


def move(work: MemoryWork) -> None:
    work.custody.positions[ITEM].place = "nơi khác"


def lose_a_position(work: MemoryWork) -> None:
    del work.custody.positions[ITEM]


def lose_an_item(work: MemoryWork) -> None:
    del work.custody.items[OTHER]


def lose_all_events(work: MemoryWork) -> None:
    work.custody.events = [e for e in work.custody.events if e.item_code != OTHER]


def forge_a_root(work: MemoryWork) -> None:
    work.ledger.sealed[0].root = "f" * 64


def forge_a_signature(work: MemoryWork) -> None:
    work.ledger.sealed[1].signature = "signed"


def swap(work: MemoryWork) -> None:
    events = work.custody.events
    events[1], events[2] = events[2], events[1]


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (edit, ("edited", f"{ITEM} #2")),
        (remove, ("removed", f"{ITEM} #1")),
        (remove_the_last, ("removed", f"{ITEM} #3")),
        (repeat, ("inserted", f"{ITEM} #1")),
        (append, ("inserted", f"{ITEM} #4")),
        (unlink, ("inserted", f"{ITEM} #2")),
        (move, ("position", ITEM)),
        (lose_a_position, ("position", ITEM)),
        (lose_an_item, ("position", OTHER)),
        (lose_all_events, ("removed", f"{OTHER} #1")),
        (forge_a_root, ("root", "2019-01-10")),
        (forge_a_signature, ("signature", "2019-01-11")),
        (swap, ("root", "2019-01-10")),
    ],
)
async def test_what_was_tampered_with_is_named(
    ledger: MemoryWork, tamper: Callable[[MemoryWork], None], expected: tuple[str, str]
) -> None:
    tamper(ledger)
    findings = (await verify(ledger)).findings
    assert expected in {(finding.what, finding.where) for finding in findings}
    assert all(finding.detail for finding in findings)


def edit_the_whole_ledger(work: MemoryWork) -> None:
    for event in work.custody.events:
        event.note = "khác"


async def test_a_gap_as_wide_as_a_forger_likes_is_no_list_of_that_length(
    ledger: MemoryWork,
) -> None:
    ledger.custody.events[-1].seq = 2_000_000_000
    findings = (await verify(ledger)).findings
    removed = [one.where for one in findings if one.what == "removed"]
    assert removed[0] == f"{ITEM} #3"
    assert removed[-1] == f"{ITEM} #{NAMED_ROWS + 3}–#1999999999"
    assert len(removed) == NAMED_ROWS + 1


async def test_findings_without_end_are_counted_and_not_kept(
    ledger: MemoryWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postal_bridge.tracking.ledger.KEPT_FINDINGS", 2)
    edit_the_whole_ledger(ledger)
    found = await verify(ledger)
    assert [finding.what for finding in found.findings] == ["edited", "edited"]
    assert found.more == 3


async def test_an_event_that_was_numbered_before_the_one_it_follows_is_named(
    ledger: MemoryWork,
) -> None:
    events = ledger.custody.events
    events[3], events[4] = events[4], events[3]  # of two papers: nobody can tell before the seal
    assert {one.what for one in (await verify(ledger)).findings} == {"root"}
    events[3], events[4] = events[4], events[3]
    events[1], events[4] = events[4], events[1]
    where = f"{ITEM} #3"
    assert ("inserted", where) in {(f.what, f.where) for f in (await verify(ledger)).findings}


async def test_a_sealed_day_that_cannot_be_read_is_named(ledger: MemoryWork) -> None:
    ledger.ledger.sealed[1].__dict__["events"] = "nhiều"
    assert [(one.what, one.where) for one in (await verify(ledger)).findings] == [
        ("root", "2019-01-11")
    ]


async def test_all_missing_events_of_an_item_are_named(ledger: MemoryWork) -> None:
    ledger.custody.events = [e for e in ledger.custody.events if e.item_code != ITEM]
    removed = {one.where for one in (await verify(ledger)).findings if one.what == "removed"}
    assert removed == {f"{ITEM} #{number}" for number in (1, 2, 3)}


async def test_nothing_is_said_of_a_position_after_an_edited_event(ledger: MemoryWork) -> None:
    edit(ledger)
    move(ledger)
    assert [(one.what, one.where) for one in (await verify(ledger)).findings] == [
        ("edited", f"{ITEM} #2")
    ]

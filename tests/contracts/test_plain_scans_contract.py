"""The short way of scans on every database: what it takes, what it refuses, what it leaves alone.

Whatever it takes must be what the general way would have written; the ledger's own check says so,
for it follows every chain and folds every history anew.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from postal_bridge.identity import Actor, Role
from postal_bridge.inbound import SignIn, Staff
from postal_bridge.journey import Act, ItemKind, Stage
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.signing import LedgerKey
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.ledger import verify_ledger
from postal_bridge.tracking.plain_scans import Judged, PlainBatch, PlainOutcome, Verdict
from postal_bridge.tracking.records import Device
from postal_bridge.tracking.scans import Geo, Scan
from tests.stores import DOSSIER, NOW, a_dossier, an_item, opened

PORT = "tracking.plain_ports.PlainScans"
IMPLEMENTATIONS = ("sqlite", "postgresql")
DESK, MINUTE = "desk-1", timedelta(minutes=1)
TOLERANCE_MS = 120_000
ITEMS = [f"{DOSSIER[:-1]}{number}/H1" for number in range(1, 6)]
RESULT = f"{ITEMS[0][:-3]}/K1"
STAFF = (
    Staff(username="lan", name="Hoàng Thị Lan", role=Role.CLERK, places=DESK),
    Staff(username="tuan", name="Lý Văn Tuấn", role=Role.COURIER, places=f"{DESK} desk-2"),
)
SOMEBODY = Actor("lan", "Hoàng Thị Lan", Role.ADMIN, ())


@dataclass
class Post:
    """A post office with a handheld, in a database."""

    storage: Storage
    identifiers: Identifiers = field(default_factory=lambda: Identifiers(Random(37)))
    device: str = "HH-01"

    def scan(
        self, code: str, act: str = "load", *, after: timedelta = MINUTE, **other: Any
    ) -> Scan:
        scan_id = other.pop("scan_id", None) or self.identifiers.new(NOW)
        place = other.pop("place", DESK)
        return Scan(scan_id=scan_id, code=code, act=act, place=place, at=NOW + after, **other)

    async def takes(self, *scans: Scan, by: str = "tuan", now: datetime = NOW) -> PlainOutcome:
        batch = PlainBatch(
            token_hash=f"token of {by}",
            roles=frozenset(Role),
            device=self.device,
            now=now,
            latest=NOW + 10 * MINUTE,
            tolerance_ms=TOLERANCE_MS,
            scans=scans,
        )
        return await self.storage.plain_scans.take(batch)

    async def where(self, code: str) -> tuple[Stage, str, int]:
        async with self.storage.begin(write=False) as work:
            tracked = await work.custody.find(code)
        assert tracked is not None
        assert tracked.position is not None
        return tracked.position.stage, tracked.position.holder, tracked.position.seq

    async def findings(self, key: LedgerKey) -> list[Any]:
        async with self.storage.begin(write=False) as work:
            return list((await verify_ledger(work.ledger, signer=key)).findings)


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def post(database_url: str) -> AsyncIterator[Post]:
    async with opened(database_url) as storage:
        await settle(storage)
        yield Post(storage)


@pytest.fixture
def ledger_key(tmp_path: Path) -> LedgerKey:
    return LedgerKey(tmp_path / "ledger.key")


async def settle(storage: Storage) -> None:
    """Staff with sessions, and papers that lie on the desk."""
    async with storage.begin() as work:
        recorder = Recorder(
            work, actor=SOMEBODY, now=NOW - MINUTE, identifiers=Identifiers(Random(1))
        )
        for staff in STAFF:
            await work.inbound.save_staff(staff)
            await work.inbound.open_sign_in(
                SignIn(
                    id=staff.username,
                    token_hash=f"token of {staff.username}",
                    username=staff.username,
                    created_at=NOW,
                    expires_at=NOW + timedelta(hours=12),
                )
            )
        for code in ITEMS:
            await work.dossiers.add(a_dossier(code[:-3]), [])
            await recorder.begin(an_item(code), Act.RECEIVE, place=DESK)
        await recorder.begin(an_item(RESULT, kind=ItemKind.RESULT), Act.ISSUE, place=DESK)


def words(outcome: PlainOutcome) -> dict[int, str]:
    return {one.place: one.verdict.value for one in outcome.judged}


async def test_plain_scans_are_taken_and_linked_into_their_chains(
    post: Post, ledger_key: LedgerKey
) -> None:
    note = 'Nhận "hộ"\\ \n\t\x01 \x7f – Nông Thị Đào 𠀋'
    outcome = await post.takes(
        post.scan(ITEMS[0], geo=Geo(latitude=21.0, longitude=1e-07), note=note),
        post.scan(ITEMS[1], note=""),
        post.scan(RESULT),
    )
    assert (outcome.actor, words(outcome)) == (
        Actor("tuan", "Lý Văn Tuấn", Role.COURIER, (DESK, "desk-2")),
        {},
    )
    for code in (ITEMS[0], ITEMS[1], RESULT):
        assert await post.where(code) == (Stage.TRANSFER, "tuan", 2)
    async with post.storage.begin(write=False) as work:
        told = (await work.custody.history(ITEMS[0]))[-1]
    assert (told.latitude, told.longitude, told.note) == (21.0, 1e-07, note)
    assert (told.device, told.recorded_at, told.occurred_at) == ("HH-01", NOW, NOW + MINUTE)
    assert await post.findings(ledger_key) == []


async def test_several_scans_of_one_item_follow_each_other_in_one_batch(
    post: Post, ledger_key: LedgerKey
) -> None:
    outcome = await post.takes(
        post.scan(ITEMS[0]),
        post.scan(ITEMS[1]),
        post.scan(ITEMS[0], "arrive", after=2 * MINUTE, place="desk-2"),
        post.scan(ITEMS[0], "load", after=3 * MINUTE, place="desk-2"),
    )
    assert words(outcome) == {}
    assert await post.where(ITEMS[0]) == (Stage.TRANSFER, "tuan", 4)
    assert await post.where(ITEMS[1]) == (Stage.TRANSFER, "tuan", 2)
    assert await post.findings(ledger_key) == []


async def test_each_scan_that_is_not_taken_is_judged(post: Post) -> None:
    known = post.scan(ITEMS[0])
    assert words(await post.takes(known)) == {}
    other = post.scan(ITEMS[1], scan_id=known.scan_id)
    nobodys = post.scan("nobody/H1", scan_id=known.scan_id)
    before = await post.where(ITEMS[1])
    outcome = await post.takes(
        known,
        other,
        nobodys,
        post.scan("nowhere/H1"),
        post.scan(ITEMS[2], "fly"),
        post.scan(ITEMS[2], "load", place="desk-9"),
        post.scan(ITEMS[2], "unpack"),
        post.scan(ITEMS[2], "load", after=11 * MINUTE),
        post.scan(ITEMS[3], "load", after=-2 * MINUTE),
        post.scan(ITEMS[4], "take_up"),
    )
    assert words(outcome) == {
        0: "duplicate",
        1: "aside",
        2: "aside",
        3: "unknown",
        4: "act",
        5: "place",
        6: "role",
        7: "ahead",
        8: "aside",
        9: "role",
    }
    by_place = {one.place: one for one in outcome.judged}
    assert by_place[4] == Judged(4, Verdict.ACT, DESK, ItemKind.APPLICATION)
    assert by_place[3] == Judged(3, Verdict.UNKNOWN)
    assert await post.where(ITEMS[1]) == before


async def test_what_lies_in_a_sealed_pouch_is_left_to_the_general_way(post: Post) -> None:
    async with post.storage.begin() as work:
        tracked = (await work.custody.hold([ITEMS[0]]))[ITEMS[0]]
        assert tracked.position is not None
        sealed = {"sealed": True, "pouch": "TUI-190110-0001-5", "seq": 2, "last_hash": "1" * 64}
        event = (await work.custody.history(ITEMS[0]))[0].model_copy(
            update={"seq": 2, "event_id": UUID(int=2), "hash": "1" * 64}
        )
        await work.custody.record(event, tracked.position.model_copy(update=sealed))
    outcome = await post.takes(post.scan(ITEMS[0]), post.scan(ITEMS[1]))
    assert outcome.judged == [Judged(0, Verdict.ASIDE, "TUI-190110-0001-5", ItemKind.APPLICATION)]


@pytest.mark.parametrize("closed", ["nobody", "later", "clock"])
async def test_nothing_is_done_for_a_session_that_does_not_open_this_door(
    post: Post, closed: str
) -> None:
    if closed == "clock":
        fast = Device(
            name=post.device,
            username="tuan",
            skew_ms=TOLERANCE_MS + 1,
            measured_at=NOW,
            seen_at=NOW,
        )
        async with post.storage.begin() as work:
            await work.devices.put(fast)
    outcome = await post.takes(
        post.scan(ITEMS[0]),
        by="nobody" if closed == "nobody" else "tuan",
        now=NOW + timedelta(days=1) if closed == "later" else NOW,
    )
    assert outcome == PlainOutcome(None)
    assert await post.where(ITEMS[0]) == (Stage.COUNTER, DESK, 1)


async def test_an_empty_batch_says_who_sent_it(post: Post) -> None:
    outcome = await post.takes(post.scan("nobody/H1"), by="lan")
    assert outcome.actor is not None
    assert outcome.actor.username == "lan"

"""A ledger as long as wanted, with right hashes, positions and seals."""

import random
from datetime import date, timedelta
from uuid import UUID

from postal_bridge.journey import Act, HolderAfter
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.signing import LedgerKey
from postal_bridge.tracking.custody import chained, placed
from postal_bridge.tracking.ledger import seal_day
from postal_bridge.tracking.records import CustodyEvent, Position
from tests.stores import HOUR, NOW, an_item

FIRST_DAY = date(2019, 1, 10)
WAY = (Act.RECEIVE, Act.LOAD, Act.ARRIVE, Act.LOAD, Act.ARRIVE, Act.TAKE_UP)
LATE = 5
"""Every so many items there is a scan that comes late, and a scan that is corrected."""


async def fill(
    storage: Storage, *, items: int, signer: LedgerKey, days: int, chance: random.Random
) -> list[str]:
    """Writes the items' ways in turns, half of them before each seal; gives their codes.

    Each item has two to six events, or seven where a scan of it was corrected.
    """
    codes = [f"000.00.06.H37-190110-{number:06}/H1" for number in range(items)]
    ends = {code: chance.randrange(2, len(WAY) + 1) for code in codes}
    writer = _Writer(storage, chance)
    await writer.begin(codes)
    for turn in range(len(WAY)):
        await writer.write(turn, [code for code in codes if turn < ends[code]])
        if turn < days:
            async with storage.begin() as work:
                day = FIRST_DAY + timedelta(days=turn)
                await seal_day(work.ledger, day=day, now=NOW, signer=signer)
    await writer.correct([code for code in codes[::LATE] if ends[code] == len(WAY)])
    return codes


class _Writer:
    def __init__(self, storage: Storage, chance: random.Random) -> None:
        self._storage = storage
        self._chance = chance
        self._histories: dict[str, list[CustodyEvent]] = {}
        self._positions: dict[str, Position] = {}

    async def begin(self, codes: list[str]) -> None:
        async with self._storage.begin() as work:
            for code in codes:
                await work.custody.add_item(an_item(code))
                self._histories[code] = []

    async def write(self, turn: int, codes: list[str]) -> None:
        events = [self._event(code, WAY[turn], hour=2 * turn) for code in codes]
        for event in events[:: LATE if turn > 1 else len(events)]:
            event.occurred_at -= 3 * HOUR if turn > 1 else 0 * HOUR
            event.device_at = event.occurred_at + HOUR
        await self._record(events)

    async def correct(self, codes: list[str]) -> None:
        events = [self._event(code, Act.CORRECT, hour=20) for code in codes]
        for event in events:
            event.corrects = self._histories[event.item_code][3].event_id
        await self._record(events)

    def _event(self, code: str, act: Act, *, hour: int) -> CustodyEvent:
        at = NOW + hour * HOUR
        number = int(at.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62
        carried = act is Act.LOAD
        return CustodyEvent(
            event_id=UUID(int=number | self._chance.getrandbits(62)),
            item_code=code,
            seq=1,
            act=act,
            place="H37.01",
            actor="tuan",
            custodian_kind=HolderAfter.PERSON if carried else None,
            custodian="tuan" if carried else None,
            occurred_at=at,
            recorded_at=at,
            device="TC-07",
            note="Bàn giao đủ" if carried else None,
            latitude=21.8537,
            longitude=106.7615,
            previous_hash="",
            hash="",
        )

    async def _record(self, events: list[CustodyEvent]) -> None:
        async with self._storage.begin() as work:
            for event in events:
                code = event.item_code
                before, history = self._positions.get(code), self._histories[code]
                written = chained(event, before)
                position = placed(an_item(code), before, written, history)
                history.append(written)
                self._positions[code] = position
                await work.custody.record(written, position)

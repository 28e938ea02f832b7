"""The lists of what is underway over the stores in memory: item by item, the slow and plain way."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from postal_bridge.inbound import Staff
from postal_bridge.journey import OPEN_STAGES, Direction, Stage
from postal_bridge.tracking.records import CONSIGNMENT_OPEN, Position
from postal_bridge.tracking.transfers import (
    Transfer,
    TransferCount,
    TransferFilter,
    hours_held,
    is_overdue,
)

if TYPE_CHECKING:
    from tests.stages.memory import MemoryWork


class MemoryTransfers:
    """The lists, item by item."""

    def __init__(self, work: "MemoryWork") -> None:
        self._work = work
        self.staff: list[Staff] = []

    async def page(self, wanted: TransferFilter) -> Sequence[Transfer]:
        found = [one for one in self._all(wanted.now) if self._shows(wanted, one)]
        return [one for one in found if one.item_code > (wanted.after or "")][: wanted.limit]

    async def about(self, item_codes: Sequence[str], *, now: datetime) -> Sequence[Transfer]:
        return [one for one in self._all(now) if one.item_code in item_codes]

    async def summary(self, wanted: TransferFilter) -> Sequence[TransferCount]:
        groups: dict[tuple[str, str, str], list[Transfer]] = {}
        for one in self._all(wanted.now):
            if self._shows(wanted, one):
                groups.setdefault((one.direction, one.department, one.stage), []).append(one)
        return [
            TransferCount(
                direction=Direction(direction),
                department=department,
                stage=Stage(stage),
                count=len(group),
                overdue=sum(one.overdue for one in group),
                oldest=min(one.since for one in group),
            )
            for (direction, department, stage), group in sorted(groups.items())
        ]

    def _all(self, now: datetime) -> list[Transfer]:
        positions = sorted(self._work.custody.positions.items())
        return [self._transfer(position, now) for _, position in positions]

    def _transfer(self, position: Position, now: datetime) -> Transfer:
        dossier = self._work.dossiers.kept.get(position.dossier_code)
        consignment = next(
            (
                one
                for one in self._work.consignments.kept.values()
                if one.item_code == position.item_code and one.state in CONSIGNMENT_OPEN
            ),
            None,
        )
        names = {code: place.name for code, place in self._work.catalogue.kept_places.items()}
        people = {one.username: one.name for one in self.staff}
        bearer = position.custodian
        return Transfer(
            hours_held=hours_held(position.since, now),
            **position.model_dump(exclude={"last_event_id"}),
            last_event_id=str(position.last_event_id),
            holder_code=position.holder,
            holder_name=names.get(bearer) or people.get(bearer) or bearer,
            place_name=names.get(position.place, position.place),
            overdue=dossier is not None and is_overdue(dossier, now),
            promised_at=dossier.promised_at if dossier else None,
            carrier=consignment.carrier if consignment else None,
            consignment=consignment.number if consignment else None,
        )

    @staticmethod
    def _shows(wanted: TransferFilter, one: Transfer) -> bool:
        stages = wanted.stages or OPEN_STAGES
        return (
            one.stage in {stage.value for stage in stages}
            and wanted.direction in {None, one.direction}
            and wanted.department in {None, one.department}
            and wanted.overdue in {None, one.overdue}
            and wanted.carrier in {None, one.carrier}
            and wanted.place in {None, one.place}
            and wanted.holder in {None, one.custodian, one.holder_code}
            and (wanted.since_before is None or one.since < wanted.since_before)
        )

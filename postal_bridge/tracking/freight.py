"""What a consignment carries: one result on its way home, or all that is sealed in a pouch.

Both are told of by the same reports, and what those mean for paper differs: a result is sent out
and delivered to a citizen; a pouch is loaded and arrives, and whose its papers are then is said by
minutes, in which the receiving desk counts them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from postal_bridge.codes import CodeKind, kind_of
from postal_bridge.journey import Act
from postal_bridge.tracking.carrier_records import Milestone
from postal_bridge.tracking.ports import CustodyWork, Tracked

_TO_A_CITIZEN: Mapping[Milestone, Act] = {
    Milestone.ATTEMPTED: Act.FAIL,
    Milestone.DELIVERED: Act.DELIVER,
}
_TO_A_DESK: Mapping[Milestone, Act] = {Milestone.DELIVERED: Act.ARRIVE}
REPORTED = (Act.SEND_OUT, Act.LOAD, *_TO_A_CITIZEN.values(), *_TO_A_DESK.values())
"""Every act that a carrier's report can become."""


@dataclass(frozen=True, kw_only=True)
class Freight:
    """What is carried, held in the transaction at hand.

    Attributes:
        code: of the result or of the pouch.
        papers: what moves together; empty where nothing lies in the pouch any more.
        leaving: the act that a collection is.
        at_the_door: the acts that a milestone at the other end is.
        destination: the desk that a pouch goes to.
    """

    code: str
    papers: Sequence[Tracked]
    leaving: Act
    at_the_door: Mapping[Milestone, Act]
    pouch: str | None = None
    destination: str | None = None

    def place_of(self, act: Act | None) -> str | None:
        """Where an act happens: at the desk that a pouch goes to, otherwise where things are."""
        if act is Act.ARRIVE:
            return self.destination
        position = self.papers[0].position if self.papers else None
        return position.place if position else None


async def hold_freight(work: CustodyWork, code: str) -> Freight:
    """What goes by this code, held: the pouch before its papers, as everywhere."""
    if kind_of(code) is not CodeKind.POUCH:
        held = await work.custody.hold([code])
        papers = list(held.values())
        return Freight(code=code, papers=papers, leaving=Act.SEND_OUT, at_the_door=_TO_A_CITIZEN)
    pouch = await work.pouches.hold(code)
    held = await work.custody.hold(await work.pouches.contents(code))
    return Freight(
        code=code,
        papers=[held[one] for one in sorted(held)],
        leaving=Act.LOAD,
        at_the_door=_TO_A_DESK,
        pouch=code,
        destination=pouch.destination if pouch else None,
    )

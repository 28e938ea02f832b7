"""Consignments with money, and payments for them, as the tests of COD need them."""

import random
from datetime import date, datetime, timedelta
from typing import Any

from postal_bridge.clock import local_day
from postal_bridge.identity import Actor, Role
from postal_bridge.remittances.posting import Bookkeeper, settle_accounts, take
from postal_bridge.remittances.records import CodCase, Remittance, RemittanceLine
from postal_bridge.remittances.values import CodCaseFilter, NewLine, NewRemittance, Taken
from postal_bridge.tracking.carrier_records import (
    CarrierEvent,
    CarrierOrder,
    CodMove,
    Milestone,
    OrderState,
    Source,
)
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.records import Consignment, ConsignmentState
from tests.stages.memory import CALENDAR
from tests.stores import DOSSIER, ITEM, NOW

POST, OTHER = "vnpost", "ghn"
COD = 100_000
TODAY = local_day(NOW)
SANG = Actor("sang", "Bế Văn Sáng", Role.SUPERVISOR)
DUNG = Actor("dung", "Triệu Tiến Dũng", Role.SUPERVISOR)
MAI = Actor("mai", "Lê Thị Mai", Role.OFFICER)
_IDENTIFIERS = Identifiers(random.Random(11))


def keeper(work: Any, *, now: datetime = NOW, alone_dong: int = 20_000) -> Bookkeeper:
    return Bookkeeper(
        work=work,
        now=now,
        calendar=CALENDAR,
        identifiers=_IDENTIFIERS,
        days_to_pay=3,
        alone_dong=alone_dong,
    )


def an_order(number: str, *, carrier: str = POST, cod_dong: int = COD, **facts: Any) -> Any:
    named = {"reference": f"REF-{number}", "waybill": f"EE{number}VN", **facts}
    state = named.pop("state", OrderState.PLACED)
    return CarrierOrder(number=number, carrier=carrier, cod_dong=cod_dong, state=state, **named)


def a_consignment(
    number: str, state: ConsignmentState, *, carrier: str = POST, closed_at: datetime | None = None
) -> Consignment:
    return Consignment(
        number=number,
        item_code=ITEM,
        dossier_code=DOSSIER,
        carrier=carrier,
        state=state,
        consignee_name="Nông Thị Hồng Đào",
        consignee_phone="0912345678",
        consignee_address="Thôn Nà Sầm",
        booked_at=NOW - timedelta(days=9),
        booked_by="lan",
        closed_at=closed_at,
    )


async def a_parcel(
    work: Any,
    number: str,
    state: ConsignmentState = ConsignmentState.DELIVERED,
    *,
    carrier: str = POST,
    cod_dong: int = COD,
    delivered_at: datetime = NOW,
    **facts: Any,
) -> None:
    """A consignment with its order; delivered unless told otherwise."""
    closed_at = delivered_at if state is ConsignmentState.DELIVERED else None
    await work.consignments.put(a_consignment(number, state, carrier=carrier, closed_at=closed_at))
    await work.carrier_desk.put_order(an_order(number, carrier=carrier, cod_dong=cod_dong, **facts))


async def tells(
    work: Any, number: str, move: CodMove, dong: int | None, *, at: datetime = NOW, key: str = ""
) -> None:
    """The carrier says something of the money."""
    event = CarrierEvent(
        key=key or f"{number}:{move}:{dong}:{at.isoformat()}",
        carrier=POST,
        number=number,
        vocabulary="v",
        raw_code="cod",
        occurred_at=at,
        received_at=at,
        source=Source.FEED,
        milestone=Milestone.INFORMATION,
        cod_move=move,
        cod_dong=dong,
    )
    await work.carrier_desk.add_events([event])


def a_line(said: str, amount: int = COD, fee: int = 0) -> NewLine:
    return NewLine(said=said, amount_dong=amount, fee_dong=fee)


def a_payment(
    reference: str, *lines: NewLine, total: int | None = None, **facts: Any
) -> NewRemittance:
    said: dict[str, Any] = {"carrier": POST, "paid_on": TODAY, **facts}
    together = sum(one.amount_dong for one in lines)
    total_dong = together if total is None else total
    return NewRemittance(bank_reference=reference, lines=lines, total_dong=total_dong, **said)


async def pays(
    work: Any, reference: str, *lines: NewLine, now: datetime = NOW, **facts: Any
) -> Taken:
    taken = await take(keeper(work, now=now), a_payment(reference, *lines, **facts), by="sang")
    assert isinstance(taken, Taken), taken
    return taken


async def looks(work: Any, *numbers: str, now: datetime = NOW) -> None:
    """The cases of these consignments follow from what is known."""
    await settle_accounts(keeper(work, now=now), numbers)


async def cases(work: Any, *, standing: bool = True) -> dict[str, CodCase]:
    wanted = CodCaseFilter(standing=standing, limit=500)
    return {one.key: one for one in await work.cod_cases.listed(wanted)}


async def standing(work: Any) -> dict[str, tuple[str, int]]:
    """What does not add up: kind and amount, by key."""
    return {key: (one.kind.value, one.amount_dong) for key, one in (await cases(work)).items()}


def written(
    key: str, *, carrier: str = POST, bank_key: str = "FT1", total: int = COD, **facts: Any
) -> Remittance:
    said: dict[str, Any] = {"paid_on": TODAY, **facts}
    return Remittance(
        id=key,
        carrier=carrier,
        bank_reference=bank_key,
        bank_key=bank_key,
        content="0" * 64,
        total_dong=total,
        entered_at=NOW,
        entered_by="sang",
        **said,
    )


def written_line(
    payment: str, position: int, *, number: str | None = None, amount: int = COD, **facts: Any
) -> RemittanceLine:
    said: dict[str, Any] = {"carrier": POST, "said": f"S{position}", "paid_on": TODAY, **facts}
    return RemittanceLine(
        remittance_id=payment, position=position, number=number, amount_dong=amount, **said
    )


def later(days: int) -> tuple[datetime, date]:
    """So many days after now, and the local day."""
    moment = NOW + timedelta(days=days)
    return moment, local_day(moment)

"""The fold over all that is known of a consignment's money.

The carrier owes what was to be collected as soon as it has the money: when it says so, or when it
has handed the result over and says nothing of money. It owes what it collected where that is more.
What it says that it has paid is shown and counts for nothing: only the bank's account counts.
"""

from collections.abc import Iterable, Sequence

from postal_bridge.remittances.records import CodState
from postal_bridge.remittances.values import Account, CodFacts, Telling
from postal_bridge.tracking.carrier_records import CodMove
from postal_bridge.tracking.records import CONSIGNMENT_OPEN, ConsignmentState


def fold(facts: CodFacts) -> Account:
    """The account of a consignment; the same for the same facts in any order, told any times."""
    order = facts.order
    told = sorted(
        {one.key: one for one in facts.told}.values(), key=lambda one: (one.occurred_at, one.key)
    )
    taken = [one for one in told if one.move is CodMove.COLLECTED]
    handed_over = facts.consignment is ConsignmentState.DELIVERED
    collected = _latest(taken, otherwise=order.cod_dong if taken or handed_over else 0)
    due = max(order.cod_dong, collected) if taken or handed_over else 0
    since = [one.occurred_at for one in taken]
    if handed_over and facts.closed_at is not None:
        since.append(facts.closed_at)
    remitted = sum(one.amount_dong for one in facts.lines)
    withheld = sum(one.fee_dong for one in facts.lines)
    written_off = sum(one.amount_dong for one in facts.written_off)
    still = due - remitted - withheld - written_off
    return Account(
        number=order.number,
        carrier=order.carrier,
        waybill=order.waybill,
        state=_state(due, still, is_open=facts.consignment in CONSIGNMENT_OPEN),
        cod_dong=order.cod_dong,
        due_dong=due,
        collected_dong=collected,
        told_remitted_dong=_latest(
            [one for one in told if one.move is CodMove.REMITTED], otherwise=0
        ),
        remitted_dong=remitted,
        withheld_dong=withheld,
        written_off_dong=written_off,
        open_dong=still,
        since=min(since, default=None) if due else None,
        booked_at=facts.booked_at,
        payments=sum(one.gross_dong > 0 for one in facts.lines),
        last_paid_on=max((one.paid_on for one in facts.lines), default=None),
    )


def _latest(told: Sequence[Telling], *, otherwise: int) -> int:
    """The sum that was last named; a carrier that corrects itself says it again."""
    named: Iterable[int] = (one.dong for one in reversed(told) if one.dong is not None)
    return next(iter(named), otherwise)


def _state(due: int, still: int, *, is_open: bool) -> CodState:
    if still < 0:
        return CodState.OVER
    if still > 0:
        return CodState.OWED if still == due else CodState.PART
    if due:
        return CodState.SETTLED
    return CodState.WAITING if is_open else CodState.NOTHING

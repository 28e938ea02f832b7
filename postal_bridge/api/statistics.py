"""The month's table over any days."""

from datetime import date

from pydantic import BaseModel, Field

from postal_bridge.api.call import Call
from postal_bridge.clock import EARLIEST_DAY, LATEST_DAY, day_bounds
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.tracking.month import ON_TIME_RULE, Tally, month_table


class PeriodQuery(BaseModel):
    """Local days, both included."""

    first: date = Field(alias="from", ge=EARLIEST_DAY, le=LATEST_DAY)
    last: date = Field(alias="to", ge=EARLIEST_DAY, le=LATEST_DAY)


class TallyOut(BaseModel):
    """Counts of one department, or of all; `online` and `postal` say how dossiers came in.

    Whatever was received is resolved, in progress or stopped.
    """

    received: int
    resolved: int
    on_time: int
    returned: int
    in_progress: int
    supplement: int
    refused: int
    online: int
    postal: int
    stopped: int


class StatisticsOut(BaseModel):
    """The table, with the rule that decided "on time"."""

    first: date
    last: date
    on_time_rule: str
    total: TallyOut
    departments: dict[str, TallyOut]
    department_names: dict[str, str]
    procedures: dict[str, int]
    carried_out: int
    carried_back: int
    outstanding: int
    fee_receipts: int
    fees_vnd: int
    exemptions: int
    ledger_events: int
    ledger_root: str | None = None


async def month(call: Call[None]) -> StatisticsOut | Refusal:
    """Dossiers received in these days, papers carried, fees taken."""
    asked = call.asked(PeriodQuery)
    if asked.last < asked.first:
        why = "ngày cuối trước ngày đầu"
        return refuse(Reason.INVALID_FIELD, "to", name="to", why=why)
    table = await month_table(
        call.work, first=day_bounds(asked.first)[0], end=day_bounds(asked.last)[1]
    )
    places = {place.code: place.name for place in await call.work.catalogue.places()}
    days = await call.work.ledger.days()
    return StatisticsOut(
        first=asked.first,
        last=asked.last,
        on_time_rule=ON_TIME_RULE,
        total=_out(table.total),
        departments={code: _out(one) for code, one in table.departments.items()},
        department_names={code: places.get(code, code) for code in table.departments},
        procedures=dict(table.procedures),
        carried_out=table.carried_out,
        carried_back=table.carried_back,
        outstanding=len(await call.work.custody.outstanding()),
        fee_receipts=table.fee_receipts,
        fees_vnd=table.fees_vnd,
        exemptions=table.exemptions,
        ledger_events=await call.work.ledger.count(),
        ledger_root=days[-1].root if days else None,
    )


def _out(tally: Tally) -> TallyOut:
    return TallyOut(**vars(tally))

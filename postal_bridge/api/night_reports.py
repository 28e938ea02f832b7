"""A night's report, to be read, signed on paper or worked with in a spreadsheet."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Literal

from pydantic import BaseModel

from postal_bridge.api.acting import note_look
from postal_bridge.api.call import Call, Reply
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.reconciliation.report_archive import fetch_report, report_name
from postal_bridge.reconciliation.summary import file_name


class ReportQuery(BaseModel):
    """Which form of the report is wanted."""

    format: Literal["json", "pdf", "xlsx"] = "json"


async def handed_out(call: Call[None]) -> Reply | Refusal:
    """The report of a date; cases may tell of persons, so who looked is recorded."""
    try:
        day = date.fromisoformat(call.path["date"])
    except ValueError:
        return refuse(Reason.NIGHT_UNKNOWN, "date", date=call.path["date"])
    async with call.services.storage.begin() as work:
        named = report_name(await work.nights.night(day), day)
        if isinstance(named, Refusal):
            return named
        looking = replace(call, transaction=work)
        await note_look(looking, subject=f"night:{day.isoformat()}", purpose="night_report")
    form = call.services.forms[call.asked(ReportQuery).format]
    report = await fetch_report(call.services.vault, named)
    content = await asyncio.to_thread(form.make, report)
    name = file_name(report, form.suffix)
    return Reply(
        content,
        media_type=form.media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )

"""The last step of a night: cases, remedies, seal, report and night, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import msgspec

from postal_bridge.documents.ports import Vault
from postal_bridge.identity import NIGHT
from postal_bridge.reconciliation.cases import night_entries
from postal_bridge.reconciliation.discrepancies import Settlement, case_id, settle
from postal_bridge.reconciliation.findings import Findings
from postal_bridge.reconciliation.lateness import with_late_arrivals
from postal_bridge.reconciliation.ports import NightWork
from postal_bridge.reconciliation.records import Difference, Discrepancy, Night
from postal_bridge.reconciliation.remedies import RemedyPolicy, healed, remedy
from postal_bridge.reconciliation.report import NightReport, as_json, from_json
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.ledger import seal_day
from postal_bridge.tracking.ports import DaySigner

REPORT_TOPIC = "night.report"
"""Topic of the message that has the report printed and sent."""


_NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class Settled:
    """What the cases are after the night.

    Attributes:
        differences: tonight's, as they were finally called.
        cases: all there are.
        remedied: how many differences the night mended by itself.
    """

    differences: Sequence[Difference]
    cases: Sequence[Discrepancy]
    remedied: int


async def settle_cases(
    work: NightWork,
    findings: Findings,
    *,
    night: date,
    now: datetime,
    due_days: int,
    policy: RemedyPolicy,
    identifiers: Identifiers,
) -> Settled:
    """Bring the cases up to tonight, mend what may be mended, and write their history.

    Each case that may change is held first, in order of the identifiers, and read again: a
    supervisor who writes an explanation at this moment loses nothing. Of two nights that run at
    once the second waits, and finds the cases that the first has opened.
    """
    nights = work.nights
    await nights.hold()
    differences = await with_late_arrivals(findings.differences, findings.rows.values(), work)
    still_open = await nights.cases(open_only=True)
    wanted = {case.id for case in still_open if findings.covers(case)}
    wanted |= {case_id(difference) for difference in differences}
    held = [case for one in sorted(wanted) if (case := await nights.case(one)) is not None]
    settlement = settle(held, differences, night=night, covered=findings.covers, due_days=due_days)
    recorder = Recorder(work, actor=NIGHT, now=now, identifiers=identifiers)
    settlement, remedied = await _remedied(
        settlement, differences, findings, recorder=recorder, policy=policy, night=night
    )
    for case in settlement.changed:
        await nights.put_case(case)
    for entry in night_entries(settlement, night=night, now=now):
        await nights.add_entry(entry)
    return Settled(differences, await nights.cases(open_only=False), remedied)


async def _remedied(
    settlement: Settlement,
    differences: Sequence[Difference],
    findings: Findings,
    *,
    recorder: Recorder,
    policy: RemedyPolicy,
    night: date,
) -> tuple[Settlement, int]:
    """The settlement with what the night mended; a case that is mended at once closes at once."""
    said: dict[str, str] = {}
    for one in sorted(differences, key=lambda one: (one.dossier_code, one.kind)):
        row = findings.rows.get(one.dossier_code)
        if words := await remedy(one, row, recorder=recorder, policy=policy):
            said[one.key] = words
    healed_keys = {one.key for one in differences if one.key in said and healed(one)}

    def mended(cases: Sequence[Discrepancy]) -> tuple[Discrepancy, ...]:
        return tuple(
            case.model_copy(
                update={
                    "remedy": said.get(case.key, case.remedy),
                    "closed_on": max(case.last_seen_on, night)
                    if case.key in healed_keys
                    else case.closed_on,
                }
            )
            for case in cases
        )

    return (
        replace(
            settlement,
            opened=mended(settlement.opened),
            touched=mended(settlement.touched),
            reopened=mended(settlement.reopened),
        ),
        len(said),
    )


async def seal(work: NightWork, *, day: date, now: datetime, signer: DaySigner) -> str:
    """Seal the ledger's day; gives its root."""
    return (await seal_day(work.ledger, day=day, now=now, signer=signer)).root


async def keep_report(
    work: NightWork, report: NightReport, *, before: Night | None, vault: Vault
) -> str:
    """Keep the report and have it printed and sent, unless it says what the last one said.

    A night that is run again for no reason, or was killed between its end and the note of it,
    sends no second letter, and the signatures under its report go on to hold.
    """
    if before is not None and before.report is not None:
        old = await _kept(before.report, vault)
        if old is not None and _facts(old) == _facts(report):
            return before.report
    sha256 = await vault.keep(as_json(report))
    await work.outbox.put(
        REPORT_TOPIC,
        key=f"{REPORT_TOPIC}:{report.day.isoformat()}:{sha256}",
        payload={"day": report.day.isoformat(), "report": sha256},
    )
    return sha256


async def _kept(sha256: str, vault: Vault) -> NightReport | None:
    try:
        return from_json(await vault.fetch(sha256))
    except (KeyError, ValueError):  # lost, spoilt, or of a format of another release
        return None


def _facts(report: NightReport) -> NightReport:
    """The report without what differs between two runs that found the same."""
    return msgspec.structs.replace(report, written_at=_NEVER, started_at=_NEVER, evidence=[])

"""Finding the report of a night again, years later, in the vault."""

from contextlib import AbstractAsyncContextManager
from datetime import date
from typing import Protocol

from postal_bridge.clock import format_day
from postal_bridge.documents.ports import Vault
from postal_bridge.errors import Accident, Reason, Refusal, refuse
from postal_bridge.reconciliation.ports import NightWork
from postal_bridge.reconciliation.records import Night
from postal_bridge.reconciliation.report import NightReport, from_json


class ReportLost(Accident):
    """The vault does not hold a report that is named, or holds something else under its name."""


class NightTransactions(Protocol):
    """Opens a transaction with the nights."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[NightWork]:
        """One transaction, committed at its normal end."""
        ...


async def report_of_day(
    transactions: NightTransactions, vault: Vault, day: date
) -> NightReport | Refusal:
    """The report of a date; refused where there was no night, or none that wrote one.

    Raises:
        ReportLost: there was one, and the vault has it no more.
    """
    async with transactions.begin(write=False) as work:
        night = await work.nights.night(day)
    named = report_name(night, day)
    return named if isinstance(named, Refusal) else await fetch_report(vault, named)


def report_name(night: Night | None, day: date) -> str | Refusal:
    """The hash of a night's report; refused where it has none."""
    if night is None:
        return refuse(Reason.NIGHT_UNKNOWN, "date", date=format_day(day))
    if night.report is None:
        return refuse(
            Reason.NIGHT_WITHOUT_REPORT, "date", date=format_day(day), iso=day.isoformat()
        )
    return night.report


async def fetch_report(vault: Vault, sha256: str) -> NightReport:
    """The report of this hash.

    Raises:
        ReportLost: the vault does not have it, or it cannot be read any more.
    """
    try:
        return from_json(await vault.fetch(sha256))
    except (KeyError, ValueError) as error:
        msg = f"the report {sha256} cannot be read from the vault: {error!r}"
        raise ReportLost(msg) from error
